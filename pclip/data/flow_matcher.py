"""Packets to flows of a CSV: by 5-tuple, then by address pair for what has no ports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pclip.data.flow_intervals import FlowIntervals
from pclip.data.flow_keys import FlowKeys
from pclip.data.labelled_flows import LabelledFlows
from pclip.packets import PacketTable, conversation

PORT_PROTOCOLS = (6, 17, 33, 132, 136)
"""TCP, UDP, DCCP, SCTP, UDP-Lite."""
UNKNOWN = 0
"""What CICFlowMeter writes for the protocol of all but TCP and UDP."""
NO_PORT = -1


class Matches(NamedTuple):
    """For n packets the flow int64[n] (-1 for none) and whether other labels cover them bool[n];
    for m flows whether they cover any of the packets, bool[m]."""

    flow: NDArray[np.int64]
    ambiguous: NDArray[np.bool_]
    flows_held: NDArray[np.bool_]


class Talk(NamedTuple):
    """Who talks with whom, a row each."""

    source: NDArray[np.uint8]
    destination: NDArray[np.uint8]
    source_port: NDArray[np.int32]
    destination_port: NDArray[np.int32]
    protocol: NDArray[np.uint8]

    def take(self, rows: NDArray[np.int64]) -> Talk:
        """Rows by number."""
        return Talk(
            self.source[rows],
            self.destination[rows],
            self.source_port[rows],
            self.destination_port[rows],
            self.protocol[rows],
        )

    def by_address(self, protocol: int | None = None) -> Talk:
        """The same without ports, and of one protocol where it is given."""
        none = np.full(len(self.protocol), NO_PORT, np.int32)
        number = self.protocol if protocol is None else np.full_like(self.protocol, protocol)
        return Talk(self.source, self.destination, none, none, number)


class FlowMatcher:
    """m flows, sorted once.

    Args:
        flows: the flows.
        offset_ns: added to their starts.
        tolerance_ns: by which each is lengthened, both ways.
        through_quotes: whether an ICMP error counts as the packet that it quotes.
    """

    def __init__(
        self, flows: LabelledFlows, offset_ns: int, tolerance_ns: int, through_quotes: bool
    ) -> None:
        self._m = len(flows)
        self._quotes = through_quotes
        talk = talk_of_flows(flows)
        ported = np.isin(flows.protocol, PORT_PROTOCOLS)
        unknown = flows.protocol == UNKNOWN
        every = np.arange(self._m)
        start = flows.start_ns + (offset_ns - tolerance_ns)
        end = flows.start_ns + flows.resolution_ns + flows.duration_ns + offset_ns + tolerance_ns

        def group(rows: NDArray[np.int64], talk: Talk) -> _Group:
            return _Group(
                rows, talk.take(rows), start[rows], end[rows], flows.label[rows], tolerance_ns
            )

        # What has ports; what has none, by protocol; the same where the CSV does not know the
        # protocol; later fragments, which belong to some flow of their addresses and protocol.
        self._by_ports = group(every[ported], talk)
        self._by_protocol = group(every[~ported & ~unknown], talk.by_address())
        self._by_pair = group(every[unknown], talk.by_address())
        self._by_fragment = group(every[ported], talk.by_address())

    def match(self, packets: PacketTable) -> Matches:
        """The flows of a table's packets."""
        found = Matches(
            np.full(len(packets), -1, np.int64),
            np.zeros(len(packets), bool),
            np.zeros(self._m, bool),
        )
        for group, rows, talk in self._searches(packets):
            left = np.flatnonzero(found.flow[rows] < 0)
            own = rows[left]
            group.match(talk.take(left), packets.time_ns[own], own, found)
        return found

    def opening_rows(self, packets: PacketTable) -> NDArray[np.int64]:
        """The first row of each 5-tuple, or address pair, that some flow has at any time."""
        firsts = []
        for group, rows, talk in self._searches(packets):
            key = group.keys.of(*talk)
            _, first = np.unique(key[key >= 0], return_index=True)
            firsts.append(rows[key >= 0][first])
        return np.unique(np.concatenate([np.empty(0, np.int64), *firsts]))

    def count_covered(self, packets: PacketTable, shifts_ns: Sequence[int]) -> NDArray[np.int64]:
        """For each shift of the packets' times how many packets some flow covers."""
        covered = np.zeros((len(shifts_ns), len(packets)), bool)
        for group, rows, talk in self._searches(packets):
            key = group.keys.of(*talk)
            known = np.flatnonzero(key >= 0)
            for number, shift in enumerate(shifts_ns):
                held = group.intervals.covering(key[known], packets.time_ns[rows[known]] + shift)
                covered[number, rows[known]] |= held[0]
        return covered.sum(axis=1)

    def _searches(self, packets: PacketTable) -> Iterator[tuple[_Group, NDArray[np.int64], Talk]]:
        """Groups of flows with the rows of packets to look for among them, by what they go by."""
        talk = talk_of_packets(packets, self._quotes)
        has_ports = (talk.source_port >= 0) & (talk.destination_port >= 0)
        fragment = ~has_ports & np.isin(talk.protocol, PORT_PROTOCOLS)
        addressed = talk.source.any(axis=1) | talk.destination.any(axis=1)
        for group, chosen, protocol in (
            (self._by_ports, has_ports, None),
            (self._by_protocol, ~has_ports, None),
            (self._by_pair, ~has_ports & ~fragment, UNKNOWN),
            (self._by_fragment, fragment, None),
        ):
            rows = np.flatnonzero(chosen & addressed)
            if len(rows) and len(group):
                own = talk.take(rows)
                yield group, rows, own if group is self._by_ports else own.by_address(protocol)


