"""From records to the decoded columns of a `PacketTable`, without a loop over packets."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from pclip.packets.fields import Bytes, Positions, read_u8, read_u16, read_window
from pclip.packets.link import decode_link
from pclip.packets.network import decode_ip, map_ipv4, read_addresses
from pclip.packets.table import SKIP_CODE
from pclip.packets.transport import HEADER_BYTES, PORT_BYTES, PORT_PROTOCOLS, TCP, header_bytes
from pclip.packets.tunnels import MAX_TUNNELS, tunnelled
from pclip.packets.usual import decode_usual

BLOCK_ROWS = 8192
"""Rows decoded at once, so that their columns stay in a core's cache."""

IS_TRANSPORT = np.isin(np.arange(256), tuple(HEADER_BYTES))
HAS_PORTS = np.isin(np.arange(256), PORT_PROTOCOLS)
"""bool[256], by IP protocol."""

ARP_IPV4_HEAD = (0x08, 0x00, 6, 4)
"""Protocol type IPv4, hardware addresses of 6 bytes, protocol addresses of 4 (RFC 826)."""


def decode_headers(
    buffer: Bytes,
    offset: Positions,
    captured_length: NDArray[np.int32],
    link_type: NDArray[np.uint16],
    inner: Collection[str] = (),
) -> dict[str, NDArray]:
    """Decode link, network and transport headers of every frame.

    Args:
        buffer: uint8[total].
        offset: int64[n], first byte of each frame.
        captured_length: int32[n], bytes present.
        link_type: uint16[n].
        inner: tunnels to look into, of `TUNNELS`; the innermost packet that can be decoded is
            the row's, the outer one where none can.

    Returns:
        The columns of `PacketTable` from `ip_version` to `skip_reason`, by name. Rows that could
        not be decoded hold the value that stands for "none".
    """
    columns = _empty_columns(len(offset))
    left = [np.zeros(0, np.int64)]
    for first in range(0, len(offset), BLOCK_ROWS):
        rows = slice(first, first + BLOCK_ROWS)
        block = {name: values[rows] for name, values in columns.items()}
        others = decode_usual(block, buffer, offset[rows], captured_length[rows], link_type[rows])
        left.append(others + first)
    # Few of each block, so they wait for each other.
    unusual = np.concatenate(left)
    for first in range(0, len(unusual), BLOCK_ROWS):
        numbers = unusual[first : first + BLOCK_ROWS]
        _decode_any(columns, buffer, offset, captured_length, link_type, numbers)
    for first in range(0, len(offset) if inner else 0, BLOCK_ROWS):
        rows = slice(first, first + BLOCK_ROWS)
        block = {name: values[rows] for name, values in columns.items()}
        _look_inside(block, buffer, offset[rows], inner)
    del columns["later_fragment"]
    return columns


def _decode_any(
    columns: dict[str, NDArray],
    buffer: Bytes,
    offset: Positions,
    captured_length: NDArray[np.int32],
    link_type: NDArray[np.uint16],
    rows: NDArray[np.int64],
) -> None:
    """Write the columns of the rows named, whatever they hold, in place."""
    start = offset[rows]
    stop = start + captured_length[rows]
    place, reason = decode_link(buffer, start, stop, link_type[rows])
    columns["skip_reason"][rows] = reason
    _fill_arp_addresses(columns, buffer, rows, place, stop)
    candidates = np.flatnonzero(reason == 0)
    found = _decode_ip(
        columns, buffer, offset, rows[candidates], place[candidates], stop[candidates]
    )
    columns["skip_reason"][rows[candidates]] = found


def _look_inside(
    columns: dict[str, NDArray], buffer: Bytes, offset: Positions, inner: Collection[str]
) -> None:
    """Replace the columns of packets that carry another one by that one's, in place."""
    rows = np.arange(len(offset))
    for _ in range(MAX_TUNNELS):
        changed = [np.zeros(0, np.int64)]
        # All are found before one is opened: a round goes one layer deep.
        found = [tunnelled(buffer, columns, offset, rows, name) for name in inner]
        for carrying, place, stop in found:
            reason = _decode_ip(columns, buffer, offset, carrying, place, stop)
            changed.append(carrying[reason == 0])
        rows = np.unique(np.concatenate(changed))
        if not len(rows):
            return


