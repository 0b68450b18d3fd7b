"""What has to hold before the first service, and all along: nothing in the lab can reach out.

Every assertion is written to isolation.txt with what was seen; the first that fails ends the run.
This keeps programs that err from doing harm; it is no jail for a root user who means it.
"""

from __future__ import annotations

import ipaddress
import json
import os
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

ALLOWED = tuple(ipaddress.ip_network(n) for n in ("198.51.100.0/24", "2001:db8::/32"))
ALWAYS_THERE = tuple(
    ipaddress.ip_network(n) for n in ("127.0.0.0/8", "::1/128", "fe80::/10", "ff00::/8")
)
OUTSIDE = ("192.0.2.1", "203.0.113.9", "8.8.8.8", "10.0.0.1", "2001:4860:4860::8888", "fd00::1")
NAMESPACES = ("mnt", "net", "pid")
# What root in the lab may not do, as there is one clock and one kernel for all: capability -> bit.
NEVER = {
    "sys_module": 16, "sys_rawio": 17, "sys_boot": 22, "sys_time": 25, "mknod": 27,
    "audit_control": 30, "mac_override": 32, "mac_admin": 33, "syslog": 34, "wake_alarm": 35,
}  # fmt: skip
# How the lab is started; a kill -9 of the process that watches it ends it too.
PRIVATE = (
    "setpriv", "--pdeathsig", "KILL", "--bounding-set", ",".join(f"-{name}" for name in NEVER),
    "unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc",
    "--propagation", "private",
)  # fmt: skip
WITHIN = (*ALLOWED, *ALWAYS_THERE, ipaddress.ip_network("224.0.0.0/4"))


class IsolationError(Exception):
    """Something that isolates the lab does not hold."""


@dataclass
class Report:
    """What was asserted, what was seen.

    Attributes:
        lines: so far.
        path: where each line is added at once, so that a kill leaves what was asserted till then.
    """

    lines: list[str] = field(default_factory=list)
    path: Path | None = None

    def note(self, line: str) -> None:
        """Add a line."""
        self.lines.append(line)
        if self.path:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")

    def check(self, holds: bool, what: str, seen: object) -> None:
        """Note one assertion.

        Raises:
            IsolationError: it does not hold.
        """
        self.note(f"{'holds' if holds else 'FAILS'}: {what}; seen: {seen}")
        if not holds:
            raise IsolationError(f"{what}; seen: {seen}")


def namespaces_allowed() -> bool:
    """Whether this machine lets this process make the lab's namespaces."""
    return subprocess.run([*PRIVATE, "true"], capture_output=True, timeout=20).returncode == 0


def namespace_ids(pid: int | str = "self") -> dict[str, str]:
    """The namespaces of a process, such as {"net": "net:[4026531840]"}."""
    return {kind: os.readlink(f"/proc/{pid}/ns/{kind}") for kind in NAMESPACES}


def check_namespaces(report: Report, outer: dict[str, str], inner: dict[str, str]) -> None:
    """The lab's process shares no namespace of `NAMESPACES` with the one that started it."""
    for kind in NAMESPACES:
        report.check(
            outer[kind] != inner[kind],
            f"the {kind} namespace is the lab's own",
            f"{inner[kind]}, outside {outer[kind]}",
        )


def check_process(report: Report, pid: int, status: str) -> None:
    """The lab's process is the first of its namespace and has none of the capabilities `NEVER`.

    Args:
        report: where to note it.
        pid: its number as it sees itself.
        status: of /proc/self/status.
    """
    report.check(pid == 1, "the lab's process is the first of its namespace", pid)
    words = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    for which in ("CapBnd", "CapEff"):
        held = [name for name, bit in NEVER.items() if int(words[which], 16) >> bit & 1]
        what = f"the lab cannot set clocks, load modules or reboot ({which})"
        report.check(not held, what, held or words[which].strip())


def check_files(report: Report, mountinfo: str, writable: list[str], devices: list[str]) -> None:
    """What is mounted or written in the lab is not so outside.

    Args:
        report: where to note it.
        mountinfo: of /proc/self/mountinfo.
        writable: folders of the machine in which a file could be made.
        devices: the machine's devices that the lab sees, but for those that hold nothing.
    """
    shared = [line.split()[4] for line in mountinfo.splitlines() if " shared:" in line]
    report.check(not shared, "no mount is shared with the machine", shared or "none")
    report.check(not writable, "the machine's files cannot be written", writable or "none")
    report.check(not devices, "the lab sees no device that holds anything", devices or "none")


