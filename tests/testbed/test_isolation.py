"""Isolation: each assertion passes on what the lab looks like and stops on the first doubt."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from testbed import accounts, isolation, private
from testbed.__main__ import _watch, build_isolated
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
    isolation.check_no_rules(Report(), "router", 0, "", "")
    for seen in ((0, "table ip nat {\n}\n", ""), (0, "", "nat\n")):
        with pytest.raises(IsolationError, match=r"translates and filters nothing; seen: .*nat"):
            isolation.check_no_rules(Report(), "router", *seen)
    with pytest.raises(IsolationError, match="says what rules"):
        isolation.check_no_rules(Report(), "router", 1, "", "")


STATUS = "Name:\tpython3\nCapEff:\t000001f0b4bcffff\nCapBnd:\t000001f0b4bcffff\n"


def test_the_lab_can_do_nothing_to_clocks_and_kernel():
    isolation.check_process(Report(), 1, STATUS)
    with pytest.raises(IsolationError, match="first of its namespace"):
        isolation.check_process(Report(), 4711, STATUS)
    everything = STATUS.replace("CapBnd:\t000001f0b4bcffff", "CapBnd:\t000001ffffffffff")
    with pytest.raises(IsolationError, match=r"CapBnd\); seen: \['sys_module', .*'sys_time'"):
        isolation.check_process(Report(), 1, everything)


MOUNTS = """21 1 254:0 / / rw,relatime - ext4 /dev/vda rw
22 21 0:5 / /proc rw,nosuid - proc proc rw
23 21 254:0 /tmp/out /tmp/out rw,relatime - ext4 /dev/vda rw
24 21 254:1 / /media/a\\040disk rw,relatime - ext4 /dev/vdb rw
25 21 254:2 / /boot ro,relatime - ext4 /dev/vdc rw
26 21 0:30 / /run rw - tmpfs tmpfs rw
27 21 0:31 / /tmp rw - tmpfs tmpfs rw
28 21 254:0 /x /etc/resolv.conf rw - ext4 /dev/vda rw
"""


def test_the_machines_files_are_read_only():
    """Disks and memory alike; what the lab covers needs no protection and cannot be reached."""
    assert private.machines_mounts(MOUNTS) == ["/", "/tmp/out", "/media/a disk", "/tmp"]
    isolation.check_files(Report(), MOUNTS, [], [])
    with pytest.raises(IsolationError, match="files cannot be written"):
        isolation.check_files(Report(), MOUNTS, ["/tmp"], [])
    with pytest.raises(IsolationError, match=r"no device that holds anything.*vda"):
        isolation.check_files(Report(), MOUNTS, [], ["vda"])
    shared = MOUNTS.replace("/run rw -", "/run rw shared:7 -")
    with pytest.raises(IsolationError, match=r"no mount is shared.*/run"):
        isolation.check_files(Report(), shared, [], [])


def test_the_kernels_settings_are_read_only():
    frozen = (
        f"{MOUNTS}29 21 0:40 / /sys rw - sysfs sysfs rw\n30 29 0:41 / /sys ro - sysfs sysfs rw\n"
    )
    isolation.check_frozen(Report(), frozen, ["/sys"])
    with pytest.raises(IsolationError, match="/proc cannot be written"):
        isolation.check_frozen(Report(), frozen, ["/sys", "/proc"])
    with pytest.raises(IsolationError, match="/proc/sys cannot be written; seen: not a mount"):
        isolation.check_frozen(Report(), frozen, ["/proc/sys"])


def test_devices_that_hold_something_are_found(tmp_path):
    for name in (*private.DEVICES, "pts", "shm", "vda", "mem"):
        (tmp_path / name).touch()
    (tmp_path / "stdin").symlink_to("/proc/self/fd/0")
    assert private.devices(tmp_path) == ["mem", "vda"]


def test_what_was_asserted_is_on_disk_at_once(tmp_path):
    report = Report(path=tmp_path / "isolation.txt")
    report.check(True, "one", 1)
    assert report.path.read_text() == "holds: one; seen: 1\n"
    with pytest.raises(IsolationError):
        report.check(False, "two", 2)
    assert report.path.read_text().splitlines() == report.lines


@pytest.mark.parametrize("trouble", [IsolationError("links changed"), OSError("no ip")])
def test_the_lab_is_killed_when_the_machine_changes_or_cannot_be_looked_at(
    tmp_path, monkeypatch, trouble
):
    def look():
        raise trouble

    monkeypatch.setattr(isolation, "machine_state", look)
    report = Report(path=tmp_path / "isolation.txt")
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as child:
        assert _watch(child, {"links": "a"}, report) == 1
        assert child.wait() < 0
    assert report.path.read_text() == f"FAILS: the machine is watched; seen: {trouble}\n"


def test_where_files_can_be_made_is_found(tmp_path):
    assert private.writable((str(tmp_path), str(tmp_path / "nowhere"))) == [str(tmp_path)]
    assert list(tmp_path.iterdir()) == []
    assert private.is_covered(Path("/var/tmp/out"))
    assert not private.is_covered(Path("/srv/lab/out"))


def test_the_machines_people_have_no_account_in_the_lab(tmp_path, monkeypatch):
    (tmp_path / "passwd").write_text(
        "root:x:0:0:root:/root:/bin/bash\nsshd:x:105:65534::/run/sshd:/bin/false\n"
        "admin:x:1000:1000::/srv/people/admin:/bin/sh\nada:x:1001:1001::/srv/people/ada:/bin/sh\n"
        "nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n"
    )
    (tmp_path / "group").write_text("root:x:0:\nsudo:x:27:ada\nada:x:1001:\nnogroup:x:65534:\n")
    (tmp_path / "shadow").write_text("ada:$y$secret:1::::::\n")
    made = []
    monkeypatch.setattr(accounts, "run", made.append)
    monkeypatch.setattr(accounts.subprocess, "run", lambda words, **_: made.append(words))
    accounts.make_accounts(Path("/run/lab/home"), tmp_path)
    users = (tmp_path / "passwd").read_text().splitlines()
    assert [row.split(":")[0] for row in users] == ["root", "sshd", "nobody"]
    assert users[0].split(":")[5] == "/run/lab/home"
    assert "secret" not in (tmp_path / "shadow").read_text()
    assert "ada" not in (tmp_path / "group").read_text()
    assert sum("useradd" in words for words in made) == len(accounts.ACCOUNTS)


def test_a_change_of_the_machine_is_noticed():
    isolation.check_machine(Report(), {"links": "a"}, {"links": "a"}, "during")
    with pytest.raises(IsolationError, match=r"links are as before \(during\)"):
        isolation.check_machine(Report(), {"links": "a"}, {"links": "b"}, "during")


def test_a_change_while_the_lab_runs_kills_it(tmp_path, monkeypatch):
    states = iter([{"links": "a"}, {"links": "b"}])
    monkeypatch.setattr(isolation, "machine_state", lambda: next(states))
    monkeypatch.setattr("testbed.__main__.WATCH_SECONDS", 0.01)
    report = Report(path=tmp_path / "isolation.txt")
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as child:
        assert _watch(child, {"links": "a"}, report) == 1
        assert child.wait() < 0
    assert "links are as before (during); seen: a became b" in report.path.read_text()


def test_outside_of_private_namespaces_nothing_is_built(tmp_path, monkeypatch):
    monkeypatch.setattr(private, "make_private", lambda _: pytest.fail("the machine was touched"))
    with pytest.raises(IsolationError, match="the mnt namespace is the lab's own"):
        build_isolated(Report(), tmp_path, isolation.namespace_ids())


def test_what_changes_by_itself_is_no_change():
    rows = [{"ifname": "eth0", "addr_info": [{"local": "a", "valid_life_time": 7}]}]
    later = [{"ifname": "eth0", "addr_info": [{"local": "a", "valid_life_time": 3}]}]
    assert isolation._stable("addresses", rows) == isolation._stable("addresses", later)
