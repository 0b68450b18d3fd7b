"""Reductions over runs of rows that belong together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class Segments:
    """n rows in ascending order of their group.

    Args:
        group: int64[n], ascending, each below `groups`.
        groups: how many there are, with or without rows.

    Attributes:
        heads: int64[m], first row of each group that has rows.
        tails: int64[m], last row of it.
        present: int64[m], the number of that group.
        counts: int64[m], its rows.
    """

    def __init__(self, group: NDArray[np.int64], groups: int) -> None:
        self.group = group
        self.groups = groups
        self.heads = np.flatnonzero(np.diff(group, prepend=-1))
        self.tails = np.append(self.heads[1:], len(group)) - 1 if len(group) else self.heads
        self.present = group[self.heads]
        self.counts = self.tails - self.heads + 1

    def reduce(self, ufunc: np.ufunc, values: NDArray) -> NDArray:
        """`ufunc` over the rows of each group that has rows, [m]."""
        return ufunc.reduceat(values, self.heads) if len(self.heads) else values[:0]

    def sum(self, values: NDArray) -> NDArray:
        """Sum of each group, [groups]; 0 without rows."""
        total = np.zeros(self.groups, values.dtype)
        total[self.present] = self.reduce(np.add, values)
        return total

    def keep(self, chosen: NDArray[np.bool_]) -> Segments:
        """The same groups over the chosen rows."""
        return Segments(self.group[chosen], self.groups)


def running_maximum(values: NDArray[np.int64], heads: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Largest value so far within each run that begins at a head; n log n, n where it ascends."""
    if not ((values[1:] < values[:-1]) & ~heads[1:]).any():
        return values
    run = np.cumsum(heads)
    values, step = values.copy(), 1
    while step < len(values):
        earlier = np.where(run[step:] == run[:-step], values[:-step], values[step:])
        values[step:] = np.maximum(values[step:], earlier)
        step *= 2
    return values
