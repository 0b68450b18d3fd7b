"""Timing contestants in turns, so that what else the machine does falls on all of them."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pclip.progress import progress


@dataclass
class Contestant:
    """One way of doing the work.

    Attributes:
        name: as shown.
        work: does it and gives the number of packets that it dealt with.
        repetitions: how often.
        packets: what `work` gave.
        seconds: of each repetition.
    """

    name: str
    work: Callable[[], int]
    repetitions: int = 5
    packets: int = 0
    seconds: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Packets a second, median."""
        return self.packets / statistics.median(self.seconds)

    @property
    def spread(self) -> str:
        """Slowest and fastest repetition, packets a second."""
        low, high = self.packets / max(self.seconds), self.packets / min(self.seconds)
        return f"{rounded(low)} to {rounded(high)}"


def compete(contestants: Sequence[Contestant], what: str) -> None:
    """Time all contestants, one repetition of each in turn; the first turn warms the file cache."""
    for contestant in contestants:
        contestant.work()
    turns = [
        contestant
        for number in range(max(contestant.repetitions for contestant in contestants))
        for contestant in contestants
        if number < contestant.repetitions
    ]
    for contestant in progress(turns, description=what, unit="run"):
        gc.collect()
        started = time.perf_counter()
        contestant.packets = contestant.work()
        contestant.seconds.append(time.perf_counter() - started)


def rounded(rate: float) -> str:
    """Three digits, with thousands set apart."""
    return f"{float(f'{rate:.3g}'):,.0f}"
