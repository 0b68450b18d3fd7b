"""Byte policies: which bytes of a packet a model may see.

`legacy38`        the frame without its first 38 bytes, whatever they are (released ET-BERT code).
`paper`           from after the ports (after the IP headers where there are none) to the end of
                  the datagram.
`identity_free`   as `paper`, with what `zeroed_fields` lists zeroed: identifiers, addresses,
                  checksums, whatever counts or tells the time, in headers and headers in headers.
`nameless`        as `identity_free`, and in payloads what `payload_names` lists zeroed: names of
                  hosts and users, addresses, the time of day. A control: how much of a score is
                  read from names.

Link headers, IP headers with options, extension headers and the authentication header are before
what any policy but `legacy38` shows; rows that are not IP show nothing. A fragment that is not the
first one has no transport header: its bytes are the middle of some payload, where no header can
be, and stay. docs/policies.md has every field.

Source: Lin et al. 2022 (ET-BERT), `hex(packet)[76:]`; the tables are this project's.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pclip.packets.carried import Headers
from pclip.packets.fields import Bytes, Positions
from pclip.packets.gather import gather
from pclip.packets.network import decode_ip
from pclip.packets.options import Ranges
from pclip.packets.payload_names import NAME_MARGIN, name_ranges
from pclip.packets.table import COLUMN_NAMES, PacketTable
from pclip.packets.transport import DCCP, ICMPV6, PORT_BYTES, PORT_PROTOCOLS, SCTP, TCP, UDP
from pclip.packets.zeroed_fields import (
    BARE_PROTOCOLS,
    EXTENDED_ECHO,
    GRE,
    GTP_PORT,
    IP6IP,
    IPIP,
    ND_OPTIONS_OFFSETS,
    PIM,
    PIM_REGISTER,
    QUOTING_TYPES,
    TYPE_FIELDS,
    VXLAN_PORTS,
    ZEROED_FIELDS,
)
from pclip.packets.zeroed_walks import has_ports, walked_ranges

BYTE_POLICIES = ("legacy38", "paper", "identity_free", "nameless")
LEGACY_BYTES = 38
CHUNK_ROWS = 16_384
"""Rows handled at once: few enough for a cache, enough to forget what a NumPy call costs."""

_HAS_PORTS = np.isin(np.arange(256), PORT_PROTOCOLS)
_IS_BARE = np.isin(np.arange(256), BARE_PROTOCOLS)
# TCP's usual options, two paddings before ten bytes of timestamps, need no walk.
_PADDED_TIMESTAMPS = np.frombuffer(b"\x01\x01\x08\x0a", np.uint32)[0]


def _walked() -> NDArray[np.bool_]:
    """bool[protocol, first byte]: packets whose options or inner packets are looked for."""
    walked = np.zeros((256, 256), bool)
    walked[[DCCP, SCTP, IPIP, IP6IP, GRE]] = True
    walked[PIM, PIM_REGISTER] = True
    for types in (QUOTING_TYPES, EXTENDED_ECHO, {ICMPV6: tuple(ND_OPTIONS_OFFSETS)}):
        for protocol, numbers in types.items():
            walked[protocol, list(numbers)] = True
    return walked


_WALKED = _walked()


def policy_bytes(
    packets: PacketTable, bytes: str = "identity_free", max_bytes: int = 128
) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """The bytes of each packet that a model may see.

    Args:
        packets: n rows.
        bytes: one of `BYTE_POLICIES`.
        max_bytes: how many to keep of each packet, at least 1.

    Returns:
        uint8[n, max_bytes], zero padded, and int32[n], how many of them are the packet's. Rows
        that are not usable have none, except under `legacy38`, which reads no header.

    Raises:
        ValueError: no such policy, or nothing is to be kept.
    """
    block = np.empty((len(packets), max_bytes), np.uint8)
    length = np.empty(len(packets), np.int32)
    for rows, part, part_length in policy_chunks(packets, bytes, max_bytes):
        block[rows], length[rows] = part, part_length
    return block, length


def policy_chunks(
    packets: PacketTable, bytes: str, max_bytes: int
) -> Iterator[tuple[slice, NDArray[np.uint8], NDArray[np.int32]]]:
    """`policy_bytes`, some thousand rows at a time.

    Yields:
        The rows' slice, their bytes and their lengths.
    """
    if bytes not in BYTE_POLICIES:
        raise ValueError(f"bytes={bytes!r}; the byte policies are {', '.join(BYTE_POLICIES)}")
    if max_bytes < 1:
        raise ValueError(f"max_bytes={max_bytes}; at least 1 byte is to be shown")
    # A name that begins within the last bytes shown is recognised by what follows them.
    width = max_bytes + (NAME_MARGIN if bytes == "nameless" else 0)
    for first in range(0, len(packets), CHUNK_ROWS):
        rows = slice(first, first + CHUNK_ROWS)
        part = dataclasses.replace(
            packets, **{name: getattr(packets, name)[rows] for name in COLUMN_NAMES}
        )
        start, stop = _visible(part, bytes)
        length = np.clip(stop - start, 0, width).astype(np.int32)
        block = gather(part.buffer, start, length, width)
        if bytes in ("identity_free", "nameless"):
            inside = _zero_fields(part, block, start)
            if bytes == "nameless":
                _zero(block, start, name_ranges(part, block, start, inside))
                block = block[:, :max_bytes]
                length = np.minimum(length, np.int32(max_bytes))
        yield rows, block, length


def _visible(packets: PacketTable, policy: str) -> tuple[Positions, Positions]:
    """First byte and first byte after of what a policy lets through, in the shared buffer."""
    if policy == "legacy38":
        return packets.offset + LEGACY_BYTES, packets.offset + packets.captured_length
    has_transport = packets.transport_offset >= 0
    start = np.where(has_transport, packets.transport_offset, packets.payload_offset)
    start += PORT_BYTES * (has_transport & _HAS_PORTS[packets.protocol])
    stop = np.where(packets.usable, packets.end_offset, start)
    return packets.offset + start, packets.offset + stop


def _zero_fields(packets: PacketTable, block: Bytes, start: Positions) -> list[Headers]:
    """Zero the fields of `zeroed_fields` in place.

    Args:
        packets: rows of one chunk.
        block: uint8[rows, width], what is visible of each.
        start: int64[rows], place of each block row in the shared buffer.

    Returns:
        The headers of inner packets, one entry a level.
    """
    header = packets.usable & (packets.transport_offset >= 0)
    header[_bare(packets)] = True
    protocol, first_byte = packets.protocol, block[:, 0].copy()
    walked = header & _WALKED[protocol, first_byte] & ~_HAS_PORTS[protocol]
    for number in np.unique(protocol[header]).tolist():
        rows = np.flatnonzero(header & (protocol == number))
        if number == TCP:
            walked[_zero_timestamps(packets, block, rows)] = True
        elif number == UDP:
            destination, source = packets.destination_port[rows], packets.source_port[rows]
            met = np.isin(destination, (*VXLAN_PORTS, GTP_PORT)) | (source == GTP_PORT)
            walked[rows[met]] = True
        elif number in (DCCP, SCTP):
            walked[rows] = True
        _zero_fixed(packets, block, rows, number)
    rows = np.flatnonzero(walked)
    if not len(rows):
        return []
    shown = PORT_BYTES * _HAS_PORTS[protocol[rows]]
    headers = Headers(
        row=rows,
        place=start[rows] - shown,
        end=packets.offset[rows] + packets.end_offset[rows],
        protocol=protocol[rows].astype(np.int64),
        source_port=packets.source_port[rows].astype(np.int64),
        destination_port=packets.destination_port[rows].astype(np.int64),
    )
    ranges, inside = walked_ranges(packets.buffer, headers, start + block.shape[1])
    _zero(block, start, ranges)
    return inside


def _bare(packets: PacketTable) -> NDArray[np.int64]:
    """Rows whose header begins at the payload, those of `BARE_PROTOCOLS`: no later fragments."""
    rows = np.flatnonzero(
        packets.usable & (packets.transport_offset < 0) & _IS_BARE[packets.protocol]
    )
    network = packets.offset[rows] + packets.network_offset[rows]
    end = packets.offset[rows] + packets.end_offset[rows]
    return rows[decode_ip(packets.buffer, network, end).first_fragment]


def _zero_fixed(packets: PacketTable, block: Bytes, rows: NDArray[np.int64], protocol: int) -> None:
    """Zero the table's fields of one protocol, in place; what lies beyond the block is unseen."""
    shown = PORT_BYTES if _HAS_PORTS[protocol] else 0
    at, width, mask = TYPE_FIELDS.get(protocol, (0, 1, 0xFF))
    kind = np.zeros(len(rows), np.int64)
    # The ports of a protocol are not shown, and none has its message type there.
    for place in range(at - shown, at - shown + width):
        kind = kind << 8 | (block[rows, place] if 0 <= place < block.shape[1] else 0)
    kind &= mask
    for field in ZEROED_FIELDS:
        if field.protocol != protocol:
            continue
        chosen = rows
        if field.types:
            chosen = rows[np.isin(kind, field.types)]
        if field.ports:
            ports = packets.source_port[chosen], packets.destination_port[chosen]
            chosen = chosen[has_ports(field, *ports)]
        if len(chosen):
            block[chosen, field.first - shown : field.after - shown] = 0


