"""What a walk over a capture file gives: the place, length, time and link of each record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

MAX_RECORD_BYTES = 262_144
"""libpcap's MAXIMUM_SNAPLEN: a record longer than this and the file's snapshot length is absurd."""

MAX_SNAP_BYTES = 16 * 2**20
"""A snapshot length beyond this is not believed: one record must not fill the memory."""

MAX_LOSSES = 20
"""Described one by one; the rest is counted."""

MAX_RESTARTS = 10_000
"""A file with more garbage than this is given up."""

INT32_MAX = 2**31 - 1


@dataclass(frozen=True, eq=False)
class Records:
    """Records of one stretch of a file.

    Attributes:
        offset: int64[n], first byte of each frame in the data that was walked.
        captured_length: int32[n], bytes present.
        length: int32[n], bytes on the wire.
        time_ns: int64[n], nanoseconds since 1970.
        link_type: uint16[n], LINKTYPE_ number.
        end: place in the data up to which it was dealt with.
    """

    offset: NDArray[np.int64]
    captured_length: NDArray[np.int32]
    length: NDArray[np.int32]
    time_ns: NDArray[np.int64]
    link_type: NDArray[np.uint16]
    end: int

    def __len__(self) -> int:
        return len(self.offset)


class Walker(Protocol):
    """Goes from record to record of one capture file, stretch by stretch."""

    losses: Losses

    def walk(self, data: bytes, start: int, most: int, final: bool) -> Records:
        """Records that begin in `data` from `start` on, at most `most`.

        Args:
            data: a stretch of the file's bytes.
            start: place in the data up to which the last walk had dealt with it.
            most: how many records to give.
            final: nothing follows; what is cut now stays cut.
        """


@dataclass
class Losses:
    """What a walk could not read, in words.

    Attributes:
        name: of the file.
        base: place in the file of the first byte of the data that is walked.
        records: how many records were read.
        given_up: the rest of the file is not read.
    """

    name: str
    base: int = 0
    records: int = 0
    given_up: bool = False
    restarts: int = 0
    _words: list[str] = field(default_factory=list)
    _more: int = 0

    def skipped(self, why: str, start: int, stop: int) -> None:
        """Note that reading goes on behind garbage; places in the file."""
        self.restarts += 1
        self.note(
            f"{why} at byte {start:,}: {stop - start:,} bytes skipped, "
            f"reading goes on at byte {stop:,}"
        )

    def ended(self, why: str, start: int, stop: int) -> None:
        """Note that nothing behind a place could be read; places in the file."""
        self.given_up = True
        self.note(f"{why} at byte {start:,}: {stop - start:,} bytes lost, {self._kept()}")

    def abandoned(self, start: int) -> None:
        """Note that a file with too much garbage is read no further; the place in the file."""
        self.given_up = True
        self.note(
            f"more than {MAX_RESTARTS:,} stretches of garbage: what follows byte {start:,} "
            f"is left, {self._kept()}"
        )

    def _kept(self) -> str:
        return f"{self.records:,} packets kept"

    def note(self, words: str) -> None:
        """Keep one loss, or count it where there are many."""
        if len(self._words) < MAX_LOSSES:
            self._words.append(f"{self.name}: {words}")
        else:
            self._more += 1

    def warnings(self) -> tuple[str, ...]:
        """One entry a loss."""
        more = (f"{self.name}: {self._more:,} more losses like these",) if self._more else ()
        return (*self._words, *more)
