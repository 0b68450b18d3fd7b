"""The flow table: CICFlowMeter's columns, computed by sorting instead of by packet."""

from __future__ import annotations

import numpy as np

from pclip.packets.flows.columns import FLOW_COLUMNS
from pclip.packets.flows.table import FlowTable
from pclip.packets.flows.tracker import (
    ACTIVITY_TIMEOUT_S,
    IDLE_TIMEOUT_S,
    MAX_FLOWS,
    FinishedFlows,
    FlowTracker,
)
from pclip.packets.table import PacketTable

__all__ = [
    "ACTIVITY_TIMEOUT_S",
    "FLOW_COLUMNS",
    "IDLE_TIMEOUT_S",
    "MAX_FLOWS",
    "FinishedFlows",
    "FlowTable",
    "FlowTracker",
    "flow_table",
]


def flow_table(
    packets: PacketTable,
    idle_timeout_s: float = IDLE_TIMEOUT_S,
    active_timeout_s: float | None = None,
    activity_timeout_s: float = ACTIVITY_TIMEOUT_S,
    end_on_tcp_close: bool = False,
) -> FlowTable:
    """Group packets into bidirectional flows and measure them.

    A flow is a bidirectional 5-tuple within one capture without a gap of more than
    `idle_timeout_s`; ICMP, other protocols without ports and later fragments go by address pair
    and protocol. Forward is the direction of the first packet. Packets count in file order; one
    that is stamped earlier than the packet before it in its flow counts as coming with it. Payload
    lengths are those on the wire, also where the capture cut the packet.

    Args:
        packets: n rows; those that are not usable belong to no flow.
        idle_timeout_s: a longer pause ends a flow.
        active_timeout_s: a flow that lasts longer is cut (CICFlowMeter 120, NFStream 1800); None:
            however long it lasts.
        activity_timeout_s: a longer pause ends an active period within a flow.
        end_on_tcp_close: a packet with FIN or RST is the last of its flow.

    Returns:
        FlowTable; flows are numbered in the order of their first packets' rows.

    Raises:
        ValueError: a timeout is negative.

    Source: column names of CICFlowMeter, as in ACI-IoT-2023; docs/flows.md says what each means.
    """
    tracker = FlowTracker(
        idle_timeout_s, active_timeout_s, activity_timeout_s, end_on_tcp_close, max_flows=None
    )
    if (np.diff(packets.capture) >= 0).all():
        flow = tracker.add(packets)
        return FlowTable(tracker.close().columns, flow.astype(np.int32), tracker.warnings)
    # Captures that are dealt into each other are tracked one after the other.
    order = np.argsort(packets.capture, kind="stable")
    flow = np.full(len(packets), -1, np.int64)
    flow[order] = tracker.add(packets.take(order))
    columns = tracker.close().columns
    _, first = np.unique(flow[flow >= 0], return_index=True)
    old = np.argsort(first)
    number = np.full(len(old) + 1, -1, np.int64)
    number[old] = np.arange(len(old))
    return FlowTable(
        {name: values[old] for name, values in columns.items()},
        number[flow].astype(np.int32),
        tracker.warnings,
    )
