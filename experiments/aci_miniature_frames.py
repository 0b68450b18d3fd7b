"""Frames of the miniature ACI-IoT-2023: which flows can be told apart, and captures of them."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pclip.files import write_atomic
from pclip.packets import PacketTable
from pclip.packets.headers import decode_headers


def clear_flows(packets: PacketTable, flow: NDArray, labels: NDArray, own: NDArray) -> set[int]:
    """Flows whose address pair and protocol met one class only: no join could mistake them."""
    classes: dict[tuple[bytes, ...], set[int]] = {}
    pair_of: dict[int, tuple[bytes, ...]] = {}
    for row in np.flatnonzero(own & (flow >= 0)).tolist():
        ends = sorted(
            a[row].tobytes() + bytes(str(p[row]), "ascii")
            for a, p in (
                (packets.source_address, packets.source_port),
                (packets.destination_address, packets.destination_port),
            )
        )
        pair = (*ends, packets.protocol[row].tobytes())
        classes.setdefault(pair, set()).add(int(labels[row]))
        pair_of[int(flow[row])] = pair
    return {number for number, pair in pair_of.items() if len(classes[pair]) == 1}


def frame_of(packets: PacketTable, row: int) -> bytes:
    """Captured bytes of one packet."""
    start = int(packets.offset[row])
    return packets.buffer[start : start + int(packets.captured_length[row])].tobytes()


def ping(source: int, target: int) -> bytes:
    """An echo request between two hosts of one LAN, in Ethernet."""
    head = struct.pack(">BBHHHBBH", 0x45, 0, 28, 0, 0, 64, 1, 0)
    ends = bytes([192, 168, 10, source, 192, 168, 10, target])
    return bytes(12) + b"\x08\x00" + head + ends + b"\x08\0\0\0\0\0\0\0"


def packet_table(frames: list[bytes], length: NDArray, time: NDArray, name: str) -> PacketTable:
    """Ethernet frames as a table; times are cut to microseconds, as pcap has them."""
    size = np.array([len(frame) for frame in frames], np.int32)
    buffer = np.frombuffer(b"".join(frames), np.uint8)
    offset = np.cumsum(size, dtype=np.int64) - size
    link = np.ones(len(frames), np.uint16)
    return PacketTable(
        buffer=buffer, offset=offset, captured_length=size, length=length.astype(np.int32),
        time_ns=time // 1000 * 1000, capture=np.zeros(len(frames), np.int16),
        index=np.arange(len(frames), dtype=np.int32), link_type=link, captures=(name,),
        **decode_headers(buffer, offset, size, link),
    )  # fmt: skip


def write_pcap(path: Path, packets: PacketTable) -> None:
    """Write a classic pcap file."""
    data = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1)]
    for row in range(len(packets)):
        second, rest = divmod(int(packets.time_ns[row]), 10**9)
        frame = frame_of(packets, row)
        data.append(struct.pack("<IIII", second, rest // 1000, len(frame), packets.length[row]))
        data.append(frame)
    write_atomic(path, b"".join(data))
