"""A scenario: who does what to whom when with which tool, drawn from a seed, as data.

The same seed gives the same scenario, byte for byte. What is recorded of it is not: real programs
and a real kernel take part.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from testbed import benign
from testbed.attacks import GRACE_SECONDS, LABELS, MOST_SECONDS, TAIL_SECONDS, TOOLS, Target, Tool
from testbed.hosts import ATTACKERS, HOSTS, SUBNETS, Host, offering, victims
from testbed.lab import ROUTER, interface_of, mac_of
from testbed.stored import read_stored

ROUNDS = (1, 2, 3, 4)
ROUND_SECONDS = 225.0
QUICK_SECONDS = 18.0
ATTACKS_PER_CLASS = 3
# Settings that a quick scenario divides.
QUICKER = ("packets", "connections")
BENIGN = "Benign"
FILES = "/run/lab/files"
# A round may have no place for a tool whose victims are all busy; so many are tried.
MOST_TRIES = 20
# Nothing harmless that would look like the attack goes on between two hosts so long before it.
QUIET_BEFORE = 30.0
# An attack that has to be stopped may last so much longer, its replies included.
OVER_SECONDS = 2 * GRACE_SECONDS + TAIL_SECONDS + 1


@dataclass(frozen=True)
class Event:
    """One thing that one host does.

    Attributes:
        id: number within the scenario.
        round: 1 to 4.
        start: seconds from the start of the round.
        label: class, or "Benign".
        host: who does it.
        target: to whom; "" for a multicast.
        source: the actor's address.
        address: the target's; "" for a multicast.
        protocol: "tcp", "udp", "icmp" or "any".
        ports: of the target; () for any.
        tool: program.
        mode: what it does.
        technique: of MITRE ATT&CK; "" where harmless.
        setting: the drawn parameters.
        unusual: harmless but odd.
        seconds: after so many the event is stopped.
        pause: seconds at least from the start of one command to that of the next.
        commands: argument vectors, run one after the other.
    """

    id: int
    round: int
    start: float
    label: str
    host: str
    target: str
    source: str
    address: str
    protocol: str
    ports: tuple[int, ...]
    tool: str
    mode: str
    technique: str
    setting: dict
    unusual: bool
    seconds: float
    pause: float
    commands: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Scenario:
    """Events in order of rounds and starts."""

    seed: int
    quick: bool
    rounds: tuple[int, ...]
    round_seconds: float
    events: tuple[Event, ...]

    def to_json(self) -> str:
        """The scenario as text; the same scenario gives the same bytes."""
        return json.dumps(asdict(self), indent=1, sort_keys=True) + "\n"

    def of_round(self, number: int) -> list[Event]:
        """The events of one round, by start."""
        chosen = [event for event in self.events if event.round == number]
        return sorted(chosen, key=lambda event: (event.start, event.id))


def read_scenario(path: Path) -> Scenario:
    """A scenario from its file, which may be compressed."""
    content = json.loads(read_stored(path))
    events = tuple(
        Event(
            **{
                **event,
                "ports": tuple(event["ports"]),
                "commands": tuple(tuple(words) for words in event["commands"]),
            }
        )
        for event in content.pop("events")
    )
    rounds = tuple(content.pop("rounds"))
    return Scenario(events=events, rounds=rounds, **content)


def draw_scenario(seed: int, quick: bool = False) -> Scenario:
    """The scenario of a seed; a quick one has one short round with one attack of each class."""
    rounds = ROUNDS[:1] if quick else ROUNDS
    seconds = QUICK_SECONDS if quick else ROUND_SECONDS
    drawing = _Drawing(random.Random(f"testbed/{seed}"), seconds, quick)
    for number in rounds:
        drawing.attacks(number)
        drawing.harmless(number)
    return Scenario(seed, quick, rounds, seconds, tuple(drawing.events))


def clash(a: Event, b: Event) -> bool:
    """Whether a packet could belong to both: same pair of hosts, protocol, port and time."""
    if {a.host, a.target} != {b.host, b.target} or a.round != b.round:
        return False
    if "any" not in (a.protocol, b.protocol) and a.protocol != b.protocol:
        return False
    if a.ports and b.ports and not set(a.ports) & set(b.ports):
        return False
    first, second = sorted((a, b), key=lambda event: event.start)
    margin = QUIET_BEFORE if first.label == BENIGN else OVER_SECONDS
    return second.start < first.start + first.seconds + margin


class _Drawing:
    """Events so far, and the random numbers they come from."""

    def __init__(self, rng: random.Random, seconds: float, quick: bool) -> None:
        self._rng = rng
        self._seconds = seconds
        self._quick = quick
        # Every tool of a class has its turn before one has its second.
        self._used: dict[str, list[Tool]] = {label: [] for label in LABELS}
        self._settings: dict[tuple[Tool, bool], list[dict]] = {}
        self.events: list[Event] = []

    def attacks(self, number: int) -> None:
        """The attacks of a round, three a class, strewn over it."""
        for label in LABELS:
            for _ in range(1 if self._quick else ATTACKS_PER_CLASS):
                tools = (self._next_tool(label, number) for _ in range(MOST_TRIES))
                if not any(self._attack(number, tool) for tool in tools):
                    raise RuntimeError(f"round {number} has no place for another {label}")

    def _next_tool(self, label: str, number: int) -> Tool:
        possible = [
            tool
            for tool in TOOLS
            if tool.label == label and (not tool.service or offering(tool.service, victims(number)))
        ]
        used = self._used[label]
        fewest = min(used.count(tool) for tool in possible)
        tool = self._rng.choice([tool for tool in possible if used.count(tool) == fewest])
        used.append(tool)
        return tool

    def _next_setting(self, tool: Tool, number: int) -> dict:
        """The setting used least so far of those for this round; the last round has its own."""
        if (tool, True) not in self._settings:
            every = tool.every_setting()
            self._rng.shuffle(every)
            half = len(every) // 2
            self._settings |= {(tool, True): every[:half], (tool, False): every[half:]}
        pool = self._settings[tool, number == ROUNDS[-1]]
        pool.append(pool.pop(0))
        return dict(pool[-1])

    def _attack(self, number: int, tool: Tool) -> bool:
        """Find hosts and a time for `tool` that no other event is at; whether there were any."""
        setting = self._next_setting(tool, number)
        if self._quick:
            setting |= {key: setting[key] // 8 for key in QUICKER if key in setting}
            setting |= {"seconds": 8} if "seconds" in setting else {}
        limit = 12.0 if self._quick else min(tool.seconds, MOST_SECONDS)
        names = offering(tool.service, victims(number)) if tool.service else list(victims(number))
        for _ in range(200):
            host = HOSTS[self._rng.choice(ATTACKERS[number])]
            victim = HOSTS[self._rng.choice(names)]
            v6 = tool.ipv6 and self._rng.random() < 0.25
            start = round(self._rng.uniform(2.0, max(3.0, self._seconds - limit - 2)), 3)
            event = self._event(number, start, tool, setting, host, victim, v6, limit)
            if not any(clash(event, other) for other in self.events):
                self.events.append(event)
                return True
        return False

    def _event(
        self, number: int, start: float, tool: Tool, setting: dict, host: Host, victim: Host,
        v6: bool, limit: float,
    ) -> Event:  # fmt: skip
        own = host.address6 if v6 else host.address4
        address = victim.address6 if v6 else victim.address4
        near = host.subnet == victim.subnet
        target = Target(
            host=victim.name,
            address=address,
            own_address=own,
            interface=interface_of(host.subnet),
            gateway_mac=mac_of(host.subnet, victim.number if near else 0),
            files=FILES,
        )
        commands = tool.commands(target, setting, random.Random(self._rng.random()))
        ports = (setting["port"],) if setting.get("port") in tool.ports else tool.ports
        return Event(
            id=len(self.events), round=number, start=start, label=tool.label, host=host.name,
            target=victim.name, source=own, address=address, protocol=tool.protocol, ports=ports,
            tool=tool.name, mode=tool.mode, technique=tool.technique, setting=dict(setting),
            unusual=False, seconds=limit, pause=tool.pause,
            commands=tuple(tuple(str(word) for word in words) for words in commands),
        )  # fmt: skip

    def harmless(self, number: int) -> None:
        """What hosts do all day: rates rise and fall over the round as over a day."""
        attacks = [event for event in self.events if event.round == number]
        for action in benign.ACTIONS:
            for client in action.clients:
                for start in self._moments(action.per_minute):
                    event = self._harmless(number, start, action, client)
                    if event and not any(clash(event, other) for other in attacks):
                        self.events.append(event)

    def _moments(self, per_minute: float) -> Iterable[float]:
        """Times of a Poisson process thinned to a day: quiet, morning, midday, evening."""
        rate = 3 * per_minute if self._quick else per_minute
        at = self._rng.expovariate(rate / 60)
        while at < self._seconds - 4:
            share = at / self._seconds
            if self._rng.random() < 0.35 + 0.65 * abs(1 - 2 * ((2 * share) % 1)):
                yield round(at, 3)
            at += self._rng.expovariate(rate / 60)

    def _harmless(
        self, number: int, start: float, action: benign.Action, client: str
    ) -> Event | None:
        host = HOSTS[client]
        others = [name for name in action.servers if name != client]
        if action.servers and not others:
            return None
        server = self._rng.choice(others) if others else ""
        v6 = action.ipv6 and self._rng.random() < 0.3
        address = _address(server, host, v6) if server else ""
        commands = action.write(address, client, random.Random(self._rng.random()))
        return Event(
            id=len(self.events), round=number, start=start, label=BENIGN, host=client,
            target=server, source=host.address6 if v6 else host.address4, address=address,
            protocol=action.protocol, ports=action.ports, tool=commands[0][0], mode=action.name,
            technique="", setting={}, unusual=action.unusual, seconds=30.0, pause=0.0,
            commands=tuple(tuple(str(word) for word in words) for words in commands),
        )  # fmt: skip


def _address(server: str, client: Host, v6: bool) -> str:
    if server == ROUTER:
        subnet = SUBNETS[client.subnet]
        return subnet.router6 if v6 else subnet.router4
    return HOSTS[server].address6 if v6 else HOSTS[server].address4
