"""One capture file, in one piece or chunk by chunk, into `PacketTable`s."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from pclip.errors import PclipError
from pclip.packets.decompress import DamagedError, decompressed
from pclip.packets.headers import decode_headers
from pclip.packets.pcap import FILE_HEADER_BYTES, PCAP_MAGICS, PcapWalker
from pclip.packets.pcapng import PCAPNG_MAGIC, PcapngWalker
from pclip.packets.records import Losses, Records, Walker
from pclip.packets.table import PacketTable
from pclip.packets.tunnels import TUNNELS

logger = logging.getLogger("pclip")

Source = str | os.PathLike[str]
STANDARD_INPUT = "-"
MAX_CAPTURE_BYTES = 4 * 2**30
"""In one piece reading stops here: a small compressed file must not fill the memory."""

MAX_RECORDS = 16 * 2**20
"""And here: empty records take 16 bytes of a file and some hundreds of a table."""

CHUNK_BYTES = 8 * 2**20
"""Read at once when streaming; a chunk holds little more."""

COPIED_SHARE = 8
"""A chunk of all but an eighth of what was read is not copied out of it."""


class CaptureError(PclipError):
    """The file is not a capture that can be read."""


def read_capture(path: Source, *, inner: Collection[str] = ()) -> PacketTable:
    """Read one capture: pcap or pcapng, plain or packed with gzip, xz or zstd.

    Captures are hostile: their content never raises. Every whole record becomes a row, with a
    skip reason where it could not be decoded. Behind garbage reading goes on at the next place
    where records follow each other; what is lost is said and stays in `table.warnings`.

    Args:
        path: the file, "-" for standard input. Formats are told from first bytes, not from names.
        inner: tunnels to look into, of `pclip.packets.TUNNELS`; none by default.

    Returns:
        PacketTable of the file's records, in file order.

    Raises:
        CaptureError: no such file, or not a capture; the message says what was found.
        ValueError: no such tunnel.
    """
    return read_named(path, capture_name(path), inner)


def read_named(path: Source, name: str, inner: Collection[str] = ()) -> PacketTable:
    """`read_capture` of a file that the table and its warnings call by another name."""
    inner = checked_tunnels(inner)
    with _opened(path) as raw:
        pieces: list[bytes] = []
        losses = Losses(name)
        total = 0
        for piece in _pieces(path, raw, losses):
            pieces.append(piece)
            total += len(piece)
            if total > MAX_CAPTURE_BYTES:
                raise CaptureError(
                    f"{_said(path)} holds more than {MAX_CAPTURE_BYTES:,} bytes: read it with "
                    "iter_captures, or cut it first, for example with "
                    f"`editcap -c 1000000 {capture_name(path)} part.pcap`"
                )
    data = b"".join(pieces)
    del pieces
    walker = _walker(path, data, losses)
    records = walker.walk(data, 0, MAX_RECORDS, final=True)
    if records.end < len(data) and not losses.given_up:
        losses.ended(f"more than {MAX_RECORDS:,} records", records.end, len(data))
    _log(losses)
    buffer = np.frombuffer(data, np.uint8)
    return _table(buffer, records, (name,), 0, 0, losses.warnings(), inner)


def capture_chunks(
    path: Source,
    *,
    captures: tuple[str, ...],
    number: int,
    chunk_packets: int,
    inner: Collection[str] = (),
) -> Iterator[PacketTable]:
    """Read one of several captures chunk by chunk.

    Args:
        path: the file, "-" for standard input.
        captures: names of all captures.
        number: of this one among them.
        chunk_packets: most rows of a chunk.
        inner: as in `read_capture`.

    Yields:
        PacketTables with the rows of `read_capture`, at least one table; `warnings` stand in the
        last one.

    Raises:
        CaptureError: as `read_capture`.
        ValueError: no such tunnel.
    """
    inner = checked_tunnels(inner)
    losses = Losses(captures[number])
    with _opened(path) as raw:
        first = 0
        last: PacketTable | None = None
        for buffer, records in _walked(path, raw, losses, chunk_packets):
            if last is not None:
                yield last
            last = _table(buffer, records, captures, number, first, (), inner)
            first += len(records)
    _log(losses)
    if last is None:
        last = _table(np.zeros(0, np.uint8), _NO_RECORDS, captures, number, 0, (), inner)
    yield replace(last, warnings=losses.warnings())


def _walked(
    path: Source, raw: IO[bytes], losses: Losses, most: int
) -> Iterator[tuple[NDArray[np.uint8], Records]]:
    """Records of a file with the bytes they lie in, at most `most` at once."""
    walker: Walker | None = None
    data = b""
    for pieces, final in _with_last(_gathered(_pieces(path, raw, losses))):
        data = b"".join([data, *pieces])
        if walker is None:
            if len(data) < FILE_HEADER_BYTES and not final:
                continue
            walker = _walker(path, data, losses)
        start = 0
        while not losses.given_up:
            records = walker.walk(data, start, most, final)
            if len(records):
                yield _cut(data, start, records)
            start = records.end
            if len(records) < most:
                break
        if losses.given_up:
            return
        data = data[start:]
        losses.base += start


def _cut(data: bytes, start: int, records: Records) -> tuple[NDArray[np.uint8], Records]:
    """The bytes from `start` to the records' end, and the records with places in these."""
    # A view keeps all that was read, so a copy of little is better than a view of it.
    most_of_it = records.end - start > len(data) - len(data) // COPIED_SHARE
    part = (memoryview(data) if most_of_it else data)[start : records.end]
    if start:
        records = replace(records, offset=records.offset - start, end=len(part))
    return np.frombuffer(part, np.uint8), records