def _decode_ip(
    columns: dict[str, NDArray],
    buffer: Bytes,
    offset: Positions,
    candidates: NDArray[np.int64],
    place: Positions,
    stop: Positions,
) -> NDArray[np.uint8]:
    """Write the columns of rows with an IP header at `place`, in place.

    Returns:
        uint8[candidates], code into SKIP_REASONS; rows with one are left as they are.
    """
    found = decode_ip(buffer, place, stop)
    decoded = np.flatnonzero(found.reason == 0)
    rows, place = candidates[decoded], place[decoded]
    version = found.version[decoded]
    protocol = found.protocol[decoded]
    payload, end = found.payload[decoded], found.end[decoded]
    frame = offset[rows]

    columns["ip_version"][rows] = version
    columns["protocol"][rows] = protocol
    columns["ttl"][rows] = found.ttl[decoded]
    source, destination = read_addresses(buffer, place, end, version)
    columns["source_address"][rows] = source
    columns["destination_address"][rows] = destination
    columns["network_offset"][rows] = place - frame
    columns["end_offset"][rows] = end - frame
    columns["later_fragment"][rows] = ~found.first_fragment[decoded]

    # The payload of a later fragment starts in the middle of some transport payload.
    has_transport = IS_TRANSPORT[protocol] & found.first_fragment[decoded]
    size = np.where(has_transport, header_bytes(buffer, payload, end, protocol), 0)
    columns["transport_offset"][rows] = np.where(has_transport, payload - frame, -1)
    columns["payload_offset"][rows] = np.minimum(payload + size, end) - frame

    ports = has_transport & HAS_PORTS[protocol] & (payload + PORT_BYTES <= end)
    for name, at in (("source_port", payload), ("destination_port", payload + 2)):
        columns[name][rows] = np.where(ports, read_u16(buffer, at, end), -1)
    tcp = has_transport & (protocol == TCP)
    flags = tcp & (payload + 14 <= end)
    window = tcp & (payload + 16 <= end)
    columns["tcp_flags"][rows] = np.where(flags, read_u8(buffer, payload + 13, end), 0)
    columns["tcp_window"][rows] = np.where(window, read_u16(buffer, payload + 14, end), -1)
    return found.reason


def _empty_columns(count: int) -> dict[str, NDArray]:
    """Columns of `count` rows in which nothing was decoded."""
    columns: dict[str, NDArray] = {
        name: np.zeros(count, np.uint8)
        for name in ("ip_version", "protocol", "tcp_flags", "ttl", "skip_reason")
    }
    columns["later_fragment"] = np.zeros(count, bool)
    for name in ("source_address", "destination_address"):
        columns[name] = np.zeros((count, 16), np.uint8)
    for name in (
        "source_port",
        "destination_port",
        "tcp_window",
        "network_offset",
        "transport_offset",
        "payload_offset",
        "end_offset",
    ):
        columns[name] = np.full(count, -1, np.int32)
    return columns


def _fill_arp_addresses(
    columns: dict[str, NDArray],
    buffer: Bytes,
    rows: NDArray[np.int64],
    place: Positions,
    stop: Positions,
) -> None:
    """Write sender and target protocol address of whole IPv4-over-Ethernet ARP messages."""
    arp = np.flatnonzero(
        (columns["skip_reason"][rows] == SKIP_CODE["not IP (ARP)"]) & (place + 28 <= stop)
    )
    message = read_window(buffer, place[arp], stop[arp], 28)
    ethernet_ipv4 = (message[:, 2:6] == ARP_IPV4_HEAD).all(axis=1)
    rows, message = rows[arp[ethernet_ipv4]], message[ethernet_ipv4]
    columns["source_address"][rows] = map_ipv4(message[:, 14:18])
    columns["destination_address"][rows] = map_ipv4(message[:, 24:28])
