"""Isolation: each assertion passes on what the lab looks like and stops on the first doubt."""

from __future__ import annotations

import pytest

from testbed import isolation
from testbed.isolation import IsolationError, Report

INNER = {"mnt": "mnt:[1]", "net": "net:[2]", "pid": "pid:[3]"}
OUTER = {"mnt": "mnt:[4]", "net": "net:[5]", "pid": "pid:[6]"}
GOOD = (
    ["127.0.0.1", "198.51.100.10", "2001:db8:1::a", "fe80::5eff:fe10:a"],
    ["198.51.100.0/26", "198.51.100.0/24", "2001:db8::/32", "fe80::/64"],
    ["lo", "eth-home"],
)


def test_namespaces_must_be_the_labs_own():
    report = Report()
    isolation.check_namespaces(report, OUTER, INNER)
    assert len(report.lines) == 3
    assert all(line.startswith("holds: ") for line in report.lines)
    with pytest.raises(IsolationError, match="the net namespace"):
        isolation.check_namespaces(report, OUTER | {"net": INNER["net"]}, INNER)
    assert report.lines[-1].startswith("FAILS: the net namespace")


def test_a_new_namespace_is_empty():
    isolation.check_empty(Report(), [{"ifname": "lo"}], [])
    with pytest.raises(IsolationError, match="no link but lo"):
        isolation.check_empty(Report(), [{"ifname": "lo"}, {"ifname": "eth0"}], [])
    with pytest.raises(IsolationError, match="no route"):
        isolation.check_empty(Report(), [{"ifname": "lo"}], [{"dst": "default"}])


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        (0, "192.168.1.4", "documentation addresses"),
        (0, "2a00::1", "documentation addresses"),
        (1, "default", "routes into the lab"),
        (1, "10.0.0.0/8", "routes into the lab"),
        (1, "198.51.0.0/16", "routes into the lab"),
        (1, "::/0", "routes into the lab"),
        (2, "eth0", "links it was given"),
    ],
)
def test_a_host_reaches_the_lab_and_nothing_else(part, value, message):
    isolation.check_host(Report(), "laptop", *GOOD, GOOD[2])
    bad = [list(entry) for entry in GOOD]
    bad[part].append(value)
    with pytest.raises(IsolationError, match=message):
        isolation.check_host(Report(), "laptop", *bad, GOOD[2])


def test_the_outside_must_be_unreachable():
    isolation.check_unreachable(
        Report(), "laptop", lambda _: (2, "RTNETLINK answers: Network is unreachable")
    )
    for code, words in ((0, "8.8.8.8 via 198.51.100.1"), (2, "error: some other reason")):
        with pytest.raises(IsolationError, match="cannot reach"):
            isolation.check_unreachable(Report(), "laptop", lambda _, a=(code, words): a)


def test_no_address_is_translated():
    isolation.check_no_translation(Report(), "router", "filter\n")
    with pytest.raises(IsolationError, match="translates no addresses"):
        isolation.check_no_translation(Report(), "router", "filter\nnat\n")


def test_a_change_of_the_machine_is_noticed():
    isolation.check_machine(Report(), {"links": "a"}, {"links": "a"}, "during")
    with pytest.raises(IsolationError, match=r"links are as before \(during\)"):
        isolation.check_machine(Report(), {"links": "a"}, {"links": "b"}, "during")


def test_what_changes_by_itself_is_no_change():
    rows = [{"ifname": "eth0", "addr_info": [{"local": "a", "valid_life_time": 7}]}]
    later = [{"ifname": "eth0", "addr_info": [{"local": "a", "valid_life_time": 3}]}]
    assert isolation._stable("addresses", rows) == isolation._stable("addresses", later)
