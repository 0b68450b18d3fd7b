"""What a join of flow labels to packets found, to be read and to be kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

AS_WRITTEN = "as written"
SWAPPED = "day and month exchanged"


@dataclass(frozen=True)
class JoinReport:
    """Counts of one join; every packet is in exactly one of matched, unmatched and not_ip.

    Attributes:
        packets: rows given.
        matched: packets that at least one flow covers.
        ambiguous: of these, packets that flows of different labels cover.
        unmatched: decoded packets that no flow covers.
        not_ip: rows without decoded IP that no flow covers, such as ARP.
        flows: flows given.
        flows_matched: flows that cover at least one packet.
        per_label: label -> {"packets", "flows", "flows_matched"}.
        clock_offset_s: what was added to the flows' times.
        reading: `AS_WRITTEN` or `SWAPPED`.
        tolerance_s: by which each flow was lengthened, both ways.
        ambiguous_choice, unmatched_choice: as in `join_flow_labels`.
        quirks: of the flow CSV.
    """

    packets: int
    matched: int
    ambiguous: int
    unmatched: int
    not_ip: int
    flows: int
    flows_matched: int
    per_label: Mapping[str, Mapping[str, int]]
    clock_offset_s: float
    reading: str
    tolerance_s: float
    ambiguous_choice: str
    unmatched_choice: str
    quirks: Mapping[str, int]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return dataclasses.asdict(self)

    def lines(self) -> list[str]:
        """For a terminal."""
        left = {"nearest": "the nearest start counts", "drop": "left out"}[self.ambiguous_choice]
        rest = {"benign": "Benign", "drop": "left out"}[self.unmatched_choice]
        lines = [
            f"{self.packets:,} packets: {self.matched:,} matched ({_share(self.matched, self)}), "
            f"of which {self.ambiguous:,} ambiguous ({left}); {self.unmatched:,} unmatched and "
            f"{self.not_ip:,} not IP ({rest})",
            f"{self.flows:,} flows: {self.flows_matched:,} cover packets, "
            f"{self.flows - self.flows_matched:,} cover none",
            f"clock: {self.clock_offset_s:+g} s, dates {self.reading}, "
            f"tolerance {self.tolerance_s:g} s",
        ]
        if self.quirks:
            lines.append(
                "flow CSV: " + ", ".join(f"{n:,} {what}" for what, n in self.quirks.items())
            )
        width = max((len(name) for name in self.per_label), default=0)
        lines += [
            f"  {name:<{width}}  {counts['packets']:>11,} packets  "
            f"{counts['flows_matched']:>9,} of {counts['flows']:,} flows"
            for name, counts in self.per_label.items()
        ]
        return lines


def _share(part: int, report: JoinReport) -> str:
    return f"{100 * part / report.packets:.1f} %" if report.packets else "none"
