"""labels.csv applied: each packet of a recording and the row that it is labelled by."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from testbed.packets import Packet, read_packets
from testbed.stored import captures, read_stored


@dataclass(frozen=True)
class Rule:
    """A row of labels.csv."""

    row: dict[str, str]
    start_ns: int
    stop_ns: int
    ports: frozenset[int]

    def holds(self, packet: Packet) -> bool:
        """Whether a packet of the same two addresses is this attack's."""
        if not self.start_ns <= packet.time_ns <= self.stop_ns:
            return False
        if self.row["protocol"] not in ("any", packet.protocol):
            return False
        if not self.ports:
            return True
        toward = packet.destination == self.row["victim"]
        return (packet.destination_port if toward else packet.source_port) in self.ports


Rules = dict[tuple[str, frozenset[str]], list[Rule]]


@dataclass(frozen=True)
class Labelled:
    """A record of a capture.

    Attributes:
        capture: file name.
        index: number of the record in it, from 0.
        packet: None where it is no IP packet.
        rules: all that hold; the first gives the label.
    """

    capture: str
    index: int
    packet: Packet | None
    rules: tuple[Rule, ...] = ()

    @property
    def row(self) -> dict[str, str] | None:
        """The row of labels.csv that it is labelled by, None where it is benign."""
        return self.rules[0].row if self.rules else None


def read_rules(path: Path) -> Rules:
    """The rules by capture and pair of addresses."""
    rules: Rules = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            ports = () if row["ports"] == "*" else map(int, row["ports"].split())
            rule = Rule(row, _ns(row["start"]), _ns(row["stop"]), frozenset(ports))
            pair = frozenset((row["attacker"], row["victim"]))
            rules.setdefault((row["pcap"], pair), []).append(rule)
    return rules


def labelled(folder: Path, rules: Rules) -> Iterator[Labelled]:
    """Every record of a recording, capture after capture."""
    for name, path in captures(folder).items():
        for index, packet in enumerate(read_packets(read_stored(path))):
            if packet is None:
                yield Labelled(name, index, None)
                continue
            pair = frozenset((packet.source, packet.destination))
            held = tuple(r for r in rules.get((name, pair), ()) if r.holds(packet))
            yield Labelled(name, index, packet, held)


def _ns(text: str) -> int:
    whole, _, part = text.partition(".")
    return int(whole) * 10**9 + int(part.ljust(9, "0")[:9])
