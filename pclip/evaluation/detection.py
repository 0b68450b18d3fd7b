"""Detectors and classifiers applied to many windows or packets, in fixed shapes."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pclip.models.classifier import PacketClassifier
from pclip.models.detector import Detector, verdict
from pclip.models.mlp import MLP

WINDOWS_PER_BATCH = 512
PACKETS_PER_BATCH = 256


@lru_cache(maxsize=16)
def _judge(model: Detector) -> Callable[..., jax.Array]:
    def apply(variables: Any, packets: Any, concepts: Any, windows: jax.Array) -> jax.Array:
        logits: Any = model.apply(variables, packets[windows], concepts, windows >= 0, train=False)
        return verdict(logits)

    return jax.jit(apply)


def detect_windows(
    model: Detector,
    variables: Any,
    packets: np.ndarray,
    concepts: tuple[np.ndarray, ...],
    windows: np.ndarray,
    batch_size: int = WINDOWS_PER_BATCH,
) -> np.ndarray:
    """Probabilities of each window's last packet.

    Args:
        model: the detector.
        variables: its "params" and "batch_stats".
        packets: float32 [distinct inputs, width].
        concepts: for each mission float32 [concepts, width].
        windows: int32 [n, A], numbers of distinct inputs, -1 at padding.
        batch_size: windows that are computed at once.

    Returns:
        float32 [n, classes].
    """
    on_device = jnp.asarray(packets), tuple(jnp.asarray(c) for c in concepts)
    judge = _judge(model)
    return _in_batches(
        lambda part: judge(variables, *on_device, part), (windows,), batch_size, model.num_classes
    )


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
        lambda *part: apply(params, *part), (ids, lengths), PACKETS_PER_BATCH, model.num_classes
    )


def _in_batches(
    apply: Callable[..., jax.Array], rows: tuple[np.ndarray, ...], size: int, classes: int
) -> np.ndarray:
    """Apply to rows in batches of one shape; the last is filled up with its first row."""
    total = len(rows[0])
    out = np.empty((total, classes), np.float32)
    for start in range(0, total, size):
        index = np.arange(start, start + size)
        index[index >= total] = start
        found = np.asarray(apply(*(jnp.asarray(r[index]) for r in rows)))
        out[start : start + size] = found[: min(size, total - start)]
    return out
