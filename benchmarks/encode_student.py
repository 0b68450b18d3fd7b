"""Packets a second of the distilled student, in a process that has one core."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any


def student_on_one_core() -> dict[str, Any]:
    """Numbers of `benchmarks.student_speed`, random weights of the default sizes."""
    core = min(os.sched_getaffinity(0))
    # JAX's threads run by now: a function of ours between fork and exec could deadlock.
    shown = subprocess.run(
        ["taskset", "-c", str(core), sys.executable, "-m", "benchmarks.student_speed"],
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    found: dict[str, Any] = json.loads(shown)
    return found
