"""Windows of a stream of packets, chunk by chunk."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pclip.data.windows import WINDOW_LENGTH
from pclip.packets import PacketTable


class StreamedWindows(NamedTuple):
    """Windows of the usable packets of one chunk.

    Rows are numbered through the carried context and then the chunk: row `context` is the chunk's
    first.

    Attributes:
        indices: int32[m, length], oldest first, the packet itself last; -1 stands where the
            capture had no earlier packet (left padding).
        context: how many rows were carried into this chunk.
        keep: int64[k], the rows to carry into the next one, k < length.
    """

    indices: NDArray[np.int32]
    context: int
    keep: NDArray[np.int64]


class WindowStream:
    """Windows that cross the borders of chunks, as `window_indices` has them in one piece.

    A window holds the packet and the usable ones before it in its capture, in file order. Whoever
    calls carries along what it knows of the packets, such as their vectors:

        carried = np.empty((0, width))
        for chunk in iter_captures(paths):
            windows = stream.add(chunk)
            known = np.concatenate([carried, encode(chunk)])
            use(known[windows.indices])
            carried = known[windows.keep]

    Args:
        length: A, packets of a window.

    Raises:
        ValueError: length < 1.
    """

    def __init__(self, length: int = WINDOW_LENGTH) -> None:
        if length < 1:
            raise ValueError(f"length={length}; a window holds at least its own packet")
        self.length = length
        self._carried = 0
        self._capture = -1

    def add(self, chunk: PacketTable) -> StreamedWindows:
        """Windows of the next packets.

        Args:
            chunk: n rows; where `capture` changes another capture begins, which knows nothing of
                the one before.
        """
        context = self._carried
        rows = np.flatnonzero(chunk.usable)
        if not len(rows):
            nothing = np.empty((0, self.length), np.int32)
            return StreamedWindows(nothing, context, np.arange(context))
        pool = np.concatenate([np.arange(context), context + rows])
        captures = chunk.capture[rows].astype(np.int64)
        captures = np.concatenate([np.full(context, self._capture), captures])
        run = np.cumsum(np.diff(captures, prepend=captures[:1]) != 0)
        places = np.arange(context, len(pool))[:, None] + np.arange(1 - self.length, 1)
        there = np.maximum(places, 0)
        inside = (places >= 0) & (run[there] == run[context:, None])
        indices = np.where(inside, pool[there], -1).astype(np.int32)

        latest = pool[run == run[-1]]
        keep = latest[max(len(latest) - self.length + 1, 0) :]
        self._carried, self._capture = len(keep), int(captures[-1])
        return StreamedWindows(indices, context, keep)
