"""What is fuzzed: frames and capture files here, other people's other files in `readers`."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np

from pclip.packets import (
    TUNNELS,
    CaptureError,
    PacketTable,
    decompress,
    iter_captures,
    read_capture,
)
from pclip.packets.headers import decode_headers
from pclip.packets.table import COLUMN_NAMES
from tests.fuzz import seed_files, seed_frames
from tests.fuzz.invariants import RECORD_BYTES, check_readers, check_same, check_table
from tests.fuzz.parser import Parser
from tests.fuzz.readers import reader_parsers

PLAIN = ("pcap", "pcapng")
PIECE_BYTES = 64
"""Read at once when a file is read in chunks: less than most records."""

CHUNK_PACKETS = 2
IN_CHUNKS_EACH = 3
"""One file of so many is read in chunks too."""

GIVEN = ("offset", "length", "time_ns", "index")
"""Columns that a frame's place in its batch decides."""

FEW = 200
"""Tables of this many files are joined before tokens and flows are made."""


def no_row_is_usual(
    columns: dict[str, np.ndarray], buffer: np.ndarray, offset: np.ndarray, *_: np.ndarray
) -> np.ndarray:
    """Stands in for `decode_usual`: all rows are left."""
    return np.arange(len(offset))


@dataclass
class FrameParser(Parser):
    """Header decoding: all frames in one table.

    Attributes:
        links: LINKTYPE_ numbers, dealt out to the frames by their contents.
    """

    links: Sequence[int] = (1,)

    def run(self, cases: Sequence[bytes], folder: Path) -> None:
        links = [self.links[sum(case[-8:]) % len(self.links)] for case in cases]
        for inner in ((), TUNNELS):
            packets = self._table(cases, links, inner)
            check_table(packets)
            check_readers(packets)
            # What is decoded in the short way is the same in the long way.
            with patch("pclip.packets.headers.decode_usual", no_row_is_usual):
                check_same(packets, [self._table(cases, links, inner)])
            # A row depends on its own bytes alone, so order does not matter.
            turned = self._table(cases[::-1], links[::-1], inner)
            for name in COLUMN_NAMES:
                if name not in GIVEN:
                    same = np.array_equal(getattr(packets, name), getattr(turned, name)[::-1])
                    assert same, f"{name} depends on other frames"

    @staticmethod
    def _table(cases: Sequence[bytes], links: Sequence[int], inner: Sequence[str]) -> PacketTable:
        buffer = np.frombuffer(b"".join(cases), np.uint8)
        length = np.array([len(case) for case in cases], np.int32)
        offset = np.cumsum(length, dtype=np.int64) - length
        link = np.array(links, np.uint16)
        number = np.arange(len(cases))
        return PacketTable(
            buffer=buffer,
            offset=offset,
            captured_length=length,
            length=length + number.astype(np.int32) % 3,
            time_ns=1_700_000_000_000_000_000 + number * 1_000_000,
            capture=np.zeros(len(cases), np.int16),
            index=number.astype(np.int32),
            link_type=link,
            captures=("made",),
            **decode_headers(buffer, offset, length, link, inner),
        )


@dataclass
class FileParser(Parser):
    """Capture files, read in one piece, some also in chunks of pieces smaller than a record."""

    def run(self, cases: Sequence[bytes], folder: Path) -> None:
        tables: list[PacketTable] = []
        path = folder / "case"
        for case in cases:
            self._write(path, case)
            try:
                packets = read_capture(path)
            except CaptureError as error:
                self._refuse(path, error)
                packets = None
            # Chunks take twice the time of one piece.
            if zlib.crc32(case) % IN_CHUNKS_EACH:
                pieces = packets if packets is None else [packets]
            else:
                pieces = self._in_chunks(path)
            if packets is None or pieces is None:
                assert packets is pieces, "one way of reading refuses what the other one reads"
                continue
            check_table(packets)
            if self.name in PLAIN:
                assert len(packets) <= len(case) // RECORD_BYTES + 1, "more rows than bytes allow"
                assert packets.captured_length.sum() <= len(case), "more bytes than there were"
            check_same(packets, pieces)
            tables.append(packets)
        for first in range(0, len(tables), FEW):
            check_readers(PacketTable.concatenate(tables[first : first + FEW]))

    def _in_chunks(self, path: Path) -> list[PacketTable] | None:
        # How much a damaged compressed file gives depends on how much is taken at once.
        taken = PIECE_BYTES if self.name in PLAIN else decompress.OUTPUT_BYTES
        with (
            patch("pclip.packets.capture.CHUNK_BYTES", PIECE_BYTES),
            patch("pclip.packets.decompress.OUTPUT_BYTES", taken),
        ):
            try:
                return list(iter_captures([path], chunk_packets=CHUNK_PACKETS))
            except CaptureError:
                return None


def parsers() -> dict[str, Parser]:
    """All parsers by name, each new."""
    by_link = seed_frames.link_seeds()
    found: list[Parser] = [
        FileParser("pcap", seed_files.classic_seeds()),
        FileParser("pcapng", seed_files.pcapng_seeds()),
        *(FileParser(name, seed_files.packed_seeds(name)) for name in ("gzip", "xz", "zstd")),
        *(FrameParser(f"link{link}", by_link[link], links=(link,)) for link in sorted(by_link)),
        FrameParser(
            "mixed", [seed for link in by_link for seed in by_link[link]], links=[*by_link]
        ),
        FrameParser("ipv4", seed_frames.ipv4_seeds()),
        FrameParser("ipv6", seed_frames.ipv6_seeds()),
        FrameParser("tcp", seed_frames.tcp_seeds()),
        FrameParser("udp", seed_frames.udp_seeds()),
        FrameParser("icmp", seed_frames.icmp_seeds()),
        FrameParser("sctp", seed_frames.sctp_seeds()),
        *(FrameParser(name, seed_frames.tunnel_seeds(name)) for name in TUNNELS),
        *reader_parsers(),
    ]
    return {parser.name: parser for parser in found}
