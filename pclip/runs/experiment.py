"""An experiment from its config: which units there are, in which order, and what they add up to."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh
from ml_collections import ConfigDict

from pclip.data import FIXED_SPLITS, PARTS, held_out_tools
from pclip.runs.alignment_unit import Alignment
from pclip.runs.check_config import BEST_BASELINE, SPLITS, check_config
from pclip.runs.check_data import check_data
from pclip.runs.control_unit import UNDRAWN, measure_control
from pclip.runs.costs import measure_costs
from pclip.runs.inputs import Inputs, prepare
from pclip.runs.mission_words import mission_words
from pclip.runs.parts import Parts
from pclip.runs.reasoning_unit import SINGLE_PACKET, Reasoning
from pclip.runs.results import assemble
from pclip.runs.workdir import Workdir
from pclip.training.mesh import data_mesh


def run(config: ConfigDict, path: str | Path) -> dict[str, Any]:
    """Do what is left of an experiment and write its results.

    Args:
        config: a locked config such as configs/reproduce.py gives.
        path: the workdir. Run again with the same config, it resumes; a finished run ends at once.

    Returns:
        The content of results.json.

    Raises:
        PclipError: the workdir cannot be used, or the config asks for what does not exist.
    """
    check_config(config)
    if not (Path(path) / "results.json").exists():
        # Before the workdir is taken: a config that is mended may have it.
        check_data(config)
    with Workdir(path, config.to_dict()) as workdir, _compiled_programs(workdir.path / "compiled"):
        return Experiment(config, workdir, data_mesh()).run()


@contextlib.contextmanager
def _compiled_programs(folder: Path) -> Iterator[None]:
    """Keep compiled programs in `folder`, where the user keeps them nowhere else.

    Every seed compiles the same ones; on disk, a resumed run has them too.
    """
    name = "jax_compilation_cache_dir"
    if jax.config.values[name] is not None:
        yield
        return
    jax.config.update(name, str(folder.absolute()))
    try:
        yield
    finally:
        jax.config.update(name, None)


class Experiment:
    """The units of one config.

    Args:
        config: the experiment's config.
        workdir: the run's folder, open.
        mesh: devices to work on.
    """

    def __init__(self, config: ConfigDict, workdir: Workdir, mesh: Mesh) -> None:
        self._config = config
        self._workdir = workdir
        self._mesh = mesh
        self._alignments: dict[str, Alignment] = {}

    @cached_property
    def _inputs(self) -> Inputs:
        # Made on first use: a run whose units are all done needs none of it.
        inputs = prepare(
            self._config, self._workdir.path / "vectors", self._mesh, self._workdir.timed
        )
        self._workdir.same_data(inputs.fingerprint())
        return inputs

    def run(self) -> dict[str, Any]:
        """Do the units that are missing, assemble the results, write them."""
        c, unit = self._config, self._workdir.unit
        about = unit("inputs", self._describe_inputs)
        splits: dict[str, Any] = {}
        for split, seeds in self._splits():
            units: dict[str, list[dict[str, Any]]] = {}
            for seed in range(seeds):
                for name, found in self._units(split, seed):
                    units.setdefault(name, []).append(found)
            for name, found in self._scarcity(split, seeds, units):
                units.setdefault(name, []).append(found)
            splits[split] = {"seeds": list(range(seeds)), "units": units}
        costs = unit("cost", lambda: measure_costs(self._inputs, c))
        results, plots = assemble(
            c.to_dict(), ", ".join(self._workdir.environment["commits"]), about, splits, costs
        )
        self._workdir.write_json("plots.json", plots)
        self._workdir.write_json("results.json", results)
        return results

    def _splits(self) -> Iterator[tuple[str, int]]:
        for split in SPLITS:
            if self._config.seeds[split]:
                yield split, self._config.seeds[split]

    def _parts(self, split: str, seed: int) -> Parts:
        if self._current != (split, seed):
            self._current = (split, seed)
            self._alignments.clear()
            self._kept_parts = Parts.of(self._inputs, split, seed, self._config.detector.window)
        return self._kept_parts

    _current: tuple[str, int] | None = None
    _kept_parts: Parts

    def _units(self, split: str, seed: int) -> Iterator[tuple[str, dict[str, Any]]]:
        """(name, result) of each unit of one split and seed."""
        c, at = self._config, f"{split}/{seed}"

        def unit(name: str, work: Any) -> tuple[str, dict[str, Any]]:
            return name, self._workdir.unit(f"{at}/{name}", work)

        yield unit("packets", lambda: self._describe_parts(split, seed))
        for kind in c.alignment.heads:
            yield unit(
                f"heads={kind}", lambda kind=kind: self._alignment(split, seed, kind).measure()
            )
        for system in c.reasoning:
            yield unit(
                system,
                lambda system=system: self._reasoning(split, seed, system).measure(),
            )
        for name in c.controls:
            if name == "shuffled_labels":
                yield unit(f"control-{name}", lambda: self._shuffled(split, seed))
            elif name in UNDRAWN and split in FIXED_SPLITS:
                if seed == 0:
                    yield f"control-{name}", {**self._control(split, seed, name), "fixed": True}
            else:
                yield f"control-{name}", self._control(split, seed, name)

    def _control(self, split: str, seed: int, name: str) -> dict[str, Any]:
        return self._workdir.unit(
            f"{split}/{seed}/control-{name}",
            lambda: measure_control(name, self._parts(split, seed)),
        )

    def _alignment(
        self, split: str, seed: int, kind: str, share: float = 1.0, *, shuffled: bool = False
    ) -> Alignment:
        name = f"{split}/{seed}"
        if share != 1:
            name += f"/scarcity-{share}"
        if shuffled:
            name += "/shuffled"
        name += f"/heads={kind}"
        parts = self._parts(split, seed)
        if name not in self._alignments:
            parts = parts.fraction(share)
            self._alignments[name] = Alignment(
                parts.shuffled() if shuffled else parts,
                kind,
                self._config,
                self._workdir,
                self._mesh,
                name,
            )
        return self._alignments[name]

    def _reasoning(
        self, split: str, seed: int, system: str, share: float = 1.0, *, shuffled: bool = False
    ) -> Reasoning:
        c = self._config
        parts = self._parts(split, seed).fraction(share)
        name = f"{split}/{seed}"
        if share != 1:
            name += f"/scarcity-{share}"
        if shuffled:
            parts, name = parts.shuffled(), f"{name}/shuffled"
        space = (
            None
            if system == "et_bert_finetuned"
            else self._alignment(split, seed, c.detector.heads, share, shuffled=shuffled).space()
        )
        return Reasoning(system, parts, space, c, self._workdir, self._mesh, f"{name}/{system}")

    def _shuffled(self, split: str, seed: int) -> dict[str, Any]:
        """The method itself, heads and graphs, trained on labels dealt out at random."""
        kind = self._config.detector.heads
        zero_shot = self._alignment(split, seed, kind, shuffled=True).measure()["values"]
        reasoning = self._reasoning(split, seed, "gnn", shuffled=True).measure()["values"]
        values = {
            key: value
            for key, value in (zero_shot | reasoning).items()
            if not key.startswith(("per_class/", "validation_"))
        }
        return {"values": values}

    def _scarcity(
        self, split: str, seeds: int, units: dict[str, list[dict[str, Any]]]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        c = self._config.scarcity
        if split not in c.splits or not c.fractions:
            return
        systems = {
            name: self._best_baseline(units) if name == BEST_BASELINE else name
            for name in c.systems
        }
        for seed in range(seeds):
            for share in c.fractions:
                for name, system in systems.items():
                    label = name if name == system else f"{name} ({system})"
                    key = f"scarcity-{share}/{system}"
                    found = (
                        units[system][seed]
                        if share == 1 and system in units
                        else self._workdir.unit(
                            f"{split}/{seed}/{key}",
                            partial(self._measure_share, split, seed, system, share),
                        )
                    )
                    yield f"scarcity-{share}/{label}", {"values": found["values"]}

    def _measure_share(self, split: str, seed: int, system: str, share: float) -> dict[str, Any]:
        return self._reasoning(split, seed, system, share).measure()

    @staticmethod
    def _best_baseline(units: dict[str, list[dict[str, Any]]]) -> str:
        """The single-packet baseline with the best validation mAUC; the test part has no say."""
        there = [name for name in SINGLE_PACKET if name in units]
        return max(
            there,
            # A validation part of one group alone has no mAUC.
            key=lambda name: np.mean([u["values"].get("validation_mauc", 0) for u in units[name]]),
        )

    def _describe_inputs(self) -> dict[str, Any]:
        inputs = self._inputs
        packet, text = inputs.packet_encoder, inputs.text_encoder
        dataset = inputs.dataset
        return {
            "dataset": dataset.name,
            "classes": list(dataset.classes),
            "groups": list(dataset.groups),
            "packets": len(dataset.packets),
            "skipped": dataset.packets.describe_skips(),
            "distinct_inputs": len(inputs.tokens.ids),
            "captions": {
                "distinct": len(inputs.captions.texts),
                "flows_left_out": inputs.captions.left_out,
                "packets_without": int((inputs.caption_of_packet < 0).sum()),
            },
            "encoders": {
                "packet": {"name": packet.name, "sha256": packet.sha256, "note": packet.note},
                "text": {
                    "name": self._config.text.encoder,
                    "sha256": text.sha256,
                    "note": text.note,
                },
            },
            "missions": [
                {
                    "title": mission.title,
                    "levels": [list(level) for level in mission.levels],
                    "edges": [list(edge) for edge in mission.edges],
                }
                for mission in inputs.missions
            ],
            "words": mission_words(dataset, inputs.captions, inputs.missions),
        }

    def _describe_parts(self, split: str, seed: int) -> dict[str, Any]:
        parts = self._parts(split, seed)
        classes = self._inputs.dataset.classes
        return {
            "hash": parts.split.hash,
            "contexts_cross": bool(parts.split.contexts_cross),
            "packets": {part: len(parts.rows(part)) for part in PARTS},
            "held_out": held_out_tools(self._inputs.dataset, seed) if split == "tool" else {},
            "class_distribution": {
                part: {
                    name: int(count)
                    for name, count in zip(
                        classes,
                        np.bincount(parts.labels(part), minlength=len(classes)),
                        strict=True,
                    )
                }
                for part in PARTS
            },
        }
