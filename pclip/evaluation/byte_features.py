"""Representations of a packet that need no encoder: what its bytes are, and where.

Both see exactly the bytes behind an encoder's tokens. An encoder that does no better has learnt
nothing that counting does not give.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

BYTE_VALUES = 256
# 2^64 / golden ratio and the finaliser of splitmix64 (Steele, Lea and Flood 2014).
_WEYL = 0x9E3779B97F4A7C15
_ROUNDS = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1))


def byte_histogram(values: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Share of each byte value among a packet's visible bytes, and how many there are.

        h_v = |{i < L : b_i = v}| / max(1, L),   h_256 = L / W

    Args:
        values: uint8 [n, W], visible bytes, anything behind them.
        lengths: int [n], visible bytes L of each row.

    Returns:
        float32 [n, 257].
    """
    rows, width = values.shape
    row, place = np.nonzero(np.arange(width) < lengths[:, None])
    cells = row * BYTE_VALUES + values[row, place]
    counts = np.bincount(cells, minlength=rows * BYTE_VALUES).reshape(rows, BYTE_VALUES)
    shares = counts / np.maximum(lengths, 1)[:, None]
    return np.column_stack([shares, lengths / width]).astype(np.float32)


def hashed_bigrams(
    ids: np.ndarray, lengths: np.ndarray, size: int, positions: int, seed: int
) -> csr_array:
    """Signed counts of (where, bigram) pairs, hashed into `size` columns.

        x_j = sum_{t : h(t // P, id_t) mod size = j} sign(h)

    With the sign, what collides cancels on average and inner products stay unbiased.

    Args:
        ids: int [n, S] token ids, [CLS] first.
        lengths: int [n], tokens of each row.
        size: columns.
        positions: neighbouring positions P that are one place; 1 tells all apart.
        seed: of the hash.

    Returns:
        float32 [n, size]; [CLS] and padding are not counted.

    Source: Weinberger et al. 2009, "Feature hashing for large scale multitask learning".
    """
    row, place = np.nonzero(np.arange(1, ids.shape[1]) < lengths[:, None])
    where = (place // positions).astype(np.uint64)
    hashes = _mixed(where << np.uint64(32) | ids[row, place + 1].astype(np.uint64), seed)
    columns = (hashes % np.uint64(size)).astype(np.int64)
    signs = np.where(hashes >> np.uint64(63), 1, -1).astype(np.float32)
    # Made from coordinates: equal ones are added up.
    return csr_array((signs, (row, columns)), shape=(len(ids), size))


def _mixed(keys: np.ndarray, seed: int) -> np.ndarray:
    """Well-mixed 64 bits of each uint64 key; products wrap around."""
    value = keys + np.uint64(_WEYL * (2 * seed + 1) % 2**64)
    for shift, factor in _ROUNDS:
        value = (value ^ value >> np.uint64(shift)) * np.uint64(factor)
    return value
