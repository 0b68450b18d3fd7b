"""Tables cut down to the bytes of their own rows."""

from __future__ import annotations

import dataclasses

import numpy as np

from pclip.packets import PacketTable

BYTES_AT_ONCE = 4 * 2**20


def compact(packets: PacketTable) -> PacketTable:
    """The same rows over a buffer of their own: rows taken from a table hold on to all of it."""
    lengths = packets.captured_length.astype(np.int64)
    ends = np.cumsum(lengths)
    starts = ends - lengths
    buffer = np.empty(int(ends[-1]) if len(ends) else 0, np.uint8)
    first = 0
    while first < len(ends):
        # A few megabytes of frames at a time: each byte's place takes eight.
        behind = max(first + 1, int(np.searchsorted(ends, starts[first] + BYTES_AT_ONCE)))
        rows = slice(first, behind)
        shift = np.repeat(packets.offset[rows] - starts[rows], lengths[rows])
        place = np.arange(starts[first], ends[behind - 1])
        buffer[place[0] : place[-1] + 1] = packets.buffer[place + shift] if len(place) else 0
        first = behind
    return dataclasses.replace(packets, buffer=buffer, offset=starts)
