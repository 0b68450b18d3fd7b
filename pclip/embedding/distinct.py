"""Distinct token rows: a frozen encoder owes each input one forward pass, not one per packet."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Distinct(NamedTuple):
    """Distinct rows of a token matrix, in order of first appearance.

    Attributes:
        first: int64 [d], a row number of the input for each distinct row, ascending.
        inverse: int32 [n], the distinct row that each input row equals.
    """

    first: np.ndarray
    inverse: np.ndarray


def distinct_rows(ids: np.ndarray) -> Distinct:
    """Find the distinct rows of `ids` (int [n, length]).

    Padding takes part in the comparison, so rows are equal only if their lengths are.

    Returns:
        `Distinct`; `ids[first][inverse]` equals `ids`.
    """
    if ids.ndim != 2:
        raise ValueError(f"token ids must have shape [n, length], got {ids.shape}")
    rows = np.ascontiguousarray(ids)
    keys = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return Distinct(first[order], rank[inverse.ravel()].astype(np.int32))
