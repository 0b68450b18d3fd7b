"""Whether the header columns are those that dpkt reads, packet by packet."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.peers import Fields
from pclip.packets import PacketTable

CLOCK_S = 1e-6
"""dpkt gives times as floats; near 2026 they are good to a quarter of a microsecond."""

TCP, UDP = 6, 17
MAPPED = bytes(10) + b"\xff\xff"


def disagreements(packets: PacketTable, theirs: Sequence[Fields]) -> dict[str, int]:
    """Number of packets whose fields differ, by field.

    Args:
        packets: n rows, in file order.
        theirs: n packets of the same files as dpkt reads them.

    Returns:
        Field and where it differs first -> packets; empty where all is the same.

    Raises:
        ValueError: the numbers of packets differ.
    """
    if len(packets) != len(theirs):
        raise ValueError(f"{len(packets):,} packets by pclip, {len(theirs):,} by dpkt")
    columns = list(zip(*theirs, strict=True)) if theirs else [()] * len(Fields._fields)
    time, captured, version, source, destination = columns[:5]
    protocol, ttl, length, source_port, destination_port, flags, window = (
        np.array(column, np.int64) for column in columns[5:]
    )
    has_ports = np.isin(packets.protocol, (TCP, UDP))
    same = {
        "time": np.abs(packets.time_ns / 1e9 - np.array(time)) <= CLOCK_S,
        "captured length": packets.captured_length == np.array(captured, np.int64),
        "IP version": packets.ip_version == np.array(version, np.int64),
        "source address": _same_addresses(packets, packets.source_address, source),
        "destination address": _same_addresses(packets, packets.destination_address, destination),
        "protocol": packets.protocol == protocol,
        "TTL": packets.ttl == ttl,
        "IP length": _ip_length(packets) == length,
        # dpkt was asked for the ports of TCP and UDP alone.
        "source port": np.where(has_ports, packets.source_port, -1) == source_port,
        "destination port": np.where(has_ports, packets.destination_port, -1) == destination_port,
        "TCP flags": packets.tcp_flags == flags,
        "TCP window": packets.tcp_window == window,
    }
    found = {}
    for name, agrees in same.items():
        rows = np.flatnonzero(~agrees)
        if len(rows):
            file, record = packets.captures[packets.capture[rows[0]]], packets.index[rows[0]]
            found[f"{name}, first in record {record:,} of {file}"] = len(rows)
    return found


def _same_addresses(packets: PacketTable, ours: np.ndarray, theirs: Sequence[bytes]) -> np.ndarray:
    """bool[n]; rows without IP are not compared, since ARP rows carry addresses here."""
    padded = b"".join(
        MAPPED + address if len(address) == 4 else address.ljust(16, b"\0") for address in theirs
    )
    matrix = np.frombuffer(padded, np.uint8).reshape(len(ours), 16)
    return (ours == matrix).all(axis=1) | (packets.ip_version == 0)


def _ip_length(packets: PacketTable) -> np.ndarray:
    """int64[n], bytes of the datagram as the header says, 0 where there is none."""
    rows = np.flatnonzero(packets.ip_version != 0)
    place = packets.offset[rows] + packets.network_offset[rows]
    v4 = packets.ip_version[rows] == 4
    place = place + np.where(v4, 2, 4)
    stated = packets.buffer[place].astype(np.int64) << 8 | packets.buffer[place + 1]
    length = np.zeros(len(packets), np.int64)
    length[rows] = stated + np.where(v4, 0, 40)
    return length
