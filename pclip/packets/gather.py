"""Windows of a buffer side by side in one block, for many rows at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pclip.packets.fields import Bytes, Positions, read_window


def gather(buffer: Bytes, start: Positions, length: NDArray[np.int32], width: int) -> Bytes:
    """The first `length` bytes from each place on, zero padded to `width`.

    Args:
        buffer: uint8[total].
        start: int64[n], not negative where the length is not 0.
        length: int32[n], at most `width`; no window reaches beyond the buffer.
        width: bytes of a row, at least 1.

    Returns:
        uint8[n, width], the caller's own.
    """
    last = buffer.size - width
    if last < 0:
        return read_window(buffer, start, start + length, width)
    # One item of `width` bytes at every place: taking items copies whole rows, without indices.
    windows: NDArray[np.void] = np.ndarray(
        (last + 1,), np.dtype(f"V{width}"), np.ascontiguousarray(buffer).data, strides=(1,)
    )
    block = windows[np.clip(start, 0, last)].view(np.uint8).reshape(-1, width)
    moved = np.flatnonzero((start > last) & (length > 0))
    block[moved] = read_window(buffer, start[moved], start[moved] + length[moved], width)
    block *= shorter_than(length, width)
    return block


def shorter_than(length: NDArray[np.int32], width: int) -> NDArray[np.bool_]:
    """bool[n, width]: places before each length (at most `width`)."""
    # The smallest integers that hold the lengths: comparing them is a matter of memory.
    kind = np.min_scalar_type(width)
    inside: NDArray[np.bool_] = np.arange(width, dtype=kind) < length.astype(kind)[:, None]
    return inside
