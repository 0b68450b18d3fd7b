"""tcpdump on the bridges: every packet of the lab once, cut to what the model's inputs need."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from testbed.hosts import SUBNETS
from testbed.lab import LabError, bridge_of

# Ethernet, IPv6 with an extension header, ports, and the 129 bytes of 128 pairs.
SNAP_BYTES = 200


def capture_name(round_number: int, subnet: str) -> str:
    """File name of what one bridge saw in one round."""
    return f"round{round_number}_{subnet}.pcap"


def sensor_of(*subnets: str) -> str:
    """The bridge that records traffic between hosts of these subnets: the first in order."""
    return next(name for name in SUBNETS if name in subnets)


def seen_elsewhere(subnet: str) -> str:
    """tcpdump's expression for what an earlier bridge records: it is left out here."""
    earlier = list(SUBNETS)[: list(SUBNETS).index(subnet)]
    nets = [f"net {SUBNETS[s].network4} or net {SUBNETS[s].network6}" for s in earlier]
    return f"not ({' or '.join(nets)})" if nets else ""


class Recorder:
    """One tcpdump a bridge, from entering to leaving the block."""

    def __init__(self, out: Path, round_number: int) -> None:
        self._out = out
        self._round = round_number
        self._processes: list[subprocess.Popen] = []

    def __enter__(self) -> Recorder:
        for subnet in SUBNETS:
            path = self._out / capture_name(self._round, subnet)
            words = ["tcpdump", "-i", bridge_of(subnet), "-s", str(SNAP_BYTES), "-U", "-n"]
            words += ["--immediate-mode", "-B", "8192", "-Z", "root", "-w", str(path)]
            expression = seen_elsewhere(subnet)
            with open(path.with_suffix(".log"), "wb") as log:
                process = subprocess.Popen([*words, *filter(None, [expression])], stderr=log)
            self._processes.append(process)
        time.sleep(1.5)
        if any(process.poll() is not None for process in self._processes):
            raise LabError("tcpdump ended at once; see the .log files beside the captures")
        return self

    def __exit__(self, *_: object) -> None:
        time.sleep(2.0)
        # A full disk ends tcpdump, and what it had written looks like a quiet network.
        ended = [process.poll() for process in self._processes]
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(timeout=20)
        if any(code is not None for code in ended):
            raise LabError("tcpdump ended before its round; see the .log files beside the captures")
