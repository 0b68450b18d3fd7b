"""Byte policies: which bytes of a packet a model may see.

`legacy38`        the frame without its first 38 bytes, whatever they are (released ET-BERT code).
`paper`           from after the ports (after the IP headers where there are none) to the end of
                  the datagram.
`identity_free`   as `paper`, with the bytes of the tables below zeroed.

Source: Lin et al. 2022 (ET-BERT), `hex(packet)[76:]`; the tables are this project's.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pclip.packets.fields import Positions, read_u8, read_window
from pclip.packets.network import decode_ip
from pclip.packets.table import PacketTable
from pclip.packets.transport import (
    DCCP,
    HEADER_BYTES,
    ICMP,
    ICMPV6,
    IGMP,
    PORT_BYTES,
    PORT_PROTOCOLS,
    SCTP,
    TCP,
    UDP,
    UDP_LITE,
    header_bytes,
)

BYTE_POLICIES = ("legacy38", "paper", "identity_free")
LEGACY_BYTES = 38
CHUNK_ROWS = 16_384
"""Rows handled at once, so that index arrays stay in the tens of megabytes."""

Ranges = tuple[NDArray[np.int64], Positions, Positions]
"""Row numbers, first byte and first byte after, in the shared buffer."""

TO_THE_END = 65_536
"""Longer than any datagram; a range is cut at the packet's end."""

ANY_TYPE = None
ECHO_AND_QUERIES = (0, 8, 13, 14, 15, 16, 17, 18)
ICMP_TIMESTAMPS = (13, 14)
ICMP_REDIRECT = (5,)
ICMPV6_ECHO = (128, 129)
ND_WITH_TARGET = (135, 136, 137)
ND_REDIRECT = (137,)
MLD = (130, 131, 132)
MLD2_REPORT = (143,)
IGMP3_REPORT = (0x22,)

ZEROED_FIELDS: tuple[tuple[str, int, tuple[int, ...] | None, int, int], ...] = (
    ("TCP sequence and acknowledgement numbers", TCP, ANY_TYPE, 4, 12),
    ("TCP checksum", TCP, ANY_TYPE, 16, 18),
    ("UDP checksum", UDP, ANY_TYPE, 6, 8),
    ("UDP-Lite checksum", UDP_LITE, ANY_TYPE, 6, 8),
    ("DCCP checksum", DCCP, ANY_TYPE, 6, 8),
    ("SCTP verification tag and checksum", SCTP, ANY_TYPE, 4, 12),
    ("ICMP checksum", ICMP, ANY_TYPE, 2, 4),
    ("ICMP identifier and sequence number", ICMP, ECHO_AND_QUERIES, 4, 8),
    ("ICMP timestamps (time of day)", ICMP, ICMP_TIMESTAMPS, 8, 20),
    ("ICMP redirect gateway", ICMP, ICMP_REDIRECT, 4, 8),
    ("ICMPv6 checksum", ICMPV6, ANY_TYPE, 2, 4),
    ("ICMPv6 identifier and sequence number", ICMPV6, ICMPV6_ECHO, 4, 8),
    ("neighbour discovery target address", ICMPV6, ND_WITH_TARGET, 8, 24),
    ("neighbour discovery redirect destination", ICMPV6, ND_REDIRECT, 24, 40),
    ("multicast listener discovery address", ICMPV6, MLD, 8, 24),
    ("multicast listener records", ICMPV6, MLD2_REPORT, 8, TO_THE_END),
    ("IGMP checksum and group address", IGMP, ANY_TYPE, 2, 8),
    ("IGMP group records", IGMP, IGMP3_REPORT, 8, TO_THE_END),
)
"""(what, protocol, message types, first byte, first byte after), from the transport header's
first byte. The message type is that header's first byte."""

QUOTING_TYPES = {ICMP: (3, 4, 5, 11, 12), ICMPV6: (1, 2, 3, 4)}
"""Errors that quote a packet; its IP and transport headers, ports included, are zeroed."""

QUOTE_OFFSET = 8
OTHER_QUOTED_BYTES = 8
"""Zeroed of a quoted transport header that is not understood (RFC 792 quotes 64 bits of it)."""

ND_OPTIONS_OFFSET = {133: 8, 134: 16, 135: 24, 136: 24, 137: 40}
ND_ADDRESS_OPTIONS = (1, 2, 3, 4, 24, 25)
"""Link-layer addresses, prefix, redirected packet, route, DNS server: bodies are zeroed."""

TCP_OPTION_END, TCP_OPTION_NOP, TCP_OPTION_TIMESTAMPS = 0, 1, 8
MAX_OPTIONS = 40
"""A TCP header has room for no more."""


def policy_bytes(
    packets: PacketTable, bytes: str = "identity_free", max_bytes: int = 128
) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """The bytes of each packet that a model may see.

    Args:
        packets: n rows.
        bytes: one of `BYTE_POLICIES`.
        max_bytes: how many to keep of each packet.

    Returns:
        uint8[n, max_bytes], zero padded, and int32[n], how many of them are the packet's. Rows
        that are not usable have none, except under `legacy38`, which reads no header.

    Raises:
        ValueError: no such policy.
    """
    if bytes not in BYTE_POLICIES:
        raise ValueError(f"bytes={bytes!r}; the byte policies are {', '.join(BYTE_POLICIES)}")
    start, stop = _visible(packets, bytes)
    length = np.clip(stop - start, 0, max_bytes)
    block = np.zeros((len(packets), max_bytes), np.uint8)
    for first in range(0, len(packets), CHUNK_ROWS):
        rows = slice(first, first + CHUNK_ROWS)
        block[rows] = read_window(packets.buffer, start[rows], stop[rows], max_bytes)
    if bytes == "identity_free":
        block[_mark(zeroed_ranges(packets), start, max_bytes)] = 0
    return block, length.astype(np.int32)