def check_frozen(report: Report, mountinfo: str, places: Iterable[str]) -> None:
    """The kernel's settings, which are the machine's too, cannot be written.

    Args:
        report: where to note it.
        mountinfo: of /proc/self/mountinfo.
        places: mount points of settings.
    """
    mounts = [line.split() for line in mountinfo.splitlines()]
    # A later mount at the same place hides an earlier one.
    options = {words[4]: words[5].split(",") for words in mounts}
    for place in places:
        seen = options.get(place, ["not a mount"])
        report.check("ro" in seen, f"{place} cannot be written", ",".join(seen))


def check_empty(report: Report, links: list[dict], routes: list[dict]) -> None:
    """A new network namespace has a loopback and nothing else.

    Args:
        report: where to note it.
        links: of `ip -json link`.
        routes: of `ip -json route`, both families.
    """
    names = sorted(link["ifname"] for link in links)
    report.check(names == ["lo"], "the new network namespace has no link but lo", names)
    report.check(not routes, "the new network namespace has no route", routes)


def check_host(
    report: Report,
    name: str,
    addresses: Iterable[str],
    routes: Iterable[str],
    links: Iterable[str],
    expected_links: Iterable[str],
) -> None:
    """A host has documentation addresses, routes to them alone, and the links it was given."""
    strange = [a for a in addresses if not _inside(a, (*ALLOWED, *ALWAYS_THERE))]
    report.check(not strange, f"{name} has documentation addresses only", strange or "none other")
    beyond = [r for r in routes if r == "default" or not _inside(r, WITHIN)]
    report.check(not beyond, f"{name} has routes into the lab only", beyond or "none other")
    found, wanted = sorted(links), sorted(expected_links)
    report.check(found == wanted, f"{name} has the links it was given", found)


def check_unreachable(report: Report, name: str, ask: Callable[[str], tuple[int, str]]) -> None:
    """`ip route get` says of every address outside that it cannot be reached.

    Args:
        report: where to note it.
        name: of the host.
        ask: gives the exit code and the words of `ip route get ADDRESS` in the host.
    """
    for address in OUTSIDE:
        code, words = ask(address)
        unreachable = code != 0 and "nreachable" in words
        report.check(unreachable, f"{name} cannot reach {address}", words.strip() or code)


def check_no_rules(report: Report, name: str, code: int, rules: str, tables: str) -> None:
    """A host has no rule for packets, so it translates no address.

    Args:
        report: where to note it.
        name: of the host.
        code: exit code of `nft list ruleset`, which also lists what iptables wrote through it.
        rules: what it said.
        tables: of the older kind, /proc/net/ip_tables_names and ip6_tables_names.
    """
    report.check(code == 0, f"{name} says what rules it has for packets", code)
    seen = rules.strip() or tables.strip()
    report.check(not seen, f"{name} translates and filters nothing", seen or "no rules")


def check_machine(report: Report, before: dict[str, str], now: dict[str, str], when: str) -> None:
    """The machine's links and routes are what they were."""
    for what, words in before.items():
        same = now.get(what) == words
        seen = "unchanged" if same else f"{words} became {now.get(what)}"
        report.check(same, f"the machine's {what} are as before ({when})", seen)


def machine_state() -> dict[str, str]:
    """Links, addresses and routes of the namespace that this process is in, without counters."""
    state = {}
    for what, words in (
        ("links", ("link",)),
        ("addresses", ("address",)),
        ("routes", ("route", "show", "table", "all")),
        ("IPv6 routes", ("-6", "route", "show", "table", "all")),
    ):
        done = subprocess.run(
            ["ip", "-json", *words], capture_output=True, text=True, check=True, timeout=20
        )
        state[what] = _stable(what, json.loads(done.stdout or "[]"))
    return state


def _stable(what: str, rows: list[dict]) -> str:
    """Rows without what changes by itself: a neighbour's age, an address' remaining lifetime."""
    fleeting = ("valid_life_time", "preferred_life_time", "expires", "stats", "stats64", "cache")
    if what == "addresses":
        for row in rows:
            for entry in row.get("addr_info", []):
                for key in fleeting:
                    entry.pop(key, None)
    for row in rows:
        for key in fleeting:
            row.pop(key, None)
    return json.dumps(rows, sort_keys=True)


def _inside(text: str, networks: tuple) -> bool:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return any(network.version == n.version and network.subnet_of(n) for n in networks)
