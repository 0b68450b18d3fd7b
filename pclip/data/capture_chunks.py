"""Captures as a stream of tables, and tables cut down to the bytes of their own rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pclip import packets as room
from pclip.packets import PacketTable, read_capture

BYTES_AT_ONCE = 4 * 2**20


def capture_chunks(paths: Sequence[Path]) -> Iterator[PacketTable]:
    """Tables of a few ten thousand packets in file order; `capture` counts through all paths.

    Raises:
        CaptureError: a file is not there or is no capture.
    """
    stream: Any = getattr(room, "iter_captures", None)
    if stream is not None:
        yield from stream(paths)
        return
    # A reader that does not stream gives a file at a time.
    names = tuple(path.name for path in paths)
    for number, path in enumerate(paths):
        table = read_capture(path)
        capture = np.full(len(table), number, np.int16)
        yield dataclasses.replace(table, capture=capture, captures=names)


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