def _gathered(pieces: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Pieces that are about `CHUNK_BYTES` together."""
    waiting: list[bytes] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= CHUNK_BYTES:
            yield waiting
            waiting, size = [], 0
    yield waiting


def _with_last(stretches: Iterable[list[bytes]]) -> Iterator[tuple[list[bytes], bool]]:
    """Each stretch, and whether it is the last."""
    before: list[bytes] | None = None
    for stretch in stretches:
        if before is not None:
            yield before, False
        before = stretch
    if before is not None:
        yield before, True


@contextmanager
def _opened(path: Source) -> Iterator[IO[bytes]]:
    if is_standard_input(path):
        yield sys.stdin.buffer
        return
    try:
        raw = open(path, "rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise CaptureError(
            f"cannot read {_said(path)}: {error.strerror or error}; name a capture file"
        ) from error
    with raw:
        yield raw


def _pieces(path: Source, raw: IO[bytes], losses: Losses) -> Iterator[bytes]:
    """The file's bytes, decompressed; a damaged compressed file gives what stands before."""
    total = 0
    try:
        for piece in decompressed(raw):
            total += len(piece)
            yield piece
    except DamagedError as error:
        losses.note(
            f"compressed data is damaged ({error}): "
            f"what follows byte {total:,} of the decompressed file is lost"
        )
    except OSError as error:
        raise CaptureError(
            f"cannot read {_said(path)}: {error.strerror or error}; name a capture file"
        ) from error


def _walker(path: Source, data: bytes, losses: Losses) -> Walker:
    """The walker for the file's format, or a CaptureError that says what the file is instead."""
    magic = data[:4]
    short = losses.warnings() and len(data) < FILE_HEADER_BYTES
    if short:
        raise CaptureError(f"{losses.warnings()[0]}; too little is left to be a capture")
    if magic == PCAPNG_MAGIC:
        return PcapngWalker(losses)
    if magic not in PCAP_MAGICS:
        found = f"starts with bytes {magic.hex(' ')}" if magic else "is empty"
        raise CaptureError(
            f"{_said(path)} {found}; a pcap file (plain, .gz, .xz or .zst) starts with "
            "d4 c3 b2 a1, a1 b2 c3 d4, 4d 3c b2 a1 or a1 b2 3c 4d, a pcapng file with 0a 0d 0d 0a. "
            "Is it a capture?"
        )
    if len(data) < FILE_HEADER_BYTES:
        raise CaptureError(
            f"{_said(path)} ends after {len(data)} bytes; a pcap file header has "
            f"{FILE_HEADER_BYTES}"
        )
    return PcapWalker(data[:FILE_HEADER_BYTES], losses)


def _table(
    buffer: np.ndarray,
    records: Records,
    names: tuple[str, ...],
    number: int,
    first: int,
    warnings: tuple[str, ...],
    inner: Collection[str],
) -> PacketTable:
    return PacketTable(
        buffer=buffer,
        offset=records.offset,
        captured_length=records.captured_length,
        length=records.length,
        time_ns=records.time_ns,
        capture=np.full(len(records), number, np.int16),
        index=np.arange(first, first + len(records), dtype=np.int32),
        link_type=records.link_type,
        captures=names,
        warnings=warnings,
        **decode_headers(buffer, records.offset, records.captured_length, records.link_type, inner),
    )


def capture_name(path: Source) -> str:
    """The file's name, as tables and warnings have it."""
    return "standard input" if is_standard_input(path) else Path(path).name


def _said(path: Source) -> str:
    """What an error calls it."""
    return "standard input" if is_standard_input(path) else str(path)


def is_standard_input(path: Source) -> bool:
    """Whether a path is "-"."""
    return os.fspath(path) == STANDARD_INPUT


def checked_tunnels(inner: Collection[str]) -> tuple[str, ...]:
    """The tunnels that are named, in one order, whichever they were named in."""
    names = [inner] if isinstance(inner, str) else inner
    unknown = set(names) - set(TUNNELS)
    if unknown:
        raise ValueError(f"inner={sorted(unknown)}; the tunnels are {', '.join(TUNNELS)}")
    return tuple(name for name in TUNNELS if name in names)


def _log(losses: Losses) -> None:
    for warning in losses.warnings():
        logger.warning("%s", warning)


_NO_RECORDS = Records(
    offset=np.zeros(0, np.int64),
    captured_length=np.zeros(0, np.int32),
    length=np.zeros(0, np.int32),
    time_ns=np.zeros(0, np.int64),
    link_type=np.zeros(0, np.uint16),
    end=0,
)