def zeroed_ranges(packets: PacketTable) -> Ranges:
    """Every byte range that `identity_free` zeroes, as places in the shared buffer.

    Ranges may overlap and may reach beyond a packet's last byte.

    Returns:
        Three int64[m]: row number, first byte, first byte after.
    """
    rows = np.flatnonzero(packets.usable & (packets.transport_offset >= 0))
    header = packets.offset[rows] + packets.transport_offset[rows]
    end = packets.offset[rows] + packets.end_offset[rows]
    protocol = packets.protocol[rows]
    message = read_u8(packets.buffer, header, end)
    ranges: list[Ranges] = []
    for _, number, types, first, after in ZEROED_FIELDS:
        chosen = protocol == number
        if types is not None:
            chosen &= np.isin(message, types)
        place = header[chosen]
        ranges.append((rows[chosen], place + first, place + after))
    for number, types in QUOTING_TYPES.items():
        chosen = (protocol == number) & np.isin(message, types)
        ranges.append(
            _quoted_headers(packets, rows[chosen], header[chosen] + QUOTE_OFFSET, end[chosen])
        )
    tcp = protocol == TCP
    payload = packets.offset[rows] + packets.payload_offset[rows]
    ranges += _tcp_timestamps(packets, rows[tcp], header[tcp] + HEADER_BYTES[TCP], payload[tcp])
    for kind, place in ND_OPTIONS_OFFSET.items():
        chosen = (protocol == ICMPV6) & (message == kind)
        ranges += _nd_options(packets, rows[chosen], header[chosen] + place, end[chosen])
    row, first_byte, after_byte = (np.concatenate(parts) for parts in zip(*ranges, strict=True))
    return row, first_byte, after_byte


def _visible(packets: PacketTable, policy: str) -> tuple[Positions, Positions]:
    """First byte and first byte after of what a policy lets through, in the shared buffer."""
    if policy == "legacy38":
        return packets.offset + LEGACY_BYTES, packets.offset + packets.captured_length
    has_transport = packets.transport_offset >= 0
    ports = has_transport & np.isin(packets.protocol, PORT_PROTOCOLS)
    start = np.where(has_transport, packets.transport_offset, packets.payload_offset)
    start = start + np.where(ports, PORT_BYTES, 0)
    stop = np.where(packets.usable, packets.end_offset, start)
    return packets.offset + start, packets.offset + stop


def _mark(ranges: Ranges, start: Positions, width: int) -> NDArray[np.bool_]:
    """bool[n, width]: which places of windows that begin at `start` lie in one of the ranges."""
    rows, first, after = ranges
    # +1 where a range begins, -1 after it: the running sum is positive inside.
    steps = np.zeros((len(start), width + 1), np.int16)
    np.add.at(steps, (rows, np.clip(first - start[rows], 0, width)), 1)
    np.add.at(steps, (rows, np.clip(after - start[rows], 0, width)), -1)
    return np.cumsum(steps, axis=1, dtype=np.int16)[:, :width] > 0


def _quoted_headers(
    packets: PacketTable, rows: NDArray[np.int64], place: Positions, end: Positions
) -> Ranges:
    """IP and transport header of the packets quoted at `place`.

    A quote whose IP header cannot be read is zeroed whole.
    """
    quoted = decode_ip(packets.buffer, place, end)
    size = header_bytes(packets.buffer, quoted.payload, end, quoted.protocol)
    size = np.where(size == 0, OTHER_QUOTED_BYTES, size)
    size = np.where(quoted.first_fragment, size, 0)
    return rows, place, np.where(quoted.reason == 0, quoted.payload + size, end)


def _tcp_timestamps(
    packets: PacketTable, rows: NDArray[np.int64], place: Positions, end: Positions
) -> list[Ranges]:
    """TSval and TSecr of TCP options that begin at `place`; stops at the first malformed one."""
    ranges: list[Ranges] = []
    for _ in range(MAX_OPTIONS):
        kind = read_u8(packets.buffer, place, end)
        size = read_u8(packets.buffer, place + 1, end)
        size = np.where(kind == TCP_OPTION_NOP, 1, size)
        # A size of 0 or 1 would loop for ever; END and places beyond the header read as kind 0.
        going = (kind != TCP_OPTION_END) & ((kind == TCP_OPTION_NOP) | (size >= 2))
        rows, place, end, kind, size = (values[going] for values in (rows, place, end, kind, size))
        if not len(rows):
            break
        stamped = kind == TCP_OPTION_TIMESTAMPS
        after = np.minimum(place + size, end)
        ranges.append((rows[stamped], place[stamped] + 2, after[stamped]))
        place = place + size
    return ranges


def _nd_options(
    packets: PacketTable, rows: NDArray[np.int64], place: Positions, end: Positions
) -> list[Ranges]:
    """Bodies of the neighbour discovery options with addresses; stops at a size of 0."""
    ranges: list[Ranges] = []
    while len(rows):
        kind = read_u8(packets.buffer, place, end)
        size = read_u8(packets.buffer, place + 1, end) * 8
        addressed = np.isin(kind, ND_ADDRESS_OPTIONS)
        ranges.append((rows[addressed], place[addressed] + 2, (place + size)[addressed]))
        going = size > 0
        rows, place, end = rows[going], (place + size)[going], end[going]
    return ranges
