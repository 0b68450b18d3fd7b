"""packets.csv.xz and flows.csv.xz: the label of every packet and of every flow, for any reader."""

from __future__ import annotations

import csv
import io
import lzma
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from testbed.labelled import Labelled, labelled, read_rules
from testbed.packets import Packet
from testbed.scenario import BENIGN

# What a label says, of labels.csv's columns; empty where it is Benign.
SAID = ("event", "round", "tool", "mode", "technique")
PACKET_COLUMNS = ("pcap", "index", "time_ns", "length", "flow", "class", "group", "event")
FLOW_COLUMNS = (
    "flow", "pcap", "protocol", "source", "source_port", "destination", "destination_port",
    "first_ns", "last_ns", "packets", "bytes", "class", "group", "packets_of_class", *SAID,
)  # fmt: skip
# As long a silence ends a flow; pclip's own flow table has the same.
IDLE_NS = 60 * 10**9

Key = tuple[str, str, frozenset[tuple[str, int]]]


@dataclass
class Flow:
    """Packets of one 5-tuple, either way.

    Its class is that of most of its packets; where several attacks of that class shared it, what
    else its label says is of the one that has most.
    """

    number: int
    capture: str
    opener: Packet
    last_ns: int
    packets: int = 0
    bytes: int = 0
    events: Counter[str] = field(default_factory=Counter)

    def row(self, rows: dict[str, dict[str, str]]) -> list[str | int]:
        """Values of `FLOW_COLUMNS`; `rows` holds those of labels.csv by event."""
        classes: Counter[str] = Counter()
        for event, packets in self.events.items():
            classes[_label(rows, event)["class"]] += packets
        name, most = max(classes.items(), key=lambda item: item[1])
        own = {e: n for e, n in self.events.items() if _label(rows, e)["class"] == name}
        label = _label(rows, max(own, key=lambda event: own[event]))
        p = self.opener
        return [
            self.number, self.capture, p.protocol, p.source, p.source_port, p.destination,
            p.destination_port, p.time_ns, self.last_ns, self.packets, self.bytes,
            label["class"], label["group"], most, *(label.get(name, "") for name in SAID),
        ]  # fmt: skip


def _label(rows: dict[str, dict[str, str]], event: str) -> dict[str, str]:
    return rows.get(event, {"class": BENIGN, "group": BENIGN})


def label_tables(folder: Path) -> dict[str, bytes]:
    """Both tables of a recording by file name; records that are not IP have no row."""
    rules = read_rules(folder / "labels.csv")
    rows = {rule.row["event"]: rule.row for group in rules.values() for rule in group}
    flows: list[Flow] = []
    current: dict[Key, Flow] = {}
    packets: list[list[str | int]] = []
    for found in labelled(folder, rules):
        if found.packet is None:
            continue
        flow = _flow_of(found, found.packet, current, flows)
        row = found.row or {"class": BENIGN, "group": BENIGN, "event": ""}
        packets.append(
            [found.capture, found.index, found.packet.time_ns, found.packet.length, flow.number,
             row["class"], row["group"], row["event"]]
        )  # fmt: skip
    return {
        "packets.csv.xz": _packed(PACKET_COLUMNS, packets),
        "flows.csv.xz": _packed(FLOW_COLUMNS, (flow.row(rows) for flow in flows)),
    }


def _flow_of(found: Labelled, packet: Packet, current: dict[Key, Flow], flows: list[Flow]) -> Flow:
    ends = frozenset(
        ((packet.source, packet.source_port), (packet.destination, packet.destination_port))
    )
    key = (found.capture, packet.protocol, ends)
    flow = current.get(key)
    if flow is None or packet.time_ns - flow.last_ns > IDLE_NS:
        flow = current[key] = Flow(len(flows), found.capture, packet, packet.time_ns)
        flows.append(flow)
    flow.last_ns = packet.time_ns
    flow.packets += 1
    flow.bytes += packet.length
    flow.events[found.row["event"] if found.row else ""] += 1
    return flow


def _packed(columns: tuple[str, ...], rows: Iterable[list[str | int]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return lzma.compress(text.getvalue().encode())
