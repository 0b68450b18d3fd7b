"""Clocks of pcapng interfaces: units of any power of ten or two, to nanoseconds since 1970."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

DEFAULT_RESOLUTION = 6
"""if_tsresol of an interface that names none: microseconds."""

BINARY = 0x80
NS_PER_S = 1_000_000_000
NS_DIGITS = 9
MAX_SECONDS = 2**33 - 1
"""Beyond this, in the year 2242, nanoseconds come near the end of an int64."""

MAX_DECIMAL, MAX_BINARY = 19, 63
"""Finer units than these do not fit; their clocks are read as their high part, which is 0."""

NS_SHIFT = 34
"""A fraction of more bits than this, times 10^9, would not fit into 64 bits."""


def nanoseconds(
    high: NDArray[np.int64],
    low: NDArray[np.int64],
    resolution: NDArray[np.int64],
    offset_s: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Times of packets.

    Args:
        high: int64[n], upper 32 bits of the units since 1970.
        low: int64[n], lower 32 bits.
        resolution: int64[n], if_tsresol: k stands for 10^-k s, 128 + k for 2^-k s.
        offset_s: int64[n], if_tsoffset, seconds to add.

    Returns:
        int64[n], nanoseconds, between 0 and `MAX_SECONDS`.
    """
    units = (high.astype(np.uint64) << np.uint64(32)) | low.astype(np.uint64)
    time = np.zeros(len(units), np.int64)
    for code in np.unique(resolution):
        rows = np.flatnonzero(resolution == code)
        seconds, rest = _split(units[rows], int(code))
        whole = np.minimum(seconds, np.uint64(MAX_SECONDS)).astype(np.int64)
        offset = np.clip(offset_s[rows], -MAX_SECONDS, MAX_SECONDS)
        time[rows] = np.clip(whole + offset, 0, MAX_SECONDS) * NS_PER_S + rest.astype(np.int64)
    return time


def _split(units: NDArray[np.uint64], code: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Whole seconds, and nanoseconds of the rest."""
    digits = code & (BINARY - 1)
    if code & BINARY:
        if digits > MAX_BINARY:
            return np.zeros_like(units), np.zeros_like(units)
        seconds = units >> np.uint64(digits)
        rest = units & np.uint64((1 << digits) - 1)
        spare = max(0, digits - NS_SHIFT)
        scaled = (rest >> np.uint64(spare)) * np.uint64(NS_PER_S)
        return seconds, scaled >> np.uint64(digits - spare)
    if digits > MAX_DECIMAL:
        return np.zeros_like(units), np.zeros_like(units)
    unit = np.uint64(10**digits)
    seconds, rest = units // unit, units % unit
    if digits <= NS_DIGITS:
        return seconds, rest * np.uint64(10 ** (NS_DIGITS - digits))
    return seconds, rest // np.uint64(10 ** (digits - NS_DIGITS))
