"""The byte policies once more, one packet at a time, as a reference for tests.

The table of fields is the package's own (tests write its bytes out by hand); every walk is not.
"""

from __future__ import annotations

from collections.abc import Iterator

from pclip.packets.zeroed_fields import ZEROED_FIELDS, ZEROED_OPTIONS

PORTS = {6, 17, 33, 132, 136}
ANSWERING = {2123, 2152, 3544, 9899}
HEADERS = {1: 8, 2: 8, 6: 20, 17: 8, 33: 12, 58: 8, 132: 12, 136: 8}
BARE = {
    *(4, 8, 9, 41, 46, 47, 48, 50, 54, 55, 80, 88, 89, 93, 94, 97, 98, 103, 108),
    *(111, 112, 113, 115, 124, 134, 135, 137, 138, 139, 140, 141, 142, 143, 144, 145),
}
QUOTING = {1: (3, 4, 5, 11, 12, 31, 40), 58: (1, 2, 3, 4)}
ND_OFFSETS = {133: 8, 134: 16, 135: 24, 136: 24, 137: 40, 141: 8, 142: 8, 147: 8, 154: 8}
DEEPEST = 4


def walk_ip(data: bytes) -> tuple[int, int, int, bool] | None:
    """(protocol, start of what follows the headers, end, first fragment), None if malformed."""
    if not data:
        return None
    if data[0] >> 4 == 4:
        header = (data[0] & 15) * 4
        if header < 20 or len(data) < header:
            return None
        total = int.from_bytes(data[2:4])
        if total and total < header:
            return None
        protocol, place, extensions = data[9], header, {51}
        first = int.from_bytes(data[6:8]) & 0x1FFF == 0
    elif data[0] >> 4 == 6:
        if len(data) < 40:
            return None
        total = int.from_bytes(data[4:6])
        total += 40 if total else 0
        protocol, place, extensions, first = data[6], 40, {0, 43, 44, 51, 60}, True
    else:
        return None
    end = min(total, len(data)) if total else len(data)
    seen = 0
    while protocol in extensions and first:
        head = data[place:end]
        if len(head) < 2 or seen == 16:
            return None
        size = {44: 8, 51: (head[1] + 2) * 4}.get(protocol, (head[1] + 1) * 8)
        if len(head) < size:
            return None
        if protocol == 44 and int.from_bytes(head[2:4]) >> 3:
            first = False
        protocol, place, seen = head[0], place + size, seen + 1
    return protocol, place, end, first


def network_place(frame: bytes) -> int | None:
    """Where the IP datagram of an Ethernet frame begins, None if there is none."""
    place = 12
    while frame[place : place + 2] in (b"\x81\x00", b"\x88\xa8", b"\x91\x00", b"\x92\x00"):
        place += 4
        if place > 12 + 8 * 4:
            return None
    if frame[place : place + 2] not in (b"\x08\x00", b"\x86\xdd"):
        return None
    return place + 2


def naive(frame: bytes, policy: str) -> bytes:
    """The whole of what a policy shows of an Ethernet frame."""
    if policy == "legacy38":
        return frame[38:]
    network = network_place(frame)
    data = b"" if network is None else frame[network:]
    walked = walk_ip(data)
    if walked is None:
        return b""
    protocol, place, end, first = walked
    segment = data[place:end]
    if policy == "identity_free" and first and protocol in (*HEADERS, *BARE):
        zeroed = Zeroed(segment)
        zeroed.header(0, len(segment), protocol, 0)
        segment = bytes(zeroed.out)
    return segment[4:] if first and protocol in PORTS else segment


