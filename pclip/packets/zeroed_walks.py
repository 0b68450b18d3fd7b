"""Identity fields whose place depends on what comes before them: options, chunks, inner packets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pclip.packets.carried import Headers, enter, inner_packets, quote_end
from pclip.packets.fields import Bytes, Positions, read_u8, read_u16
from pclip.packets.options import LAYOUTS, Options, Ranges, option_ranges, walk
from pclip.packets.transport import DCCP, ICMP, ICMPV6, SCTP, TCP, header_bytes
from pclip.packets.zeroed_fields import (
    ANSWERING_PORTS,
    DCCP_OPTIONS,
    EXTENDED_ECHO,
    EXTENSION_OBJECTS,
    ND_OPTIONS,
    ND_OPTIONS_OFFSETS,
    QUOTE_OFFSET,
    QUOTING_TYPES,
    SCTP_CHUNKS,
    SCTP_INIT,
    SCTP_NR_SACK,
    SCTP_PARAMETERS,
    SCTP_SACK,
    TCP_OPTIONS,
    TYPE_FIELDS,
    ZEROED_FIELDS,
    Field,
)

MAX_NESTED = 4
"""Packets within packets that are read; what is still deeper is zeroed whole."""

_TCP_BYTES, _SCTP_BYTES, _INIT_BYTES = 20, 12, 20
_EXTENSION_HEAD_BYTES = 4
_SACK_GAPS = {SCTP_SACK: (12, 16), SCTP_NR_SACK: (14, 20)}
"""Chunk -> (place of the last count of gaps, first gap); NR-SACK has two such counts."""


def walked_ranges(
    buffer: Bytes, headers: Headers, limit: Positions
) -> tuple[list[Ranges], list[Headers]]:
    """What is zeroed of packets beyond the fixed fields of their own header.

    Args:
        buffer: uint8[total].
        headers: n outermost headers; those without options or inner packets may be left out.
        limit: int64[rows], for each row of the table the first byte that nobody sees.

    Returns:
        Ranges, which may overlap, be empty and reach beyond a packet; and the transport headers
        of inner packets, one entry a level.
    """
    ranges = _options(buffer, headers, limit)
    inside: list[Headers] = []
    for level in range(MAX_NESTED + 1):
        inner, cleared = inner_packets(buffer, headers)
        ranges += cleared
        if level == MAX_NESTED or not inner:
            ranges += [(packet.row, packet.place, packet.end) for packet in inner]
            break
        entered = []
        for packet in inner:
            found, whole = enter(buffer, packet)
            entered.append(found)
            ranges.append(whole)
        headers = Headers(*(np.concatenate(parts) for parts in zip(*entered, strict=True)))
        inside.append(headers)
        ranges += _fixed(buffer, headers)
        ranges += _options(buffer, headers, limit)
    return ranges, inside


def has_ports(
    field: Field, source_port: NDArray[np.integer], destination_port: NDArray[np.integer]
) -> NDArray[np.bool_]:
    """bool[n]: which packets have one of the field's ports."""
    met = np.isin(destination_port, field.ports)
    answering = [port for port in field.ports if port in ANSWERING_PORTS]
    return met | np.isin(source_port, answering)


def _fixed(buffer: Bytes, headers: Headers) -> list[Ranges]:
    """The fixed fields of inner headers, as ranges."""
    ranges = []
    kind = read_u8(buffer, headers.place, headers.end)
    for number, (at, width, mask) in TYPE_FIELDS.items():
        chosen = headers.protocol == number
        read = read_u8 if width == 1 else read_u16
        kind[chosen] = read(buffer, headers.place[chosen] + at, headers.end[chosen]) & mask
    present = set(np.unique(headers.protocol).tolist())
    for field in ZEROED_FIELDS:
        if field.protocol not in present:
            continue
        chosen = headers.protocol == field.protocol
        if field.types:
            chosen &= np.isin(kind, field.types)
        if field.ports:
            chosen &= has_ports(field, headers.source_port, headers.destination_port)
        place, end = headers.place[chosen], headers.end[chosen]
        # What follows an inner packet belongs to the outer one.
        after = np.minimum(place + field.after, end)
        ranges.append((headers.row[chosen], place + field.first, after))
    return ranges


