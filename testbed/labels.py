"""labels.csv: for each attack that was run, whose packets are its own.

A packet is an attack's if its two addresses are {attacker, victim}, its time lies in
[start, stop], its protocol is the tool's and, where the tool has ports, one of its ports on the
victim's side is among them; in both directions. An ICMP error belongs to the packet it quotes.
Scenarios are drawn so that no packet fits two attacks.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from testbed.attacks import GROUP_OF, TAIL_SECONDS
from testbed.conductor import Executed
from testbed.hosts import HOSTS
from testbed.recorder import capture_name, sensor_of
from testbed.scenario import BENIGN, Scenario

COLUMNS = (
    "pcap", "start", "stop", "class", "group", "attacker", "victim", "protocol", "ports", "round",
    "event", "tool", "mode", "technique", "command",
)  # fmt: skip


def label_rows(scenario: Scenario, executed: Iterable[Executed]) -> list[dict[str, str]]:
    """One row an attack that was run, in order of starts."""
    runs: dict[int, list[Executed]] = {}
    for done in executed:
        runs.setdefault(done.event, []).append(done)
    rows = []
    for event in scenario.events:
        if event.label == BENIGN or event.id not in runs:
            continue
        commands = sorted(runs[event.id], key=lambda done: done.start_ns)
        subnets = HOSTS[event.host].subnet, HOSTS[event.target].subnet
        rows.append(
            {
                "pcap": capture_name(event.round, sensor_of(*subnets)),
                "start": _seconds(commands[0].start_ns),
                "stop": _seconds(max(c.stop_ns for c in commands) + int(TAIL_SECONDS * 1e9)),
                "class": event.label,
                "group": GROUP_OF[event.label],
                "attacker": event.source,
                "victim": event.address,
                "protocol": event.protocol,
                "ports": " ".join(str(port) for port in event.ports) or "*",
                "round": str(event.round),
                "event": str(event.id),
                "tool": event.tool,
                "mode": event.mode,
                "technique": event.technique,
                "command": " ; ".join(dict.fromkeys(" ".join(c.command) for c in commands[:2])),
            }
        )
    return sorted(rows, key=lambda row: (row["pcap"], row["start"]))


def to_csv(rows: Iterable[dict[str, str]]) -> str:
    """The rows as text."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _seconds(ns: int) -> str:
    return f"{ns // 10**9}.{ns % 10**9 // 1000:06d}"
