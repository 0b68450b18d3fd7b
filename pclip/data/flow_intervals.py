"""Which of the flows of a key cover a moment: intervals, searched in sorted order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NONE = -1


class FlowIntervals:
    """m intervals [start, end], each of a key; several of a key may overlap.

    Args:
        key: int64[m], from 0.
        start, end: int64[m], nanoseconds, both included.
    """

    def __init__(
        self, key: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
    ) -> None:
        self._order = np.lexsort((end, start, key))
        key, start, end = key[self._order], start[self._order], end[self._order]
        self._starts = _SortedPairs(key, start)
        self.start, self._end = start, end
        self._pyramid = _maxima(end)
        # The latest end up to each flow of a key: ascending, so that it can be searched.
        self._reached = _SortedPairs(key, _running_maximum(key, end))

    def covering(
        self, key: NDArray[np.int64], time: NDArray[np.int64]
    ) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Whether any interval of each key holds the moment, and how many begin up to then.

        Returns:
            bool[n]; int64[n], place in sorted order behind the last that begins at or before.
        """
        behind = self._starts.up_to(key, time)
        first = self._reached.below(key, time)
        return first < behind, behind

    def begun(self, key: NDArray[np.int64], time: NDArray[np.int64]) -> NDArray[np.int64]:
        """int64[n]: place in sorted order behind the last of a key that begins by each moment."""
        return self._starts.up_to(key, time)

    def number(self, place: NDArray[np.int64]) -> NDArray[np.int64]:
        """Number, as given, of the interval at each place in sorted order."""
        return self._order[place]

    def latest_or_none(
        self, key: NDArray[np.int64], time: NDArray[np.int64], behind: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """As `latest`, -1 where no interval of the key before the place `behind` holds it."""
        found = np.full(len(key), NONE, np.int64)
        rows = np.flatnonzero(self._reached.below(key, time) < behind)
        found[rows] = self.latest(time[rows], behind[rows])
        return found

    def latest(self, time: NDArray[np.int64], behind: NDArray[np.int64]) -> NDArray[np.int64]:
        """The interval of the latest start that holds each moment.

        Args:
            time: int64[n], each held by an interval of its key (see `covering`).
            behind: int64[n] from `covering`.

        Returns:
            int64[n], number of the interval as given.
        """
        # Up a tree of maxima until a block reaches the moment, then down to its last interval
        # that does: as many steps as the tree has levels, however many intervals overlap.
        place, level = behind.copy(), np.zeros(len(behind), np.int64)
        climbing = np.ones(len(behind), bool)
        for height, maxima in enumerate(self._pyramid):
            rows = np.flatnonzero(climbing & (place & 1 == 1))
            block = place[rows] - 1
            found = maxima[block] >= time[rows]
            hit = rows[found]
            place[hit], level[hit], climbing[hit] = block[found], height, False
            place[rows[~found]] = block[~found]
            place[climbing] >>= 1
        for height in range(len(self._pyramid) - 1, 0, -1):
            rows = np.flatnonzero(level == height)
            child = place[rows] * 2 + 1
            below = self._pyramid[height - 1]
            inside = child < len(below)
            right = inside & (below[np.where(inside, child, 0)] >= time[rows])
            place[rows], level[rows] = np.where(right, child, child - 1), height - 1
        return self._order[place]

    def holding_any(self, key: NDArray[np.int64], time: NDArray[np.int64]) -> NDArray[np.bool_]:
        """bool[m]: whether each interval, as given, holds at least one of the n moments."""
        moments = _SortedPairs.sorted(key, time)
        held = np.zeros(len(self._order), bool)
        own = self._starts.key
        held[self._order] = moments.below(own, self.start) < moments.up_to(own, self._end)
        return held


class _SortedPairs:
    """Pairs (key, value), ascending in both, searched as one integer each."""

    def __init__(self, key: NDArray[np.int64], value: NDArray[np.int64]) -> None:
        self.key = key
        self._values = np.unique(value)
        self._width = len(self._values) + 1
        # Ranks instead of nanoseconds: key and time do not fit into 63 bits together.
        self._pairs = key * self._width + np.searchsorted(self._values, value)

    @classmethod
    def sorted(cls, key: NDArray[np.int64], value: NDArray[np.int64]) -> _SortedPairs:
        order = np.lexsort((value, key))
        return cls(key[order], value[order])

    def up_to(self, key: NDArray[np.int64], value: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many pairs have a lower key, or this one and at most this value."""
        return self._count(key, np.searchsorted(self._values, value, "right"))

    def below(self, key: NDArray[np.int64], value: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many pairs have a lower key, or this one and less than this value."""
        return self._count(key, np.searchsorted(self._values, value, "left"))

    def _count(self, key: NDArray[np.int64], rank: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.searchsorted(self._pairs, key * self._width + rank)


def _running_maximum(key: NDArray[np.int64], value: NDArray[np.int64]) -> NDArray[np.int64]:
    """Largest value of its key up to each row; keys ascend."""
    values, rank = np.unique(value, return_inverse=True)
    # A later key begins above all ranks of the one before, so one running maximum serves all.
    width = max(len(values), 1)
    return values[np.maximum.accumulate(key * width + rank) - key * width] if len(key) else value


def _maxima(values: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Maxima of blocks of 1, 2, 4 ... values; the last block of a level may be short."""
    levels = [values]
    while len(levels[-1]) > 1:
        last = levels[-1]
        padded = np.append(last, last[-1]) if len(last) % 2 else last
        levels.append(np.maximum(padded[::2], padded[1::2]))
    return levels
