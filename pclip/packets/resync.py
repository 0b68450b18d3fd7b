"""Finding the next record after garbage: where two plausible headers follow each other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Words = Callable[[int], NDArray[np.int64]]
"""`words(k)`: the 32-bit word 4 k bytes behind each place that is looked at."""

FIRST_LOOK = 512
LOOK_GROWTH = 8
"""The first look is short: hostile files hold garbage at many places."""

HEADER_WORDS = 8
HEADER_REACH = 4 * HEADER_WORDS


def next_plausible(
    data: bytes,
    start: int,
    order: str,
    candidates: Callable[[Words], NDArray[np.bool_]],
    confirm: Callable[[int], bool],
) -> int | None:
    """First place from `start` on where a record begins.

    Args:
        data: what has been read of the file.
        start: first place to look at.
        order: "<" or ">".
        candidates: says of many places at once whether a record's header could stand there.
        confirm: says of one place whether a record stands there and another one behind it.

    Returns:
        The place, or None where the data holds none.
    """
    span = FIRST_LOOK
    while start < len(data):
        stop = min(start + span, len(data))
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
        start, span = stop, span * LOOK_GROWTH
    return None
