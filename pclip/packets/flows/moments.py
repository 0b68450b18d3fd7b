"""Count, sum, deviation, maximum and minimum that can be continued chunk by chunk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pclip.packets.flows.segments import Segments

Columns = dict[str, NDArray]
PARTS: dict[str, type] = {
    "count": np.int64,
    "shift": np.int64,
    "sum": np.int64,
    "squares": np.float64,
    "max": np.int64,
    "min": np.int64,
}
"""Parts of each statistic in the state. Sums are of value - shift, where the shift is the first
value: then squares of deviations keep their digits however far the values lie from 0."""


def continue_moments(old: Columns, name: str, values: NDArray[np.int64], rows: Segments) -> None:
    """Take more values into the statistic `name` of each group, in place.

    Squares of deviations are combined as Chan, Golub and LeVeque (1979) do.

    Args:
        old: `name.count` and so on, each [groups].
        name: of the statistic.
        values: int64[n].
        rows: the groups of the n values.
    """
    if not len(values):
        return
    part = {key: old[f"{name}.{key}"] for key in PARTS}
    there = rows.present
    before = part["count"][there]
    opening = values[rows.heads]
    shift = np.where(before == 0, opening, part["shift"][there])
    shifted = values - np.repeat(shift, rows.counts)
    total = rows.reduce(np.add, shifted)
    mean = total / rows.counts
    squares = rows.reduce(np.add, (shifted - np.repeat(mean, rows.counts)) ** 2)
    apart = mean - part["sum"][there] / np.maximum(before, 1)
    squares += apart**2 * (before * (rows.counts / (before + rows.counts)))
    largest, smallest = rows.reduce(np.maximum, values), rows.reduce(np.minimum, values)
    part["max"][there] = np.where(before == 0, largest, np.maximum(part["max"][there], largest))
    part["min"][there] = np.where(before == 0, smallest, np.minimum(part["min"][there], smallest))
    part["shift"][there] = shift
    part["squares"][there] += squares
    part["sum"][there] += total
    part["count"][there] += rows.counts


@dataclass(frozen=True, eq=False)
class Statistics:
    """What a statistic comes to, float64[flows]; 0 for a flow without values.

    `std` is the sample deviation (n - 1), 0 for a single value, as CICFlowMeter has it.
    """

    count: NDArray[np.int64]
    total: NDArray[np.float64]
    mean: NDArray[np.float64]
    std: NDArray[np.float64]
    max: NDArray[np.float64]
    min: NDArray[np.float64]


def finish(part: Columns, unit: float = 1.0) -> Statistics:
    """Statistics of values / unit, from the parts count, shift and so on, each [flows]."""
    count = part["count"]
    total = part["sum"] + count * part["shift"]
    return Statistics(
        count=count,
        total=total / unit,
        mean=total / np.maximum(count, 1) / unit,
        std=np.sqrt(part["squares"] / np.maximum(count - 1, 1)) / unit,
        max=part["max"] / unit,
        min=part["min"] / unit,
    )


def join(one: Columns, two: Columns) -> Columns:
    """Parts of the values of both, flow by flow."""
    empty, full = one["count"] == 0, two["count"] > 0
    count = one["count"] + two["count"]
    total = [part["sum"] + part["count"] * part["shift"] for part in (one, two)]
    means = [t / np.maximum(part["count"], 1) for t, part in zip(total, (one, two), strict=True)]
    weight = one["count"] * (two["count"] / np.maximum(count, 1))
    largest = np.where(empty, two["max"], np.maximum(one["max"], two["max"]))
    smallest = np.where(empty, two["min"], np.minimum(one["min"], two["min"]))
    return {
        "count": count,
        "shift": np.zeros_like(count),
        "sum": total[0] + total[1],
        "squares": one["squares"] + two["squares"] + (means[0] - means[1]) ** 2 * weight,
        "max": np.where(full, largest, one["max"]),
        "min": np.where(full, smallest, one["min"]),
    }
