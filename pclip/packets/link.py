"""Link layer: from the first byte of a frame to the first byte of its network header."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pclip.packets.encapsulation import (
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    MALFORMED,
    PPPOE_SESSION,
    read_ppp,
    strip_encapsulation,
)
from pclip.packets.fields import Bytes, Positions, read_u8, read_u16
from pclip.packets.table import SKIP_CODE

ETHERNET = 1
ETHERNET_HEADER_BYTES = 14
LINK_NULL = 0
LINK_LOOP = 108
FAMILY_HEADER_BYTES = 4
FAMILY_ETHERTYPES = {
    2: ETHERTYPE_IPV4,  # AF_INET, everywhere
    10: ETHERTYPE_IPV6,  # AF_INET6: Linux
    24: ETHERTYPE_IPV6,  # NetBSD, OpenBSD
    28: ETHERTYPE_IPV6,  # FreeBSD
    30: ETHERTYPE_IPV6,  # macOS
}
LINK_RAW = (12, 14, 101)
"""14 is what OpenBSD's own number for raw IP became in files."""

LINK_IPV4 = 228
LINK_IPV6 = 229
TYPED_LINKS = {
    ETHERNET: (ETHERNET_HEADER_BYTES, 12),
    104: (4, 2),  # Cisco HDLC
    113: (16, 14),  # Linux cooked capture (SLL)
    276: (20, 0),  # Linux cooked capture v2
}
"""Link type -> (header bytes, place of the EtherType in it)."""

PPP_LINKS = {
    9: 0,  # PPP, with or without address and control
    50: 0,  # PPP in HDLC-like framing
    166: 2,  # pppd: direction and control
    204: 1,  # direction
}
"""Link type -> bytes before the PPP header."""

LINK_PPPOE = 51
LINK_UNKNOWN = 0xFFFF
"""Of a record whose file does not describe its interface."""


def decode_link(
    buffer: Bytes, start: Positions, stop: Positions, link_type: NDArray[np.uint16]
) -> tuple[Positions, NDArray[np.uint8]]:
    """Find the network header of each frame.

    Args:
        buffer: uint8[total].
        start: int64[n], first byte of each frame in `buffer`.
        stop: int64[n], first byte after what was captured of it.
        link_type: uint16[n].

    Returns:
        network: int64[n], place of the network header in `buffer` (also for ARP).
        reason: uint8[n], code into SKIP_REASONS; 0 where an IP header should follow.
    """
    place = start.copy()
    ethertype = np.full(len(start), MALFORMED, np.int64)
    known = np.ones(len(start), bool)
    links = np.unique(link_type)
    for link in links:
        rows = slice(None) if len(links) == 1 else np.flatnonzero(link_type == link)
        layout = _link_header(buffer, start[rows], stop[rows], int(link))
        if layout is None:
            known[rows] = False
        else:
            place[rows], ethertype[rows] = layout
    network, reason = strip_encapsulation(buffer, place, ethertype, stop)
    reason[~known] = SKIP_CODE["unknown link type"]
    reason[stop <= start] = SKIP_CODE["empty record"]
    return network, reason


def _link_header(
    buffer: Bytes, start: Positions, stop: Positions, link: int
) -> tuple[Positions, NDArray[np.int64]] | None:
    """Place and EtherType behind the header of frames of one link type; None for an unknown one."""
    if link in TYPED_LINKS:
        size, place = TYPED_LINKS[link]
        return start + size, read_u16(buffer, start + place, stop)
    if link in PPP_LINKS:
        return read_ppp(buffer, start + PPP_LINKS[link], stop)
    if link == LINK_PPPOE:
        return start, np.full(len(start), PPPOE_SESSION, np.int64)
    if link in (LINK_NULL, LINK_LOOP):
        # The family is in the byte order of the machine that recorded, which the file does not say.
        little = read_u8(buffer, start, stop) | (read_u8(buffer, start + 1, stop) << 8)
        family = np.where(little != 0, little, read_u16(buffer, start + 2, stop))
        return start + FAMILY_HEADER_BYTES, _named(family, FAMILY_ETHERTYPES)
    if link in LINK_RAW:
        version = read_u8(buffer, start, stop) >> 4
        return start, _named(version, {4: ETHERTYPE_IPV4, 6: ETHERTYPE_IPV6})
    if link in (LINK_IPV4, LINK_IPV6):
        value = ETHERTYPE_IPV4 if link == LINK_IPV4 else ETHERTYPE_IPV6
        return start, np.full(len(start), value, np.int64)
    return None


def _named(number: NDArray[np.int64], ethertypes: dict[int, int]) -> NDArray[np.int64]:
    """EtherType of each number, `MALFORMED` where there is none."""
    found = np.full(len(number), MALFORMED, np.int64)
    for value, ethertype in ethertypes.items():
        found[number == value] = ethertype
    return found