def _options(buffer: Bytes, headers: Headers, limit: Positions) -> list[Ranges]:
    ranges: list[Ranges] = []
    for number, parts in (
        (TCP, _tcp),
        (DCCP, _dccp),
        (SCTP, _sctp),
        (ICMP, _icmp),
        (ICMPV6, _icmp),
    ):
        chosen = headers.where(headers.protocol == number)
        if len(chosen.row):
            ranges += parts(buffer, chosen, limit)
    return ranges


def _walked(
    buffer: Bytes,
    headers: Headers,
    place: Positions,
    end: Positions,
    limit: Positions,
    name: str,
) -> list[Ranges]:
    options = walk(buffer, place, end, limit[headers.row], LAYOUTS[name])
    return option_ranges(headers.row, options, name)


def _tcp(buffer: Bytes, headers: Headers, limit: Positions) -> list[Ranges]:
    size = header_bytes(buffer, headers.place, headers.end, headers.protocol)
    end = np.minimum(headers.place + size, headers.end)
    return _walked(buffer, headers, headers.place + _TCP_BYTES, end, limit, TCP_OPTIONS)


def _dccp(buffer: Bytes, headers: Headers, limit: Positions) -> list[Ranges]:
    """Options stand between the fixed part of a packet type and the data (RFC 4340, 5.1 to 5.6)."""
    place = headers.place
    word = read_u8(buffer, place + 8, headers.end)
    kind, is_long = (word >> 1) & 15, word & 1
    added = np.where(is_long == 1, 8, 4) * (kind != 0) * (kind != 2)
    added += 4 * np.isin(kind, (0, 1, 7))
    end = np.minimum(place + read_u8(buffer, place + 4, headers.end) * 4, headers.end)
    start = place + np.where(is_long == 1, 16, 12) + added
    return _walked(buffer, headers, start, end, limit, DCCP_OPTIONS)


def _sctp(buffer: Bytes, headers: Headers, limit: Positions) -> list[Ranges]:
    place = headers.place + _SCTP_BYTES
    chunks = walk(buffer, place, headers.end, limit[headers.row], LAYOUTS[SCTP_CHUNKS])
    ranges = option_ranges(headers.row, chunks, SCTP_CHUNKS)
    row = headers.row[chunks.area]
    first = np.flatnonzero(np.isin(chunks.kind, SCTP_INIT))
    parameters = walk(
        buffer,
        chunks.place[first] + _INIT_BYTES,
        chunks.after[first],
        limit[row[first]],
        LAYOUTS[SCTP_PARAMETERS],
    )
    ranges += option_ranges(row[first], parameters, SCTP_PARAMETERS)
    for kind, (last_count, gap) in _SACK_GAPS.items():
        ranges.append(_duplicates(buffer, row, chunks, kind, last_count, gap))
    return ranges


def _duplicates(
    buffer: Bytes,
    row: NDArray[np.int64],
    chunks: Options,
    kind: int,
    last_count: int,
    gap: int,
) -> Ranges:
    """Duplicates stand behind the gap blocks, four bytes each (RFC 9260, 3.3.4)."""
    at = np.flatnonzero(chunks.kind == kind)
    place, after = chunks.place[at], chunks.after[at]
    gaps = sum(read_u16(buffer, place + count, after) for count in range(12, last_count + 1, 2))
    return row[at], place + gap + 4 * gaps, after


def _icmp(buffer: Bytes, headers: Headers, limit: Positions) -> list[Ranges]:
    """Extensions of errors and of extended echoes, options of neighbour discovery."""
    number = int(headers.protocol[0])
    kind = read_u8(buffer, headers.place, headers.end)
    ranges: list[Ranges] = []
    errors = headers.where(np.isin(kind, QUOTING_TYPES[number]))
    behind, extended = quote_end(buffer, errors, number)
    echoes = headers.where(np.isin(kind, EXTENDED_ECHO[number]))
    for having, place in (
        (errors.where(extended), behind[extended]),
        (echoes, echoes.place + QUOTE_OFFSET),
    ):
        ranges.append((having.row, place + 2, np.minimum(place + 4, having.end)))
        objects = place + _EXTENSION_HEAD_BYTES
        ranges += _walked(buffer, having, objects, having.end, limit, EXTENSION_OBJECTS)
    for message, offset in ND_OPTIONS_OFFSETS.items() if number == ICMPV6 else ():
        having = headers.where(kind == message)
        if len(having.row):
            place = having.place + offset
            ranges += _walked(buffer, having, place, having.end, limit, ND_OPTIONS)
    return ranges