class Zeroed:
    """A segment whose identity fields are being zeroed."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.out = bytearray(data)

    def zero(self, start: int, stop: int) -> None:
        for place in range(start, min(stop, len(self.out))):
            self.out[place] = 0

    def number(self, start: int, size: int, end: int) -> int:
        """Big-endian number whose bytes beyond `end` are 0."""
        there = self.data[start : min(start + size, end)] if start < end else b""
        return int.from_bytes(there.ljust(size, b"\0"))

    def header(self, place: int, end: int, protocol: int, depth: int) -> None:
        kind = self.number(place, 1, end)
        if protocol == 33:
            kind = self.number(place + 8, 1, end) & 31
        if protocol == 89:
            kind = self.number(place, 2, end)
        source = destination = -1
        if protocol in PORTS and place + 4 <= end:
            source, destination = self.number(place, 2, end), self.number(place + 2, 2, end)
        for field in ZEROED_FIELDS:
            met = destination in field.ports
            met |= source in field.ports and source in ANSWERING
            if field.protocol != protocol or (field.ports and not met):
                continue
            if kind in field.types or not field.types:
                self.zero(place + field.first, min(place + field.after, end))
        self.options(place, end, protocol, kind)
        for start, stop, framed in self.inner(place, end, protocol, source, destination):
            if depth == DEEPEST:
                self.zero(start, stop)
            else:
                self.enter(start, stop, framed, depth + 1)

    def enter(self, start: int, stop: int, framed: bool, depth: int) -> None:
        data = self.data[start:stop]
        network = network_place(data) if framed else 0
        walked = None if network is None else walk_ip(data[network:])
        if network is None or walked is None:
            self.zero(start, stop)
            return
        protocol, payload, _, first = walked
        after = start + network + payload
        size = HEADERS.get(protocol, 8) if first else 0
        if first and protocol == 6:
            size = max(20, (self.number(after + 12, 1, stop) >> 4) * 4)
        self.zero(start, min(after + size, stop))
        if first:
            self.header(after, stop, protocol, depth)

    def option(self, layout: str, kind: int, start: int, stop: int) -> None:
        for field in ZEROED_OPTIONS:
            if field.layout == layout and (kind in field.kinds or not field.kinds):
                self.zero(start + field.first, min(start + field.after, stop))

    def short(self, layout: str, start: int, stop: int, single: set[int], last: set[int]) -> None:
        """Options with kind and length of one byte each."""
        while start < stop and self.data[start] not in last:
            kind = self.data[start]
            size = 1 if kind in single else self.number(start + 1, 1, stop)
            if (size < 2 and kind not in single) or start + size > stop:
                break
            self.option(layout, kind, start, start + size)
            start += size
        self.zero(start, stop)

    def words(self, start: int, stop: int, whole: bool = False) -> Iterator[tuple[int, int]]:
        """Start and stop of elements that say their length at bytes 2 and 3, padded to 4."""
        while start < stop and (size := self.number(start + 2, 2, stop)) >= 4:
            if whole and start + size > stop:
                break
            yield start, min(start + size, stop)
            start += -(-size // 4) * 4
        self.zero(start, stop)

    def options(self, place: int, end: int, protocol: int, kind: int) -> None:
        if protocol == 6:
            size = max(20, (self.number(place + 12, 1, end) >> 4) * 4)
            self.short("TCP option", place + 20, min(place + size, end), {1}, {0})
        elif protocol == 33:
            is_long, what = kind & 1, kind >> 1
            start = place + (16 if is_long else 12)
            start += 0 if what in (0, 2) else 8 if is_long else 4
            start += 4 if what in (0, 1, 7) else 0
            stop = min(place + 4 * self.number(place + 4, 1, end), end)
            self.short("DCCP option", start, stop, set(range(32)), set())
        elif protocol == 132:
            for start, stop in self.words(place + 12, end):
                self.chunk(start, stop)
        elif protocol == 58 and kind in ND_OFFSETS:
            start = place + ND_OFFSETS[kind]
            while start < end and (size := 8 * self.number(start + 1, 1, end)):
                if start + size > end:
                    break
                self.option("ICMPv6 option", self.data[start], start, start + size)
                start += size
            self.zero(start, end)
        if (protocol, kind) in ((1, 42), (58, 160)):
            self.extension(place + 8, end)
        if protocol in QUOTING and kind in QUOTING[protocol]:
            start = self.quote_end(place, end, protocol, kind)
            if start < end:
                self.extension(start, end)

    def chunk(self, start: int, stop: int) -> None:
        kind = self.data[start]
        self.option("SCTP chunk", kind, start, stop)
        if kind in (1, 2):
            for first, after in self.words(start + 20, stop, whole=True):
                self.option("SCTP parameter", self.number(first, 2, stop), first, after)
        gaps = self.number(start + 12, 2, stop)
        if kind == 3:
            self.zero(start + 16 + 4 * gaps, stop)
        if kind == 16:
            gaps += self.number(start + 14, 2, stop)
            self.zero(start + 20 + 4 * gaps, stop)

    def extension(self, start: int, end: int) -> None:
        self.zero(start + 2, min(start + 4, end))
        start += 4
        while start < end and (size := self.number(start, 2, end)) >= 4:
            self.option("ICMP extension object", self.number(start + 2, 1, end), start,
                        min(start + size, end))  # fmt: skip
            start += -(-size // 4) * 4
        self.zero(start, end)

    def quote_end(self, place: int, end: int, protocol: int, kind: int) -> int:
        """Where the extension behind a quote begins; the packet's end if there is none."""
        if kind not in {1: (3, 11, 12), 58: (1, 3)}[protocol]:
            return end
        size = self.number(place + 5, 1, end) * 4
        if protocol == 58:
            size = self.number(place + 4, 1, end) * 8
        if size == 0 and self.number(place + 8 + 128, 2, end) == 0x2000:
            size = 128
        return min(place + 8 + size, end) if size else end

    def inner(
        self, place: int, end: int, protocol: int, source: int, destination: int
    ) -> Iterator[tuple[int, int, bool]]:
        """(start, stop, whether it is a frame) of inner packets; tunnel headers are zeroed."""
        kind = self.number(place, 1, end)
        if kind in QUOTING.get(protocol, ()):
            yield place + 8, self.quote_end(place, end, protocol, kind), False
        if protocol in (4, 41):
            yield place, end, False
        if protocol == 103 and kind == 0x21:
            yield place + 8, end, False
        if protocol == 47:
            yield from self.gre(place, end)
        if protocol == 17 and destination in (4789, 8472):
            yield place + 16, end, True
        if protocol == 17 and 2152 in (source, destination):
            yield from self.gtp(place + 8, end)

    def gre(self, place: int, end: int) -> Iterator[tuple[int, int, bool]]:
        flags, kind = self.number(place, 2, end), self.number(place + 2, 2, end)
        after = place + 4 + 4 * sum(bool(flags & bit) for bit in (0x8000, 0x2000, 0x1000))
        if kind == 0x88BE and flags & 0x1000:
            after += 8
        if flags & 0x4007 or kind not in (0x0800, 0x86DD, 0x6558, 0x88BE):
            self.zero(place + 4, end)
            return
        self.zero(place + 4, min(after, end))
        yield after, end, kind in (0x6558, 0x88BE)

    def gtp(self, place: int, end: int) -> Iterator[tuple[int, int, bool]]:
        flags = self.number(place, 1, end)
        after = place + (12 if flags & 7 else 8)
        following = self.number(after - 1, 1, end) if flags & 4 else 0
        for _ in range(8):
            size = 4 * self.number(after, 1, end) if following else 0
            if size:
                after += size
                following = self.number(after - 1, 1, end)
        if flags >> 4 != 3 or self.number(place + 1, 1, end) != 255 or following:
            self.zero(place + 8, end)
            return
        self.zero(place + 8, min(after, end))
        yield after, end, False
