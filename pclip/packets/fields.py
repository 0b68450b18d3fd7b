"""Reading bytes and words at many places of one buffer, never outside what is allowed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Positions = NDArray[np.int64]


def read_u8(buffer: Bytes, position: Positions, stop: Positions) -> NDArray[np.int64]:
    """Byte at each position; 0 where the position is not before `stop`.

    Lengths inside a capture lie, so every read carries its own bound.

    Args:
        buffer: uint8[total].
        position: int64[n], places in `buffer`, not negative.
        stop: int64[n], first place that must not be read.

    Returns:
        int64[n].
    """
    if buffer.size == 0:
        return np.zeros(len(position), np.int64)
    inside = position < stop
    return np.where(inside, buffer[np.where(inside, position, 0)], 0).astype(np.int64)


def read_u16(buffer: Bytes, position: Positions, stop: Positions) -> NDArray[np.int64]:
    """Big-endian 16-bit word at each position; bytes beyond `stop` count as 0.

    Args and Returns: as `read_u8`.
    """
    return (read_u8(buffer, position, stop) << 8) | read_u8(buffer, position + 1, stop)


def read_window(buffer: Bytes, position: Positions, stop: Positions, width: int) -> Bytes:
    """The `width` bytes from each position on, zero padded from `stop`.

    Returns:
        uint8[n, width].
    """
    if buffer.size == 0:
        return np.zeros((len(position), width), np.uint8)
    places = position[:, None] + np.arange(width)
    inside = places < stop[:, None]
    return np.where(inside, buffer[np.where(inside, places, 0)], np.uint8(0))
