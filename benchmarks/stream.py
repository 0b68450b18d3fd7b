"""Peak memory of the streaming path: captures -> tokens and flows, chunk by chunk.

python -m benchmarks.stream CAPTURE...

Prints one line of JSON: packets, flows, seconds, and the process's largest resident size, which is
why this runs in a process of its own.
"""

from __future__ import annotations

import json
import logging
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from pclip.packets import FlowTracker, bigram_tokens, iter_captures

KIBIBYTE = 1024
STATUS = Path("/proc/self/status")


def stream(paths: Sequence[str | Path]) -> dict[str, float]:
    """Go through captures with tokens and flows of every chunk; numbers as printed."""
    started = time.perf_counter()
    tracker = FlowTracker()
    packets = tokens = flows = 0
    for chunk in iter_captures(paths):
        packets += len(chunk)
        tokens += int(bigram_tokens(chunk).lengths.sum())
        tracker.add(chunk)
        flows += len(tracker.finished())
    flows += len(tracker.close())
    return {
        "packets": packets,
        "tokens": tokens,
        "flows": flows,
        "evicted": tracker.evicted,
        "seconds": time.perf_counter() - started,
        "peak_bytes": peak_bytes(),
    }


def peak_bytes() -> int:
    """Largest resident size of this program."""
    if STATUS.exists():
        # Not getrusage's: on Linux that counts what the parent held when it made this process.
        (line,) = (x for x in STATUS.read_text().splitlines() if x.startswith("VmHWM:"))
        return int(line.split()[1]) * KIBIBYTE
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def stream_apart(paths: Sequence[str | Path]) -> dict[str, float]:
    """`stream` in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.stream", *map(str, paths)]
    shown = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    result: dict[str, float] = json.loads(shown)
    return result


if __name__ == "__main__":
    logging.getLogger("pclip").setLevel(logging.ERROR)
    print(json.dumps(stream(sys.argv[1:])))
