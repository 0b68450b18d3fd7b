"""A writer of classic pcap files, with the standard library alone.

Source: draft-ietf-opsawg-pcap.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

MICROSECONDS, NANOSECONDS = 0xA1B2C3D4, 0xA1B23C4D
SNAP_LENGTH = 65_535


def classic_pcap(
    frames: Sequence[bytes],
    *,
    link_type: int = 1,
    order: str = "<",
    nano: bool = False,
    times_ns: Sequence[int] | None = None,
    lengths: Sequence[int] | None = None,
    snap_length: int = SNAP_LENGTH,
) -> bytes:
    """A whole file; times are rounded down to its unit, lengths on the wire are as captured."""
    magic, unit = (NANOSECONDS, 1) if nano else (MICROSECONDS, 1000)
    content = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, snap_length, link_type)
    for number, frame in enumerate(frames):
        time = times_ns[number] if times_ns else (1_700_000_000_000_000 + number) * 1000
        length = lengths[number] if lengths else len(frame)
        second, rest = divmod(time, 10**9)
        content += struct.pack(f"{order}IIII", second, rest // unit, len(frame), length) + frame
    return content
