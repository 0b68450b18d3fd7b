"""Running totals to CICFlowMeter's columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pclip.packets.flows.bulk import finish_runs
from pclip.packets.flows.columns import FLOW_COLUMNS, TCP_FLAGS
from pclip.packets.flows.identity import identity_columns
from pclip.packets.flows.moments import PARTS, Columns, Statistics, finish, join
from pclip.packets.flows.store import NO_HEADER

NS_PER_US = 1e3
NS_PER_S = 1e9
US_PER_S = 1e6


@dataclass(frozen=True, eq=False)
class FlowTable:
    """Flows of a packet table.

    Attributes:
        columns: name of `FLOW_COLUMNS` -> array[flows]. Times in microseconds, lengths in bytes
            of transport payload, deviations with n - 1. Where there is nothing to measure the
            value is 0: rates of a flow of no duration (CICFlowMeter writes infinity), ports of
            protocols without ports, statistics of a direction without packets. `FWD Init Win
            Bytes` and `Bwd Init Win Bytes` are -1 where that direction sent no TCP. What each
            column means, and where CICFlowMeter does otherwise, is in docs/flows.md.
        flow_of_packet: int32[n], -1 for packets in no flow.
        warnings: what was odd, as `FlowTracker.warnings`.
    """

    columns: dict[str, NDArray]
    flow_of_packet: NDArray[np.int32]
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.columns["Flow ID"])

    def row(self, flow: int) -> dict[str, float | int | str]:
        """One flow as plain Python values by column name."""
        return {name: values[flow].item() for name, values in self.columns.items()}


def flow_columns(state: Columns) -> dict[str, NDArray]:
    """The columns of `FLOW_COLUMNS`, in their order, from the state of flows that have ended."""
    finish_runs(state, np.arange(len(state["number"])))
    lengths = [_parts(state, "length", way) for way in (0, 1)]
    every, ahead, back = finish(join(*lengths)), finish(lengths[0]), finish(lengths[1])
    duration = (state["last"] - state["first"]) / NS_PER_US
    flags = state["flags"].astype(np.int64)
    columns = identity_columns(state)
    columns["Flow Duration"] = duration
    columns["Total Fwd Packet"] = ahead.count
    columns["Total Bwd packets"] = back.count
    columns["Total Length of Fwd Packet"] = ahead.total
    columns["Total Length of Bwd Packet"] = back.total
    columns["Flow Bytes/s"] = _ratio(every.total, duration / US_PER_S)
    columns["Flow Packets/s"] = _ratio(every.count, duration / US_PER_S)
    columns |= _spread("Packet Length", every)
    columns["Packet Length Variance"] = every.std**2
    columns |= _spread("Flow IAT", finish(_parts(state, "gap"), NS_PER_US))
    columns["Down/Up Ratio"] = back.count / np.maximum(ahead.count, 1)
    columns["Average Packet Size"] = every.mean
    for way, (name, sizes) in enumerate((("Fwd", ahead), ("Bwd", back))):
        gaps = finish(_parts(state, "way_gap", way), NS_PER_US)
        columns |= _spread(f"{name} Packet Length", sizes)
        columns |= _spread(f"{name} IAT", gaps)
        columns[f"{name} IAT Total"] = gaps.total
        columns[f"{name} PSH Flags"] = flags[:, way, TCP_FLAGS.index("PSH")]
        columns[f"{name} URG Flags"] = flags[:, way, TCP_FLAGS.index("URG")]
        columns[f"{name} Header Length"] = state["header"][:, way].astype(np.float64)
        columns[f"{name} Packets/s"] = _ratio(sizes.count, duration / US_PER_S)
        columns[f"{name} Segment Size Avg"] = sizes.mean
        window = "FWD" if name == "Fwd" else name
        columns[f"{window} Init Win Bytes"] = state["window"][:, way].astype(np.int64)
        columns[f"Subflow {name} Packets"] = sizes.count / state["subflows"]
        columns[f"Subflow {name} Bytes"] = sizes.total / state["subflows"]
        columns |= _bulk_columns(name, state, way)
    for bit, name in enumerate(TCP_FLAGS):
        columns[f"{name} Flag Count"] = flags[:, :, bit].sum(axis=1)
    smallest = state["header_min"][:, 0].astype(np.int64)
    columns["Fwd Seg Size Min"] = np.where(smallest == NO_HEADER, 0, smallest)
    columns["Fwd Act Data Pkts"] = state["with_payload"][:, 0]
    columns |= _spread("Active", finish(_parts(state, "active"), NS_PER_US))
    columns |= _spread("Idle", finish(_parts(state, "idle"), NS_PER_US))
    return {name: columns[name] for name in FLOW_COLUMNS}


def _parts(state: Columns, name: str, way: int | None = None) -> Columns:
    """The parts of one statistic, [flows] each."""
    parts = {part: state[f"{name}.{part}"] for part in PARTS}
    return parts if way is None else {part: column[:, way] for part, column in parts.items()}


def _bulk_columns(name: str, state: Columns, way: int) -> Columns:
    bulks, volume = state["bulks"][:, way], state["bulk_bytes"][:, way]
    return {
        f"{name} Bytes/Bulk Avg": _ratio(volume, bulks),
        f"{name} Packet/Bulk Avg": _ratio(state["bulk_packets"][:, way], bulks),
        f"{name} Bulk Rate Avg": _ratio(volume, state["bulk_time"][:, way] / NS_PER_S),
    }


def _spread(name: str, statistics: Statistics) -> Columns:
    """The four columns that CICFlowMeter gives for most measures."""
    return {
        f"{name} Max": statistics.max,
        f"{name} Min": statistics.min,
        f"{name} Mean": statistics.mean,
        f"{name} Std": statistics.std,
    }


def _ratio(amount: NDArray, of: NDArray) -> NDArray[np.float64]:
    """amount / of; 0 where there is nothing to divide by."""
    there = of > 0
    return np.where(there, amount / np.where(there, of, 1), 0.0)
