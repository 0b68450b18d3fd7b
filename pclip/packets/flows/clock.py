"""The clock that flows end by: it never goes back, except where a capture's own clock was set."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CLOCK_STEP_NS = 60 * 10**9
"""A step back of more than this is a clock that was set, not a packet that came late."""


@dataclass
class ClockSteps:
    """Steps back within one capture.

    Attributes:
        index: number of the first one's record, from 0.
        back_ns: how far back it went.
        count: all of them.
    """

    index: int
    back_ns: int
    count: int = 0

    def warning(self, name: str) -> str:
        """What was found in the capture of that name, and what to do."""
        more = f", the first of {self.count:,} such steps" if self.count > 1 else ""
        return (
            f"{name}: at record {self.index + 1:,} the clock goes back by "
            f"{self.back_ns / 10**9:,.0f} s{more}, and all open flows end there. Were captures "
            "joined? Give them as files of their own, or sort this one with `reordercap`"
        )


class CaptureClock:
    """The latest time seen so far, carried from chunk to chunk.

    Packets of several queues come late by microseconds; a flow must not end, and then go on, for
    that. So flows end by the latest time that the capture has shown. One damaged record that lies
    years ahead would hold this clock still for all that follow; therefore a step back of more than
    `CLOCK_STEP_NS` begins a new epoch, as another capture does. Flows do not cross epochs.

    Attributes:
        epoch: number of the current epoch, from 0; -1 before the first packet.
        now: its latest time, nanoseconds.
        steps_back: epochs that a step back began.
        latest_steps: those of the last `advance`: the packet's place in it, and the nanoseconds.
    """

    def __init__(self) -> None:
        self.epoch = -1
        self.now = 0
        self.steps_back = 0
        self.latest_steps: list[tuple[int, int]] = []
        self._capture = -1

    def advance(
        self, time_ns: NDArray[np.int64], capture: NDArray[np.integer]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Clock and epoch at each of the next n packets.

        Args:
            time_ns: int64[n], in file order.
            capture: int[n]; wherever it changes a new epoch begins.

        Returns:
            Two int64[n]: nanoseconds, ascending within an epoch; epochs, ascending.
        """
        clock = np.empty(len(time_ns), np.int64)
        epoch = np.empty(len(time_ns), np.int64)
        self.latest_steps = []
        if not len(time_ns):
            return clock, epoch
        borders = [0, *(np.flatnonzero(np.diff(capture)) + 1).tolist(), len(time_ns)]
        for start, stop in itertools.pairwise(borders):
            times = time_ns[start:stop]
            if self.epoch < 0 or capture[start] != self._capture:
                self._capture = int(capture[start])
                self.epoch += 1
                self.now = int(times[0])
            running = np.maximum(np.maximum.accumulate(times), self.now)
            if (running - times > CLOCK_STEP_NS).any():
                self._step(start, times, clock[start:stop], epoch[start:stop])
            else:
                clock[start:stop], epoch[start:stop] = running, self.epoch
                self.now = int(running[-1])
        return clock, epoch

    def _step(
        self,
        start: int,
        times: NDArray[np.int64],
        clock: NDArray[np.int64],
        epoch: NDArray[np.int64],
    ) -> None:
        """Packet by packet: where the clock stands depends on every step before. Rare."""
        now, number = self.now, self.epoch
        clocks, epochs = [], []
        for place, time in enumerate(times.tolist(), start):
            if time > now:
                now = time
            elif now - time > CLOCK_STEP_NS:
                self.latest_steps.append((place, now - time))
                now = time
                number += 1
            clocks.append(now)
            epochs.append(number)
        clock[:], epoch[:] = clocks, epochs
        self.steps_back += number - self.epoch
        self.now, self.epoch = now, number
