"""Finding the next record after garbage: where two plausible headers follow each other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pclip.packets.records import MAX_RESTARTS, Losses

Words = Callable[[int], NDArray[np.int64]]
"""`words(k)`: the 32-bit word 4 k bytes behind each place that is looked at."""

FIRST_LOOK = 512
LOOK_GROWTH = 8
LONGEST_LOOK = 2**18
"""The first look is short: hostile files hold garbage at many places."""

HEADER_WORDS = 8
HEADER_REACH = 4 * HEADER_WORDS


def next_plausible(
    data: bytes,
    start: int,
    end: int,
    order: str,
    candidates: Callable[[Words], NDArray[np.bool_]],
    confirm: Callable[[int], bool],
) -> int | None:
    """First place from `start` on where a record begins.

    Args:
        data: what has been read of the file.
        start: first place to look at.
        end: first place not to look at.
        order: "<" or ">".
        candidates: says of many places at once whether a record's header could stand there.
        confirm: says of one place whether a record stands there and another one behind it.

    Returns:
        The place, or None where there is none.
    """
    span = FIRST_LOOK
    while start < end:
        stop = min(start + span, end)
        block = np.frombuffer(data[start : stop + HEADER_REACH] + bytes(HEADER_REACH), np.uint8)
        count = stop - start
        ordered = block[::-1] if order == "<" else block
        scale = np.array([1 << 24, 1 << 16, 1 << 8, 1], np.int64)
        # One 32-bit word at each byte: the running sum of four bytes by their weights.
        word = np.convolve(ordered.astype(np.int64), scale[::-1], "valid")
        word = word[::-1] if order == "<" else word
        met = candidates(lambda k, word=word, n=count: word[4 * k : 4 * k + n])  # type: ignore[misc]
        for place in np.flatnonzero(met):
            if confirm(start + int(place)):
                return start + int(place)
        start, span = stop, min(span * LOOK_GROWTH, LONGEST_LOOK)
    return None


class Garbage:
    """A stretch that holds no record, and the search for its end, over one or several data.

    Args:
        losses: where to say what was skipped.
        reach: bytes behind a place that show whether a record stands there.
    """

    def __init__(self, losses: Losses, reach: int) -> None:
        self._losses = losses
        self._reach = reach
        self._why: str | None = None
        self._start = 0

    @property
    def met(self) -> bool:
        """Whether the walk stands in garbage."""
        return self._why is not None

    def begin(self, why: str, position: int) -> int:
        """Enter garbage at a place in the data; gives the first place to search."""
        self._why, self._start = why, self._losses.base + position
        return position + 1

    def search(
        self,
        data: bytes,
        position: int,
        final: bool,
        order: str,
        candidates: Callable[[Words], NDArray[np.bool_]],
        confirm: Callable[[int], bool],
    ) -> int:
        """Look for the next record; the walk has left the garbage if `met` is False then.

        Places so near the end of the data that it does not show what stands there wait for more of
        it, so that the same is found however a file is cut into data.

        Returns:
            Where the record begins, or how far everything was looked at.
        """
        if self._losses.restarts >= MAX_RESTARTS:
            self._losses.abandoned(self._start)
            return len(data)
        end = len(data) if final else max(position, len(data) - self._reach)
        place = next_plausible(data, position, end, order, candidates, confirm)
        if place is not None:
            self._losses.skipped(self._why or "", self._start, self._losses.base + place)
            self._why = None
            return place
        if final:
            self._losses.ended(self._why or "", self._start, self._losses.base + len(data))
        return end
