"""The lab itself: a quick recording, where root and Debian's tools are at hand."""

from __future__ import annotations

import contextlib
import lzma
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from testbed import isolation, packages
from testbed.__main__ import main
from testbed.checks import check, failed

ROOT = Path(__file__).resolve().parents[2]


def record(*words: object) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "testbed", *map(str, words)],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


def why_not() -> str:
    """What this machine lacks for a recording, "" where nothing."""
    if os.geteuid() != 0:
        return "the lab needs root"
    lacks = packages.lacking()
    if lacks:
        return f"this system lacks Debian packages: {', '.join(lacks)}"
    return "" if isolation.namespaces_allowed() else "this machine lets root make no namespaces"


WHY_NOT = why_not()
needs_the_lab = pytest.mark.skipif(
    bool(WHY_NOT),
    reason="a recording is made by root in namespaces of its own with Debian's attack tools, which "
    f"no test installs on anybody's machine: {WHY_NOT}",
)


@needs_the_lab
@pytest.mark.slow
def test_a_quick_recording_passes_every_check(tmp_path):
    done = record("--seed", 3, "--quick", "--out", tmp_path / "quick")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "quick"
    report = (folder / "isolation.txt").read_text().splitlines()
    assert len(report) > 100
    assert not [line for line in report if line.startswith("FAILS")]
    found = check(folder)
    assert f"{found['packets']:,} packets" in (folder / "README.md").read_text()
    assert found["packets"] > 2000
    assert (found["classes_missing"], found["silent"]) == ([], [])
    assert (found["twofold"], found["unnatural"]) == (0, {})
    assert failed(found) == []
    with lzma.open(folder / "packets.csv.xz", "rt") as file:
        assert sum(1 for _ in file) == 1 + found["packets"] - found["not_ip"]


@needs_the_lab
@pytest.mark.slow
def test_a_kill_of_the_watching_process_ends_the_lab(tmp_path):
    words = [sys.executable, "-m", "testbed", "--quick", "--out", str(tmp_path / "killed")]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL)
    part = tmp_path / ".killed.part"
    deadline = time.monotonic() + 60
    while not list(part.glob("*.pcap")) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert labs(part), "the lab never ran"
    process.kill()
    process.wait()
    while labs(part) and time.monotonic() < deadline + 30:
        time.sleep(0.2)
    assert not labs(part)
    assert not (tmp_path / "killed").exists()


def labs(part: Path) -> list[str]:
    """Processes whose command line names the folder of a recording."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if str(part).encode() in path.read_bytes():
                found.append(path.parent.name)
    return found


@pytest.mark.parametrize(
    ("user", "lacking", "allowed", "said"),
    [
        (1000, [], True, "needs root"),
        (0, ["hping3", "nmap"], True, "this system lacks hping3, nmap; on Debian 12: p=/usr/sbin"),
        (0, [], False, "lets root make no namespaces"),
        (0, [], True, "is not an empty folder; name a new one"),
    ],
)
def test_what_is_lacking_is_said_in_one_line(
    tmp_path, monkeypatch, capsys, user, lacking, allowed, said
):
    (tmp_path / "something").write_text("precious")
    monkeypatch.setattr("os.geteuid", lambda: user)
    monkeypatch.setattr(packages, "lacking", lambda: lacking)
    monkeypatch.setattr(isolation, "namespaces_allowed", lambda: allowed)
    monkeypatch.setattr(sys, "argv", ["testbed", "--out", str(tmp_path)])
    assert main() == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert said in err
    assert len(err.splitlines()) == 1
    assert (tmp_path / "something").read_text() == "precious"


def test_there_is_no_way_to_name_a_target():
    done = record("--help")
    options = {word for word in done.stdout.split() if word.startswith("--")}
    assert {word.strip("[],") for word in options} == {"--help", "--seed", "--out", "--quick"}
