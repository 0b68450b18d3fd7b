"""Packets of one capture, chunk by chunk, and the first ones of it, each frame cut."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pclip.packets import PacketTable, iter_captures

logger = logging.getLogger("pclip")

PACKETS_AT_ONCE = 16_384
"""A chunk of 192-byte frames is then some 5 MB, which travels between workers."""
SAMPLED = 65_536
"""Packets of each capture that the clock is estimated by."""
HEADERS = 128
"""Bytes that link, network and transport header take at most, but for freaks."""


@dataclass(frozen=True, eq=False)
class CaptureChunk:
    """Packets of one capture.

    Attributes:
        packets: n rows, decoded before their frames were cut; `warnings` begin with the path.
        captured_length: int32[n], bytes that the capture holds of each.
    """

    packets: PacketTable
    captured_length: NDArray[np.int32]


def capture_chunks(path: Path, snap_length: int) -> Iterator[CaptureChunk]:
    """The file's packets; memory is that of a chunk.

    Raises:
        CaptureError: no capture.
    """
    with _said_in_the_report(path):
        for packets in iter_captures([path], chunk_packets=PACKETS_AT_ONCE):
            kept = cut(packets, max(snap_length, HEADERS))
            said = tuple(f"{path}{w.removeprefix(path.name)}" for w in packets.warnings)
            yield CaptureChunk(dataclasses.replace(kept, warnings=said), packets.captured_length)


def first_packets(path: Path) -> PacketTable | None:
    """The beginning of a capture; None where it holds no packet.

    Raises:
        CaptureError: no capture.
    """
    with _said_in_the_report(path):
        found = next(iter_captures([path], chunk_packets=SAMPLED), None)
    return None if found is None or not len(found) else cut(found, HEADERS)


@contextlib.contextmanager
def _said_in_the_report(path: Path) -> Iterator[None]:
    """Keep the reader from saying what is lost: a capture is read twice, the report says it once.

    Captures in different folders have the same name, and the reader says no more than that.
    """

    def others(record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith(f"{path.name}: ")

    logger.addFilter(others)
    try:
        yield
    finally:
        logger.removeFilter(others)


def cut(packets: PacketTable, most: int) -> PacketTable:
    """The same rows with at most so many bytes of each frame, in a buffer that holds no others."""
    size = np.minimum(packets.captured_length, most)
    offset = np.cumsum(size, dtype=np.int64) - size
    bytes_of = np.arange(int(size.sum())) + np.repeat(packets.offset - offset, size)
    return dataclasses.replace(
        packets,
        buffer=packets.buffer[bytes_of],
        offset=offset,
        captured_length=size.astype(np.int32),
        end_offset=np.minimum(packets.end_offset, size).astype(np.int32),
    )
