"""Assigning packets to flows, and statistics per group, by sorting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pclip.packets.table import PacketTable

PORTS = 65_537
"""Ports 0 to 65,535 and none."""


@dataclass(frozen=True, eq=False)
class GroupStatistics:
    """Statistics of the values of each group, float64[groups]; 0 for a group without values.

    `std` is the sample deviation (n - 1), 0 for a single value, as CICFlowMeter has it.
    """

    count: NDArray[np.float64]
    total: NDArray[np.float64]
    mean: NDArray[np.float64]
    std: NDArray[np.float64]
    max: NDArray[np.float64]
    min: NDArray[np.float64]


def group_statistics(values: NDArray, group: NDArray[np.integer], groups: int) -> GroupStatistics:
    """Count, sum, mean, sample deviation, maximum and minimum per group.

    Args:
        values: [n].
        group: int[n], ascending.
        groups: how many groups there are, with or without values.
    """
    values = values.astype(np.float64)
    count = np.bincount(group, minlength=groups).astype(np.float64)
    total = np.bincount(group, weights=values, minlength=groups).astype(np.float64)
    mean = total / np.maximum(count, 1)
    squares = np.bincount(group, weights=(values - mean[group]) ** 2, minlength=groups)
    std = np.where(count > 1, np.sqrt(squares / np.maximum(count - 1, 1)), 0.0)
    largest, smallest = np.zeros(groups), np.zeros(groups)
    if len(values):
        starts = np.flatnonzero(np.diff(group, prepend=-1))
        largest[group[starts]] = np.maximum.reduceat(values, starts)
        smallest[group[starts]] = np.minimum.reduceat(values, starts)
    return GroupStatistics(count, total, mean, std, largest, smallest)


def assign_flows(packets: PacketTable, idle_timeout_s: float) -> NDArray[np.int32]:
    """Flow number of each packet.

    A flow is a bidirectional 5-tuple within one capture; packets without ports go by address pair
    and protocol. A gap of more than `idle_timeout_s` begins a new flow. Flows are numbered in the
    order of their first packets' rows.

    Returns:
        int32[n], -1 for packets that are not usable.
    """
    flow = np.full(len(packets), -1, np.int32)
    rows = np.flatnonzero(packets.usable)
    if not len(rows):
        return flow
    source, destination = _endpoints(packets, rows)
    keys = (
        packets.capture[rows].astype(np.int64),
        packets.protocol[rows].astype(np.int64),
        np.minimum(source, destination),
        np.maximum(source, destination),
    )
    time = packets.time_ns[rows]
    order = np.lexsort((packets.index[rows], time, *keys))
    begins = np.zeros(len(rows), bool)
    begins[0] = True
    for key in keys:
        begins[1:] |= np.diff(key[order]) != 0
    begins[1:] |= np.diff(time[order]) > round(idle_timeout_s * 1e9)
    group = np.empty(len(rows), np.int64)
    group[order] = np.cumsum(begins) - 1
    _, first_row = np.unique(group, return_index=True)
    rank = np.empty(len(first_row), np.int64)
    rank[np.argsort(first_row)] = np.arange(len(first_row))
    flow[rows] = rank[group]
    return flow


def _endpoints(
    packets: PacketTable, rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """One integer per (address, port), source and destination of each row."""
    addresses = np.concatenate([packets.source_address[rows], packets.destination_address[rows]])
    number = number_addresses(addresses)[1]
    ports = np.concatenate([packets.source_port[rows], packets.destination_port[rows]])
    endpoint = number * PORTS + ports + 1
    return endpoint[: len(rows)], endpoint[len(rows) :]


def number_addresses(
    addresses: NDArray[np.uint8],
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Distinct rows of uint8[n, 16] in byte order, and int64[n] which of them each row is."""
    words = np.ascontiguousarray(addresses).view(">u8")
    high, low = words[:, 0].astype(np.uint64), words[:, 1].astype(np.uint64)
    order = np.lexsort((low, high))
    fresh = np.ones(len(order), bool)
    fresh[1:] = (np.diff(high[order]) != 0) | (np.diff(low[order]) != 0)
    number = np.empty(len(order), np.int64)
    number[order] = np.cumsum(fresh) - 1
    return addresses[order[fresh]], number
