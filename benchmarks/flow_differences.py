"""Flow by flow, statistic by statistic: where our table and NFStream's differ."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from pclip.packets import FlowTable, PacketTable

NS_PER_MS = 10**6
US_PER_MS = 1e3
CLOSE = 1e-9

_WAYS = (("Fwd", "src2dst"), ("Bwd", "dst2src"))
_ENDS = (("Min", "min"), ("Mean", "mean"), ("Max", "max"), ("Std", "stddev"))
PAIRS: dict[str, tuple[str, float]] = {
    "Total Fwd Packet": ("src2dst_packets", 1),
    "Total Bwd packets": ("dst2src_packets", 1),
    "Total Length of Fwd Packet": ("src2dst_bytes", 1),
    "Total Length of Bwd Packet": ("dst2src_bytes", 1),
    "Flow Duration": ("bidirectional_duration_ms", US_PER_MS),
    **{f"Packet Length {end}": (f"bidirectional_{word}_ps", 1.0) for end, word in _ENDS},
    **{
        f"{way} Packet Length {end}": (f"{side}_{word}_ps", 1.0)
        for way, side in _WAYS
        for end, word in _ENDS
    },
    **{f"Flow IAT {end}": (f"bidirectional_{word}_piat_ms", US_PER_MS) for end, word in _ENDS},
    **{
        f"{way} IAT {end}": (f"{side}_{word}_piat_ms", US_PER_MS)
        for way, side in _WAYS
        for end, word in _ENDS
    },
    **{
        f"{flag} Flag Count": (f"bidirectional_{flag.lower()}_packets", 1.0)
        for flag in ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "CWR", "ECE")
    },
}
"""Our column -> NFStream's, and how many of our units make one of theirs."""

EXPLANATIONS = {
    "fragments": "flows of later IP fragments only, which have no ports. NFStream leaves them out; "
    "we keep them, by address pair and protocol, so that no packet is lost.",
    "other": "other flows that NFStream does not have; not explained.",
}


@dataclasses.dataclass
class Difference:
    """How one statistic compares.

    Attributes:
        compared: flows of both tables.
        equal: flows where it is the same.
        largest: difference, in NFStream's unit.
    """

    compared: int = 0
    equal: int = 0
    largest: float = 0.0


@dataclasses.dataclass
class Found:
    """Flows of our table, those that NFStream has too, and why it lacks the others."""

    ours: int
    matched: int
    unmatched: dict[str, int]


def compare(
    packets: PacketTable, flows: FlowTable, theirs: Sequence[Any], into: dict[str, Difference]
) -> Found:
    """Compare the flows that both tables have.

    Args:
        packets: what our table was made from.
        flows: our table.
        theirs: NFStream's flows of the same file.
        into: statistic -> differences, to which these are added.
    """
    columns = flows.columns
    rows = np.flatnonzero(flows.flow_of_packet >= 0)
    member = flows.flow_of_packet[rows]
    first = np.full(len(flows), np.iinfo(np.int64).max)
    np.minimum.at(first, member, packets.time_ns[rows] // NS_PER_MS)
    number = {
        _key(*ends, time): flow
        for flow, (*ends, time) in enumerate(
            zip(
                *(columns[name].tolist() for name in ("Src IP", "Src Port", "Dst IP", "Dst Port")),
                columns["Protocol"].tolist(),
                first.tolist(),
                strict=True,
            )
        )
    }
    same = [(number.get(_key_of(flow)), flow) for flow in theirs]
    ours = np.array([flow for flow, _ in same if flow is not None], np.int64)
    others = [flow for own, flow in same if own is not None]
    for name, (their_name, unit) in PAIRS.items():
        found = into.setdefault(name, Difference())
        mine = columns[name][ours] / unit
        their = np.array([getattr(flow, their_name) for flow in others], np.float64)
        apart = np.abs(mine - their)
        found.compared += len(ours)
        found.equal += int((apart <= CLOSE * np.maximum(np.abs(mine), 1)).sum())
        found.largest = max(found.largest, float(apart.max(initial=0.0)))
    fragments = np.ones(len(flows), bool)
    fragments[member[packets.transport_offset[rows] >= 0]] = False
    alone = np.ones(len(flows), bool)
    alone[ours] = False
    reasons = {"fragments": alone & fragments, "other": alone & ~fragments}
    counts = {name: int(chosen.sum()) for name, chosen in reasons.items() if chosen.any()}
    return Found(len(flows), len(ours), counts)


def _key(
    source: str, source_port: int, target: str, target_port: int, protocol: int, first_ms: int
) -> tuple[object, ...]:
    return frozenset([(source, source_port), (target, target_port)]), protocol, first_ms


def _key_of(flow: Any) -> tuple[object, ...]:
    return _key(
        flow.src_ip,
        flow.src_port,
        flow.dst_ip,
        flow.dst_port,
        flow.protocol,
        flow.bidirectional_first_seen_ms,
    )
