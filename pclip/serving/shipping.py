"""From a finished run to a model folder."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml_collections import ConfigDict

from pclip.errors import PclipError
from pclip.models.heads import temperature_of
from pclip.models.packet_encoder import PACKET_ENCODER_NAMES, PacketEncoder
from pclip.runs import Workdir
from pclip.runs.alignment_unit import Alignment, JointSpace
from pclip.runs.inputs import TEXT_TOKENS, Inputs, prepare
from pclip.runs.parts import Parts
from pclip.runs.reasoning_unit import Reasoning, TrainedDetector
from pclip.serving.artefact import Artefact, save_artefact
from pclip.serving.manifest import (
    CARRIED_ENCODER,
    DetectorSizes,
    HeadSizes,
    Manifest,
    Origin,
    PacketSide,
    TextSide,
)
from pclip.training.mesh import data_mesh

SYSTEM = "gnn"
MEASURED = ("mauc", "mauc_anomaly", "macro_top1", "macro_top5")

_LIMITS = {
    "testbed": (
        "Trained on one laboratory recording of a quarter of an hour: 21 virtual hosts, all Linux, "
        "mild floods, attacks in blocks. On another network expect false alarms and missed "
        "attacks; it is for learning and for comparison, not for guarding anything.",
        "Only what resembles the attacks it was trained on can be named: DoS (ICMP, SYN, UDP and "
        "DNS floods, Slowloris), reconnaissance (OS, vulnerability and port scans) and brute force "
        "(dictionary attacks).",
    ),
}
_GENERAL_LIMITS = (
    "A verdict leans on the packets before it: traffic that is mixed in other proportions, or a "
    "capture that begins in the middle, changes it.",
    "Packets that are not IPv4 or IPv6 are not judged. Names and addresses inside payloads are "
    "seen by the model.",
)


@dataclass(frozen=True)
class _Trained:
    config: ConfigDict
    inputs: Inputs
    space: JointSpace
    detector: TrainedDetector


def export_run(
    workdir: str | os.PathLike[str],
    split: str,
    seed: int,
    out: str | os.PathLike[str],
    name: str | None = None,
) -> Manifest:
    """Write the heads and the detector of one split and seed of a finished run as a model folder.

    Args:
        workdir: the run's folder.
        split: name of the split, such as "round".
        seed: which of its seeds.
        out: the model folder; made where it is missing.
        name: of the model; the last part of `out` where None.

    Returns:
        The manifest as written.

    Raises:
        PclipError: no run there, a unit that is not finished, or `out` cannot be written.
    """
    path = Path(workdir)
    config = _config(path)
    kind = config.detector.heads
    heads_unit, detector_unit = f"{split}/{seed}/heads={kind}", f"{split}/{seed}/{SYSTEM}"
    with Workdir(path, config.to_dict()) as run:
        _check_finished(run, heads_unit, config.alignment.steps)
        _check_finished(run, detector_unit, config.detector.steps)
        trained = _restore(config, run, split, seed, heads_unit, detector_unit)
        measured = {
            key: float(value)
            for unit in (detector_unit, heads_unit)
            for key, value in run.read_json(f"units/{unit}.json")["values"].items()
            if key in MEASURED
        }
        origin = Origin(
            config=config.name,
            dataset=config.dataset,
            split=split,
            seed=seed,
            commit=", ".join(run.environment["commits"]),
            measured=measured,
        )
    manifest = _manifest(trained, origin, name or Path(out).resolve().name)
    heads = {
        side: trained.space.params[side]
        for side in ("packet", "text")
        if side in trained.space.params
    }
    encoder = trained.inputs.packet_encoder
    return save_artefact(
        out,
        Artefact(
            manifest=manifest,
            heads=heads,
            standardiser=trained.space.standardiser,
            variables=trained.detector.variables,
            concepts=trained.detector.concepts,
            packet_encoder=None if _has_name(encoder) else encoder,
        ),
    )


def _config(path: Path) -> ConfigDict:
    file = path / "config.json"
    try:
        return ConfigDict(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise PclipError(
            f"{path} is no run: cannot read {file.name} ({error}); name the --workdir of an "
            "experiment that is finished"
        ) from error


def _check_finished(run: Workdir, unit: str, steps: int) -> None:
    """Restoring would train what is missing: hours where seconds are expected."""
    if not (run.path / f"units/{unit}.json").exists():
        raise PclipError(
            f"{run.path} holds no finished unit {unit}; run the experiment to its end, or "
            "choose another --split or --seed"
        )
    if "heads=none" not in unit and not (run.checkpoints(unit) / str(steps)).is_dir():
        raise PclipError(
            f"{run.path} lacks the checkpoint of {unit} at step {steps}; run it again elsewhere"
        )


def _restore(
    config: ConfigDict, run: Workdir, split: str, seed: int, heads_unit: str, detector_unit: str
) -> _Trained:
    mesh = data_mesh()
    # The run's own timings stay as they are.
    inputs = prepare(config, run.path / "vectors", mesh, lambda _: contextlib.nullcontext())
    parts = Parts.of(inputs, split, seed, config.detector.window)
    # Statistics are taken from the training part anew: it has to be the one that was trained on.
    if parts.split.hash != run.read_json(f"units/{split}/{seed}/packets.json")["hash"]:
        raise PclipError(
            f"this version of pclip divides {inputs.dataset.name} otherwise than the one that made "
            f"{run.path}; export it with that version, or run the experiment anew"
        )
    alignment = Alignment(parts, config.detector.heads, config, run, mesh, heads_unit)
    space = alignment.space()
    reasoning = Reasoning(SYSTEM, parts, space, config, run, mesh, detector_unit)
    return _Trained(config, inputs, space, reasoning.trained())


def _has_name(encoder: PacketEncoder) -> bool:
    return encoder.name in PACKET_ENCODER_NAMES


def _manifest(trained: _Trained, origin: Origin, name: str) -> Manifest:
    config, inputs, model = trained.config, trained.inputs, trained.detector.model
    packets, texts = inputs.packet_encoder, inputs.text_encoder
    temperature: Any = temperature_of(trained.space.params, config.alignment.temperature)
    return Manifest(
        name=name,
        weights_sha256="",
        packet_encoder=PacketSide(
            name=packets.name if _has_name(packets) else CARRIED_ENCODER,
            sha256=packets.sha256,
            note=packets.note,
            width=packets.config.width,
            bytes=config.packet.bytes,
            max_length=inputs.tokens.ids.shape[1],
        ),
        text_encoder=TextSide(
            name=texts.name,
            sha256=texts.sha256,
            note=texts.note,
            width=texts.config.width,
            max_length=TEXT_TOKENS,
        ),
        heads=HeadSizes(
            kind=trained.space.kind,
            width=int(trained.detector.packets.shape[1]),
            temperature=float(temperature),
            standardised=trained.space.standardiser is not None,
        ),
        detector=DetectorSizes(
            window=config.detector.window,
            dim=model.dim,
            propagate=model.propagate,
            readout=config.detector.readout,
            temporal=model.temporal,
            head_hidden=model.head_hidden,
        ),
        missions=inputs.missions,
        groups=tuple(inputs.dataset.groups),
        classes=tuple(inputs.dataset.classes),
        origin=origin,
        limits=(
            f"Packet encoder: {packets.note}. It is frozen: what this model learnt lies in its "
            "heads and in its detector.",
            *_LIMITS.get(origin.dataset, ()),
            *_GENERAL_LIMITS,
        ),
    )
