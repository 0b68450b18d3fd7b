"""Namespaces, bridges, links and the router: the lab's network, made inside private namespaces.

the lab's own namespace: br-home, br-things, br-cloud, with one end of each veth pair
a namespace each for the router and for every host, with the other end
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from functools import partial

from testbed import isolation
from testbed.hosts import HOSTS, SUBNETS, Host

ROUTER = "router"
OFFLOADS = ("rx", "tx", "sg", "tso", "gso", "gro")
LAB4, LAB6 = (str(network) for network in isolation.ALLOWED)


class LabError(Exception):
    """A command that builds the lab failed."""


def run(words: Sequence[str], *, host: str | None = None, check: bool = True) -> str:
    """Run a short command, in the namespace of `host` where one is given, and give its output.

    Raises:
        LabError: it failed, and `check` is set.
    """
    words = [*(within(host) if host else ()), *words]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LabError(f"{' '.join(words)}: {error}") from error
    if check and done.returncode:
        raise LabError(f"{' '.join(words)}: {done.stderr.strip() or done.returncode}")
    return done.stdout


def within(host: str) -> list[str]:
    """What goes before a command that is to run in the namespace of `host`.

    Not `ip netns exec`: that mounts a /sys of its own, which can be written.
    """
    return ["nsenter", f"--net=/run/netns/{host}", "--"]


def bridge_of(subnet: str) -> str:
    """The name of a subnet's bridge."""
    return f"br-{subnet}"


def interface_of(subnet: str) -> str:
    """The name of a host's, or the router's, link into a subnet."""
    return f"eth-{subnet}"


def mac_of(subnet: str, number: int) -> str:
    """Locally administered link address of host `number` of a subnet; the router is number 0."""
    return f"02:00:5e:10:{list(SUBNETS).index(subnet):02x}:{number:02x}"


def build() -> None:
    """Make bridges, router and hosts, all of it in a network namespace found empty before.

    Until `assert_isolated` has passed, only the kernel speaks here: it looks for its neighbours.
    """
    run(["ip", "link", "set", "lo", "up"])
    for subnet in SUBNETS.values():
        bridge = bridge_of(subnet.name)
        run(["ip", "link", "add", bridge, "type", "bridge", "stp_state", "0"])
        # The bridge itself takes no part: no address, no IPv6 of its own.
        _set({"net.ipv6.conf.all.disable_ipv6": "1", "net.ipv6.conf.default.disable_ipv6": "1"})
        run(["ip", "link", "set", bridge, "up"])
    run(["ip", "netns", "add", ROUTER])
    run(["ip", "link", "set", "lo", "up"], host=ROUTER)
    _set({"net.ipv4.ip_forward": "1", "net.ipv6.conf.all.forwarding": "1"}, ROUTER)
    for name, subnet in SUBNETS.items():
        _plug(ROUTER, name, 0, 1500)
        link = interface_of(name)
        run(["ip", "addr", "add", f"{subnet.router4}/{subnet.bits4}", "dev", link], host=ROUTER)
        run(["ip", "addr", "add", f"{subnet.router6}/64", "dev", link, "nodad"], host=ROUTER)
    for host in HOSTS.values():
        _add_host(host)


def _add_host(host: Host) -> None:
    subnet, name = SUBNETS[host.subnet], host.name
    run(["ip", "netns", "add", name])
    run(["ip", "link", "set", "lo", "up"], host=name)
    _set(host.stack.sysctls(), name)
    _set({"net.ipv6.conf.all.accept_ra": "0", "net.ipv6.conf.default.accept_ra": "0"}, name)
    _plug(name, host.subnet, host.number, host.stack.mtu)
    link = interface_of(host.subnet)
    _set({f"net.ipv6.conf.{link}.hop_limit": str(host.stack.ttl)}, name)
    run(["ip", "addr", "add", f"{host.address4}/{subnet.bits4}", "dev", link], host=name)
    run(["ip", "addr", "add", f"{host.address6}/64", "dev", link, "nodad"], host=name)
    # Into the lab and nowhere else: there is no default route to leave by.
    run(["ip", "route", "add", LAB4, "via", subnet.router4, "dev", link], host=name)
    run(["ip", "-6", "route", "add", LAB6, "via", subnet.router6, "dev", link], host=name)


def _plug(name: str, subnet: str, number: int, mtu: int) -> None:
    """Join namespace `name` to a subnet's bridge by a veth pair, offloads off."""
    port = f"{list(SUBNETS).index(subnet)}-{name}"[:15]
    link = interface_of(subnet)
    run(["ip", "link", "add", port, "type", "veth", "peer", "name", link, "netns", name])
    run(["ip", "link", "set", port, "master", bridge_of(subnet)])
    run(["ip", "link", "set", link, "address", mac_of(subnet, number)], host=name)
    run(["ip", "link", "set", link, "mtu", str(mtu)], host=name)
    for where, what in ((None, port), (name, link)):
        for offload in OFFLOADS:
            run(["ethtool", "-K", what, offload, "off"], host=where, check=False)
    run(["ip", "link", "set", port, "up"])
    run(["ip", "link", "set", link, "up"], host=name)


def _set(settings: dict[str, str], host: str | None = None) -> None:
    for key, value in settings.items():
        run(["sysctl", "-q", "-w", f"{key}={value}"], host=host)


def assert_isolated(report: isolation.Report) -> None:
    """Every assertion on the network as built.

    Raises:
        isolation.IsolationError: one does not hold.
    """
    for name in (ROUTER, *HOSTS):
        subnets = SUBNETS if name == ROUTER else (HOSTS[name].subnet,)
        # As an outsider would find out: nothing is taken from what `build` meant to do.
        links = json.loads(run(["ip", "-json", "address"], host=name))
        routes = [
            *json.loads(run(["ip", "-json", "route"], host=name) or "[]"),
            *json.loads(run(["ip", "-json", "-6", "route"], host=name) or "[]"),
        ]
        isolation.check_host(
            report,
            name,
            [entry["local"] for link in links for entry in link["addr_info"]],
            [route["dst"] for route in routes],
            [link["ifname"] for link in links],
            ["lo", *(interface_of(subnet) for subnet in subnets)],
        )
        isolation.check_unreachable(report, name, partial(_route, name))
        isolation.check_no_rules(report, name, *_rules(name))
    bridges = {link["ifname"] for link in json.loads(run(["ip", "-json", "link"]))}
    ports = {f"{list(SUBNETS).index(h.subnet)}-{h.name}"[:15] for h in HOSTS.values()}
    ports |= {f"{i}-{ROUTER}"[:15] for i in range(len(SUBNETS))}
    expected = {"lo", *(bridge_of(s) for s in SUBNETS), *ports}
    report.check(bridges == expected, "the switches have the lab's links only", sorted(bridges))
    addresses = [
        entry["local"]
        for link in json.loads(run(["ip", "-json", "address"]))
        for entry in link["addr_info"]
        if link["ifname"] != "lo"
    ]
    report.check(not addresses, "the switches have no address", addresses or "none")


def _rules(host: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [*within(host), "nft", "list", "ruleset"],
        capture_output=True, text=True, timeout=20,
    )  # fmt: skip
    # The older tables' names: a kernel without them has no such file.
    names = "for f in /proc/net/ip_tables_names /proc/net/ip6_tables_names; do "
    names += '[ ! -e "$f" ] || cat "$f"; done'
    return done.returncode, done.stdout, run(["sh", "-c", names], host=host)


def _route(host: str, address: str) -> tuple[int, str]:
    done = subprocess.run(
        [*within(host), "ip", "route", "get", address],
        capture_output=True, text=True, timeout=20,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr
