"""What has to hold of a recording, and what is counted about it: checks.json."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from testbed.announce import MDNS, SSDP
from testbed.attacks import LABELS, MOST_OF_AN_ATTACKER, MOST_PACKETS_PER_SECOND
from testbed.benign import ACTIONS
from testbed.hosts import SUBNETS
from testbed.labelled import Rule, labelled, read_rules
from testbed.nature import against_nature
from testbed.packets import Packet
from testbed.recorder import capture_name
from testbed.scenario import BENIGN, Event, read_scenario
from testbed.stored import captures, read_stored, stored

# What must be nothing, or the recording is not to be used.
NOTHING = (
    "twofold", "dropped", "unnatural", "too_fast", "too_busy", "unrun", "broken", "silent", "quiet",
    "classes_missing", "captures_missing",
)  # fmt: skip
MULTICASTS = {group for group, _ in (MDNS, SSDP)}
# One of so many attack packets may be in doubt, and a few of any number.
ONE_DOUBTFUL_IN, FEW = 1000, 10
# Connections close, and neighbours are asked for, a little after a program has ended.
LATE_NS = 3 * 10**9


def check(folder: Path) -> dict:
    """Count packets by class, round and tool, and find those that are labelled in doubt.

    Returns:
        counts; `dropped`, packets that the recorder lost; `twofold`, packets that fit two attacks;
        `unnatural`, packets that do not look like their class, and why; `doubtful`, packets
        labelled as an attack while something harmless was run between the same two hosts on the
        same port; `unexplained`, benign packets between an attacker and its victim while it
        attacks, nothing harmless being run between the two then; `too_fast`, attacks that sent
        more packets in a second than they may; `fastest`, by tool; `busiest`, by round and
        attacker, what all its attacks sent in a second, `too_busy` where that is too much; `unrun`,
        events of which a command could not be started or ended; `ended_with_error`, runs of each
        harmless action that did, `broken`, actions of which most did and that are not meant to;
        `silent`, attacks, and `quiet`, harmless actions, that left no packet.
    """
    scenario = read_scenario(stored(folder, "scenario.json"))
    rules = read_rules(folder / "labels.csv")
    executed = _executed(folder)
    by_number = {event.id: event for event in scenario.events}
    harmless = _harmless(by_number, executed)
    there = captures(folder)
    kinds = ("class", "round", "tool", "action", "unnatural", "doubtful", "unexplained")
    counts: dict[str, Counter] = {name: Counter() for name in kinds}
    sent: dict[str, list[int]] = {}
    sent_by: dict[str, list[int]] = {}
    events: Counter[str] = Counter()
    twofold = not_ip = total = 0
    for found in labelled(folder, rules):
        total += 1
        packet, row = found.packet, found.row
        if packet is None:
            not_ip += 1
            continue
        pair = frozenset((packet.source, packet.destination))
        around = rules.get((found.capture, pair), [])
        twofold += len(found.rules) > 1
        label = row["class"] if row else BENIGN
        counts["class"][label] += 1
        counts["round"][f"{found.capture.split('_')[0]} {label}"] += 1
        heard = frozenset((packet.source,)) if packet.destination in MULTICASTS else pair
        harms = [harm for harm in harmless.get(heard, ()) if harm.fits(packet)]
        if row is None:
            counts["action"].update({harm.name for harm in harms})
            if not harms and _attacked(packet, around):
                counts["unexplained"][around[0].row["class"]] += 1
            continue
        from_attacker = packet.source == row["attacker"]
        counts["tool"][f"{label}: {row['tool']}, {row['mode']}"] += 1
        events[row["event"]] += 1
        if from_attacker:
            sent.setdefault(row["event"], []).append(packet.time_ns)
            host = by_number[int(row["event"])].host
            sent_by.setdefault(f"round{row['round']} {host}", []).append(packet.time_ns)
        if why := against_nature(label, packet, from_attacker):
            counts["unnatural"][f"{label}: {why}"] += 1
        for harm in harms:
            counts["doubtful"][f"{label} and {harm.name}"] += 1
    attacks = {str(event.id): event for event in scenario.events if event.label != BENIGN}
    wrong = _wrong_ends(by_number, executed)
    busiest = {name: peak(times) for name, times in sorted(sent_by.items())}
    peaks = {number: peak(times) for number, times in sent.items()}
    fastest: dict[str, int] = {}
    for number, packets in peaks.items():
        name = f"{attacks[number].tool}, {attacks[number].mode}"
        fastest[name] = max(packets, fastest.get(name, 0))
    return {
        "packets": total,
        "not_ip": not_ip,
        "twofold": twofold,
        "dropped": _dropped(folder, there),
        "too_fast": [
            f"{_named(attacks[number])}: {packets} packets in a second"
            for number, packets in peaks.items()
            if packets > MOST_PACKETS_PER_SECOND
        ],
        "busiest": busiest,
        "too_busy": [
            f"{name}: {packets} packets in a second"
            for name, packets in busiest.items()
            if packets > MOST_OF_AN_ATTACKER
        ],
        "unrun": _unrun(scenario.events, executed),
        "ended_with_error": wrong,
        "broken": _broken(by_number.values(), wrong),
        "silent": [_named(event) for number, event in attacks.items() if not events[number]],
        "quiet": sorted(
            {event.mode for event in scenario.events if event.label == BENIGN}
            - set(counts["action"])
        ),
        "captures_missing": sorted(
            {capture_name(number, subnet) for number in scenario.rounds for subnet in SUBNETS}
            - set(there)
        ),
        "classes_missing": [label for label in (BENIGN, *LABELS) if not counts["class"][label]],
        "fastest": dict(sorted(fastest.items())),
        **{name: dict(sorted(count.items())) for name, count in counts.items()},
    }


def _named(event: Event) -> str:
    return f"{event.label}: {event.tool} ({event.mode}), event {event.id}"


def peak(times_ns: list[int]) -> int:
    """The most packets within any second."""
    times, first, most = sorted(times_ns), 0, 0
    for last, time in enumerate(times):
        while time - times[first] >= 10**9:
            first += 1
        most = max(most, last - first + 1)
    return most


def failed(found: dict) -> list[str]:
    """What does not hold of a recording, in words; `found` is what `check` returned."""
    words = [f"{name.replace('_', ' ')}: {found[name]}" for name in NOTHING if found[name]]
    attacked = sum(count for name, count in found["class"].items() if name != BENIGN)
    most = max(FEW, attacked // ONE_DOUBTFUL_IN)
    for name in ("doubtful", "unexplained"):
        if sum(found[name].values()) > most:
            words.append(f"{name}, more than {most}: {found[name]}")
    return words


def _dropped(folder: Path, names: Iterable[str]) -> int:
    """What tcpdump's own words at its end say it lost, of each capture.

    Raises:
        ValueError: they are missing.
    """
    lost = 0
    for name in names:
        log = (folder / name).with_suffix(".log")
        words = log.read_text(errors="replace")
        found = re.findall(r"(\d+) packets? dropped by (?:kernel|interface)", words)
        if not found:
            raise ValueError(f"{log} does not say what was lost")
        lost += sum(map(int, found))
    return lost


@dataclass(frozen=True)
class Harmless:
    """Something harmless that was run between two hosts, or by one for all to hear."""

    protocol: str
    ports: tuple[int, ...]
    start_ns: int
    stop_ns: int
    name: str

    def fits(self, packet: Packet) -> bool:
        """Whether a packet of the same two hosts, or of the one, may be its own."""
        return (
            self.start_ns <= packet.time_ns <= self.stop_ns + LATE_NS
            and self.protocol in ("any", packet.protocol)
            and (
                not self.ports
                or bool({packet.source_port, packet.destination_port} & {*self.ports})
            )
        )


def _attacked(packet: Packet, rules: Iterable[Rule]) -> bool:
    return any(rule.start_ns <= packet.time_ns <= rule.stop_ns for rule in rules)


def _executed(folder: Path) -> list[dict]:
    """What was run, as conductor.py noted it."""
    text = read_stored(stored(folder, "executed.jsonl")).decode()
    return [json.loads(line) for line in text.splitlines()]


def _harmless(
    events: Mapping[int, Event], executed: Iterable[dict]
) -> dict[frozenset[str], list[Harmless]]:
    """What harmless things were run between which addresses, or by which to a multicast, when."""
    found: dict[frozenset[str], list[Harmless]] = {}
    for done in executed:
        event = events[done["event"]]
        if event.label == BENIGN:
            pair = frozenset(filter(None, (event.source, event.address)))
            span = done["start_ns"], done["stop_ns"]
            harm = Harmless(event.protocol, event.ports, *span, event.mode)
            found.setdefault(pair, []).append(harm)
    return found


def _unrun(events: Iterable[Event], executed: Iterable[dict]) -> list[str]:
    run = {done["event"] for done in executed}
    stuck = {done["event"] for done in executed if done["code"] is None}
    return [_named(event) for event in events if event.id not in run - stuck]


def _wrong_ends(events: Mapping[int, Event], executed: Iterable[dict]) -> dict[str, int]:
    harmless = {n: event.mode for n, event in events.items() if event.label == BENIGN}
    codes: dict[int, list[int | None]] = {}
    for done in executed:
        codes.setdefault(done["event"], []).append(done["code"])
    wrong = Counter(harmless[n] for n, ends in codes.items() if n in harmless and set(ends) != {0})
    return dict(sorted(wrong.items()))


def _broken(events: Iterable[Event], wrong: Mapping[str, int]) -> list[str]:
    times = Counter(event.mode for event in events if event.label == BENIGN)
    meant = {action.name for action in ACTIONS if action.ends_with_error}
    return [mode for mode, n in wrong.items() if n > times[mode] / 2 and mode not in meant]
