"""Walks from option to option (TLV): TCP, neighbour discovery, SCTP chunks, ICMP extensions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pclip.packets.fields import Bytes, Positions, read_u8, read_u16
from pclip.packets.zeroed_fields import (
    DCCP_OPTIONS,
    EXTENSION_OBJECTS,
    ND_OPTIONS,
    SCTP_CHUNKS,
    SCTP_PARAMETERS,
    TCP_OPTIONS,
    ZEROED_OPTIONS,
)

Ranges = tuple[NDArray[np.int64], Positions, Positions]
"""Row numbers, first byte and first byte after, in the shared buffer."""


class Layout(NamedTuple):
    """How one kind of option is written.

    Attributes:
        kind_at, kind_bytes: where its kind stands.
        length_at, length_bytes: where its length stands.
        unit: bytes that 1 of length means.
        least: bytes below which a length is a lie.
        align: an option begins at a multiple of so many bytes.
        uncounted: bytes of its head that the length does not count.
        single: kinds of one byte, without a length.
        ends: kinds after which nothing follows.
        whole: whether a length that reaches beyond the area is a lie. Captures cut chunks, so of
            those it is none; headers say where their options end.
    """

    kind_at: int = 0
    kind_bytes: int = 1
    length_at: int = 1
    length_bytes: int = 1
    unit: int = 1
    least: int = 2
    align: int = 1
    uncounted: int = 0
    single: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    whole: bool = False


LAYOUTS = {
    TCP_OPTIONS: Layout(single=(1,), ends=(0,), whole=True),
    DCCP_OPTIONS: Layout(single=tuple(range(32)), whole=True),
    ND_OPTIONS: Layout(unit=8, least=8, whole=True),
    SCTP_CHUNKS: Layout(length_at=2, length_bytes=2, least=4, align=4),
    SCTP_PARAMETERS: Layout(
        kind_bytes=2, length_at=2, length_bytes=2, least=4, align=4, whole=True
    ),
    EXTENSION_OBJECTS: Layout(kind_at=2, length_at=0, length_bytes=2, least=4, align=4),
}


class Options(NamedTuple):
    """Options found in n areas.

    Attributes:
        area: int64[m], number of the area.
        kind: int64[m].
        place: int64[m], first byte, in the shared buffer.
        after: int64[m], first byte after, at most the area's end.
        rest: what could not be read: number of the area, first byte, first byte after. It begins
            at a malformed option or at one that ends the list, where neither is the area's end.
    """

    area: NDArray[np.int64]
    kind: NDArray[np.int64]
    place: Positions
    after: Positions
    rest: Ranges


def walk(
    buffer: Bytes, place: Positions, end: Positions, limit: Positions, layout: Layout
) -> Options:
    """Every option of each area; an area ends at the first malformed one.

    Args:
        buffer: uint8[total].
        place: int64[n], first byte of each area.
        end: int64[n], first byte after it.
        limit: int64[n], options that begin here or later do not matter. It bounds the steps: each
            is at least a byte long.
        layout: how they are written.
    """
    area = np.arange(len(place))
    found = [(area[:0], area[:0], place[:0], end[:0])]
    rests = [(area[:0], place[:0], end[:0])]
    while len(area):
        kind = _read(buffer, place + layout.kind_at, end, layout.kind_bytes)
        length = _read(buffer, place + layout.length_at, end, layout.length_bytes)
        single = np.isin(kind, layout.single)
        size = np.where(single, 1, length * layout.unit + layout.uncounted)
        there = place < np.minimum(end, limit)
        read = (single | (size >= layout.least)) & ~np.isin(kind, layout.ends)
        if layout.whole:
            read &= place + size <= end
        unread = there & ~read
        rests.append((area[unread], place[unread], end[unread]))
        going = there & read
        area, kind, place, end, limit, size = (
            values[going] for values in (area, kind, place, end, limit, size)
        )
        found.append((area, kind, place, np.minimum(place + size, end)))
        place = place + (size + layout.align - 1) // layout.align * layout.align
    numbers, kinds, places, afters = (np.concatenate(parts) for parts in zip(*found, strict=True))
    cut, first, after = (np.concatenate(parts) for parts in zip(*rests, strict=True))
    return Options(numbers, kinds, places, afters, (cut, first, after))


def option_ranges(rows: NDArray[np.int64], options: Options, name: str) -> list[Ranges]:
    """What the table zeroes of options, and all that could not be read as one.

    Args:
        rows: int64[n], row of each area.
        options: as `walk` found them.
        name: key of `LAYOUTS`.
    """
    area, place, end = options.rest
    # A list that cannot be read on may hold anything: a lie must not show an address.
    ranges = [(rows[area], place, end)]
    for field in ZEROED_OPTIONS:
        if field.layout != name:
            continue
        chosen = np.isin(options.kind, field.kinds) if field.kinds else np.ones_like(options.kind)
        at = np.flatnonzero(chosen)
        place, after = options.place[at], options.after[at]
        ranges.append(
            (rows[options.area[at]], place + field.first, np.minimum(place + field.after, after))
        )
    return ranges


def _read(buffer: Bytes, place: Positions, end: Positions, width: int) -> NDArray[np.int64]:
    return read_u8(buffer, place, end) if width == 1 else read_u16(buffer, place, end)
