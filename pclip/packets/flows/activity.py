"""Active periods, the pauses between them, and subflows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pclip.packets.flows.moments import Columns, continue_moments
from pclip.packets.flows.segments import Segments

SUBFLOW_GAP_NS = 10**9
"""A longer pause begins a new subflow."""


def continue_activity(
    old: Columns,
    rows: Segments,
    time: NDArray[np.int64],
    gap: NDArray[np.int64],
    begins: NDArray[np.bool_],
    timeout: int,
) -> None:
    """Take more packets into the periods of each flow, in place.

    A pause longer than `timeout` is idle time and ends an active period, which counts if it lasted
    at all. The period that a flow ends in is not counted: nothing shows where it ends.

    Args:
        old: the statistics `active` and `idle`, active_since, subflows and last, [flows].
        rows: the flow of each of n packets.
        time: int64[n], nanoseconds, ascending within a flow.
        gap: int64[n], time since the packet before, 0 for the first of a flow.
        begins: bool[flows], the flow's first packet is here.
        timeout: nanoseconds.
    """
    heads, group = rows.heads, rows.group
    old["subflows"] += rows.sum((gap > SUBFLOW_GAP_NS).astype(np.int64))
    pause = gap > timeout
    since = np.where(begins, time[heads], old["active_since"])
    if pause.any():
        starts = pause.copy()
        starts[heads] = True
        value = time.copy()
        carried = heads[~pause[heads]]
        value[carried] = since[group[carried]]
        latest = np.maximum.accumulate(np.where(starts, np.arange(len(time)), 0))
        period_start = value[latest]
        rest = np.flatnonzero(pause)
        came_with = ~np.isin(rest, heads, assume_unique=True)
        started = np.where(came_with, period_start[rest - 1], since[group[rest]])
        lasted = time[rest] - gap[rest] - started
        continue_moments(old, "idle", gap[rest], rows.keep(pause))
        ended = np.zeros(len(time), bool)
        ended[rest[lasted > 0]] = True
        continue_moments(old, "active", lasted[lasted > 0], rows.keep(ended))
        since = period_start[rows.tails]
    old["active_since"] = since
