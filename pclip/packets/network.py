"""IPv4 and IPv6 headers at many places at once, with options, extensions and fragments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pclip.packets.fields import Bytes, Positions, read_u8, read_u16, read_window
from pclip.packets.table import SKIP_CODE

IPV4_HEADER_BYTES = 20
IPV6_HEADER_BYTES = 40
IPV4_FRAGMENT_OFFSET_MASK = 0x1FFF
IPV6_FRAGMENT_OFFSET_MASK = 0xFFF8
HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION_OPTIONS = 0, 43, 44, 51, 60
IPV6_EXTENSIONS = (HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION_OPTIONS)
FRAGMENT_HEADER_BYTES = 8
MAX_EXTENSIONS = 16


@dataclass(frozen=True, eq=False)
class NetworkHeaders:
    """What `decode_ip` found at each place; places are in the shared buffer.

    Attributes:
        version: int64[n], 4 or 6, 0 where `reason` is set.
        protocol: int64[n], after extension headers.
        ttl: int64[n].
        total_length: int64[n], bytes of the datagram as its header says; 0 = the header does not
            say (segmentation offload, jumbograms).
        payload: int64[n], place of the first byte after the last header.
        end: int64[n], end of the datagram, at most `stop`.
        first_fragment: bool[n], False where the payload starts in the middle of a datagram.
        reason: uint8[n], code into SKIP_REASONS.
    """

    version: NDArray[np.int64]
    protocol: NDArray[np.int64]
    ttl: NDArray[np.int64]
    total_length: NDArray[np.int64]
    payload: Positions
    end: Positions
    first_fragment: NDArray[np.bool_]
    reason: NDArray[np.uint8]


def decode_ip(buffer: Bytes, start: Positions, stop: Positions) -> NetworkHeaders:
    """Decode the IP header at each place; anything malformed gets a reason, never an exception.

    Args:
        buffer: uint8[total].
        start: int64[n], first byte of each IP header.
        stop: int64[n], first byte that must not be read.

    Returns:
        NetworkHeaders of n rows.
    """
    version = read_u8(buffer, start, stop) >> 4
    is_v4 = version == 4
    header = np.where(is_v4, (read_u8(buffer, start, stop) & 15) * 4, np.int64(IPV6_HEADER_BYTES))
    total = datagram_length(buffer, start, stop)
    end = np.where(total == 0, stop, np.minimum(start + total, stop))
    payload = start + header
    protocol = read_u8(buffer, start + np.where(is_v4, 9, 6), stop)
    ttl = read_u8(buffer, start + np.where(is_v4, 8, 7), stop)
    first_fragment = ~is_v4 | ((read_u16(buffer, start + 6, stop) & IPV4_FRAGMENT_OFFSET_MASK) == 0)

    reason = np.zeros(len(start), np.uint8)
    reason[payload > stop] = SKIP_CODE["truncated IP header"]
    bad_size = (header < IPV4_HEADER_BYTES) | ((total != 0) & (total < header))
    unknown_version = ~is_v4 & (version != 6)
    reason[bad_size & (reason == 0)] = SKIP_CODE["malformed IP header"]
    reason[unknown_version] = SKIP_CODE["malformed IP header"]
    reason[stop <= start] = SKIP_CODE["truncated IP header"]
    _skip_extensions(buffer, payload, end, protocol, is_v4, first_fragment, reason)
    return NetworkHeaders(
        version=np.where(reason == 0, version, 0),
        protocol=protocol,
        ttl=ttl,
        total_length=total,
        payload=payload,
        end=end,
        first_fragment=first_fragment,
        reason=reason,
    )


def datagram_length(buffer: Bytes, start: Positions, stop: Positions) -> NDArray[np.int64]:
    """Bytes of the whole IP datagram as its header says, int64[n]; 0 where it does not say."""
    is_v4 = (read_u8(buffer, start, stop) >> 4) == 4
    word = read_u16(buffer, start + np.where(is_v4, 2, 4), stop)
    return np.where(is_v4 | (word == 0), word, word + IPV6_HEADER_BYTES)


def _skip_extensions(
    buffer: Bytes,
    payload: Positions,
    end: Positions,
    protocol: NDArray[np.int64],
    is_v4: NDArray[np.bool_],
    first_fragment: NDArray[np.bool_],
    reason: NDArray[np.uint8],
) -> None:
    """Move `payload` and `protocol` past extension headers, in place.

    IPv4 shares one of them, the authentication header.
    """
    for _ in range(MAX_EXTENSIONS):
        rows = _extended(protocol, is_v4, first_fragment, reason)
        if not len(rows):
            return
        place, limit, kind = payload[rows], end[rows], protocol[rows]
        units = read_u8(buffer, place + 1, limit)
        size = np.where(kind == AUTHENTICATION, (units + 2) * 4, (units + 1) * 8)
        size[kind == FRAGMENT] = FRAGMENT_HEADER_BYTES
        offset = read_u16(buffer, place + 2, limit) & IPV6_FRAGMENT_OFFSET_MASK
        reason[rows[place + size > limit]] = SKIP_CODE["truncated extension header"]
        protocol[rows] = read_u8(buffer, place, limit)
        payload[rows] = place + size
        first_fragment[rows] = (kind != FRAGMENT) | (offset == 0)
    rows = _extended(protocol, is_v4, first_fragment, reason)
    reason[rows] = SKIP_CODE["too many extension headers"]


def _extended(
    protocol: NDArray[np.int64],
    is_v4: NDArray[np.bool_],
    first_fragment: NDArray[np.bool_],
    reason: NDArray[np.uint8],
) -> NDArray[np.int64]:
    """Row numbers at whose `payload` an extension header stands."""
    extension = np.where(is_v4, protocol == AUTHENTICATION, np.isin(protocol, IPV6_EXTENSIONS))
    return np.flatnonzero(extension & first_fragment & (reason == 0))


def read_addresses(
    buffer: Bytes, start: Positions, stop: Positions, version: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Source and destination address of each IP header.

    Returns:
        Two uint8[n, 16]; IPv4 as ::ffff:a.b.c.d, zeros where the version is neither 4 nor 6.
    """
    source = np.zeros((len(start), 16), np.uint8)
    destination = np.zeros((len(start), 16), np.uint8)
    v4 = np.flatnonzero(version == 4)
    v6 = np.flatnonzero(version == 6)
    source[v4] = map_ipv4(read_window(buffer, start[v4] + 12, stop[v4], 4))
    destination[v4] = map_ipv4(read_window(buffer, start[v4] + 16, stop[v4], 4))
    source[v6] = read_window(buffer, start[v6] + 8, stop[v6], 16)
    destination[v6] = read_window(buffer, start[v6] + 24, stop[v6], 16)
    return source, destination


def map_ipv4(address: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8[n, 4] -> uint8[n, 16], a.b.c.d as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2)."""
    mapped = np.zeros((len(address), 16), np.uint8)
    mapped[:, 10:12] = 0xFF
    mapped[:, 12:] = address
    return mapped
