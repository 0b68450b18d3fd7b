"""NFStream's flows of a capture, and the capture as NFStream needs it."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np

from pclip.packets import PacketTable

MAGIC_NS = 0xA1B23C4D
FOREVER_S = 10**6
PAYLOAD_BYTES = 3
"""NFStream's accounting mode that counts what our lengths are: bytes above the transport header."""


def write_whole_frames(packets: PacketTable, path: Path) -> int:
    """Write Ethernet packets as a pcap file in which no frame is cut.

    NFStream ignores a frame of which the capture kept less than its IP header states. Zeros stand
    for the bytes that are missing; headers stay as they are.

    Returns:
        How many frames were filled up.
    """
    cut = 0
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", MAGIC_NS, 2, 4, 0, 0, 1 << 18, 1))
        rows = zip(
            packets.offset.tolist(),
            packets.captured_length.tolist(),
            packets.length.tolist(),
            packets.time_ns.tolist(),
            strict=True,
        )
        for offset, kept, length, time in rows:
            second, rest = divmod(time, 10**9)
            file.write(struct.pack("<IIII", second, rest, length, length))
            file.write(packets.buffer[offset : offset + kept].tobytes().ljust(length, b"\0"))
            cut += kept < length
    return cut


def nfstream_flows(path: Path, statistics: bool = True, meters: int = 1) -> list[Any]:
    """Flows as NFStream 6.6 gives them: idle 60 s, never cut, nothing dissected.

    Args:
        path: a pcap file.
        statistics: lengths and inter-arrival times too.
        meters: processes; 0 = as many as NFStream finds right.
    """
    from nfstream import NFStreamer  # an extra: only this benchmark needs it

    return list(
        NFStreamer(
            source=str(path),
            idle_timeout=60,
            active_timeout=FOREVER_S,
            accounting_mode=PAYLOAD_BYTES,
            statistical_analysis=statistics,
            n_dissections=0,
            splt_analysis=0,
            n_meters=meters,
        )
    )


def in_milliseconds(time_ns: np.ndarray) -> np.ndarray:
    """int64[n] nanoseconds as NFStream sees them: whole milliseconds that never go back."""
    return np.maximum.accumulate(time_ns // 10**6 * 10**6)
