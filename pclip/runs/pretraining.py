"""A packet encoder pre-trained from a config: data, steps, losses on held-out packets, weights."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
from ml_collections import ConfigDict

from pclip.data.bursts import BurstCorpus
from pclip.data.pretraining_corpora import PretrainingData, pretraining_data
from pclip.errors import PclipError
from pclip.models.encoder_config import EncoderConfig
from pclip.models.packet_encoder import load_packet_encoder, packet_encoder_config
from pclip.models.parameters import params_sha256
from pclip.packets import BYTE_POLICIES
from pclip.runs.pretraining_card import write_pretrained
from pclip.runs.workdir import Workdir
from pclip.training.loop import fit
from pclip.training.mesh import data_mesh, split_batch
from pclip.training.optimiser import trapezoid_adamw
from pclip.training.pretraining import (
    LENGTHS,
    PretrainingOptions,
    PretrainingTask,
    Rows,
    bucket_of,
    losses,
    pair_rows,
    single_rows,
)
from pclip.training.state import TrainState

HELD_OUT_SEED = 12_345


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
        workdir.same_data(_fingerprint(data))
        state = self._fit(data)
        found = {
            "schema": 1,
            "kind": "pretraining",
            "config": c.name,
            "commit": ", ".join(workdir.environment["commits"]),
            "seeds": [c.seed],
            "encoder": asdict(self._encoder),
            "sha256": params_sha256(state.params["encoder"]),
            "sources": [asdict(source) for source in data.sources],
            "data": {
                "train": _sizes(data.train),
                "held_out": _sizes(data.held_out),
            },
            "steps": c.steps,
            "tokens_seen": c.steps * c.task.tokens_per_batch,
            "held_out": self._held_out(data)(state),
        }
        folder = workdir.path / c.encoder.size
        if not folder.exists():
            write_pretrained(
                folder,
                state.params["encoder"],
                self._encoder,
                c,
                found,
                _held_out_curve(workdir.log),
                workdir.timing["total_seconds"],
            )
        workdir.write_json("results.json", found)
        return found

    def _fit(self, data: PretrainingData) -> TrainState:
        c, workdir = self._config, self._workdir
        start = load_packet_encoder(c.start).params if c.start else None
        task = PretrainingTask(
            self._encoder,
            data.train,
            optimiser=trapezoid_adamw(c.learning_rate, c.steps, weight_decay=c.weight_decay),
            options=self._options,
            seed=c.seed,
            start=start,
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
                evaluate=self._held_out(data),
                evaluate_every=c.evaluate_every,
                save_every=c.save_every,
                description="pre-training",
            )

    def _held_out(self, data: PretrainingData) -> Callable[[TrainState], dict[str, float]]:
        """The losses on fixed batches of held-out packets, over the whole vocabulary."""
        batches = held_out_batches(data.held_out, self._options, self._config.held_out_batches)
        encoder, options = self._encoder, self._options

        @jax.jit
        def measure(params: Any, batch: Rows) -> dict[str, jax.Array]:
            return losses(encoder, params, batch, options, None)

        def evaluate(state: TrainState) -> dict[str, float]:
            singles, pairs = (
                [jax.device_get(measure(state.params, split_batch(self._mesh, b))) for b in kind]
                for kind in batches
            )
            return {
                "held_out_bigrams": _mean(singles, "bigrams"),
                "held_out_bigrams_right": _mean(singles, "bigrams_right"),
                "held_out_origin": _mean(pairs, "origin"),
                "held_out_origin_right": _mean(pairs, "origin_right"),
            }

        return evaluate


def held_out_batches(
    corpus: BurstCorpus, options: PretrainingOptions, number: int
) -> tuple[list[Rows], list[Rows]]:
    """Fixed batches of packets alone and of pairs, `number` of each.

    Batches of packets alone share the lengths out as training does.
    """
    rng = np.random.default_rng(HELD_OUT_SEED)
    buckets = [np.flatnonzero(bucket_of(corpus.lengths) == i) for i in range(len(LENGTHS))]
    shares = np.array([len(rows) for rows in buckets]) * np.array(LENGTHS)
    chosen = rng.choice(len(LENGTHS), size=number, p=shares / shares.sum())
    singles = [single_rows(corpus, buckets[i], LENGTHS[i], options, rng) for i in chosen]
    pairs = [pair_rows(corpus, options, rng) for _ in range(number)] if len(corpus.pairs) else []
    return singles, pairs


def _held_out_curve(log: Path) -> list[tuple[int, float]]:
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    return [(x["step"], x["value"]) for x in lines if x["name"] == "held_out_bigrams"]


def _mean(found: list[dict[str, Any]], name: str) -> float:
    return float(np.mean([values[name] for values in found])) if found else 0.0


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
    problems = [
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
