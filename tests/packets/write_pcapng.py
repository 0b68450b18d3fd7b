"""A writer of pcapng files, block by block, with the standard library alone.

Source: the format as drafted for the IETF (draft-ietf-opsawg-pcapng): sections 3 (blocks and
options), 4.1 to 4.8 (block types) and A.1 (the obsolete Packet Block).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

SECTION_HEADER = 0x0A0D0D0A
INTERFACE = 1
OLD_PACKET = 2
SIMPLE_PACKET = 3
NAME_RESOLUTION = 4
STATISTICS = 5
ENHANCED_PACKET = 6
DECRYPTION_SECRETS = 10
CUSTOM = 0x00000BAD

OPT_END, OPT_COMMENT = 0, 1
IF_NAME, IF_DESCRIPTION, IF_TSRESOL, IF_TSOFFSET = 2, 3, 9, 14
EPB_FLAGS, EPB_HASH, EPB_DROPCOUNT = 2, 3, 4
BYTE_ORDER_MAGIC = 0x1A2B3C4D
UNKNOWN_SECTION_LENGTH = -1

Options = Sequence[tuple[int, bytes]]


def padded(content: bytes) -> bytes:
    """Filled with zeros to a whole number of 32-bit words."""
    return content + bytes(-len(content) % 4)


class PcapngWriter:
    """Blocks in the order of the calls; `content` is the file.

    A new section may change the byte order and forgets the interfaces. Times are given in
    nanoseconds since 1970 and stored in the units of their interface, rounded down.
    """

    def __init__(
        self, order: str = "<", *, options: Options = (), length: int = UNKNOWN_SECTION_LENGTH
    ):
        self.content = b""
        self.section(order, options=options, length=length)

    def section(
        self, order: str = "<", *, options: Options = (), length: int = UNKNOWN_SECTION_LENGTH
    ) -> None:
        """Section Header Block. `length` is what the section claims to hold, -1 = not said."""
        self.order = order
        self._interfaces: list[tuple[int, int]] = []
        head = struct.pack(f"{order}IHHq", BYTE_ORDER_MAGIC, 1, 0, length)
        self.block(SECTION_HEADER, head + self._options(options))

    def interface(
        self,
        link_type: int = 1,
        *,
        snap_length: int = 0,
        resolution: int | None = None,
        offset_s: int = 0,
        options: Options = (),
    ) -> int:
        """Interface Description Block; gives the interface's number within its section.

        Args:
            link_type: LINKTYPE_ number.
            snap_length: most bytes captured of a packet; 0 = no bound.
            resolution: the byte of if_tsresol: 6 = microseconds, 9 = nanoseconds, 0x80 | n = units
                of 2 ** -n seconds; None leaves the option out, which means microseconds.
            offset_s: if_tsoffset in seconds, added to every time of this interface.
            options: more of them, before these two.
        """
        more = list(options)
        if resolution is not None:
            more.append((IF_TSRESOL, bytes([resolution])))
        if offset_s:
            more.append((IF_TSOFFSET, struct.pack(f"{self.order}q", offset_s)))
        head = struct.pack(f"{self.order}HHI", link_type, 0, snap_length)
        self.block(INTERFACE, head + self._options(more))
        self._interfaces.append((units_per_second(resolution), offset_s))
        return len(self._interfaces) - 1

    def packet(
        self,
        frame: bytes,
        time_ns: int = 0,
        *,
        interface: int = 0,
        length: int | None = None,
        options: Options = (),
    ) -> None:
        """Enhanced Packet Block; `length` is that on the wire, by default as captured."""
        high, low = divmod(self._units(interface, time_ns), 2**32)
        wire = len(frame) if length is None else length
        head = struct.pack(f"{self.order}IIIII", interface, high, low, len(frame), wire)
        self.block(ENHANCED_PACKET, head + padded(frame) + self._options(options))

    def old_packet(
        self,
        frame: bytes,
        time_ns: int = 0,
        *,
        interface: int = 0,
        length: int | None = None,
        drops: int = 0xFFFF,
        options: Options = (),
    ) -> None:
        """Packet Block, obsolete since 2004; `drops` is 0xFFFF where nobody counted."""
        high, low = divmod(self._units(interface, time_ns), 2**32)
        wire = len(frame) if length is None else length
        head = struct.pack(f"{self.order}HHIIII", interface, drops, high, low, len(frame), wire)
        self.block(OLD_PACKET, head + padded(frame) + self._options(options))

    def simple_packet(self, frame: bytes, *, length: int | None = None) -> None:
        """Simple Packet Block: no time, interface 0, captured up to its snapshot length."""
        wire = len(frame) if length is None else length
        self.block(SIMPLE_PACKET, struct.pack(f"{self.order}I", wire) + padded(frame))

    def statistics(self, interface: int = 0, *, options: Options = ()) -> None:
        """Interface Statistics Block."""
        head = struct.pack(f"{self.order}III", interface, 0, 0)
        self.block(STATISTICS, head + self._options(options))

    def block(self, kind: int, body: bytes, *, length: int | None = None) -> None:
        """Any block: type, total length, body of whole words, total length; `length` may lie."""
        body = padded(body)
        total = 12 + len(body) if length is None else length
        word = struct.Struct(f"{self.order}I").pack
        self.content += word(kind) + word(total) + body + word(total)

    def _units(self, interface: int, time_ns: int) -> int:
        """Time in the interface's units; an interface that was never described counts as usual."""
        usual = (units_per_second(None), 0)
        known = interface < len(self._interfaces)
        per_second, offset_s = self._interfaces[interface] if known else usual
        return max(0, (time_ns - offset_s * 10**9) * per_second // 10**9)

    def _options(self, options: Options) -> bytes:
        """Code, length, value filled to a word; the end mark only where there are options."""
        if not options:
            return b""
        content = b"".join(
            struct.pack(f"{self.order}HH", code, len(value)) + padded(value)
            for code, value in options
        )
        return content + struct.pack(f"{self.order}HH", OPT_END, 0)


def units_per_second(resolution: int | None) -> int:
    """What the byte of if_tsresol says."""
    if resolution is None:
        return 10**6
    return 2 ** (resolution & 0x7F) if resolution & 0x80 else 10**resolution
