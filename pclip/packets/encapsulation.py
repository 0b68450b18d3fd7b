"""From an EtherType to the network header behind it: VLAN tags, MPLS labels, PPPoE, SNAP."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pclip.packets.fields import Bytes, Positions, read_u8, read_u16
from pclip.packets.table import SKIP_CODE

ETHERTYPE_IPV4 = 0x0800
ETHERTYPE_ARP = 0x0806
ETHERTYPE_IPV6 = 0x86DD
ETHERTYPE_BRIDGED = 0x6558
"""A whole Ethernet frame (RFC 7637)."""

VLAN = (0x8100, 0x88A8, 0x9100, 0x9200)
"""802.1Q, 802.1ad (QinQ) and what came before it."""

MPLS = (0x8847, 0x8848)
PPPOE_SESSION = 0x8864
MAX_LLC_LENGTH = 1500
"""IEEE 802.3: a value up to here in the type field is a length, and LLC follows."""

VLAN_TAG_BYTES = 4
MPLS_ENTRY_BYTES = 4
PPPOE_HEADER_BYTES = 6
SNAP_HEADER = (0xAA, 0xAA, 0x03, 0x00, 0x00)
SNAP_HEADER_BYTES = 8
MAX_LAYERS = 8
"""Tags, labels and headers of one frame; more of them are taken for a malformed frame."""

PPP, MALFORMED, TRUNCATED = 0x1_0000, 0x1_0001, 0x1_0002
"""Beside the EtherTypes: other PPP protocols, and frames without a readable type."""

PPP_ETHERTYPES = {
    0x0021: ETHERTYPE_IPV4,
    0x0057: ETHERTYPE_IPV6,
    0x0281: MPLS[0],
    0x0283: MPLS[1],
}
"""PPP protocol -> EtherType (RFC 1661, 5072, 3032)."""


def _reasons() -> NDArray[np.uint8]:
    """uint8[types]: skip reason of each EtherType that ends the search."""
    reason = np.full(TRUNCATED + 1, SKIP_CODE["not IP (other EtherType)"], np.uint8)
    reason[: MAX_LLC_LENGTH + 1] = SKIP_CODE["not IP (802.3 LLC)"]
    reason[[ETHERTYPE_IPV4, ETHERTYPE_IPV6]] = 0
    reason[ETHERTYPE_ARP] = SKIP_CODE["not IP (ARP)"]
    reason[0x88CC] = SKIP_CODE["not IP (LLDP)"]
    reason[0x888E] = SKIP_CODE["not IP (EAPOL)"]
    reason[list(MPLS)] = SKIP_CODE["not IP (MPLS)"]
    reason[[0x8863, PPPOE_SESSION]] = SKIP_CODE["not IP (PPPoE)"]
    reason[PPP] = SKIP_CODE["not IP (PPP)"]
    reason[[*VLAN, MALFORMED]] = SKIP_CODE["malformed link header"]
    reason[TRUNCATED] = SKIP_CODE["truncated link header"]
    return reason


def _layers() -> NDArray[np.bool_]:
    """bool[types]: EtherTypes behind which another one stands."""
    layered = np.zeros(TRUNCATED + 1, bool)
    layered[: MAX_LLC_LENGTH + 1] = True
    layered[[*VLAN, *MPLS, PPPOE_SESSION]] = True
    return layered


REASON_OF_TYPE = _reasons()
HAS_LAYER_BEHIND = _layers()


def strip_encapsulation(
    buffer: Bytes, place: Positions, ethertype: NDArray[np.int64], stop: Positions
) -> tuple[Positions, NDArray[np.uint8]]:
    """Move past VLAN tags, MPLS labels, PPPoE and SNAP headers to the network header.

    Args:
        buffer: uint8[total].
        place: int64[n], first byte after the field that held the type.
        ethertype: int64[n], EtherType, or one of `PPP`, `MALFORMED`, `TRUNCATED`.
        stop: int64[n], first place that must not be read.

    Returns:
        place: int64[n], of the network header (also for ARP).
        reason: uint8[n], code into SKIP_REASONS; 0 where an IP header should follow.
    """
    place, ethertype = place.copy(), ethertype.copy()
    ethertype[place > stop] = TRUNCATED
    rows = np.flatnonzero(HAS_LAYER_BEHIND[ethertype])
    for _ in range(MAX_LAYERS):
        if not len(rows):
            break
        before = ethertype[rows]
        after, found = _one_layer(buffer, place[rows], before, stop[rows])
        found[after > stop[rows]] = TRUNCATED
        ended = after == place[rows]
        place[rows], ethertype[rows] = after, found
        rows = rows[~ended & HAS_LAYER_BEHIND[found]]
    ethertype[rows] = MALFORMED
    return place, REASON_OF_TYPE[ethertype]


def _one_layer(
    buffer: Bytes, place: Positions, ethertype: NDArray[np.int64], stop: Positions
) -> tuple[Positions, NDArray[np.int64]]:
    """Place and type behind one layer; a place that stays says that nothing known is behind."""
    after, found = place.copy(), ethertype.copy()
    tagged = np.flatnonzero(np.isin(ethertype, VLAN))
    after[tagged] += VLAN_TAG_BYTES
    found[tagged] = read_u16(buffer, place[tagged] + 2, stop[tagged])

    labelled = np.flatnonzero(np.isin(ethertype, MPLS))
    bottom = (read_u8(buffer, place[labelled] + 2, stop[labelled]) & 1) == 1
    after[labelled] += MPLS_ENTRY_BYTES
    last = labelled[bottom]
    # Labels do not say what they carry: IP begins with its version, pseudo-wires with 0 (RFC 4928).
    version = read_u8(buffer, after[last], stop[last]) >> 4
    named = np.where(version == 4, ETHERTYPE_IPV4, np.where(version == 6, ETHERTYPE_IPV6, -1))
    cut = last[after[last] >= stop[last]]
    after[last[named < 0]] = place[last[named < 0]]
    found[last] = np.where(named < 0, ethertype[last], named)
    found[cut] = TRUNCATED

    session = np.flatnonzero(ethertype == PPPOE_SESSION)
    data = session[read_u8(buffer, place[session] + 1, stop[session]) == 0]
    after[data], found[data] = read_ppp(buffer, place[data] + PPPOE_HEADER_BYTES, stop[data])

    length = np.flatnonzero(ethertype <= MAX_LLC_LENGTH)
    snap = np.ones(len(length), bool)
    for number, value in enumerate(SNAP_HEADER):
        snap &= read_u8(buffer, place[length] + number, stop[length]) == value
    length = length[snap & (place[length] + SNAP_HEADER_BYTES <= stop[length])]
    # Other organisations' numbers are their own: 000000 and 0000f8 say that an EtherType follows.
    third = read_u8(buffer, place[length] + 5, stop[length])
    kind = read_u16(buffer, place[length] + 6, stop[length])
    typed = np.isin(third, (0x00, 0xF8)) & (kind > MAX_LLC_LENGTH)
    length, kind = length[typed], kind[typed]
    after[length] += SNAP_HEADER_BYTES
    found[length] = kind
    return after, found


def read_ppp(
    buffer: Bytes, place: Positions, stop: Positions
) -> tuple[Positions, NDArray[np.int64]]:
    """Place and EtherType behind the PPP header at each place.

    The address and control bytes ff 03 may stand before the protocol, and a protocol below 256 may
    be written in one byte, which is odd (RFC 1661, 1662).
    """
    framed = read_u16(buffer, place, stop) == 0xFF03
    after = place + np.where(framed, 2, 0)
    first = read_u8(buffer, after, stop)
    short = (first & 1) == 1
    protocol = np.where(short, first, read_u16(buffer, after, stop))
    after = after + np.where(short, 1, 2)
    found = np.full(len(place), PPP, np.int64)
    for number, ethertype in PPP_ETHERTYPES.items():
        found[protocol == number] = ethertype
    found[after > stop] = TRUNCATED
    return after, found
