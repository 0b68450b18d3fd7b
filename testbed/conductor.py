"""Run a round: start each event at its time, bound it, and note what was run when."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from testbed.attacks import GRACE_SECONDS
from testbed.lab import within
from testbed.private import ROOT
from testbed.scenario import Event


@dataclass(frozen=True)
class Executed:
    """One command as it was run; times in nanoseconds since 1970.

    `code` is the exit code, None where the command could not be started or ended.
    """

    event: int
    command: tuple[str, ...]
    start_ns: int
    stop_ns: int
    code: int | None
    said: str


class Conductor:
    """Runs events in threads of their own and collects what was run."""

    def __init__(self) -> None:
        self.executed: list[Executed] = []
        self._lock = threading.Lock()

    def play(self, events: list[Event], seconds: float) -> None:
        """Run a round of `seconds`; returns when its last event has ended or was stopped."""
        start = time.monotonic()
        threads = []
        for event in events:
            wait = start + event.start - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            thread = threading.Thread(target=self._run, args=(event,), daemon=True)
            thread.start()
            threads.append(thread)
        end = start + seconds
        for thread in threads:
            thread.join(max(0.1, end + 50 - time.monotonic()))
        time.sleep(max(0.0, end - time.monotonic()))

    def _run(self, event: Event) -> None:
        deadline = time.monotonic() + event.seconds
        due = time.monotonic()
        for words in event.commands:
            time.sleep(max(0.0, due - time.monotonic()))
            left = deadline - time.monotonic()
            if left <= 0:
                return
            due = time.monotonic() + event.pause
            self._command(event, words, left)

    def _command(self, event: Event, words: tuple[str, ...], left: float) -> None:
        began = time.time_ns()
        code, said = _run([*within(event.host), *words], left)
        done = Executed(
            event.id, words, began, time.time_ns(), code, said.decode(errors="replace")[-200:]
        )
        with self._lock:
            self.executed.append(done)


def _run(words: Sequence[str], left: float) -> tuple[int | None, bytes]:
    """Exit code and last words of a command that gets `left` seconds."""
    try:
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            start_new_session=True, cwd=ROOT,
        )  # fmt: skip
    except OSError as error:
        return None, str(error).encode()
    try:
        said = process.communicate(timeout=left)[1]
    except subprocess.TimeoutExpired:
        said = _stop(process)
    # Its exit codes are also those that a command may end with; its words are not.
    return None if said.startswith(b"nsenter: ") else process.returncode, said


def _stop(process: subprocess.Popen) -> bytes:
    """End a command and all that it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=GRACE_SECONDS)[1]
    return b""
