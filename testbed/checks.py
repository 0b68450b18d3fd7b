"""What has to hold of a recording, and what is counted about it: checks.json.

python3 -m testbed.checks recordings/seven
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from testbed.attacks import LABELS
from testbed.packets import Packet, read_packets
from testbed.scenario import BENIGN, read_scenario

# What a class is made of, protocol by protocol; a packet that is none of it is against its nature.
NATURE = {
    "ICMP Flood": {"icmp"},
    "SYN Flood": {"tcp"},
    "UDP Flood": {"udp"},
    "DNS Flood": {"udp", "tcp"},
    "Slowloris": {"tcp"},
    "Port Scan": {"tcp", "udp"},
    "OS Scan": {"tcp", "udp", "icmp"},
    "Vulnerability Scan": {"tcp"},
    "Dictionary Attack": {"tcp"},
}

# Connections close, and neighbours are asked for, a little after a program has ended.
LATE_NS = 3 * 10**9


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


def read_rules(path: Path) -> dict[tuple[str, frozenset[str]], list[Rule]]:
    """The rules by capture and pair of addresses."""
    rules: dict[tuple[str, frozenset[str]], list[Rule]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            ports = () if row["ports"] == "*" else map(int, row["ports"].split())
            rule = Rule(row, _ns(row["start"]), _ns(row["stop"]), frozenset(ports))
            pair = frozenset((row["attacker"], row["victim"]))
            rules.setdefault((row["pcap"], pair), []).append(rule)
    return rules


def _ns(text: str) -> int:
    whole, _, part = text.partition(".")
    return int(whole) * 10**9 + int(part.ljust(9, "0")[:9])


def check(folder: Path) -> dict:
    """Count packets by class, round and tool, and find those that are labelled in doubt.

    Returns:
        counts; `dropped`, packets that the kernel could not hand to tcpdump; `twofold`, packets
        that fit two attacks; `unnatural`, packets of a protocol that their class is not made of;
        `doubtful`, packets labelled as an attack while something harmless was run between the
        same two hosts on the same port; `unexplained`, benign packets between an attacker and its
        victim while it attacks, nothing harmless being run between the two then; `silent`,
        attacks without a packet.
    """
    scenario = read_scenario(folder / "scenario.json")
    rules = read_rules(folder / "labels.csv")
    harmless = _harmless(folder)
    kinds = ("class", "round", "tool", "event", "unnatural", "doubtful", "unexplained")
    counts: dict[str, Counter] = {name: Counter() for name in kinds}
    twofold = not_ip = total = 0
    for path in sorted(folder.glob("*.pcap")):
        for packet in read_packets(path):
            total += 1
            if packet is None:
                not_ip += 1
                continue
            pair = frozenset((packet.source, packet.destination))
            held = [rule for rule in rules.get((path.name, pair), ()) if rule.holds(packet)]
            twofold += len(held) > 1
            label = held[0].row["class"] if held else BENIGN
            counts["class"][label] += 1
            counts["round"][f"{path.name.split('_')[0]} {label}"] += 1
            if not held:
                if _unexplained(packet, rules.get((path.name, pair), ()), harmless.get(pair, ())):
                    counts["unexplained"][f"{rules[path.name, pair][0].row['class']}"] += 1
                continue
            row = held[0].row
            counts["tool"][f"{label}: {row['tool']}, {row['mode']}"] += 1
            counts["event"][row["event"]] += 1
            if packet.protocol not in NATURE[label]:
                counts["unnatural"][f"{label} {packet.protocol}"] += 1
            for harm in harmless.get(pair, ()):
                if harm.fits(packet):
                    counts["doubtful"][f"{label} and {harm.name}"] += 1
    attacks = [event for event in scenario.events if event.label != BENIGN]
    return {
        "packets": total,
        "not_ip": not_ip,
        "twofold": twofold,
        "dropped": _dropped(folder),
        "silent": [
            f"{e.label}: {e.tool} ({e.mode}), event {e.id}"
            for e in attacks
            if not counts["event"][str(e.id)]
        ],
        "classes_missing": [label for label in (BENIGN, *LABELS) if not counts["class"][label]],
        **{name: dict(sorted(count.items())) for name, count in counts.items() if name != "event"},
    }


def _dropped(folder: Path) -> int:
    """What tcpdump's own words at its end say it lost."""
    words = "".join(path.read_text(errors="replace") for path in sorted(folder.glob("round*.log")))
    return sum(map(int, re.findall(r"(\d+) packets dropped by kernel", words)))


@dataclass(frozen=True)
class Harmless:
    """Something harmless that was run between two hosts."""

    protocol: str
    ports: tuple[int, ...]
    start_ns: int
    stop_ns: int
    name: str

    def fits(self, packet: Packet) -> bool:
        """Whether a packet of the same two hosts may be its own."""
        return (
            self.start_ns <= packet.time_ns <= self.stop_ns + LATE_NS
            and self.protocol in ("any", packet.protocol)
            and (
                not self.ports
                or bool({packet.source_port, packet.destination_port} & {*self.ports})
            )
        )


def _unexplained(packet: Packet, rules: Iterable[Rule], harmless: Iterable[Harmless]) -> bool:
    attacked = any(rule.start_ns <= packet.time_ns <= rule.stop_ns for rule in rules)
    return attacked and not any(harm.fits(packet) for harm in harmless)


def _harmless(folder: Path) -> dict[frozenset[str], list[Harmless]]:
    """What harmless things were run between which addresses, when."""
    events = {event.id: event for event in read_scenario(folder / "scenario.json").events}
    found: dict[frozenset[str], list[Harmless]] = {}
    with (folder / "executed.jsonl").open(encoding="utf-8") as file:
        for line in file:
            done = json.loads(line)
            event = events[done["event"]]
            if event.label == BENIGN and event.address:
                pair = frozenset((event.source, event.address))
                span = done["start_ns"], done["stop_ns"]
                harm = Harmless(event.protocol, event.ports, *span, event.mode)
                found.setdefault(pair, []).append(harm)
    return found


def main(words: list[str]) -> int:
    """Check the folder named, write its checks.json; 2 where it is no recording."""
    if len(words) != 1:
        print("error: name one folder: python3 -m testbed.checks FOLDER", file=sys.stderr)
        return 2
    place = Path(words[0])
    try:
        text = json.dumps(check(place), indent=1) + "\n"
        (place / "checks.json").write_text(text, encoding="utf-8")
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"lacks the field {error}" if isinstance(error, KeyError) else error
        print(f"error: {place} is no whole recording of the lab: {what}", file=sys.stderr)
        return 2
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
