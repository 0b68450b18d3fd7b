"""Several captures, folders among them, as one: a folder's file that is no capture is left out."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from pclip.packets.capture import (
    CaptureError,
    Source,
    capture_chunks,
    capture_name,
    checked_tunnels,
    is_standard_input,
    read_named,
)
from pclip.packets.decompress import DamagedError, NothingLeftError, decompressed
from pclip.packets.pcap import FILE_HEADER_BYTES, PCAP_MAGICS
from pclip.packets.pcapng import PCAPNG_MAGIC
from pclip.packets.records import MAX_LOSSES
from pclip.packets.table import PacketTable

logger = logging.getLogger("pclip")

CAPTURE_SUFFIXES = (".pcap", ".pcapng", ".cap", ".dmp", ".trace", ".ntar")
COMPRESSION_SUFFIXES = ("", ".gz", ".xz", ".zst")
MAX_CAPTURES = 2**15 - 1
CHUNK_PACKETS = 65_536


def read_captures(paths: Iterable[Source], *, inner: Collection[str] = ()) -> PacketTable:
    """Read several captures into one table, in the order given; folders as `capture_files`.

    A file that is named must be a capture. A file of a folder that is none, or is empty, is left
    out; a warning names it and stays in `table.warnings`. In `table.captures` files go by their
    names; where a folder holds a name twice, by their paths in it.

    Args:
        paths: files, folders, or "-" for standard input.
        inner: as in `read_capture`.

    Raises:
        CaptureError: as `read_capture`, or no path was given, or a folder holds no capture.
        ValueError: no such tunnel.
    """
    chosen = _choose(paths)
    files = zip(chosen.files, chosen.names, strict=True)
    table = PacketTable.concatenate([read_named(path, name, inner) for path, name in files])
    return replace(table, warnings=(*chosen.warnings, *table.warnings))


def iter_captures(
    paths: Iterable[Source],
    *,
    chunk_packets: int = CHUNK_PACKETS,
    inner: Collection[str] = (),
) -> Iterator[PacketTable]:
    """Read captures chunk by chunk, in memory that does not grow with the files.

    Args:
        paths: files, folders, or "-" for standard input, read in the order given.
        chunk_packets: most rows of a chunk, at least 1.
        inner: as in `read_capture`.

    Yields:
        PacketTables with the rows of `read_captures` in the same order. A chunk holds rows of one
        file. `captures` names all files in every chunk, `index` counts through a file, and
        `warnings` of a file stand in its last chunk; those on files left out in the first of all.

    Raises:
        CaptureError: as `read_captures`, when the file at fault is reached.
        ValueError: no such tunnel, or chunk_packets < 1.
    """
    inner = checked_tunnels(inner)
    if chunk_packets < 1:
        raise ValueError(f"chunk_packets={chunk_packets}; a chunk holds at least one packet")
    return _chunks(_choose(paths), chunk_packets, inner)


def _chunks(chosen: _Chosen, chunk_packets: int, inner: Collection[str]) -> Iterator[PacketTable]:
    warnings, captures = chosen.warnings, tuple(chosen.names)
    for number, path in enumerate(chosen.files):
        for chunk in capture_chunks(
            path, captures=captures, number=number, chunk_packets=chunk_packets, inner=inner
        ):
            yield replace(chunk, warnings=(*warnings, *chunk.warnings))
            warnings = []


def capture_files(paths: Iterable[Source]) -> list[Source]:
    """The captures that are meant: files as they are, folders as the captures in them.

    A folder's files count, at any depth and in the order of their paths, whose names end like a
    capture's, such as .pcap, .pcapng.gz or .cap.zst.

    Raises:
        CaptureError: nothing was given, a folder holds no capture, or there are too many.
    """
    files: list[Source] = []
    for path in [paths] if isinstance(paths, str | os.PathLike) else paths:
        single = is_standard_input(path) or not Path(path).is_dir()
        files += [path] if single else _within(Path(path))
    _check_number(files)
    return files


def _within(folder: Path) -> list[Path]:
    within = sorted(p for p in folder.rglob("*") if is_capture_name(p.name) and p.is_file())
    if not within:
        raise CaptureError(
            f"{folder} holds no capture: names end in {', '.join(CAPTURE_SUFFIXES)}, and "
            f"{', '.join(COMPRESSION_SUFFIXES[1:])} behind that where they are packed"
        )
    return within


def _check_number(files: Sequence[Source]) -> None:
    if not files:
        raise CaptureError("no capture was given: name at least one file")
    if len(files) > MAX_CAPTURES:
        raise CaptureError(f"{len(files):,} captures; at most {MAX_CAPTURES:,} fit into one table")


def is_capture_name(name: str) -> bool:
    """Whether a file's name ends like a capture's."""
    return any(
        name.lower().endswith(suffix + packed)
        for suffix in CAPTURE_SUFFIXES
        for packed in COMPRESSION_SUFFIXES
    )


def without_others(folder: Path, files: Sequence[Path]) -> list[Path]:
    """The files of a folder that are captures; a warning names the others.

    Raises:
        CaptureError: none of them is.
    """
    return _sorted_out(folder, files)[0]


@dataclass
class _Chosen:
    """The files to read, their names, and what was left out."""

    files: list[Source] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def _choose(paths: Iterable[Source]) -> _Chosen:
    chosen = _Chosen()
    for path in [paths] if isinstance(paths, str | os.PathLike) else paths:
        if is_standard_input(path) or not Path(path).is_dir():
            chosen.files.append(path)
            chosen.names.append(capture_name(path))
            continue
        within, said = _sorted_out(Path(path), _within(Path(path)))
        often = Counter(file.name for file in within)
        for file in within:
            twice = often[file.name] > 1
            chosen.files.append(file)
            chosen.names.append(file.relative_to(path).as_posix() if twice else file.name)
        chosen.warnings += said
    _check_number(chosen.files)
    return chosen


def _sorted_out(folder: Path, files: Sequence[Path]) -> tuple[list[Path], tuple[str, ...]]:
    reasons = {path: why for path in files if (why := _why_none(path))}
    if not reasons:
        return list(files), ()
    shown = "; ".join(f"{path} {why}" for path, why in [*reasons.items()][:MAX_LOSSES])
    if len(reasons) > MAX_LOSSES:
        shown += f"; and {len(reasons) - MAX_LOSSES:,} more"
    if len(reasons) == len(files):
        raise CaptureError(f"{folder} holds no capture that can be read: {shown}")
    are = "is no capture and is" if len(reasons) == 1 else "are no captures and are"
    warning = f"{len(reasons):,} of {len(files):,} files of {folder} {are} left out: {shown}"
    logger.warning("%s", warning)
    return [path for path in files if path not in reasons], (warning,)


def _why_none(path: Path) -> str:
    """Why a file is no capture; "" where it is one, or where reading it will say what is wrong."""
    try:
        raw = open(path, "rb")  # noqa: SIM115 - closed below
    except OSError:
        return ""
    with raw:
        try:
            head = _head(raw)
        except (DamagedError, NothingLeftError) as error:
            return f"cannot be read ({error})"
        except OSError:
            # A disk that fails is no reason to go on with fewer packets.
            return ""
    if not head:
        return "is empty"
    if head.startswith(PCAPNG_MAGIC):
        return ""
    if head[:4] not in PCAP_MAGICS:
        return f"starts with bytes {head[:4].hex(' ')}"
    short = len(head) < FILE_HEADER_BYTES
    return f"ends after {len(head)} bytes, within its header" if short else ""


def _head(raw: IO[bytes]) -> bytes:
    """The first bytes of what a file holds, at least a pcap header where there are as many."""
    head = b""
    for piece in decompressed(raw):
        head += piece
        if len(head) >= FILE_HEADER_BYTES:
            break
    return head
