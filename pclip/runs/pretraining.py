"""A packet encoder pre-trained from a config: data, steps, losses on held-out packets, weights."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from ml_collections import ConfigDict

from pclip.data.bursts import BurstCorpus
from pclip.data.pretraining_corpora import PretrainingData, pretraining_data
from pclip.errors import PclipError
from pclip.models.encoder_config import EncoderConfig
from pclip.models.packet_encoder import (
    PacketEncoder,
    load_packet_encoder,
    packet_encoder_config,
)
from pclip.models.parameters import params_sha256
from pclip.packets import BYTE_POLICIES
from pclip.runs.held_out import HeldOut
from pclip.runs.pretraining_card import write_pretrained
from pclip.runs.workdir import Workdir
from pclip.training.loop import fit
from pclip.training.mesh import data_mesh
from pclip.training.optimiser import trapezoid_adamw
from pclip.training.pretraining import LENGTHS, PretrainingOptions, PretrainingTask
from pclip.training.state import TrainState

FINAL_BATCHES = 48
"""Of the measurement after the last step; those on the way are `config.held_out_batches`."""
STORAGE = "float16"


def encoder_config(config: ConfigDict) -> EncoderConfig:
    """Sizes of the encoder that a pre-training config asks for; bfloat16 on accelerators."""
    dtype = "float32" if jax.default_backend() == "cpu" else "bfloat16"
    base = packet_encoder_config(config.encoder.size, dtype=dtype)
    return replace(base, word_rank=config.encoder.word_rank, dropout=config.encoder.dropout)


def pretrain(config: ConfigDict, path: str | Path) -> dict[str, Any]:
    """Do what is left of a pre-training run.

    Args:
        config: a locked config such as configs/pretrain.py gives.
        path: the workdir; run again with the same config, it resumes.

    Returns:
        The content of results.json: sizes of the data, losses on held-out packets by step, hash
        of the weights. The encoder itself is in a folder named as its size.

    Raises:
        PclipError: the workdir, an archive or a field of the config cannot be used.
    """
    _check(config)
    with Workdir(path, config.to_dict()) as workdir:
        return _Pretraining(config, workdir).run()


class _Pretraining:
    def __init__(self, config: ConfigDict, workdir: Workdir) -> None:
        self._config = config
        self._workdir = workdir
        self._mesh = data_mesh()
        self._encoder = encoder_config(config)
        self._options = PretrainingOptions(
            **{field.name: config.task[field.name] for field in fields(PretrainingOptions)}
        )

    def run(self) -> dict[str, Any]:
        c, workdir = self._config, self._workdir
        with workdir.timed("data"):
            data = pretraining_data(
                Path(c.data.folder),
                c.data.archives,
                c.data.dataset,
                bytes=c.packet.bytes,
                max_length=LENGTHS[-1],
            )
        self._check_held_out(data)
        workdir.same_data(_fingerprint(data))
        params = dict(self._fit(data).params)
        params["encoder"] = self._finished(params["encoder"])
        held_out = self._held_out(data, FINAL_BATCHES)
        found = {
            "schema": 1,
            "kind": "pretraining",
            "config": c.name,
            "commit": ", ".join(workdir.environment["commits"]),
            "seeds": [c.seed],
            "encoder": asdict(self._encoder),
            "sha256": params_sha256(params["encoder"]),
            "sources": [asdict(source) for source in data.sources],
            "data": {
                "train": _sizes(data.train),
                "held_out": _sizes(data.held_out),
            },
            "steps": c.steps,
            "token_places": c.steps * c.task.tokens_per_batch,
            "held_out": {
                "encoder": held_out.of_encoder(params),
                **held_out.of_counts(data.train),
                **held_out.sizes(),
            },
        }
        folder = workdir.path / c.encoder.size
        if not folder.exists():
            write_pretrained(
                folder,
                params["encoder"],
                self._encoder,
                c,
                found,
                _held_out_curve(workdir.log),
                workdir.timing["total_seconds"],
                self._start(),
            )
        workdir.write_json("results.json", found)
        return found

    def _fit(self, data: PretrainingData) -> TrainState:
        c, workdir = self._config, self._workdir
        start = self._start()
        held_out = self._held_out(data, c.held_out_batches)
        task = PretrainingTask(
            self._encoder,
            data.train,
            optimiser=trapezoid_adamw(c.learning_rate, c.steps, weight_decay=c.weight_decay),
            options=self._options,
            seed=c.seed,
            start=start and start.params,
        )
        workdir.note_commit()
        with workdir.timed("pretraining"):
            return fit(
                task,
                steps=c.steps,
                seed=c.seed,
                mesh=self._mesh,
                folder=workdir.checkpoints("pretraining"),
                log=workdir.log,
                run="pretraining",
                log_every=c.log_every,
                evaluate=lambda state: _flat(held_out.of_encoder(state.params)),
                evaluate_every=c.evaluate_every,
                save_every=c.save_every,
                description="pre-training",
            )

    def _start(self) -> PacketEncoder | None:
        if not self._config.start:
            return None
        start = load_packet_encoder(self._config.start)
        own = replace(self._encoder, dropout=start.config.dropout, dtype=start.config.dtype)
        if start.config != own or start.words:
            raise PclipError(
                f"config.start is {self._config.start!r}, an encoder of {start.config}; expected "
                f"the sizes of config.encoder, {own}, and arithmetic ids"
            )
        return start

    def _held_out(self, data: PretrainingData, batches: int) -> HeldOut:
        return HeldOut(data.held_out, self._encoder, self._options, batches, self._mesh)

    def _check_held_out(self, data: PretrainingData) -> None:
        if not len(data.held_out):
            raise PclipError(
                "every held-out packet occurs in training too: there is nothing to measure on; "
                "give more captures in config.data.archives"
            )

    def _finished(self, params: Any) -> Any:
        """The parameters as they are kept, in half precision: what ships is what is measured."""
        return jax.tree.map(lambda leaf: leaf.astype(STORAGE).astype(jnp.float32), params)


def _held_out_curve(log: Path) -> list[tuple[int, float]]:
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    return [(x["step"], x["value"]) for x in lines if x["name"] == "held_out_bigrams"]


def _flat(scores: dict[str, Any]) -> dict[str, float]:
    """What the log keeps of a measurement."""
    return {
        f"held_out_{name}{suffix}": scores[name][field]
        for name in ("bigrams", "origin")
        if name in scores
        for field, suffix in (("loss", ""), ("right", "_right"))
    }


def _sizes(corpus: BurstCorpus) -> dict[str, int]:
    return {
        "distinct_packets": len(corpus),
        "tokens": int(corpus.lengths.sum()),
        "pairs": len(corpus.pairs),
    }


def _fingerprint(data: PretrainingData) -> str:
    digest = hashlib.sha256()
    for corpus in (data.train, data.held_out):
        for part in (corpus.ids, corpus.pairs):
            digest.update(str((part.shape, part.dtype)).encode() + np.ascontiguousarray(part).data)
    return digest.hexdigest()


def _check(config: ConfigDict) -> None:
    """Refuse what no run can follow."""
    sizes = packet_encoder_config(config.encoder.size)
    problems = [
        (
            not 0 <= config.encoder.word_rank <= sizes.width,
            "encoder.word_rank",
            f"0 (one table) to {sizes.width}",
        ),
        (not 0 <= config.encoder.dropout < 1, "encoder.dropout", "a number in [0, 1)"),
        (config.learning_rate <= 0, "learning_rate", "a number above 0"),
        *(
            (config[name] < 1, name, "at least 1")
            for name in ("log_every", "save_every", "evaluate_every")
        ),
        (config.packet.bytes not in BYTE_POLICIES, "packet.bytes", ", ".join(BYTE_POLICIES)),
        (config.task.origin_pooling not in ("cls", "mean"), "task.origin_pooling", "cls or mean"),
        (not 0 < config.task.mask_share < 1, "task.mask_share", "a number in (0, 1)"),
        (not 0 <= config.task.pair_share <= 1, "task.pair_share", "a number in [0, 1]"),
        (config.task.mask_span < 1, "task.mask_span", "at least 1"),
        (config.task.negatives < 0, "task.negatives", "0 (the whole vocabulary) or more"),
        (config.steps < 1, "steps", "at least 1"),
        (config.held_out_batches < 1, "held_out_batches", "at least 1"),
        (
            (config.task.tokens_per_batch // LENGTHS[-1]) % jax.device_count() != 0
            or config.task.tokens_per_batch < LENGTHS[-1],
            "task.tokens_per_batch",
            f"a multiple of {LENGTHS[-1]} x {jax.device_count()} devices",
        ),
    ]
    for wrong, field, expected in problems:
        if wrong:
            place: Any = config
            for name in field.split("."):
                place = place[name]
            raise PclipError(f"config.{field} is {place!r}: expected {expected}")
