"""One way to attack: a tool in one mode, with the settings it may be drawn with and its bounds."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# Packets that an attack may send in any second, and an attacker with all its attacks: this records
# traffic, it harms nothing. Tools that can be told a rate are told one well below, others have few
# connections or pauses between commands; checks.py measures all of them.
MOST_PACKETS_PER_SECOND = 500
MOST_OF_AN_ATTACKER = 1000
# Seconds after which any tool is stopped.
MOST_SECONDS = 45
# A tool's replies may come so much later.
TAIL_SECONDS = 2.0
# A tool that does not end by itself is asked, then told, each after so long.
GRACE_SECONDS = 1.0

Commands = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Target:
    """Whom, and through which of its services.

    Attributes:
        host: name of the victim.
        address: the one of its addresses that is attacked.
        gateway_mac: link address of the attacker's way there, for tools that build frames.
        own_address: the attacker's address of the same family.
        interface: the attacker's link.
        files: folder in the lab that holds word lists, random bytes and query lists.
    """

    host: str
    address: str
    own_address: str
    interface: str
    gateway_mac: str
    files: str

    @property
    def v6(self) -> bool:
        """Whether the attack runs over IPv6."""
        return ":" in self.address

    @property
    def family(self) -> str:
        """The flag -6 where the attack runs over IPv6, "" otherwise: most tools know it."""
        return "-6" if self.v6 else ""

    @property
    def frame(self) -> str:
        """mausezahn's flags for link and network addresses."""
        return (
            f"{self.interface} -q -a own -b {self.gateway_mac} "
            f"-A {self.own_address} -B {self.address}"
        )

    @property
    def in_url(self) -> str:
        """The address as a URL has it."""
        return f"[{self.address}]" if self.v6 else self.address


@dataclass(frozen=True, eq=False)
class Tool:
    """A tool in one mode.

    Attributes:
        name: of the program, as Debian calls it.
        mode: what the program does, in a few words.
        label: the class of its packets.
        technique: MITRE ATT&CK technique.
        service: the service its victim must offer, "" for any host.
        protocol: "tcp", "udp", "icmp" or "any": what the label rule looks for.
        ports: the victim's ports that the label rule looks for; () for all.
        settings: for each parameter its possible values.
        commands: argument vectors from (target, setting, random numbers).
        seconds: a bound that the tool itself is given, or that it keeps by its count.
        pause: seconds at least from the start of one command to that of the next: what bounds the
            rate of tools that have no such setting.
        ipv6: whether it can attack over IPv6.
    """

    name: str
    mode: str
    label: str
    technique: str
    service: str
    protocol: str
    ports: tuple[int, ...]
    settings: dict[str, tuple]
    commands: Callable[[Target, dict, random.Random], Commands]
    seconds: float
    ipv6: bool = False
    pause: float = 0.0

    def every_setting(self) -> list[dict]:
        """All combinations of its parameters' values, in order."""
        names = sorted(self.settings)
        combinations = itertools.product(*(self.settings[name] for name in names))
        return [dict(zip(names, values, strict=True)) for values in combinations]
