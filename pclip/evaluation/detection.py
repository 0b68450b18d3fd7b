"""Detectors and classifiers applied to many windows or packets, in fixed shapes."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from pclip.embedding import distinct_rows
from pclip.models.classifier import PacketClassifier
from pclip.models.detector import Detector, verdict
from pclip.models.mlp import MLP
from pclip.progress import progress

WINDOWS_PER_BATCH = 512
INPUTS_PER_BATCH = 4096
PACKETS_PER_BATCH = 256


class _Halves(NamedTuple):
    """A detector's two halves, compiled: what depends on a packet alone, and on its window."""

    reason: Callable[..., jax.Array]
    judge: Callable[..., jax.Array]


@lru_cache(maxsize=16)
def _halves(model: Detector) -> _Halves:
    def reason(variables: Any, packets: jax.Array, concepts: Any) -> jax.Array:
        everywhere = jnp.ones(len(packets), bool)
        found: Any = model.apply(variables, packets, concepts, everywhere, method="reason")
        return found

    def judge(variables: Any, steps: jax.Array, windows: jax.Array) -> jax.Array:
        logits: Any = model.apply(
            variables, steps[windows], windows >= 0, last_only=True, method="judge"
        )
        return verdict(logits)

    return _Halves(jax.jit(reason), jax.jit(judge))


def detect_windows(
    model: Detector,
    variables: Any,
    packets: np.ndarray,
    concepts: tuple[np.ndarray, ...],
    windows: np.ndarray,
    batch_size: int = WINDOWS_PER_BATCH,
    description: str = "judging windows",
) -> np.ndarray:
    """Probabilities of each window's last packet.

    With running statistics a packet's graph vectors do not depend on its neighbours, so each
    distinct input is reasoned over once and each distinct window judged once.

    Args:
        model: the detector.
        variables: its "params" and "batch_stats".
        packets: float32 [distinct inputs, width].
        concepts: for each mission float32 [concepts, width].
        windows: int32 [n, A], numbers of distinct inputs, -1 at padding.
        batch_size: windows that are computed at once.
        description: words before the progress bar.

    Returns:
        float32 [n, classes].
    """
    if not len(windows):
        return np.empty((0, model.num_classes), np.float32)
    halves = _halves(model)
    steps = jnp.asarray(packets)
    if model.missions:
        width = len(model.missions) * model.dim
        texts = tuple(jnp.asarray(c) for c in concepts)
        steps = jnp.asarray(
            _in_batches(
                lambda part: halves.reason(variables, part, texts),
                (np.asarray(packets),),
                INPUTS_PER_BATCH,
                width,
                "reasoning over packets",
            )
        )
    distinct = distinct_rows(windows)
    answers = _in_batches(
        lambda part: halves.judge(variables, steps, part),
        (windows[distinct.first],),
        batch_size,
        model.num_classes,
        description,
    )
    return answers[distinct.inverse]


@lru_cache(maxsize=8)
def _dense(model: MLP) -> Callable[..., jax.Array]:
    def apply(params: Any, x: jax.Array) -> jax.Array:
        logits: Any = model.apply({"params": params}, x)
        return jax.nn.softmax(logits)

    return jax.jit(apply)


def classify_vectors(model: MLP, params: Any, vectors: np.ndarray) -> np.ndarray:
    """Probabilities float32 [n, classes] of vectors [n, width]."""
    return np.asarray(_dense(model)(params, jnp.asarray(vectors)))


@lru_cache(maxsize=8)
def _packets(model: PacketClassifier) -> Callable[..., jax.Array]:
    def apply(params: Any, ids: jax.Array, lengths: jax.Array) -> jax.Array:
        logits: Any = model.apply({"params": params}, ids, lengths)
        return jax.nn.softmax(logits)

    return jax.jit(apply)


def classify_packets(
    model: PacketClassifier, params: Any, ids: np.ndarray, lengths: np.ndarray
) -> np.ndarray:
    """Probabilities float32 [n, classes] of token rows, ids [n, length] and lengths [n]."""
    apply = _packets(model)
    return _in_batches(
        lambda *part: apply(params, *part),
        (ids, lengths),
        PACKETS_PER_BATCH,
        model.num_classes,
        "classifying packets",
    )


def _in_batches(
    apply: Callable[..., jax.Array],
    rows: tuple[np.ndarray, ...],
    size: int,
    width: int,
    description: str,
) -> np.ndarray:
    """Apply to rows in batches of one shape; the last is filled up with its first row."""
    total = len(rows[0])
    out = np.empty((total, width), np.float32)
    starts = range(0, total, size)
    for start in progress(starts, description=description, total=len(starts), unit="batch"):
        index = np.arange(start, start + size)
        index[index >= total] = start
        found = np.asarray(apply(*(jnp.asarray(r[index]) for r in rows)))
        out[start : start + size] = found[: min(size, total - start)]
    return out
