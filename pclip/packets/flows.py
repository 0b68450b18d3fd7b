"""The flow table: CICFlowMeter's columns, computed by sorting instead of by packet."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pclip.packets.grouping import (
    GroupStatistics,
    assign_flows,
    group_statistics,
    number_addresses,
)
from pclip.packets.network import datagram_length
from pclip.packets.table import PacketTable
from pclip.packets.transport import TCP

IDLE_TIMEOUT_S = 60.0
TCP_FLAGS = {
    "FIN": 0x01,
    "SYN": 0x02,
    "RST": 0x04,
    "PSH": 0x08,
    "ACK": 0x10,
    "URG": 0x20,
    "CWR": 0x80,
    "ECE": 0x40,
}
NO_WINDOW = -1
TIMESTAMP_LENGTH = len("2023-11-01 09:43:40")
TIMESTAMP_SEPARATOR = TIMESTAMP_LENGTH - len(" 09:43:40")
NS_PER_US = 1e3
US_PER_S = 1e6


@dataclass(frozen=True, eq=False)
class FlowTable:
    """Flows of a packet table.

    Attributes:
        columns: CICFlowMeter's column name -> array[flows]. Times in microseconds, lengths in bytes
            of transport payload, deviations with n - 1. Where there is nothing to measure the
            value is 0: rates of a flow of no duration (CICFlowMeter writes infinity), ports of
            protocols without ports, statistics of a direction without packets. `FWD Init Win
            Bytes` and `Bwd Init Win Bytes` are -1 where that direction sent no TCP.
        flow_of_packet: int32[n], -1 for packets in no flow.
    """

    columns: dict[str, NDArray]
    flow_of_packet: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.columns["Flow ID"])

    def row(self, flow: int) -> dict[str, float | int | str]:
        """One flow as plain Python values by column name."""
        return {name: values[flow].item() for name, values in self.columns.items()}


def flow_table(packets: PacketTable, idle_timeout_s: float = IDLE_TIMEOUT_S) -> FlowTable:
    """Group packets into bidirectional flows and measure them.

    A flow is a bidirectional 5-tuple within one capture without a gap of more than
    `idle_timeout_s`; ICMP, other protocols without ports and later fragments go by address pair
    and protocol. Forward is the direction of the first packet. Payload lengths are those on the
    wire, also where the capture cut the packet.

    Args:
        packets: n rows; those that are not usable belong to no flow.
        idle_timeout_s: seconds.

    Returns:
        FlowTable; flows are numbered in the order of their first packets' rows.

    Source: column names of CICFlowMeter, as in ACI-IoT-2023.
    """
    flow_of_packet = assign_flows(packets, idle_timeout_s)
    flows = int(flow_of_packet.max(initial=-1)) + 1
    order = np.lexsort((packets.index, packets.time_ns, flow_of_packet))
    order = order[flow_of_packet[order] >= 0]
    ordered = packets.take(order)
    group = flow_of_packet[order]
    first = np.flatnonzero(np.diff(group, prepend=-1))
    last = np.flatnonzero(np.diff(group, append=flows))
    forward = _is_forward(ordered, first, group)

    columns = _identity_columns(ordered.take(first))
    duration = (ordered.time_ns[last] - ordered.time_ns[first]) / NS_PER_US
    columns["Flow Duration"] = duration
    payload, header = _transport_lengths(ordered)
    every = group_statistics(payload, group, flows)
    ahead = group_statistics(payload[forward], group[forward], flows)
    back = group_statistics(payload[~forward], group[~forward], flows)
    columns["Total Fwd Packet"] = ahead.count.astype(np.int64)
    columns["Total Bwd packets"] = back.count.astype(np.int64)
    columns["Total Length of Fwd Packet"] = ahead.total
    columns["Total Length of Bwd Packet"] = back.total
    columns |= _spread("Fwd Packet Length", ahead) | _spread("Bwd Packet Length", back)
    columns["Flow Bytes/s"] = _per_second(every.total, duration)
    columns["Flow Packets/s"] = _per_second(every.count, duration)
    for name, chosen in (("Flow", slice(None)), ("Fwd", forward), ("Bwd", ~forward)):
        gaps = _gap_statistics(ordered.time_ns[chosen], group[chosen], flows)
        if name != "Flow":
            columns[f"{name} IAT Total"] = gaps.total
        columns |= _spread(f"{name} IAT", gaps)
    for flag in ("PSH", "URG"):
        raised = (ordered.tcp_flags & TCP_FLAGS[flag]) != 0
        for name, chosen in (("Fwd", forward), ("Bwd", ~forward)):
            columns[f"{name} {flag} Flags"] = np.bincount(group[raised & chosen], minlength=flows)
    for name, chosen in (("Fwd", forward), ("Bwd", ~forward)):
        columns[f"{name} Header Length"] = group_statistics(
            header[chosen], group[chosen], flows
        ).total
    columns["Fwd Packets/s"] = _per_second(ahead.count, duration)
    columns["Bwd Packets/s"] = _per_second(back.count, duration)
    columns |= _spread("Packet Length", every)
    columns["Packet Length Variance"] = every.std**2
    for flag, bit in TCP_FLAGS.items():
        raised = (ordered.tcp_flags & bit) != 0
        columns[f"{flag} Flag Count"] = np.bincount(group[raised], minlength=flows)
    columns["Down/Up Ratio"] = back.count / np.maximum(ahead.count, 1)
    columns["Average Packet Size"] = every.mean
    columns["Fwd Segment Size Avg"] = ahead.mean
    columns["Bwd Segment Size Avg"] = back.mean
    columns["FWD Init Win Bytes"] = _first_window(ordered, group, forward, flows)
    columns["Bwd Init Win Bytes"] = _first_window(ordered, group, ~forward, flows)
    carrying = forward & (payload > 0)
    columns["Fwd Act Data Pkts"] = np.bincount(group[carrying], minlength=flows)
    return FlowTable(columns, flow_of_packet)


def _is_forward(
    ordered: PacketTable, first: NDArray[np.int64], group: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """bool[n]: sent by the endpoint that sent its flow's first packet."""
    same_address = (ordered.source_address == ordered.source_address[first[group]]).all(axis=1)
    return same_address & (ordered.source_port == ordered.source_port[first[group]])


