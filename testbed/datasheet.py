"""A recording's datasheet: who recorded what, with what, how much of it, and what it is not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from testbed.attacks import MOST_PACKETS_PER_SECOND
from testbed.checks import NOTHING, failed
from testbed.hosts import ATTACKERS, HOSTS, SUBNETS, victims
from testbed.recorder import SNAP_BYTES
from testbed.scenario import BENIGN, Scenario, read_scenario
from testbed.stored import captures, read_stored, stored

TEXT = """# Recording of seed {seed}

## What it is
{packets:,} packets in {files} capture files (`roundN_SUBNET.pcap`, classic pcap, Ethernet, each
packet cut to its first {snap} bytes, original lengths kept), recorded in {rounds} of about
{seconds:.0f} seconds, begun {begun}. A packet between two subnets is recorded once. Capture files,
the scenario and the log may be compressed (`.xz`). An own recording, under the licence of the code
that made it (Apache-2.0).

## Who recorded it, where and how
`{command}` on one machine: {hosts} virtual hosts in network namespaces on
{subnets} subnets behind a router, documentation addresses only
({networks}),
no route to any other network. `isolation.txt` holds what was asserted before the first service was
started (till then the kernel alone looked for neighbours, inside the lab) and at the end;
`scenario.json` what was drawn from the seed, `executed.jsonl` what was run when, `versions.txt` the
programs. No person's traffic is in it. The scenario can be drawn again, byte for byte; the
recording cannot: real programs and a real kernel took part.

## Labels
`labels.csv`: a packet has a row's class if its two addresses are {{attacker, victim}}, its time
lies in [start, stop] (seconds since 1970), its protocol is the row's and, where the row names
ports, its port on the victim's side is among them; an ICMP error counts as the packet that it
quotes. Everything else is Benign. `event` is the attack's number in `scenario.json`, `technique`
that of MITRE ATT&CK, `command` the first two commands.

`packets.csv.xz` has a row for every IP packet: `pcap`, its `index` there from 0 (records that are
not IP count), `time_ns` since 1970, `length` on the wire, number of its `flow`, `class`, `group`,
`event` (empty where benign). `flows.csv.xz` has one for every flow (5-tuple either way, port 0
where there are none, ended by 60 s of silence): its class is that of most of its packets, whose
number is `packets_of_class`; `source` is who sent the first packet.

{classes}

A setting is one drawing of a tool's parameters.

### Packets of a class by round

{by_round}

### Packets by tool

{by_tool}

### Harmless actions
Some are meant to end with an error: a port is closed, a password mistyped, a subscriber's time is
up. A packet to a multicast counts for what its sender announced; one that fits two actions between
the same two hosts counts for both, and an action on ports of its own choice (FTP, RTSP) counts all
of its protocol between them. Benign packets of no action are IPv6 neighbour discovery but for a few
dozen.

{actions}

### Who attacks whom

{who}

### Hosts

{addresses}

## Checks
{checks}

`twofold`: fits two attacks; `dropped`: lost by the recorder; `unnatural`: does not look like its
class; `unrun`: an event with a command that could not be started or ended; `silent`, `quiet`: an
attack, a harmless action without a packet; `broken`: an action that mostly failed.

## Known limits: to be said wherever a score is
- It is not ACI-IoT-2023, nor any real network: one machine, Linux stacks whose TTL, window,
  options and MTU are set to differ, programs from one distribution.
- Floods are mild, some hundreds of packets a second; attacks are many and close together.
- Harmless traffic is what a script makes of real programs: its timing is a Poisson process over a
  day of minutes, its content is made up.
- Names and addresses inside payloads stay, and so do times: ping writes the time of day into its
  echoes (unless they are short), HTTP answers have a Date line, NTP is about nothing else.
- Some SYNs and TCP probes carry random data, about one burst in four or five of a tool that is
  told to; no harmless SYN does. Of the other probes only nping's over UDP do. Much of the variety
  of scans and SYN floods is drawn at random as well: windows, sizes, options.
{round_limit}- What one tool does to one victim lasts up to {longest:.0f} seconds; a window of 30
  packets often lies within.
- Of the {attacks} attacks {attacks6} run over IPv6.
- Attackers use the addresses they have; nothing is spoofed.
"""
ROUND_LIMIT = """\
- In the rounds 1 to 3 three hosts attack the same victims by turns; only round 4 has others. So
  the split `round` trains on 1 and 2, chooses on 3 and is tested on 4.
