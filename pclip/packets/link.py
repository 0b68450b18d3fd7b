"""Link layer: from the first byte of a frame to the first byte of its network header."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pclip.packets.fields import Bytes, Positions, read_u8, read_u16
from pclip.packets.table import SKIP_CODE

ETHERTYPE_IPV4 = 0x0800
ETHERTYPE_ARP = 0x0806
ETHERTYPE_IPV6 = 0x86DD
VLAN_ETHERTYPES = (0x8100, 0x88A8, 0x9100, 0x9200)
VLAN_TAG_BYTES = 4
MAX_VLAN_TAGS = 8
MAX_LLC_LENGTH = 1500
"""IEEE 802.3: a value up to here in the type field is a length, and LLC follows."""

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
LINK_RAW = (12, 101)
LINK_IPV4 = 228
LINK_IPV6 = 229
TYPED_LINKS = {
    1: (14, 12),  # Ethernet
    113: (16, 14),  # Linux cooked capture (SLL)
    276: (20, 0),  # Linux cooked capture v2
}
"""Link type -> (header bytes, place of the EtherType in it)."""

ETHERTYPE_REASONS = {
    ETHERTYPE_ARP: "not IP (ARP)",
    0x88CC: "not IP (LLDP)",
    0x8847: "not IP (MPLS)",
    0x8848: "not IP (MPLS)",
    0x8863: "not IP (PPPoE)",
    0x8864: "not IP (PPPoE)",
    0x888E: "not IP (EAPOL)",
}


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
    ethertype = np.zeros(len(start), np.int64)
    header = np.zeros(len(start), np.int64)
    known = np.zeros(len(start), bool)
    for link in np.unique(link_type):
        rows = np.flatnonzero(link_type == link)
        layout = _link_header(buffer, start[rows], stop[rows], int(link))
        if layout is not None:
            header[rows], ethertype[rows] = layout
            known[rows] = True
    network = start + header
    truncated = known & (network > stop)
    for _ in range(MAX_VLAN_TAGS):
        tagged = np.isin(ethertype, VLAN_ETHERTYPES) & ~truncated
        if not tagged.any():
            break
        short = tagged & (network + VLAN_TAG_BYTES > stop)
        truncated |= short
        rows = np.flatnonzero(tagged & ~short)
        ethertype[rows] = read_u16(buffer, network[rows] + 2, stop[rows])
        network[rows] += VLAN_TAG_BYTES

    reason = np.full(len(start), SKIP_CODE["not IP (other EtherType)"], np.uint8)
    reason[(ethertype == ETHERTYPE_IPV4) | (ethertype == ETHERTYPE_IPV6)] = 0
    reason[ethertype <= MAX_LLC_LENGTH] = SKIP_CODE["not IP (802.3 LLC)"]
    for value, words in ETHERTYPE_REASONS.items():
        reason[ethertype == value] = SKIP_CODE[words]
    untyped = np.isin(link_type, (LINK_NULL, LINK_LOOP, *LINK_RAW))
    malformed = np.isin(ethertype, VLAN_ETHERTYPES) | (untyped & (ethertype == 0))
    reason[malformed] = SKIP_CODE["malformed link header"]
    reason[truncated] = SKIP_CODE["truncated link header"]
    reason[~known] = SKIP_CODE["unknown link type"]
    reason[stop <= start] = SKIP_CODE["empty record"]
    return network, reason


def _link_header(
    buffer: Bytes, start: Positions, stop: Positions, link: int
) -> tuple[int, NDArray[np.int64]] | None:
    """Header bytes and EtherType of each frame of one link type; None for an unknown one."""
    if link in TYPED_LINKS:
        size, place = TYPED_LINKS[link]
        return size, read_u16(buffer, start + place, stop)
    if link in (LINK_NULL, LINK_LOOP):
        # The family is in the byte order of the machine that recorded, which the file does not say.
        little = read_u8(buffer, start, stop) | (read_u8(buffer, start + 1, stop) << 8)
        family = np.where(little != 0, little, read_u16(buffer, start + 2, stop))
        ethertype = np.zeros(len(start), np.int64)
        for number, value in FAMILY_ETHERTYPES.items():
            ethertype[family == number] = value
        return FAMILY_HEADER_BYTES, ethertype
    if link in LINK_RAW:
        version = read_u8(buffer, start, stop) >> 4
        ethertype = np.where(version == 4, ETHERTYPE_IPV4, 0)
        return 0, np.where(version == 6, ETHERTYPE_IPV6, ethertype)
    if link in (LINK_IPV4, LINK_IPV6):
        value = ETHERTYPE_IPV4 if link == LINK_IPV4 else ETHERTYPE_IPV6
        return 0, np.full(len(start), value, np.int64)
    return None