class _Group:
    """Flows that are searched by one kind of key."""

    def __init__(
        self,
        rows: NDArray[np.int64],
        talk: Talk,
        start: NDArray[np.int64],
        end: NDArray[np.int64],
        label: NDArray[np.int16],
        tolerance_ns: int,
    ) -> None:
        self._rows = rows
        self.keys = FlowKeys(*talk)
        key = self.keys.of(*talk)
        self._start, self._tolerance = start, tolerance_ns
        self.intervals = FlowIntervals(key, start, end)
        # Only keys of several labels can be ambiguous: few, so that they may take a search a label.
        labels = np.unique(label)
        there = np.zeros((len(labels), len(self.keys)), bool)
        there[np.searchsorted(labels, label), key] = True
        mixed = there.sum(axis=0) > 1
        self._mixed = mixed
        self._of_label = []
        for number, code in enumerate(labels):
            own = np.flatnonzero((label == code) & mixed[key])
            if len(own):
                self._of_label.append(
                    (there[number] & mixed, FlowIntervals(key[own], start[own], end[own]))
                )

    def __len__(self) -> int:
        return len(self._rows)

    def match(
        self, talk: Talk, time: NDArray[np.int64], rows: NDArray[np.int64], found: Matches
    ) -> None:
        """Enter into `found` what the flows cover of the packets `rows`."""
        key = self.keys.of(*talk)
        known = np.flatnonzero(key >= 0)
        key, time, rows = key[known], time[known], rows[known]
        covered, behind = self.intervals.covering(key, time)
        key, time, rows, behind = key[covered], time[covered], rows[covered], behind[covered]
        found.flow[rows] = self._rows[self._nearest(key, time, behind)]
        found.flows_held[self._rows[self.intervals.holding_any(key, time)]] = True
        several = np.flatnonzero(self._mixed[key])
        count = np.zeros(len(several), np.int64)
        for of_key, intervals in self._of_label:
            own = np.flatnonzero(of_key[key[several]])
            count[own] += intervals.covering(key[several[own]], time[several[own]])[0]
        found.ambiguous[rows[several[count > 1]]] = True

    def _nearest(
        self, key: NDArray[np.int64], time: NDArray[np.int64], behind: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Of the flows that cover each packet, the one whose start is nearest."""
        latest = self.intervals.latest(time, behind)
        # `start` is early by the tolerance, so the latest may lie ahead of the packet; then the
        # last that began before it may be nearer, and of those ahead the first is.
        ahead = self._start[latest] + self._tolerance > time
        rows = np.flatnonzero(ahead)
        if not len(rows):
            return latest
        begun = self.intervals.begun(key[rows], time[rows] - self._tolerance)
        first_ahead = self.intervals.number(begun)
        before = self.intervals.latest_or_none(key[rows], time[rows], begun)
        away_ahead = self._start[first_ahead] + self._tolerance - time[rows]
        away_before = time[rows] - (self._start[before] + self._tolerance)
        take = (before >= 0) & (away_before <= away_ahead)
        latest[rows] = np.where(take, before, first_ahead)
        return latest


def talk_of_flows(flows: LabelledFlows) -> Talk:
    """What the CSV says."""
    return Talk(
        flows.source_address,
        flows.destination_address,
        flows.source_port,
        flows.destination_port,
        flows.protocol,
    )


def talk_of_packets(packets: PacketTable, through_quotes: bool) -> Talk:
    """What the headers say; of an ICMP error, where asked, protocol and ports of its quote.

    The addresses stay the error's own: a router may send it, whom no flow names.
    """
    if not through_quotes:
        return Talk(
            packets.source_address,
            packets.destination_address,
            packets.source_port,
            packets.destination_port,
            packets.protocol,
        )
    about = conversation(packets)
    return Talk(
        packets.source_address,
        packets.destination_address,
        about.source_port,
        about.destination_port,
        about.protocol,
    )
