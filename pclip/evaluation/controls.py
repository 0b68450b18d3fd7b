"""Controls: what an answer is worth when the method, or what it feeds on, is taken away."""

from __future__ import annotations

import numpy as np


def majority(labels: np.ndarray, classes: int, n: int) -> np.ndarray:
    """The training part's class frequencies, whatever the packet, float64 [n, classes]."""
    frequencies = np.bincount(labels, minlength=classes) / len(labels)
    return np.tile(frequencies, (n, 1))


def window_features(vectors: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """The last packet's vector beside the mean over its window, float32 [n, 2 width].

    Args:
        vectors: float32 [distinct inputs, width].
        windows: int32 [n, A], numbers of distinct inputs, -1 at padding.
    """
    total = np.zeros((len(windows), vectors.shape[1]), np.float32)
    for column in windows.T:
        valid = column >= 0
        total[valid] += vectors[column[valid]]
    mean = total / (windows >= 0).sum(axis=1, keepdims=True, dtype=np.float32)
    return np.concatenate([vectors[windows[:, -1]], mean], axis=1)
