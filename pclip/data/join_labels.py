"""Labels of packets by joining them to a labelled flow CSV: 5-tuple either way, and time."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pclip.data.classes import BENIGN
from pclip.data.clock_offset import estimate_clock_offset
from pclip.data.flow_matcher import FlowMatcher
from pclip.data.join_report import AS_WRITTEN, SWAPPED, JoinReport
from pclip.data.labelled_flows import NO_LABEL, NS_PER_S, LabelledFlows
from pclip.errors import PclipError
from pclip.packets import PacketTable

AMBIGUOUS = ("nearest", "drop")
UNMATCHED = ("benign", "drop")
ICMP_ERRORS = ("own", "quoted")
PACKETS_AT_ONCE = 2**20


@dataclass(frozen=True, eq=False)
class LabelJoin:
    """Labels of n packets.

    Attributes:
        labels: int16[n], index into `label_names`; -1 for packets that are left out.
        flow: int64[n], row of the flow that gave the label, -1 where none did.
        label_names: those of the flows, and Benign where unmatched packets are that.
        report: counts.
    """

    labels: NDArray[np.int16]
    flow: NDArray[np.int64]
    label_names: tuple[str, ...]
    report: JoinReport


class LabelJoiner:
    """Flows that are sorted once and then joined to one chunk of packets after the other.

    Args: as `join_flow_labels`, but that the offset must be known.
    """

    def __init__(
        self,
        flows: LabelledFlows,
        *,
        clock_offset_s: float = 0.0,
        day_and_month: Literal["as written", "swapped"] = "as written",
        tolerance_s: float = 1.0,
        ambiguous: Literal["nearest", "drop"] = "nearest",
        unmatched: Literal["benign", "drop"] = "benign",
        icmp_errors: Literal["own", "quoted"] = "own",
    ) -> None:
        for name, value, known in (
            ("ambiguous", ambiguous, AMBIGUOUS),
            ("unmatched", unmatched, UNMATCHED),
            ("icmp_errors", icmp_errors, ICMP_ERRORS),
            ("day_and_month", day_and_month, ("as written", "swapped")),
        ):
            if value not in known:
                raise ValueError(f"{name}={value!r}, expected {' or '.join(known)}")
        if not 0 <= tolerance_s <= 86_400:
            raise ValueError(f"tolerance_s={tolerance_s}, expected 0 to 86,400")
        self._swapped = day_and_month == "swapped"
        if self._swapped:
            flows = exchanged(flows)
        offset, tolerance = round(clock_offset_s * NS_PER_S), round(tolerance_s * NS_PER_S)
        self._flows = flows
        self._matcher = FlowMatcher(flows, offset, tolerance, icmp_errors == "quoted")
        self._drop_ambiguous, self._benign = ambiguous == "drop", unmatched == "benign"
        add = self._benign and BENIGN not in flows.label_names
        self.label_names = (*flows.label_names, BENIGN) if add else flows.label_names
        self._rest = self.label_names.index(BENIGN) if self._benign else NO_LABEL
        self._held = np.zeros(len(flows), bool)
        self._counts = dict.fromkeys(("packets", "matched", "ambiguous", "unmatched", "not_ip"), 0)
        self._per_label = np.zeros(len(self.label_names), np.int64)
        self._clock = (clock_offset_s, tolerance_s)

    def join(self, packets: PacketTable) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
        """Labels int16[n] and flows int64[n] of one chunk, as in `LabelJoin`."""
        labels = np.full(len(packets), self._rest, np.int16)
        flow = np.full(len(packets), -1, np.int64)
        for start in range(0, len(packets), PACKETS_AT_ONCE):
            rows = np.arange(start, min(start + PACKETS_AT_ONCE, len(packets)))
            found = self._matcher.match(packets.take(rows))
            self._held |= found.flows_held
            matched = found.flow >= 0
            own = labels[rows]
            own[matched] = self._flows.label[found.flow[matched]]
            if self._drop_ambiguous:
                own[found.ambiguous] = NO_LABEL
            labels[rows], flow[rows] = own, found.flow
            usable = packets.usable[rows]
            self._counts["packets"] += len(rows)
            self._counts["matched"] += int(matched.sum())
            self._counts["ambiguous"] += int(found.ambiguous.sum())
            self._counts["unmatched"] += int((usable & ~matched).sum())
            self._counts["not_ip"] += int((~usable & ~matched).sum())
        self._per_label += np.bincount(labels[labels >= 0], minlength=len(self.label_names))
        return labels, flow

    def report(self) -> JoinReport:
        """Counts of all chunks up to now."""
        size = len(self.label_names)
        flows = np.bincount(self._flows.label, minlength=size)
        held = np.bincount(self._flows.label[self._held], minlength=size)
        return JoinReport(
            **self._counts,
            flows=len(self._flows),
            flows_matched=int(self._held.sum()),
            per_label={
                name: {
                    "packets": int(self._per_label[code]),
                    "flows": int(flows[code]),
                    "flows_matched": int(held[code]),
                }
                for code, name in enumerate(self.label_names)
            },
            clock_offset_s=self._clock[0],
            reading=SWAPPED if self._swapped else AS_WRITTEN,
            tolerance_s=self._clock[1],
            ambiguous_choice="drop" if self._drop_ambiguous else "nearest",
            unmatched_choice="benign" if self._benign else "drop",
            quirks=dict(self._flows.quirks),
        )


def join_flow_labels(
    packets: PacketTable,
    flows: LabelledFlows,
    *,
    clock_offset_s: float | None = 0.0,
    day_and_month: Literal["as written", "swapped"] = "as written",
    tolerance_s: float = 1.0,
    ambiguous: Literal["nearest", "drop"] = "nearest",
    unmatched: Literal["benign", "drop"] = "benign",
    icmp_errors: Literal["own", "quoted"] = "own",
) -> LabelJoin:
    """Label each packet as the flow that it belongs to.

    A flow covers a packet if both have the same protocol and endpoints, in either direction, and
    the packet's time lies in [start - tolerance, start + resolution + duration + tolerance], where
    the resolution is what the timestamp was rounded down by (a minute in CIC-IDS2017, a second in
    ACI-IoT-2023). Protocols without ports, and later fragments, go by their address pair: what a
    CSV writes as their ports does not count (CICFlowMeter puts 0, or 8 and 0 for ICMP echo). A
    flow of protocol 0 stands for any protocol without ports, as CICFlowMeter means it.

    Args:
        packets: n rows.
        flows: m rows; several labels that are one class should be one label before
            (`LabelledFlows.relabelled`), or they would count as ambiguous.
        clock_offset_s: added to the flows' times; None finds it (`estimate_clock_offset`).
        day_and_month: "swapped" exchanges day and month of the timestamps (ACI-IoT-2023); with
            `clock_offset_s=None` both are tried.
        tolerance_s: by which clocks may differ.
        ambiguous: of flows of different labels, the one whose start is "nearest" counts, or the
            packet is left out ("drop").
        unmatched: packets that no flow covers are Benign, or left out ("drop").
        icmp_errors: ICMP errors go by their own address pair, or as what they "quoted".

    Raises:
        PclipError: no clear offset was found, or day and month cannot be exchanged.
        ValueError: a choice that does not exist.
    """
    if clock_offset_s is None:
        found = estimate_clock_offset(packets, flows)
        clock_offset_s, day_and_month = found.offset_s, found.day_and_month
    joiner = LabelJoiner(
        flows,
        clock_offset_s=clock_offset_s,
        day_and_month=day_and_month,
        tolerance_s=tolerance_s,
        ambiguous=ambiguous,
        unmatched=unmatched,
        icmp_errors=icmp_errors,
    )
    labels, flow = joiner.join(packets)
    return LabelJoin(labels, flow, joiner.label_names, joiner.report())


def exchanged(flows: LabelledFlows) -> LabelledFlows:
    """Flows with day and month exchanged.

    Raises:
        PclipError: a day above 12 is no month.
    """
    swapped = flows.day_and_month_swapped()
    if swapped is None:
        raise PclipError(
            f"the timestamps of {', '.join(flows.files)} have days above 12, which are no months: "
            "day and month are not swapped there; read them as written"
        )
    return dataclasses.replace(swapped)
