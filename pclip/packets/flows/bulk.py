"""Bulk transfers: runs of packets that carry payload one way."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pclip.packets.flows.moments import Columns

BULK_PACKETS = 4
"""A run of fewer is not a bulk."""

BULK_GAP_NS = 10**9
"""A longer pause ends it."""

BULK_PARTS = ("bulks", "bulk_packets", "bulk_bytes", "bulk_time")
"""Of finished bulks, by direction."""


def continue_bulks(
    old: Columns,
    piece: NDArray[np.int64],
    back: NDArray[np.int64],
    time: NDArray[np.int64],
    size: NDArray[np.int64],
) -> None:
    """Take more packets with payload into the bulks of each flow, in place.

    Args:
        old: `BULK_PARTS`, int64[flows, 2], and the run that is not finished: run_packets (0: there
            is none), run_back, run_bytes, run_first, run_last, int64[flows].
        piece: int64[n], ascending, the flow.
        back: int64[n], 0 forward, 1 backward.
        time: int64[n], nanoseconds, ascending within a flow.
        size: int64[n], bytes of payload, not 0.
    """
    if not len(piece):
        return
    opening = np.diff(piece, prepend=-1) != 0
    heads = opening.copy()
    heads[1:] |= (np.diff(back) != 0) | (np.diff(time) > BULK_GAP_NS)
    starts = np.flatnonzero(heads)
    stops = np.append(starts[1:], len(piece)) - 1
    flow, way = piece[starts], back[starts]
    packets = stops - starts + 1
    volume = np.add.reduceat(size, starts)
    first, last = time[starts].copy(), time[stops]

    lead = opening[starts]
    came = flow[lead]
    joined = (
        (old["run_packets"][came] > 0)
        & (old["run_back"][came] == way[lead])
        & (first[lead] - old["run_last"][came] <= BULK_GAP_NS)
    )
    finish_runs(old, came[~joined])
    runs, flows = np.flatnonzero(lead)[joined], came[joined]
    packets[runs] += old["run_packets"][flows]
    volume[runs] += old["run_bytes"][flows]
    first[runs] = old["run_first"][flows]

    final = np.append(flow[1:] != flow[:-1], True)
    done = ~final & (packets >= BULK_PACKETS)
    _add(old, flow[done], way[done], packets[done], volume[done], (last - first)[done])
    flow = flow[final]
    old["run_packets"][flow], old["run_back"][flow] = packets[final], way[final]
    old["run_bytes"][flow], old["run_first"][flow] = volume[final], first[final]
    old["run_last"][flow] = last[final]


def finish_runs(old: Columns, flows: NDArray[np.int64]) -> None:
    """Count the unfinished runs of these flows, if they are long enough, and forget them."""
    long = flows[old["run_packets"][flows] >= BULK_PACKETS]
    time = old["run_last"][long] - old["run_first"][long]
    _add(old, long, old["run_back"][long], old["run_packets"][long], old["run_bytes"][long], time)
    old["run_packets"][flows] = 0


def _add(old: Columns, flow: NDArray, way: NDArray, *amounts: NDArray) -> None:
    for name, amount in zip(BULK_PARTS, (np.ones_like(flow), *amounts), strict=True):
        np.add.at(old[name], (flow, way), amount)
