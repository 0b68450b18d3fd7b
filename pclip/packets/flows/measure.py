"""What a chunk of packets adds to its flows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pclip.packets.flows.activity import continue_activity
from pclip.packets.flows.bulk import continue_bulks
from pclip.packets.flows.moments import Columns, continue_moments
from pclip.packets.flows.segments import Segments, running_maximum
from pclip.packets.network import datagram_length
from pclip.packets.table import PacketTable

LANES = 2
"""Counts of so many flags are added in one 64-bit word."""

_BITS = np.arange(256)[:, None] >> np.arange(8) & 1
_PAIRS = (_BITS[:, ::LANES] | _BITS[:, 1::LANES] << 32).T.astype(np.int64)
"""int64[4, 256]: two flags of a byte in the halves of a word."""


class Measured(NamedTuple):
    """n packets in the order of their flows, within a flow as they came.

    Attributes:
        piece: int64[n], which row of the state each belongs to, ascending.
        begins: bool[pieces], the flow's first packet is here.
        back: int64[n], 1 where it goes against the flow's first packet, otherwise 0.
        clock: int64[n], by which flows end.
        time: int64[n], the packet's own time.
        payload, header: int64[n], bytes.
        flags: uint8[n]; window: int32[n].
    """

    piece: NDArray[np.int64]
    begins: NDArray[np.bool_]
    back: NDArray[np.int64]
    clock: NDArray[np.int64]
    time: NDArray[np.int64]
    payload: NDArray[np.int64]
    header: NDArray[np.int64]
    flags: NDArray[np.uint8]
    window: NDArray[np.int32]


def continue_flows(old: Columns, packets: Measured, activity_timeout: int) -> None:
    """Take packets into the running totals of their flows, in place.

    A packet that is stamped earlier than the one before it in its flow counts as coming at the
    same time.
    """
    rows = Segments(packets.piece, len(packets.begins))
    time = packets.time.copy()
    goes_on = rows.heads[~packets.begins]
    time[goes_on] = np.maximum(time[goes_on], old["last"][~packets.begins])
    at_head = np.zeros(len(time), bool)
    at_head[rows.heads] = True
    time = running_maximum(time, at_head)
    gap = np.diff(time, prepend=time[:1])
    gap[rows.heads] = np.where(packets.begins, 0, time[rows.heads] - old["last"])
    follows = ~at_head
    follows[goes_on] = True

    continue_moments(old, "gap", gap[follows], rows.keep(follows))
    continue_activity(old, rows, time, gap, packets.begins, activity_timeout)
    full = packets.payload > 0
    continue_bulks(old, packets.piece[full], packets.back[full], time[full], packets.payload[full])
    _continue_ways(old, packets, rows, time)
    old["first"] = np.where(packets.begins, time[rows.heads], old["first"])
    old["first_clock"] = np.where(packets.begins, packets.clock[rows.heads], old["first_clock"])
    old["last"], old["last_clock"] = time[rows.tails], packets.clock[rows.tails]


def _continue_ways(
    old: Columns, packets: Measured, rows: Segments, time: NDArray[np.int64]
) -> None:
    """The totals that are kept by direction."""
    order = _by_way(packets.back, rows)
    ways = Segments((2 * packets.piece + packets.back)[order], 2 * rows.groups)
    both = {name: column.reshape(-1, *column.shape[2:]) for name, column in old.items()
            if column.ndim > 1 and name != "key"}  # fmt: skip
    time, payload, header = time[order], packets.payload[order], packets.header[order]
    there, first, fresh = ways.present, ways.heads, both["length.count"][ways.present] == 0

    gap = np.diff(time, prepend=time[:1])
    gap[first] = time[first] - both["last_way"][there]
    follows = np.ones(len(time), bool)
    follows[first[fresh]] = False
    continue_moments(both, "way_gap", gap[follows], ways.keep(follows))
    continue_moments(both, "length", payload, ways)
    both["last_way"][there] = time[ways.tails]
    window = packets.window[order[first]]
    both["window"][there] = np.where(fresh, window, both["window"][there])
    both["header"][there] += ways.reduce(np.add, header)
    smallest = ways.reduce(np.minimum, header)
    both["header_min"][there] = np.minimum(both["header_min"][there], smallest)
    both["with_payload"][there] += ways.reduce(np.add, (payload > 0).astype(np.int64))
    flags = packets.flags[order]
    raised = np.stack([ways.reduce(np.add, pair[flags]) for pair in _PAIRS], axis=1)
    both["flags"][there, ::LANES] += (raised & 0xFFFFFFFF).astype(np.int32)
    both["flags"][there, 1::LANES] += (raised >> 32).astype(np.int32)


def _by_way(back: NDArray[np.int64], rows: Segments) -> NDArray[np.int64]:
    """Order that puts the forward packets of each flow before the backward ones."""
    backs = np.cumsum(back)
    behind = backs - back
    behind -= np.repeat(behind[rows.heads], rows.counts)
    # reduceat, as a flow's last row tells nothing of flows before it.
    forwards = rows.counts - rows.reduce(np.add, back)
    start = np.repeat(rows.heads, rows.counts)
    ahead = np.arange(len(back)) - start - behind
    place = start + np.where(back, np.repeat(forwards, rows.counts) + behind, ahead)
    order = np.empty(len(back), np.int64)
    order[place] = np.arange(len(back))
    return order


def transport_lengths(
    packets: PacketTable, rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Bytes of transport payload on the wire and of transport header, of decoded packets."""
    offset, network = packets.offset[rows], packets.network_offset[rows].astype(np.int64)
    payload_at, transport = packets.payload_offset[rows], packets.transport_offset[rows]
    stop = offset + packets.captured_length[rows]
    stated = datagram_length(packets.buffer, offset + network, stop)
    # What the header says counts unless it claims more than was on the wire.
    room = packets.length[rows] - network
    datagram = np.where(stated == 0, room, np.minimum(stated, room))
    payload = network + datagram - payload_at
    header = np.where(transport >= 0, payload_at - transport, 0)
    return np.maximum(payload, 0), header.astype(np.int64)
