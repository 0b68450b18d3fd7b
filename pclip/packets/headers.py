"""From records to the decoded columns of a `PacketTable`, without a loop over packets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pclip.packets.fields import Bytes, Positions, read_u8, read_u16, read_window
from pclip.packets.link import decode_link
from pclip.packets.network import decode_ip, map_ipv4, read_addresses
from pclip.packets.table import SKIP_CODE
from pclip.packets.transport import HEADER_BYTES, PORT_BYTES, PORT_PROTOCOLS, TCP, header_bytes

ARP_IPV4_HEAD = (0x08, 0x00, 6, 4)
"""Protocol type IPv4, hardware addresses of 6 bytes, protocol addresses of 4 (RFC 826)."""


def decode_headers(
    buffer: Bytes,
    offset: Positions,
    captured_length: NDArray[np.int32],
    link_type: NDArray[np.uint16],
) -> dict[str, NDArray]:
    """Decode link, network and transport headers of every frame.

    Args:
        buffer: uint8[total].
        offset: int64[n], first byte of each frame.
        captured_length: int32[n], bytes present.
        link_type: uint16[n].

    Returns:
        The columns of `PacketTable` from `ip_version` to `skip_reason`, by name. Rows that could
        not be decoded hold the value that stands for "none".
    """
    count = len(offset)
    stop = offset + captured_length
    place, reason = decode_link(buffer, offset, stop, link_type)
    columns = _empty_columns(count)
    columns["skip_reason"] = reason
    _fill_arp_addresses(columns, buffer, place, stop)

    candidates = np.flatnonzero(reason == 0)
    found = decode_ip(buffer, place[candidates], stop[candidates])
    reason[candidates] = found.reason
    decoded = np.flatnonzero(found.reason == 0)
    rows = candidates[decoded]
    version = found.version[decoded]
    protocol = found.protocol[decoded]
    payload, end = found.payload[decoded], found.end[decoded]
    frame = offset[rows]

    columns["ip_version"][rows] = version
    columns["protocol"][rows] = protocol
    columns["ttl"][rows] = found.ttl[decoded]
    source, destination = read_addresses(buffer, place[rows], end, version)
    columns["source_address"][rows] = source
    columns["destination_address"][rows] = destination
    columns["network_offset"][rows] = place[rows] - frame
    columns["end_offset"][rows] = end - frame

    # The payload of a later fragment starts in the middle of some transport payload.
    has_transport = np.isin(protocol, tuple(HEADER_BYTES)) & found.first_fragment[decoded]
    size = np.where(has_transport, header_bytes(buffer, payload, end, protocol), 0)
    columns["transport_offset"][rows] = np.where(has_transport, payload - frame, -1)
    columns["payload_offset"][rows] = np.minimum(payload + size, end) - frame

    ports = has_transport & np.isin(protocol, PORT_PROTOCOLS) & (payload + PORT_BYTES <= end)
    columns["source_port"][rows[ports]] = read_u16(buffer, payload[ports], end[ports])
    columns["destination_port"][rows[ports]] = read_u16(buffer, payload[ports] + 2, end[ports])
    tcp = has_transport & (protocol == TCP)
    flags = tcp & (payload + 14 <= end)
    window = tcp & (payload + 16 <= end)
    columns["tcp_flags"][rows[flags]] = read_u8(buffer, payload[flags] + 13, end[flags])
    columns["tcp_window"][rows[window]] = read_u16(buffer, payload[window] + 14, end[window])
    return columns


def _empty_columns(count: int) -> dict[str, NDArray]:
    """Columns of `count` rows in which nothing was decoded."""
    columns: dict[str, NDArray] = {
        name: np.zeros(count, np.uint8) for name in ("ip_version", "protocol", "tcp_flags", "ttl")
    }
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
    columns: dict[str, NDArray], buffer: Bytes, place: Positions, stop: Positions
) -> None:
    """Write sender and target protocol address of whole IPv4-over-Ethernet ARP messages."""
    rows = np.flatnonzero(
        (columns["skip_reason"] == SKIP_CODE["not IP (ARP)"]) & (place + 28 <= stop)
    )
    message = read_window(buffer, place[rows], stop[rows], 28)
    ethernet_ipv4 = (message[:, 2:6] == ARP_IPV4_HEAD).all(axis=1)
    rows, message = rows[ethernet_ipv4], message[ethernet_ipv4]
    columns["source_address"][rows] = map_ipv4(message[:, 14:18])
    columns["destination_address"][rows] = map_ipv4(message[:, 24:28])
