"""Classic pcap files, plain or compressed, into a `PacketTable`."""

from __future__ import annotations

import logging
import os
import struct
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from pclip.errors import PclipError
from pclip.packets.decompress import DamagedError, decompressed
from pclip.packets.headers import decode_headers
from pclip.packets.table import PacketTable

logger = logging.getLogger("pclip")

PCAPNG_MAGIC = b"\x0a\x0d\x0d\x0a"
PCAP_MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
"""First four bytes -> (byte order, nanoseconds per unit of the sub-second field)."""

FILE_HEADER_BYTES = 24
RECORD_HEADER_BYTES = 16
MAX_RECORD_BYTES = 262_144
"""libpcap's MAXIMUM_SNAPLEN: a record longer than this and the file's snapshot length is absurd."""

MAX_CAPTURE_BYTES = 4 * 2**30
"""Reading stops here: a small compressed file must not fill the memory."""

MAX_RECORDS = 16 * 2**20
"""And here: empty records take 16 bytes of a file and some hundreds of a table."""

INT32_MAX = 2**31 - 1
LINK_TYPE_MASK = 0xFFFF
"""The upper half of the link-type field holds the length of a frame check sequence."""


class CaptureError(PclipError):
    """The file is not a capture that can be read."""


def read_capture(path: str | os.PathLike[str]) -> PacketTable:
    """Read one classic pcap file (either byte order, micro- or nanoseconds; also .xz and .gz).

    Captures are hostile: their content never raises. Every whole record becomes a row, with a
    skip reason where it could not be decoded. After a cut or an absurd record header the rest of
    the file is lost; a warning says how much, and stays in `table.warnings`.

    Args:
        path: the file. Compression is told from its first bytes, not from its name.

    Returns:
        PacketTable of the file's records, in file order.

    Raises:
        CaptureError: no such file, or not a classic pcap file; the message says what was found.
    """
    path = Path(path)
    warnings: list[str] = []
    data = _read_bytes(path, warnings)
    if warnings and len(data) < FILE_HEADER_BYTES:
        raise CaptureError(f"{warnings[0]}; too little is left to be a capture")
    order, unit = _file_format(path, data)
    snap_length, link_type = struct.unpack_from(f"{order}II", data, 16)
    heads, stopped_at, why = _walk_records(
        data, order, min(max(MAX_RECORD_BYTES, snap_length), INT32_MAX)
    )
    if stopped_at < len(data):
        warnings.append(
            f"{path.name}: {why} at byte {stopped_at:,}: {len(data) - stopped_at:,} of "
            f"{len(data):,} bytes lost, {len(heads):,} packets kept"
        )
    for warning in warnings:
        logger.warning("%s", warning)

    buffer = np.frombuffer(data, np.uint8)
    places = heads[:, None] + np.arange(RECORD_HEADER_BYTES)
    fields = buffer[places].view(f"{order}u4").astype(np.int64)
    count = len(heads)
    offset = heads + RECORD_HEADER_BYTES
    captured_length = fields[:, 2].astype(np.int32)
    link = np.full(count, link_type & LINK_TYPE_MASK, np.uint16)
    return PacketTable(
        buffer=buffer,
        offset=offset,
        captured_length=captured_length,
        length=np.minimum(fields[:, 3], INT32_MAX).astype(np.int32),
        time_ns=fields[:, 0] * 1_000_000_000 + fields[:, 1] * unit,
        capture=np.zeros(count, np.int16),
        index=np.arange(count, dtype=np.int32),
        link_type=link,
        captures=(path.name,),
        warnings=tuple(warnings),
        **decode_headers(buffer, offset, captured_length, link),
    )


def read_captures(paths: Iterable[str | os.PathLike[str]]) -> PacketTable:
    """Read several captures into one table, in the order given.

    Raises:
        CaptureError: as `read_capture`, or no path was given.
    """
    tables = [read_capture(path) for path in paths]
    if not tables:
        raise CaptureError("no capture was given: name at least one pcap file")
    return PacketTable.concatenate(tables)


def _read_bytes(path: Path, warnings: list[str]) -> bytes:
    """The file's bytes, decompressed; a damaged compressed file gives what stands before."""
    pieces: list[bytes] = []
    total = 0
    try:
        with open(path, "rb") as raw:
            for piece in decompressed(raw):
                pieces.append(piece)
                total += len(piece)
                if total > MAX_CAPTURE_BYTES:
                    raise CaptureError(
                        f"{path} holds more than {MAX_CAPTURE_BYTES:,} bytes: cut it first, "
                        f"for example with `editcap -c 1000000 {path.name} part.pcap`"
                    )
    except DamagedError as error:
        warnings.append(
            f"{path.name}: compressed data is damaged ({error}): "
            f"what follows byte {total:,} of the decompressed file is lost"
        )
    except OSError as error:
        raise CaptureError(
            f"cannot read {path}: {error.strerror or error}; name a pcap file"
        ) from error
    return b"".join(pieces)


def _file_format(path: Path, data: bytes) -> tuple[str, int]:
    """Byte order and time unit, or a CaptureError that says what the file is instead."""
    magic = data[:4]
    if magic == PCAPNG_MAGIC:
        raise CaptureError(
            f"{path} is a pcapng file; classic pcap was expected. "
            f"Convert it: editcap -F pcap {path.name} {path.stem}-classic.pcap"
        )
    if magic not in PCAP_MAGICS:
        found = f"starts with bytes {magic.hex(' ')}" if magic else "is empty"
        raise CaptureError(
            f"{path} {found}; a pcap file (plain, .xz or .gz) starts with d4 c3 b2 a1, "
            "a1 b2 c3 d4, 4d 3c b2 a1 or a1 b2 3c 4d. Is it a capture?"
        )
    if len(data) < FILE_HEADER_BYTES:
        raise CaptureError(
            f"{path} ends after {len(data)} bytes; a pcap file header has {FILE_HEADER_BYTES}"
        )
    return PCAP_MAGICS[magic]


def _walk_records(data: bytes, order: str, longest: int) -> tuple[np.ndarray, int, str]:
    """Places of the record headers.

    Each header says where the next one is, so this loop is sequential by nature; it reads one
    field a record and leaves the rest to NumPy.

    Returns:
        heads int64[n]; the byte at which the walk stopped; why it stopped there.
    """
    captured_length_at = struct.Struct(f"{order}I").unpack_from
    heads: list[int] = []
    position, size = FILE_HEADER_BYTES, len(data)
    why = "the file is cut inside a record header"
    while position + RECORD_HEADER_BYTES <= size:
        if len(heads) == MAX_RECORDS:
            why = f"more than {MAX_RECORDS:,} records"
            break
        (captured,) = captured_length_at(data, position + 8)
        following = position + RECORD_HEADER_BYTES + captured
        if captured > longest:
            why = f"a record header claims {captured:,} captured bytes"
            break
        if following > size:
            why = f"the file is cut inside a record of {captured:,} bytes"
            break
        heads.append(position)
        position = following
    return np.array(heads, np.int64), position, why
