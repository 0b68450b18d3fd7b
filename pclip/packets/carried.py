"""Packets in packets: what ICMP errors quote and tunnels carry, where it begins and ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pclip.packets.fields import Bytes, Positions, read_u8, read_u16
from pclip.packets.link import decode_link
from pclip.packets.network import decode_ip
from pclip.packets.options import Ranges
from pclip.packets.transport import (
    ICMP,
    ICMPV6,
    PORT_BYTES,
    PORT_PROTOCOLS,
    UDP,
    header_bytes,
)
from pclip.packets.zeroed_fields import (
    EXTENDED_TYPES,
    GRE,
    GTP_PORT,
    IP6IP,
    IPIP,
    PIM,
    PIM_REGISTER,
    QUOTE_OFFSET,
    QUOTING_TYPES,
    VXLAN_PORTS,
)

UDP_HEADER_BYTES, VXLAN_HEADER_BYTES, GTP_HEADER_BYTES, GTP_OPTION_BYTES = 8, 8, 8, 4
PIM_REGISTER_BYTES = 8
GTP_TUNNELLED = 255
MAX_GTP_EXTENSIONS = 8
GRE_BRIDGED, GRE_MIRRORED, ERSPAN_HEADER_BYTES = 0x6558, 0x88BE, 8
GRE_IP = (0x0800, 0x86DD)
ETHERNET = 1
OTHER_BYTES = 8
"""Zeroed of an inner transport header that is not understood (RFC 792 quotes 64 bits of it)."""

# How long a quote is, in units of so many bytes, and where that stands (RFC 4884).
_QUOTE_LENGTH = {ICMP: (5, 4), ICMPV6: (4, 8)}
_OLD_QUOTE_BYTES = 128
_NO_PORT = -1


class Headers(NamedTuple):
    """Transport headers, or what stands in their place, in the shared buffer.

    Attributes:
        row: int64[n], row of the table that each belongs to.
        place: int64[n], first byte.
        end: int64[n], end of the datagram.
        protocol: int64[n].
        source_port, destination_port: int64[n], -1 where there are none.
    """

    row: NDArray[np.int64]
    place: Positions
    end: Positions
    protocol: NDArray[np.int64]
    source_port: NDArray[np.int64]
    destination_port: NDArray[np.int64]

    def where(self, chosen: NDArray[np.bool_]) -> Headers:
        """Those of a mask."""
        at = np.flatnonzero(chosen)
        return Headers(*(values[at] for values in self))


class Inner(NamedTuple):
    """Places where an inner packet begins: an IP header, or an Ethernet frame if `framed`."""

    row: NDArray[np.int64]
    place: Positions
    end: Positions
    framed: bool


def inner_packets(buffer: Bytes, headers: Headers) -> tuple[list[Inner], list[Ranges]]:
    """What the packets carry, and the ranges of tunnel headers that are zeroed.

    What a tunnel carries in another form than IP or Ethernet is zeroed to the packet's end.
    """
    found: list[Inner] = []
    ranges: list[Ranges] = []
    protocol = headers.protocol
    for number in (ICMP, ICMPV6):
        errors = headers.where(protocol == number)
        kind = read_u8(buffer, errors.place, errors.end)
        quoting = errors.where(np.isin(kind, QUOTING_TYPES[number]))
        end, _ = quote_end(buffer, quoting, number)
        found.append(Inner(quoting.row, quoting.place + QUOTE_OFFSET, end, framed=False))
    same = headers.where((protocol == IPIP) | (protocol == IP6IP))
    found.append(Inner(same.row, same.place, same.end, framed=False))
    register = headers.where(protocol == PIM)
    register = register.where(read_u8(buffer, register.place, register.end) == PIM_REGISTER)
    found.append(
        Inner(register.row, register.place + PIM_REGISTER_BYTES, register.end, framed=False)
    )
    udp = protocol == UDP
    vxlan = headers.where(udp & np.isin(headers.destination_port, VXLAN_PORTS))
    frame = vxlan.place + UDP_HEADER_BYTES + VXLAN_HEADER_BYTES
    found.append(Inner(vxlan.row, frame, vxlan.end, framed=True))
    met = (headers.destination_port == GTP_PORT) | (headers.source_port == GTP_PORT)
    parts: tuple[tuple[Headers, Callable[..., tuple[list[Inner], Ranges]]], ...] = (
        (headers.where(udp & met), _gtp),
        (headers.where(protocol == GRE), _gre),
    )
    for chosen, reader in parts:
        inner, cleared = reader(buffer, chosen)
        found += inner
        ranges.append(cleared)
    return [inner for inner in found if len(inner.row)], ranges


def enter(buffer: Bytes, inner: Inner) -> tuple[Headers, Ranges]:
    """The transport headers of inner packets, and the range of each packet's headers.

    A packet whose headers cannot be read is zeroed whole and is not entered; of a fragment that is
    not the first one the IP header is zeroed, and there is no other.
    """
    network, end = inner.place, inner.end
    readable = network < end
    if inner.framed:
        link = np.full(len(network), ETHERNET, np.uint16)
        network, reason = decode_link(buffer, network, end, link)
        readable &= reason == 0
    network = np.minimum(network, end)
    packet = decode_ip(buffer, network, end)
    readable &= packet.reason == 0
    size = header_bytes(buffer, packet.payload, end, packet.protocol)
    size = np.where(size == 0, OTHER_BYTES, size) * packet.first_fragment
    after = np.where(readable, np.minimum(packet.payload + size, end), end)
    ports = np.isin(packet.protocol, PORT_PROTOCOLS) & (packet.payload + PORT_BYTES <= end)
    source, destination = (read_u16(buffer, packet.payload + at, end) for at in (0, 2))
    headers = Headers(
        row=inner.row,
        place=packet.payload,
        # Stacks that quote a packet may have changed its length: what is there counts.
        end=end,
        protocol=packet.protocol,
        source_port=np.where(ports, source, _NO_PORT),
        destination_port=np.where(ports, destination, _NO_PORT),
    )
    return headers.where(readable & packet.first_fragment), (inner.row, inner.place, after)


def quote_end(buffer: Bytes, errors: Headers, protocol: int) -> tuple[Positions, NDArray[np.bool_]]:
    """Where the quote of each ICMP error ends, and whether an extension stands there (RFC 4884).

    Routers from before that RFC say no length and quote 128 bytes: taken so where an extension's
    first two bytes stand there.
    """
    at, unit = _QUOTE_LENGTH[protocol]
    may = np.isin(read_u8(buffer, errors.place, errors.end), EXTENDED_TYPES[protocol])
    stated = read_u8(buffer, errors.place + at, errors.end) * unit
    old = errors.place + QUOTE_OFFSET + _OLD_QUOTE_BYTES
    unsaid = may & (stated == 0) & (read_u16(buffer, old, errors.end) == 0x2000)
    end = errors.place + QUOTE_OFFSET + np.where(unsaid, _OLD_QUOTE_BYTES, stated)
    extended = ((may & (stated > 0)) | unsaid) & (end < errors.end)
    return np.where(extended, end, errors.end), extended


def _gre(buffer: Bytes, headers: Headers) -> tuple[list[Inner], Ranges]:
    """GRE (RFC 2784, 2890): all after the protocol type and before the inner packet."""
    place, end = headers.place, headers.end
    flags, kind = read_u16(buffer, place, end), read_u16(buffer, place + 2, end)
    version = flags & 7
    mirrored = kind == GRE_MIRRORED
    after = place + 4
    for bit in (0x8000, 0x2000, 0x1000):
        after += np.where((flags & bit) != 0, 4, 0)
    after += np.where(mirrored & ((flags & 0x1000) != 0), ERSPAN_HEADER_BYTES, 0)
    # Source routes (RFC 1701) and the point-to-point frames of version 1 are not read.
    known = (version == 0) & ((flags & 0x4000) == 0)
    packet = known & np.isin(kind, GRE_IP)
    frame = known & (mirrored | (kind == GRE_BRIDGED))
    cleared = np.where(packet | frame, after, end)
    inner = [
        Inner(headers.row[chosen], after[chosen], end[chosen], framed)
        for chosen, framed in ((packet, False), (frame, True))
    ]
    return inner, (headers.row, place + 4, cleared)


def _gtp(buffer: Bytes, headers: Headers) -> tuple[list[Inner], Ranges]:
    """GTP-U (3GPP TS 29.281): all after the endpoint identifier and before the inner packet."""
    place, end = headers.place + UDP_HEADER_BYTES, headers.end
    flags = read_u8(buffer, place, end)
    tunnelled = ((flags >> 4) == 3) & (read_u8(buffer, place + 1, end) == GTP_TUNNELLED)
    after = place + GTP_HEADER_BYTES + np.where((flags & 7) != 0, GTP_OPTION_BYTES, 0)
    extension = np.where((flags & 4) != 0, read_u8(buffer, after - 1, end), 0)
    for _ in range(MAX_GTP_EXTENSIONS):
        size = np.where(extension != 0, read_u8(buffer, after, end) * 4, 0)
        after = after + size
        extension = np.where(size != 0, read_u8(buffer, after - 1, end), extension)
    tunnelled &= extension == 0
    cleared = np.where(tunnelled, after, end)
    inner = Inner(headers.row[tunnelled], after[tunnelled], end[tunnelled], framed=False)
    return [inner], (headers.row, place + GTP_HEADER_BYTES, cleared)