def _zero_timestamps(
    packets: PacketTable, block: Bytes, rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Zero the timestamps of TCP headers with the usual options; rows that have other ones."""
    if block.shape[1] <= 12 - PORT_BYTES:
        return rows[:0]
    words = block[rows, 12 - PORT_BYTES] >> 4
    if block.shape[1] < 28 - PORT_BYTES:
        return rows[words > 5]
    options = block[rows, 20 - PORT_BYTES : 24 - PORT_BYTES].view(np.uint32)[:, 0]
    usual = (words == 8) & (options == _PADDED_TIMESTAMPS)
    # A header that is cut within its options is the walk's: what cannot be read goes whole.
    usual &= packets.end_offset[rows] - packets.transport_offset[rows] >= 32
    block[rows[usual], 24 - PORT_BYTES : 32 - PORT_BYTES] = 0
    return rows[(words > 5) & ~usual]


def _zero(block: Bytes, start: Positions, ranges: list[Ranges]) -> None:
    """Zero ranges of the shared buffer in the block that shows it, in place."""
    row, first, after = (np.concatenate(parts) for parts in zip(*ranges, strict=True))
    width = block.shape[1]
    first = np.clip(first - start[row], 0, width)
    size = np.clip(after - start[row], 0, width) - first
    row, first, size = (values[size > 0] for values in (row, first, size))
    # Numbers of all bytes of all ranges: a running count, moved to where each range begins.
    before = np.cumsum(size) - size
    places = np.repeat(row * width + first - before, size) + np.arange(int(size.sum()))
    block.reshape(-1)[places] = 0