"""


def datasheet(folder: Path) -> str:
    """The datasheet of a recording that `testbed.checks` has looked at.

    Args:
        folder: holds scenario.json, labels.csv and checks.json.
    """
    scenario = read_scenario(stored(folder, "scenario.json"))
    found = json.loads((folder / "checks.json").read_text(encoding="utf-8"))
    labels = [BENIGN, *(name for name in sorted(found["class"]) if name != BENIGN)]
    rounds = [f"round{number}" for number in scenario.rounds]
    attacks = [event for event in scenario.events if event.label != BENIGN]
    unusual = {event.mode for event in scenario.events if event.unusual}
    return TEXT.format(
        seed=scenario.seed,
        packets=found["packets"],
        files=len(captures(folder)),
        snap=SNAP_BYTES,
        command=f"python3 -m testbed --seed {scenario.seed}{' --quick' if scenario.quick else ''}",
        rounds=f"{len(scenario.rounds)} rounds" if len(scenario.rounds) > 1 else "one round",
        round_limit=ROUND_LIMIT if len(scenario.rounds) > 1 else "",
        attacks=len(attacks),
        attacks6=sum(":" in event.address for event in attacks),
        longest=max((event.seconds for event in attacks), default=0),
        seconds=scenario.round_seconds,
        begun=_begun(folder),
        hosts=len(HOSTS),
        subnets=len(SUBNETS),
        networks=", ".join(f"{s.network4} and {s.network6}" for s in SUBNETS.values()),
        classes=_table(
            ("class", "packets", "attacks", "tools and modes", "settings"),
            ((name, f"{found['class'][name]:,}", *_attacks(scenario, name)) for name in labels),
        ),
        by_round=_table(
            ("class", *rounds),
            (
                (name, *(f"{found['round'].get(f'{r} {name}', 0):,}" for r in rounds))
                for name in labels
            ),
        ),
        by_tool=_table(
            ("class", "tool and mode", "packets", "sent in a second, at most"),
            (
                (*name.split(": ", 1), f"{n:,}", f"{found['fastest'].get(name.split(': ')[1], 0)}")
                for name, n in found["tool"].items()
            ),
        ),
        actions=_table(
            ("action", "times", "ended with an error", "packets"),
            (
                (
                    f"{mode} (unusual)" if mode in unusual else mode,
                    f"{times:,}",
                    f"{found['ended_with_error'].get(mode, 0):,}",
                    f"{found['action'].get(mode, 0):,}",
                )
                for mode, times in sorted(_actions(scenario).items())
            ),
        ),
        who=_table(
            ("round", "attackers", "victims"),
            ((str(n), ", ".join(ATTACKERS[n]), ", ".join(victims(n))) for n in scenario.rounds),
        ),
        addresses=_table(
            ("host", "subnet", "IPv4", "IPv6", "TTL", "servers"),
            (
                (h.name, h.subnet, h.address4, h.address6, str(h.stack.ttl), ", ".join(h.services))
                for h in HOSTS.values()
            ),
        ),
        checks="\n".join(_checked(found)),
    )


def _actions(scenario: Scenario) -> Counter[str]:
    return Counter(event.mode for event in scenario.events if event.label == BENIGN)


def _begun(folder: Path) -> str:
    """Day of the first command."""
    lines = read_stored(stored(folder, "executed.jsonl")).decode().splitlines()
    first = min(json.loads(line)["start_ns"] for line in lines)
    return datetime.fromtimestamp(first / 1e9, tz=UTC).strftime("%Y-%m-%d")


def _attacks(scenario: Scenario, label: str) -> tuple[str, str, str]:
    events = [event for event in scenario.events if event.label == label]
    if label == BENIGN:
        return "-", f"{len({event.mode for event in events})} actions", "-"
    tools = Counter((event.tool, event.mode) for event in events)
    settings = {(event.tool, event.mode, str(event.setting)) for event in events}
    return str(len(events)), str(len(tools)), str(len(settings))


def _checked(found: dict) -> Iterable[str]:
    yield f"- must be nothing: {', '.join(NOTHING)}; {'; '.join(failed(found)) or 'all hold'}"
    yield f"- packets that are not IP: {found['not_ip']:,}"
    yield f"- packets that the recorder lost: {found['dropped']:,}"
    yield f"- packets that fit two attacks: {found['twofold']:,}"
    yield f"- attacks that sent more than {MOST_PACKETS_PER_SECOND} packets in a second: " + (
        ", ".join(found["too_fast"]) or "none"
    )
    yield "- what an attacker sent in a second with all its attacks, at most: " + (
        "; ".join(f"{name} {packets}" for name, packets in found["busiest"].items())
    )
    for name, words in (
        ("unnatural", "packets that do not look like their class"),
        ("doubtful", "attack packets while something harmless ran between the same two hosts"),
        ("unexplained", "benign packets between an attacker and its victim that nothing explains"),
    ):
        yield f"- {words}: {sum(found[name].values()):,}"
    yield f"- attacks without a packet: {', '.join(found['silent']) or 'none'}"
    yield f"- harmless actions without a packet: {', '.join(found['quiet']) or 'none'}"
    yield f"- harmless actions that mostly failed: {', '.join(found['broken']) or 'none'}"
    yield f"- events that could not be started: {', '.join(found['unrun']) or 'none'}"


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
