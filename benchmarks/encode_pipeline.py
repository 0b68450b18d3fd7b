"""Encoding a capture: distinct inputs in buckets of length against every packet padded to 128."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pclip.embedding import cached_vectors, distinct_rows
from pclip.embedding.encode import TOKENS_PER_BATCH, Batch, encode, plan_batches
from pclip.models import PacketEncoder, encoder_macs
from pclip.packets import PacketTable, bigram_tokens
from pclip.progress import progress
from pclip.training import data_mesh

TOKENS = 128
SEED = 0
# Together, as in a run: `encode` puts the parameters on the devices once a call.
BATCHES_A_TURN = 4


@dataclass(frozen=True)
class Capture:
    """Tokens of the usable packets of a capture under one byte policy.

    Attributes:
        policy: the byte policy.
        ids: int32 [packets, 128].
        lengths: int32 [packets].
        first: int64 [distinct], a packet of each distinct input.
    """

    policy: str
    ids: np.ndarray
    lengths: np.ndarray
    first: np.ndarray

    @classmethod
    def of(cls, packets: PacketTable, policy: str) -> Capture:
        """Make the tokens and find the distinct ones."""
        tokens = bigram_tokens(packets, policy, TOKENS)
        usable = packets.usable
        ids, lengths = tokens.ids[usable], tokens.lengths[usable]
        found = distinct_rows(ids)
        return cls(policy, ids, lengths, found.first)


@dataclass(frozen=True)
class Ceiling:
    """What there is to gain over a loop that encodes every packet, padded to 128 tokens.

    Attributes:
        packets: in the capture, usable.
        distinct: inputs among them.
        by_distinct: packets / distinct.
        by_tokens: multiply-accumulates of 128 tokens over the mean of the distinct inputs' own.
    """

    packets: int
    distinct: int
    by_distinct: float
    by_tokens: float

    @property
    def gain(self) -> float:
        """Both together."""
        return self.by_distinct * self.by_tokens


def ceiling(capture: Capture, encoder: PacketEncoder) -> Ceiling:
    """Count what distinct inputs and token counts allow."""
    macs = np.array([encoder_macs(encoder.config, tokens) for tokens in range(TOKENS + 1)])
    packets, distinct = len(capture.ids), len(capture.first)
    mean = macs[capture.lengths[capture.first]].mean()
    return Ceiling(packets, distinct, packets / distinct, float(macs[TOKENS] / mean))


@dataclass(frozen=True)
class Shapes:
    """Whole capture.

    Attributes:
        loop_s: seconds of the plain loop: a batch's median times the number of batches.
        pipeline_s: seconds of the pipeline, run once from tokens to a vector of each packet.
        seconds: padded length -> median seconds of a batch, ascending.
        batches: padded length -> number of batches.
    """

    loop_s: float
    pipeline_s: float
    seconds: dict[int, float]
    batches: dict[int, int]

    @property
    def gain(self) -> float:
        """Time of the loop over that of the pipeline."""
        return self.loop_s / self.pipeline_s


def by_shape(capture: Capture, encoder: PacketEncoder, repetitions: int) -> Shapes:
    """Time the whole pipeline, and before and after it batches of each shape, rows by a seed.

    The loop's time is that of its batch times their number.
    """
    mesh = data_mesh()
    rng = np.random.default_rng(SEED)
    ids, lengths = capture.ids[capture.first], capture.lengths[capture.first]
    plan = plan_batches(lengths)
    counts = {int(n): sum(batch.length == n for batch in plan) for n in {b.length for b in plan}}

    def runner(batches: list[Batch], ids: np.ndarray, lengths: np.ndarray) -> Callable[[], None]:
        def run() -> None:
            drawn = [batches[i] for i in rng.integers(len(batches), size=BATCHES_A_TURN)]
            for _ in encode(encoder, ids, lengths, drawn, mesh):
                pass

        return run

    loop = padded_batches(len(capture.ids))
    work = {0: runner(loop, capture.ids, capture.lengths)}
    for length in sorted(counts):
        work[length] = runner([b for b in plan if b.length == length], ids, lengths)
    seconds: dict[int, list[float]] = {shape: [] for shape in work}

    def take_turns() -> None:
        turns = range(repetitions)
        for _ in progress(turns, description=f"shapes, {capture.policy}", unit="turn"):
            for shape, run in work.items():
                started = time.perf_counter()
                run()
                seconds[shape].append((time.perf_counter() - started) / BATCHES_A_TURN)

    for run in work.values():
        run()  # compiles
    # On both sides of the pipeline, which takes minutes: what else the machine does meets both.
    take_turns()
    started = time.perf_counter()
    by_pipeline(capture, encoder)
    pipeline_s = time.perf_counter() - started
    take_turns()
    medians = {shape: statistics.median(values) for shape, values in seconds.items()}
    loop_s = medians.pop(0) * len(loop)
    return Shapes(loop_s, pipeline_s, medians, {n: counts[n] for n in medians})


@dataclass(frozen=True)
class Whole:
    """A capture from end to end, disk included.

    Attributes:
        loop_s: median seconds of the plain loop.
        pipeline_s: median seconds of the pipeline, from tokens to a vector of each packet.
        apart: largest absolute difference of their vectors.
    """

    loop_s: float
    pipeline_s: float
    apart: float

    @property
    def gain(self) -> float:
        """Time of the loop over that of the pipeline."""
        return self.loop_s / self.pipeline_s


def whole(capture: Capture, encoder: PacketEncoder, repetitions: int) -> Whole:
    """Encode all packets by the loop and by the pipeline, in turn; shapes are compiled before."""
    mesh = data_mesh()

    def by_loop() -> np.ndarray:
        batches = padded_batches(len(capture.ids))
        return np.concatenate(list(encode(encoder, capture.ids, capture.lengths, batches, mesh)))

    loop, pipeline = [], []
    for turn in range(repetitions + 1):
        started = time.perf_counter()
        every = by_loop()
        middle = time.perf_counter()
        once = by_pipeline(capture, encoder)
        ended = time.perf_counter()
        # The first turn compiles.
        if turn:
            loop.append(middle - started)
            pipeline.append(ended - middle)
    apart = float(np.abs(every - once).max())
    return Whole(statistics.median(loop), statistics.median(pipeline), apart)


def by_pipeline(capture: Capture, encoder: PacketEncoder) -> np.ndarray:
    """A vector of each packet float32 [packets, width], each distinct input encoded once."""
    with tempfile.TemporaryDirectory() as folder:
        first, inverse = distinct_rows(capture.ids)
        vectors = cached_vectors(
            encoder,
            capture.ids[first],
            capture.lengths[first],
            Path(folder),
            data_mesh(),
            what="packets",
        )
        return vectors[inverse]


def padded_batches(packets: int) -> list[Batch]:
    """The plain loop's batches: every packet in turn, padded to 128 tokens."""
    size = TOKENS_PER_BATCH // TOKENS
    return [
        Batch(np.arange(start, min(start + size, packets)), TOKENS)
        for start in range(0, packets, size)
    ]
