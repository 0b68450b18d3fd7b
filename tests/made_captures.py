"""Small captures made by hand, with the standard library alone."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path

T0 = 1_800_000_000
"""Seconds since 1970 at which they begin."""


def ip(source: str, destination: str, protocol: int, body: bytes) -> bytes:
    addresses = bytes(map(int, source.split("."))) + bytes(map(int, destination.split(".")))
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0, 64, protocol, 0)
    return head + addresses + body


SYN, RST, PSH, ACK = 2, 4, 8, 16


def tcp(source_port: int, destination_port: int, flags: int = SYN, payload: bytes = b"") -> bytes:
    head = struct.pack(">HHIIBBHHH", source_port, destination_port, 0, 0, 0x50, flags, 1, 0, 0)
    return head + payload


def udp(source_port: int, destination_port: int, payload: bytes = b"") -> bytes:
    return struct.pack(">HHHH", source_port, destination_port, 8 + len(payload), 0) + payload


def port_unreachable(quoted: bytes) -> bytes:
    return b"\x03\x03\0\0\0\0\0\0" + quoted


def write_capture(path: Path, packets: Iterable[tuple[float, bytes]]) -> None:
    """A pcap file of IPv4 packets in Ethernet, each at so many seconds after `T0`."""
    data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 200, 1)
    for seconds, body in packets:
        frame = bytes(12) + b"\x08\x00" + body
        whole, part = divmod(round(seconds * 1e6), 10**6)
        data += struct.pack("<IIII", T0 + whole, part, len(frame), len(frame)) + frame
    path.write_bytes(data)