def _identity_columns(openers: PacketTable) -> dict[str, NDArray]:
    """Who, when and which protocol, from each flow's first packet."""
    count = len(openers)
    distinct, number = number_addresses(
        np.concatenate([openers.source_address, openers.destination_address])
    )
    words = np.array([_address_words(address) for address in distinct], dtype=np.str_)
    source, destination = words[number[:count]], words[number[count:]]
    source_port = np.maximum(openers.source_port, 0).astype(np.int64)
    destination_port = np.maximum(openers.destination_port, 0).astype(np.int64)
    protocol = openers.protocol.astype(np.int64)
    identity = source
    for part in (destination, source_port, destination_port, protocol):
        identity = np.strings.add(np.strings.add(identity, "-"), part.astype(np.str_))
    times = openers.time_ns.astype("datetime64[ns]")
    timestamp = np.datetime_as_string(times, unit="s").astype(f"U{TIMESTAMP_LENGTH}")
    timestamp.view("U1").reshape(count, TIMESTAMP_LENGTH)[:, TIMESTAMP_SEPARATOR] = " "
    return {
        "Flow ID": identity,
        "Src IP": source,
        "Src Port": source_port,
        "Dst IP": destination,
        "Dst Port": destination_port,
        "Protocol": protocol,
        "Timestamp": timestamp,
    }


def _address_words(address: NDArray[np.uint8]) -> str:
    """16 bytes as text, mapped addresses in dotted form."""
    value = ipaddress.IPv6Address(address.tobytes())
    return str(value.ipv4_mapped or value)


def _transport_lengths(packets: PacketTable) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Bytes of transport payload on the wire and of transport header, of decoded packets."""
    network = packets.offset + packets.network_offset
    stated = datagram_length(packets.buffer, network, packets.offset + packets.captured_length)
    # What the header says counts unless it claims more than was on the wire.
    room = packets.length.astype(np.int64) - packets.network_offset
    datagram = np.where(stated == 0, room, np.minimum(stated, room))
    payload = packets.network_offset + datagram - packets.payload_offset
    has_transport = packets.transport_offset >= 0
    header = np.where(has_transport, packets.payload_offset - packets.transport_offset, 0)
    return np.maximum(payload, 0), header.astype(np.int64)


def _spread(name: str, statistics: GroupStatistics) -> dict[str, NDArray]:
    """The four columns that CICFlowMeter gives for most measures."""
    return {
        f"{name} Max": statistics.max,
        f"{name} Min": statistics.min,
        f"{name} Mean": statistics.mean,
        f"{name} Std": statistics.std,
    }


def _per_second(amount: NDArray, duration_us: NDArray) -> NDArray[np.float64]:
    """Rate over the flow; 0 for a flow of no duration."""
    lasting = duration_us > 0
    return np.where(lasting, amount / np.where(lasting, duration_us / US_PER_S, 1.0), 0.0)


def _gap_statistics(
    time_ns: NDArray[np.int64], group: NDArray[np.int32], flows: int
) -> GroupStatistics:
    """Statistics of the microseconds between neighbours of one flow; rows sorted by flow, time."""
    together = np.diff(group) == 0
    gaps = np.diff(time_ns)[together] / NS_PER_US
    return group_statistics(gaps, group[1:][together], flows)


def _first_window(
    ordered: PacketTable, group: NDArray[np.int32], chosen: NDArray[np.bool_], flows: int
) -> NDArray[np.int64]:
    """TCP window of the first chosen packet of each flow, `NO_WINDOW` where there is none."""
    window = np.full(flows, NO_WINDOW, np.int64)
    rows = np.flatnonzero(chosen & (ordered.protocol == TCP))
    opening = rows[np.diff(group[rows], prepend=-1) != 0]
    window[group[opening]] = ordered.tcp_window[opening]
    return window
