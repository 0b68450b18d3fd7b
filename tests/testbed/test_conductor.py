"""Events as they are run: paced, and over when their time is up."""

from __future__ import annotations

import itertools
import sys
import time

import pytest

from testbed.conductor import Conductor
from testbed.scenario import Event


def event(**changes) -> Event:
    fields = {
        "id": 0, "round": 1, "start": 0.0, "label": "DNS Flood", "host": "vps", "target": "names",
        "source": "198.51.100.150", "address": "198.51.100.142", "protocol": "udp", "ports": (53,),
        "tool": "dig", "mode": "batches", "technique": "T1498", "setting": {}, "unusual": False,
        "seconds": 5.0, "pause": 0.0, "commands": (("dig", "1"), ("dig", "2"), ("dig", "3")),
    }  # fmt: skip
    return Event(**(fields | changes))


class Noting(Conductor):
    """Notes when a command would be run, and lets it take `takes` seconds."""

    def __init__(self, takes: float) -> None:
        super().__init__()
        self.takes = takes
        self.starts: list[float] = []

    def _command(self, event: Event, words: tuple[str, ...], left: float) -> None:
        self.starts.append(time.monotonic())
        time.sleep(min(self.takes, left))


def gaps(starts):
    return [b - a for a, b in itertools.pairwise(starts)]


class Clock:
    """A clock that stands still but for sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_pause_counts_from_start_to_start(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("testbed.conductor.time", clock)
    monkeypatch.setattr(sys.modules[__name__], "time", clock)
    conductor = Noting(takes=0.05)
    conductor._run(event(pause=0.2))
    assert len(conductor.starts) == 3
    assert gaps(conductor.starts) == pytest.approx([0.2, 0.2])
    slow = Noting(takes=0.2)
    slow._run(event(pause=0.05))
    assert gaps(slow.starts) == pytest.approx([0.2, 0.2])


def test_a_command_that_cannot_be_started_is_noted(monkeypatch):
    monkeypatch.setattr("testbed.conductor.ROOT", "/nowhere")
    conductor = Conductor()
    conductor._run(event(commands=(("dig", "1"),)))
    (done,) = conductor.executed
    assert (done.event, done.command, done.code) == (0, ("dig", "1"), None)
    assert "nowhere" in done.said


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("echo nsenter: failed to execute dig: No such file >&2; exit 127", None),
        ("echo nsenter: cannot open /run/netns/vps >&2; exit 1", None),
        ("echo dig: nothing found >&2; exit 127", 127),
    ],
)
def test_what_nsenter_says_is_told_from_what_a_command_says(tmp_path, monkeypatch, script, code):
    (tmp_path / "nsenter").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "nsenter").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("testbed.conductor.ROOT", tmp_path)
    conductor = Conductor()
    conductor._run(event(commands=(("dig", "1"),)))
    assert [done.code for done in conductor.executed] == [code]


def test_no_command_is_begun_when_the_time_is_up():
    conductor = Noting(takes=0.2)
    conductor._run(event(seconds=0.3))
    assert len(conductor.starts) == 2
