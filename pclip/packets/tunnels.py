"""Tunnels: where the packet inside a packet begins (GRE, VXLAN, GTP, IP in IP)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pclip.packets.encapsulation import (
    ETHERTYPE_BRIDGED,
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    MALFORMED,
    read_ppp,
    strip_encapsulation,
)
from pclip.packets.fields import Bytes, Positions, read_u8, read_u16
from pclip.packets.link import ETHERNET_HEADER_BYTES

Layer = tuple[Positions, NDArray[np.int64]]
"""Place and EtherType of what a tunnel carries."""

GRE_PROTOCOL, IPIP, IP6IP, UDP_PROTOCOL = 47, 4, 41, 17
VXLAN_PORTS = (4789, 8472)
"""IANA's, and the one that Linux used before."""

GTP_PORT = 2152
GTP_TUNNELLED = 0xFF
GRE_PPP, GRE_ERSPAN = 0x880B, 0x88BE
ERSPAN_HEADER_BYTES = 8
VXLAN_HEADER_BYTES, GTP_HEADER_BYTES, GTP_OPTION_BYTES = 8, 8, 4
MAX_GTP_EXTENSIONS = 8


def gre(buffer: Bytes, place: Positions, stop: Positions) -> Layer:
    """What the GRE header at each place carries (RFC 2784, 2890; version 1: RFC 2637)."""
    flags = read_u8(buffer, place, stop)
    second = read_u8(buffer, place + 1, stop)
    kind = read_u16(buffer, place + 2, stop)
    version = second & 7
    checksum = ((flags & 0x80) != 0) | ((flags & 0x40) != 0)
    words = checksum.astype(np.int64) + ((flags & 0x20) != 0) + ((flags & 0x10) != 0)
    words += (version == 1) & ((second & 0x80) != 0)
    # Mirrored traffic without a sequence number has no header of its own (ERSPAN type I).
    erspan = kind == GRE_ERSPAN
    after = place + 4 + 4 * words
    after = after + np.where(erspan & ((flags & 0x10) != 0), ERSPAN_HEADER_BYTES, 0)
    found = np.where(erspan, ETHERTYPE_BRIDGED, kind)
    point = np.flatnonzero(kind == GRE_PPP)
    after[point], found[point] = read_ppp(buffer, after[point], stop[point])
    # Source routes (RFC 1701) have no length of their own here and are out of use.
    routed = (version == 0) & ((flags & 0x40) != 0)
    found[(version > 1) | routed | (after > stop)] = MALFORMED
    return after, found


def vxlan(buffer: Bytes, place: Positions, stop: Positions) -> Layer:
    """What the VXLAN header at each place carries (RFC 7348): a whole frame."""
    valid = (read_u8(buffer, place, stop) & 0x08) != 0
    return place + VXLAN_HEADER_BYTES, np.where(valid, ETHERTYPE_BRIDGED, MALFORMED)


def gtp(buffer: Bytes, place: Positions, stop: Positions) -> Layer:
    """What the GTP-U header at each place carries (3GPP TS 29.281): an IP packet."""
    flags = read_u8(buffer, place, stop)
    valid = ((flags >> 4) == 3) & (read_u8(buffer, place + 1, stop) == GTP_TUNNELLED)
    optional = (flags & 7) != 0
    after = place + GTP_HEADER_BYTES + np.where(optional, GTP_OPTION_BYTES, 0)
    extended = valid & ((flags & 4) != 0)
    kind = np.where(extended, read_u8(buffer, after - 1, stop), 0)
    for _ in range(MAX_GTP_EXTENSIONS):
        rows = np.flatnonzero(kind != 0)
        if not len(rows):
            break
        size = read_u8(buffer, after[rows], stop[rows]) * 4
        valid[rows[size == 0]] = False
        after[rows] += size
        kind[rows] = np.where(size == 0, 0, read_u8(buffer, after[rows] - 1, stop[rows]))
    valid &= kind == 0
    return after, np.where(valid, _by_version(buffer, after, stop), MALFORMED)


def ip_in_ip(buffer: Bytes, place: Positions, stop: Positions) -> Layer:
    """The IP packet that follows an IP header at once (RFC 2003, 2473, 4213)."""
    return place, _by_version(buffer, place, stop)


READERS: dict[str, Callable[[Bytes, Positions, Positions], Layer]] = {
    "gre": gre,
    "vxlan": vxlan,
    "gtp": gtp,
    "ipip": ip_in_ip,
}
TUNNELS: tuple[str, ...] = tuple(READERS)
"""Names that a reader's `inner` may hold."""

MAX_TUNNELS = 4
"""One within another."""


def tunnelled(
    buffer: Bytes,
    columns: dict[str, NDArray],
    offset: Positions,
    rows: NDArray[np.int64],
    name: str,
) -> tuple[NDArray[np.int64], Positions, Positions]:
    """Packets that carry an IP packet in a tunnel of one kind.

    Args:
        buffer: uint8[total].
        columns: of a `PacketTable`, decoded up to the tunnel.
        offset: int64[n], first byte of each frame.
        rows: row numbers to look at.
        name: one of `TUNNELS`.

    Returns:
        rows, int64[m]; place of the inner IP header and end of the outer datagram, in `buffer`.
    """
    rows = rows[_carries(columns, rows, name)]
    place = offset[rows] + columns["payload_offset"][rows]
    stop = offset[rows] + columns["end_offset"][rows]
    after, ethertype = READERS[name](buffer, place, stop)
    bridged = np.flatnonzero(ethertype == ETHERTYPE_BRIDGED)
    ethertype[bridged] = read_u16(buffer, after[bridged] + 12, stop[bridged])
    after[bridged] += ETHERNET_HEADER_BYTES
    network, reason = strip_encapsulation(buffer, after, ethertype, stop)
    found = reason == 0
    return rows[found], network[found], stop[found]


def _carries(columns: dict[str, NDArray], rows: NDArray[np.int64], name: str) -> NDArray[np.bool_]:
    """bool[m]: rows whose protocol or port is a tunnel's, first fragments only."""
    protocol = columns["protocol"][rows]
    whole = (columns["ip_version"][rows] != 0) & ~columns["later_fragment"][rows]
    if name == "gre":
        return whole & (protocol == GRE_PROTOCOL)
    if name == "ipip":
        return whole & ((protocol == IPIP) | (protocol == IP6IP))
    ports = VXLAN_PORTS if name == "vxlan" else (GTP_PORT,)
    source, destination = columns["source_port"][rows], columns["destination_port"][rows]
    # VXLAN's source port is a hash; GTP answers from its own port.
    met = np.isin(destination, ports)
    if name == "gtp":
        met |= np.isin(source, ports)
    return whole & (protocol == UDP_PROTOCOL) & met


def _by_version(buffer: Bytes, place: Positions, stop: Positions) -> NDArray[np.int64]:
    version = read_u8(buffer, place, stop) >> 4
    found = np.where(version == 4, ETHERTYPE_IPV4, MALFORMED)
    return np.where(version == 6, ETHERTYPE_IPV6, found)
