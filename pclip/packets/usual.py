"""The short way for what most captures are made of: TCP, UDP and ICMP in plain IP in Ethernet.

What `decode_headers` finds out step by step for any frame stands at fixed places in these, so that
one copy of their first bytes gives all columns. Frames with anything unusual (tags, IP options,
extension headers, fragments, cut or lying headers) go the long way; the result is the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pclip.packets.fields import Bytes, Positions
from pclip.packets.transport import HEADER_BYTES, ICMP, ICMPV6, PORT_PROTOCOLS, TCP, UDP

ETHERNET = 1
NETWORK = 14
"""First byte of the IP header."""

TRANSPORT_BYTES = HEADER_BYTES[TCP]
"""Of transport header and payload have to be there, so that no protocol's header is cut."""

LATER_FRAGMENT = 0x1FFF
MAPPED_ADDRESS = 12
"""Where an IPv4 address stands in 16 bytes, behind ff ff."""
ADDRESS = np.dtype("V16")


@dataclass(frozen=True)
class _Layout:
    """Places in an IP header without options, from its first byte."""

    version: int
    ethertype: int
    first_mask: int
    first_byte: int
    header: int
    length: int
    length_adds: int
    protocol: int
    ttl: int
    addresses: tuple[int, int]
    address_bytes: int


LAYOUTS = (
    _Layout(4, 0x0800, 0xFF, 0x45, 20, 2, 0, 9, 8, (12, 16), 4),
    _Layout(6, 0x86DD, 0xF0, 0x60, 40, 4, 40, 6, 7, (8, 24), 16),
)
SIZES = np.zeros(256, np.int32)
SIZES[[TCP, UDP, ICMP, ICMPV6]] = [HEADER_BYTES[number] for number in (TCP, UDP, ICMP, ICMPV6)]
"""int32[256], bytes of the fixed part of each usual protocol's header; 0 for others."""

PORTS = (SIZES > 0) & np.isin(np.arange(256), PORT_PROTOCOLS)


def decode_usual(
    columns: dict[str, NDArray],
    buffer: Bytes,
    offset: Positions,
    captured_length: NDArray[np.int32],
    link_type: NDArray[np.uint16],
) -> NDArray[np.int64]:
    """Write the columns of the usual frames, in place.

    Args:
        columns: of n rows in which nothing was decoded, as `decode_headers` makes them.
        buffer: uint8[total].
        offset: int64[n], first byte of each frame.
        captured_length: int32[n], bytes present.
        link_type: uint16[n].

    Returns:
        int64[m], numbers of the rows that are left.
    """
    rows = np.flatnonzero(link_type == ETHERNET)
    left = [np.flatnonzero(link_type != ETHERNET)]
    for layout in LAYOUTS:
        room = captured_length[rows] >= NETWORK + layout.header + TRANSPORT_BYTES
        if not room.all():
            left.append(rows[~room])
            rows = rows[room]
        if len(rows):
            head = _heads(buffer, offset[rows], NETWORK + layout.header + TRANSPORT_BYTES)
            usual = _is_usual(head.view(np.uint8), layout)
            met = np.flatnonzero(usual)
            _write(columns, head[met].view(np.uint8), rows[met], captured_length, layout)
            rows = rows[~usual]
    return np.concatenate([*left, rows])


def _heads(buffer: Bytes, start: Positions, size: int) -> NDArray[np.void]:
    """The bytes at each start, [m, 1] of `size` bytes each: as one item they are copied as one."""
    windows = np.ndarray((len(buffer) - size + 1, 1), f"V{size}", buffer, strides=(1, size))
    return windows[start]


def _is_usual(head: Bytes, layout: _Layout) -> NDArray[np.bool_]:
    """bool[m]: nothing in the first bytes asks for a closer look."""
    usual = _word(head, NETWORK - 2) == layout.ethertype
    usual &= (head[:, NETWORK] & layout.first_mask) == layout.first_byte
    usual &= SIZES[head[:, NETWORK + layout.protocol]] > 0
    least = layout.header + TRANSPORT_BYTES - layout.length_adds
    usual &= _word(head, NETWORK + layout.length) >= least
    if layout.version == 4:
        usual &= (_word(head, NETWORK + 6) & LATER_FRAGMENT) == 0
    return usual


def _write(
    columns: dict[str, NDArray],
    head: Bytes,
    rows: NDArray[np.int64],
    captured_length: NDArray[np.int32],
    layout: _Layout,
) -> None:
    """Fill the columns of `rows` from the first bytes of their frames."""
    transport = NETWORK + layout.header
    protocol = head[:, NETWORK + layout.protocol]
    tcp = protocol == TCP
    total = _word(head, NETWORK + layout.length).astype(np.int32) + layout.length_adds
    end = np.minimum(NETWORK + total, captured_length[rows])
    size = SIZES[protocol]
    stated = np.where(tcp, (head[:, transport + 12] >> 4) * np.int32(4), 0)
    columns["ip_version"][rows] = layout.version
    columns["protocol"][rows] = protocol
    columns["ttl"][rows] = head[:, NETWORK + layout.ttl]
    names = ("source_address", "destination_address")
    for name, place in zip(names, layout.addresses, strict=True):
        address = np.zeros((len(rows), 16), np.uint8)
        address[:, MAPPED_ADDRESS - 2 : MAPPED_ADDRESS] = 0xFF
        first = NETWORK + place
        address[:, 16 - layout.address_bytes :] = head[:, first : first + layout.address_bytes]
        columns[name].view(ADDRESS)[rows] = address.view(ADDRESS)
    ports = PORTS[protocol]
    columns["source_port"][rows] = np.where(ports, _word(head, transport).astype(np.int32), -1)
    columns["destination_port"][rows] = np.where(
        ports, _word(head, transport + 2).astype(np.int32), -1
    )
    columns["tcp_flags"][rows] = np.where(tcp, head[:, transport + 13], 0)
    window = _word(head, transport + 14).astype(np.int32)
    columns["tcp_window"][rows] = np.where(tcp, window, -1)
    columns["network_offset"][rows] = NETWORK
    columns["transport_offset"][rows] = transport
    columns["payload_offset"][rows] = np.minimum(transport + np.maximum(size, stated), end)
    columns["end_offset"][rows] = end


def _word(head: Bytes, place: int) -> NDArray[np.uint16]:
    """Big-endian 16-bit word at one place of each row, uint16[m]."""
    words: NDArray[np.uint16] = head[:, place : place + 2].view(">u2")[:, 0]
    return words
