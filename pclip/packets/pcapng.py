"""pcapng: blocks in sections, interfaces with their own link types and clocks."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pclip.packets.link import LINK_UNKNOWN
from pclip.packets.pcapng_time import DEFAULT_RESOLUTION, nanoseconds
from pclip.packets.records import INT32_MAX, MAX_SNAP_BYTES, Losses, Records
from pclip.packets.resync import Garbage, Words

PCAPNG_MAGIC = b"\x0a\x0d\x0d\x0a"
SECTION, INTERFACE, OLD_PACKET, SIMPLE_PACKET, PACKET = 0x0A0D0D0A, 1, 2, 3, 6
PACKETS = (PACKET, SIMPLE_PACKET, OLD_PACKET)
BYTE_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
SMALLEST_BLOCK = 12
SMALLEST_OF_KIND = {SECTION: 28, INTERFACE: 20, OLD_PACKET: 32, SIMPLE_PACKET: 16, PACKET: 32}
PACKET_DATA, SIMPLE_DATA = 28, 12
"""First byte of the frame in its block."""

MAX_BLOCK_BYTES = MAX_SNAP_BYTES + 2**16
MAX_INTERFACES = 65_536
OPTION_END, OPTION_RESOLUTION, OPTION_OFFSET = 0, 9, 14
COMMON_KINDS = (*PACKETS, SECTION, INTERFACE)


class Interface(NamedTuple):
    """What an interface description block says that is needed here."""

    link_type: int
    snap_length: int
    resolution: int
    offset_s: int


UNDESCRIBED = Interface(LINK_UNKNOWN, 0, DEFAULT_RESOLUTION, 0)


@dataclass(frozen=True)
class _Stretch:
    """Packet blocks between two descriptions: byte order, interfaces of the section so far."""

    order: str
    first_interface: int
    end_interface: int
    heads: NDArray[np.int64]


class PcapngWalker:
    """Records of a pcapng file; see `Walker`.

    Blocks that hold no packet (names, statistics, secrets, custom blocks) are passed by. A simple
    packet block has no time: it gets that of the packet before.

    Source: draft-ietf-opsawg-pcapng.
    """

    def __init__(self, losses: Losses) -> None:
        self.losses = losses
        self._order = "<"
        self._interfaces: list[Interface] = []
        self._first_interface = 0
        self._last_ns = 0
        self._garbage = Garbage(losses, MAX_BLOCK_BYTES)

    def walk(self, data: bytes, start: int, most: int, final: bool) -> Records:
        """Records that begin in `data`; see `Walker`."""
        stretches: list[_Stretch] = []
        position, left = start, most
        while not self.losses.given_up:
            if self._garbage.met:
                position = self._garbage.search(
                    data, position, final, self._order, self._candidates,
                    lambda place: self._confirm(data, place),
                )  # fmt: skip
                if self._garbage.met:
                    break
            stretch, position, goes_on, why = self._run(data, position, left)
            stretches.append(stretch)
            left -= len(stretch.heads)
            self.losses.records += len(stretch.heads)
            if goes_on and left:
                continue
            if why is None and final and left and position < len(data):
                why = "the file is cut inside a block"
            if why is None:
                break
            position = self._garbage.begin(why, position)
        return self._decode(data, stretches, position)

    def _run(self, data: bytes, position: int, most: int) -> tuple[_Stretch, int, bool, str | None]:
        """Packet blocks up to the end of the section, of the data, or to garbage.

        Returns:
            The stretch; where it ended; whether another section goes on there; why if at garbage.
        """
        order, first, end = self._order, self._first_interface, len(self._interfaces)
        head_at = struct.Struct(f"{order}II").unpack_from
        tail_at = struct.Struct(f"{order}I").unpack_from
        heads: list[int] = []
        why: str | None = None
        goes_on = False
        size_of_data = len(data)
        while len(heads) < most and position + SMALLEST_BLOCK <= size_of_data:
            kind, size = head_at(data, position)
            if kind == SECTION:
                after, why = self._begin_section(data, position)
                goes_on = after > position
                position = after
                break
            if (
                size % 4
                or not SMALLEST_OF_KIND.get(kind, SMALLEST_BLOCK) <= size <= MAX_BLOCK_BYTES
            ):
                why = f"a block claims {size:,} bytes"
                break
            following = position + size
            if following > size_of_data:
                break
            if tail_at(data, following - 4)[0] != size:
                why = "a block's two lengths differ"
                break
            if kind in PACKETS:
                heads.append(position)
            elif kind == INTERFACE:
                if heads:
                    # Packets know only what was described before them.
                    goes_on = True
                    break
                self._add_interface(data, position, size)
                end = len(self._interfaces)
            position = following
        return _Stretch(order, first, end, np.array(heads, np.int64)), position, goes_on, why

    def _begin_section(self, data: bytes, position: int) -> tuple[int, str | None]:
        """Take up a section header.

        Returns:
            The place behind it, the same place where it is cut or none; why if it is none.
        """
        if position + SMALLEST_OF_KIND[SECTION] > len(data):
            return position, None
        order = BYTE_ORDERS.get(bytes(data[position + 8 : position + 12]))
        if order is None:
            return position, "a section header without a known byte order"
        (size,) = struct.unpack_from(f"{order}I", data, position + 4)
        if size % 4 or not SMALLEST_OF_KIND[SECTION] <= size <= MAX_BLOCK_BYTES:
            return position, f"a section header claims {size:,} bytes"
        if position + size > len(data):
            return position, None
        self._order, self._first_interface = order, len(self._interfaces)
        return position + size, None

    def _add_interface(self, data: bytes, position: int, size: int) -> None:
        if len(self._interfaces) >= MAX_INTERFACES:
            self.losses.note(f"more than {MAX_INTERFACES:,} interfaces; the others are not known")
            return
        link, _, snap = struct.unpack_from(f"{self._order}HHI", data, position + 8)
        resolution, offset = DEFAULT_RESOLUTION, 0
        place, end = position + 16, position + size - 4
        while place + 4 <= end:
            code, length = struct.unpack_from(f"{self._order}HH", data, place)
            value = place + 4
            if code == OPTION_END or value + length > end:
                break
            if code == OPTION_RESOLUTION and length == 1:
                resolution = data[value]
            elif code == OPTION_OFFSET and length == 8:
                (offset,) = struct.unpack_from(f"{self._order}q", data, value)
            place = value + (length + 3) // 4 * 4
        self._interfaces.append(Interface(link, snap, resolution, offset))

    def _candidates(self, words: Words) -> NDArray[np.bool_]:
        kind, size = words(0), words(1)
        met = np.isin(kind, COMMON_KINDS) & (size >= SMALLEST_BLOCK) & (size % 4 == 0)
        # A section may have the other byte order, so its length says nothing yet.
        return (met & (size <= MAX_BLOCK_BYTES)) | (kind == SECTION)

    def _confirm(self, data: bytes, place: int) -> bool:
        """Whether a whole block stands at `place`: its two lengths agree."""
        if len(data) - place < SMALLEST_BLOCK:
            return False
        order = self._order
        if data[place : place + 4] == PCAPNG_MAGIC:
            known = BYTE_ORDERS.get(bytes(data[place + 8 : place + 12]))
            if known is None:
                return False
            order = known
        kind, size = struct.unpack_from(f"{order}II", data, place)
        if not SMALLEST_OF_KIND.get(kind, SMALLEST_BLOCK) <= size <= len(data) - place:
            return False
        return struct.unpack_from(f"{order}I", data, place + size - 4)[0] == size

    def _decode(self, data: bytes, stretches: list[_Stretch], end: int) -> Records:
        # The last row stands for interfaces that are not described.
        table = np.array([*self._interfaces, UNDESCRIBED], np.int64)
        parts = [self._decode_stretch(data, stretch, table) for stretch in stretches]
        columns = [np.concatenate(column) for column in zip(*parts, strict=True)] if parts else []
        if not columns:
            columns = [np.zeros(0, np.int64)] * 5
        offset, captured, length, time_ns, link = columns
        return Records(
            offset=offset,
            captured_length=captured.astype(np.int32),
            length=np.minimum(length, INT32_MAX).astype(np.int32),
            time_ns=time_ns,
            link_type=link.astype(np.uint16),
            end=end,
        )

    def _decode_stretch(
        self, data: bytes, stretch: _Stretch, table: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], ...]:
        """Offset, captured length, length, time, link type; all int64[n]."""
        heads = stretch.heads
        if not len(heads):
            return (np.zeros(0, np.int64),) * 5
        buffer = np.frombuffer(data, np.uint8)
        # The smallest packet block has 16 bytes: words beyond it are read as far as data goes.
        places = np.minimum(heads[:, None] + np.arange(PACKET_DATA), len(buffer) - 1)
        rows = np.ascontiguousarray(buffer[places])
        word = rows.view(f"{stretch.order}u4").astype(np.int64)
        kind, size = word[:, 0], word[:, 1]
        simple, old = kind == SIMPLE_PACKET, kind == OLD_PACKET
        number = np.where(simple, 0, word[:, 2])
        number[old] = rows[old].view(f"{stretch.order}u2")[:, 4]
        described = number < stretch.end_interface - stretch.first_interface
        row = table[np.where(described, number + stretch.first_interface, -1)]
        if not described.all():
            self.losses.note(f"{(~described).sum():,} packets of interfaces not described")
        length = np.where(simple, word[:, 2], word[:, 6])
        snap = np.where(row[:, 1] > 0, row[:, 1], INT32_MAX)
        captured = np.where(simple, np.minimum(length, snap), word[:, 5])
        data_place = np.where(simple, SIMPLE_DATA, PACKET_DATA)
        room = size - 4 - data_place
        lying = captured > room
        if lying.any():
            self.losses.note(
                f"{int(lying.sum()):,} packets claim more bytes than their blocks hold"
            )
        time = nanoseconds(word[:, 3], word[:, 4], row[:, 2], row[:, 3])
        return (
            heads + data_place,
            np.minimum(captured, room),
            length,
            self._fill_times(time, simple),
            row[:, 0],
        )

    def _fill_times(self, time: NDArray[np.int64], simple: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Give packets without a time that of the packet before."""
        if simple.any():
            self.losses.note(f"{simple.sum():,} simple packets carry no time")
            last = np.maximum.accumulate(np.where(simple, -1, np.arange(len(time))))
            time = np.where(last >= 0, time[np.maximum(last, 0)], self._last_ns)
        self._last_ns = int(time[-1])
        return time
