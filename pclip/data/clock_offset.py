"""How far the clock of a flow CSV is from that of its captures, found by trying."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pclip.data.flow_matcher import FlowMatcher
from pclip.data.labelled_flows import NS_PER_S, LabelledFlows
from pclip.errors import PclipError
from pclip.packets import PacketTable

STEP_S = 900
"""Time zones are multiples of a quarter of an hour,"""
FARTHEST_S = 14 * 3600
"""and none is farther from UTC."""
MOST_SAMPLED = 20_000
LEAST_SAMPLED = 8
LEAST_SHARE = 0.2
CLEARLY = 0.8
"""The second best must cover at most this share of what the best does."""
Reading = Literal["as written", "swapped"]


@dataclass(frozen=True)
class ClockOffset:
    """What `estimate_clock_offset` found.

    Attributes:
        offset_s: to be added to the flows' times.
        day_and_month: how their dates are to be read.
        covered: conversations of the sample that flows then cover.
        second: the same of the second best offset or reading.
        sampled: conversations looked at.
    """

    offset_s: float
    day_and_month: Reading
    covered: int
    second: int
    sampled: int


def estimate_clock_offset(
    packets: PacketTable,
    flows: LabelledFlows,
    *,
    tolerance_s: float = 1.0,
    step_s: int = STEP_S,
    farthest_s: int = FARTHEST_S,
) -> ClockOffset:
    """The offset, and reading of the dates, by which flows cover the most conversations.

    Each conversation counts once, by its first packet, so that one that lasts all day does not
    speak for every offset. Dates are tried as written and with day and month exchanged.

    Args:
        packets: the captures, or chunks from several places of them.
        flows: as read.
        tolerance_s: as in `join_flow_labels`.
        step_s, farthest_s: offsets are multiples of the step, both ways up to the farthest.

    Raises:
        PclipError: captures and flows share too few conversations, or no offset is clearly best.
    """
    steps = farthest_s // step_s
    offsets = [number * step_s for number in range(-steps, steps + 1)]
    readings: list[tuple[Reading, LabelledFlows]] = [("as written", flows)]
    swapped = flows.day_and_month_swapped()
    # On the 7th of July both readings are one.
    if swapped is not None and not np.array_equal(swapped.start_ns, flows.start_ns):
        readings.append(("swapped", swapped))
    found: list[tuple[int, float, Reading]] = []
    sample = None
    for reading, own in readings:
        matcher = FlowMatcher(own, 0, round(tolerance_s * NS_PER_S), through_quotes=False)
        if sample is None:
            sample = _sampled(packets, matcher, flows)
        counts = matcher.count_covered(sample, [-offset * NS_PER_S for offset in offsets])
        found += [(int(n), o, reading) for n, o in zip(counts, offsets, strict=True)]
    assert sample is not None
    found.sort(key=lambda entry: (-entry[0], abs(entry[1])))
    (covered, offset, reading), second = found[0], found[1][0] if len(found) > 1 else 0
    if covered < LEAST_SHARE * len(sample) or second > CLEARLY * covered:
        raise PclipError(
            f"no clock offset of {', '.join(flows.files)} is clearly the best: of {len(sample):,} "
            f"conversations {_said(found[0])} covers {covered:,}, {_said(found[1])} {second:,}; "
            "give the offset in seconds instead of letting it be found"
        )
    return ClockOffset(offset, reading, covered, second, len(sample))


def _sampled(packets: PacketTable, matcher: FlowMatcher, flows: LabelledFlows) -> PacketTable:
    rows = matcher.opening_rows(packets)
    if len(rows) < LEAST_SAMPLED:
        raise PclipError(
            f"captures and {', '.join(flows.files)} share {len(rows)} conversations (protocol, "
            f"addresses, ports), expected {LEAST_SAMPLED} at least: are they of the same day? "
            "Otherwise give the clock offset in seconds"
        )
    chosen = np.linspace(0, len(rows) - 1, min(len(rows), MOST_SAMPLED)).astype(np.int64)
    sample = packets.take(rows[chosen])
    return dataclasses.replace(sample, warnings=())


def _said(entry: tuple[int, float, Reading]) -> str:
    dates = " with day and month exchanged" if entry[2] == "swapped" else ""
    return f"{entry[1]:+g} s{dates}"
