"""Classic pcap: a header of 24 bytes, then records that say where the next one is."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from pclip.packets.records import (
    INT32_MAX,
    MAX_RECORD_BYTES,
    MAX_SNAP_BYTES,
    Losses,
    Records,
)
from pclip.packets.resync import Garbage, Words

PCAP_MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
"""First four bytes -> (byte order, nanoseconds per unit of the sub-second field)."""

FILE_HEADER_BYTES = 24
RECORD_HEADER_BYTES = 16
LENGTH_PLACE = 8
"""Of the captured length in a record's header."""

LINK_TYPE_MASK = 0xFFFF
"""The upper half of the link-type field holds the length of a frame check sequence."""

NS_PER_S = 1_000_000_000
RECENT = 16
"""Records whose times tell what a likely time is."""

LIKELY_SECONDS = 7 * 24 * 3600
"""After garbage, a record this far from the last one is not taken for one."""


class PcapWalker:
    """Records of a classic pcap file.

    Args:
        head: the file's first 24 bytes; its magic is known.
        losses: where to say what could not be read.
    """

    def __init__(self, head: bytes, losses: Losses) -> None:
        self.losses = losses
        self._order, self._unit = PCAP_MAGICS[head[:4]]
        snap_length, link = struct.unpack_from(f"{self._order}II", head, 16)
        self._longest = max(MAX_RECORD_BYTES, min(snap_length, MAX_SNAP_BYTES))
        self._link = link & LINK_TYPE_MASK
        self._header = struct.Struct(f"{self._order}IIII")
        self._recent = np.zeros(0, np.int64)
        self._doubted = False
        self._unread = FILE_HEADER_BYTES
        self._garbage = Garbage(losses, 2 * RECORD_HEADER_BYTES + self._longest)

    def walk(self, data: bytes, start: int, most: int, final: bool) -> Records:
        """Records that begin in `data`; see `Walker`."""
        position = min(start + self._unread, len(data))
        self._unread -= position - start
        heads = np.zeros(0, np.int64)
        found = [(heads, self._fields(data, heads))]
        left = most
        while not self.losses.given_up:
            if self._garbage.met:
                position = self._garbage.search(
                    data, position, final, self._order, self._candidates,
                    lambda place: self._confirm(data, place, final),
                )  # fmt: skip
                if self._garbage.met:
                    break
            heads, position, why = self._run(data, position, left)
            fields = self._fields(data, heads)
            kept, position, why = self._believed(heads, fields, position, why)
            heads = heads[:kept]
            found.append((heads, fields[:kept]))
            left -= len(heads)
            self.losses.records += len(heads)
            if why is None and final and left and position < len(data):
                inside = "header" if len(data) - position < RECORD_HEADER_BYTES else "record"
                why = f"the file is cut inside a {inside}"
            if why is None:
                break
            position = self._garbage.begin(why, position)
        heads, fields = (np.concatenate(column) for column in zip(*found, strict=True))
        return self._decode(heads, fields, position)

    def _run(
        self, data: bytes, position: int, most: int
    ) -> tuple[NDArray[np.int64], int, str | None]:
        """Headers one after the other, where the run ended, and why if at garbage.

        Each header says where the next one is, so this loop is sequential by nature; it reads one
        field a record and leaves the rest to NumPy.
        """
        reached = islice(self._places(data, position + LENGTH_PLACE), most + 1)
        places = np.fromiter(reached, np.int64)
        # The last one is where the next record begins, or what is no record's length.
        whole, place = len(places) - 1, int(places[-1])
        if whole and place - LENGTH_PLACE > len(data):
            whole, place = whole - 1, int(places[-2])
        elif whole < most and place + LENGTH_PLACE <= len(data):
            (captured,) = struct.unpack_from(f"{self._order}I", data, place)
            why = f"a record header claims {captured:,} captured bytes"
            return places[:whole] - LENGTH_PLACE, place - LENGTH_PLACE, why
        return places[:whole] - LENGTH_PLACE, place - LENGTH_PLACE, None

    def _places(self, data: bytes, place: int) -> Iterator[int]:
        """Where each record's captured length stands, up to the first that is absent or absurd."""
        captured_length_at = struct.Struct(f"{self._order}I").unpack_from
        longest = self._longest
        try:
            while True:
                yield place
                (captured,) = captured_length_at(data, place)
                if captured > longest:
                    return
                place += captured + RECORD_HEADER_BYTES
        except struct.error:
            # The data ends before this length; the caller reads on or says that it is cut.
            return

    def _believed(
        self, heads: NDArray[np.int64], fields: NDArray[np.int64], position: int, why: str | None
    ) -> tuple[int, int, str | None]:
        """Cut a run where a second implausible header follows another one.

        One alone is kept: some programs write odd lengths or times.

        Returns:
            How many of the records count; where the run ends, and why.
        """
        seconds, part, captured, length = fields.T
        odd = (part >= NS_PER_S // self._unit) | (captured > length)
        odd |= (seconds == 0) & (part == 0) & (length == 0)
        twice = np.flatnonzero(odd & np.concatenate([[self._doubted], odd[:-1]]))
        if len(twice):
            position, why = int(heads[twice[0]]), "two implausible record headers in a row"
            odd, seconds = odd[: twice[0]], seconds[: twice[0]]
        self._doubted = bool(odd[-1]) if len(odd) else self._doubted
        if why is not None:
            self._doubted = False
        # The middle of the last ones: a few records read out of garbage do not move it.
        self._recent = np.concatenate([self._recent, seconds[~odd][-RECENT:]])[-RECENT:]
        return len(odd), position, why

    def _candidates(self, words: Words) -> NDArray[np.bool_]:
        seconds, part, captured, length = (words(number) for number in range(4))
        met = (part < NS_PER_S // self._unit) & (captured <= length) & (length > 0)
        met &= (captured <= self._longest) & (length <= MAX_SNAP_BYTES)
        if not len(self._recent):
            return met & (seconds > 0)
        return met & (abs(seconds - np.median(self._recent)) <= LIKELY_SECONDS)

    def _confirm(self, data: bytes, place: int, final: bool) -> bool:
        """Whether a record at `place` is followed by another one, or by the end of the file."""
        if len(data) - place < RECORD_HEADER_BYTES:
            return False
        seconds, _, captured, _ = self._header.unpack_from(data, place)
        following = place + RECORD_HEADER_BYTES + captured
        if following + RECORD_HEADER_BYTES > len(data):
            return final and following == len(data)
        after, part, captured, length = self._header.unpack_from(data, following)
        return (
            part < NS_PER_S // self._unit
            and captured <= min(length, self._longest)
            and abs(after - seconds) <= LIKELY_SECONDS
        )

    def _decode(self, heads: NDArray[np.int64], fields: NDArray[np.int64], end: int) -> Records:
        return Records(
            offset=heads + RECORD_HEADER_BYTES,
            captured_length=fields[:, 2].astype(np.int32),
            length=np.minimum(fields[:, 3], INT32_MAX).astype(np.int32),
            time_ns=fields[:, 0] * NS_PER_S + fields[:, 1] * self._unit,
            link_type=np.full(len(heads), self._link, np.uint16),
            end=end,
        )

    def _fields(self, data: bytes, heads: NDArray[np.int64]) -> NDArray[np.int64]:
        """int64[n, 4]: seconds, sub-second units, captured length, length."""
        fields = np.empty((len(heads), 4), np.int64)
        if len(heads):
            buffer = np.frombuffer(data, np.uint8)
            rows = np.lib.stride_tricks.sliding_window_view(buffer, RECORD_HEADER_BYTES)[heads]
            fields[:] = rows.view(f"{self._order}u4")
        return fields
