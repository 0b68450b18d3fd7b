"""Several captures, folders among them: a file of a folder that is no capture is left out."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from pclip.packets import capture
from pclip.packets.capture import CHUNK_PACKETS, STANDARD_INPUT, CaptureError, Source
from pclip.packets.decompress import DamagedError, decompressed
from pclip.packets.pcap import FILE_HEADER_BYTES, PCAP_MAGICS
from pclip.packets.pcapng import PCAPNG_MAGIC
from pclip.packets.records import MAX_LOSSES
from pclip.packets.table import PacketTable

logger = logging.getLogger("pclip")


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
    table = capture.read_captures(chosen.files, inner=inner)
    return replace(
        table,
        captures=chosen.named(table.captures),
        warnings=(*chosen.warnings, *table.warnings),
    )


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
    chosen = _choose(paths)
    chunks = capture.iter_captures(chosen.files, chunk_packets=chunk_packets, inner=inner)
    return _described(chunks, chosen)


def without_others(folder: Path, files: Sequence[Path]) -> list[Path]:
    """The files of a folder that are captures; a warning names the others.

    Raises:
        CaptureError: none of them is.
    """
    return _sorted_out(folder, files)[0]


@dataclass
class _Chosen:
    """The files to read, what they are called where not by their names, and what was left out."""

    files: list[Source] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def named(self, captures: Sequence[str]) -> tuple[str, ...]:
        return tuple(self.names.get(number, name) for number, name in enumerate(captures))


def _described(chunks: Iterator[PacketTable], chosen: _Chosen) -> Iterator[PacketTable]:
    warnings = chosen.warnings
    for chunk in chunks:
        captures = chosen.named(chunk.captures)
        yield replace(chunk, captures=captures, warnings=(*warnings, *chunk.warnings))
        warnings = []


def _choose(paths: Iterable[Source]) -> _Chosen:
    chosen = _Chosen()
    for path in [paths] if isinstance(paths, str | os.PathLike) else paths:
        if os.fspath(path) == STANDARD_INPUT:
            chosen.files.append(_StandardInput())
        elif Path(path).is_dir():
            within, said = _sorted_out(Path(path), [Path(p) for p in capture.capture_files([path])])
            often = Counter(file.name for file in within)
            for number, file in enumerate(within, len(chosen.files)):
                if often[file.name] > 1:
                    chosen.names[number] = file.relative_to(path).as_posix()
            chosen.files += within
            chosen.warnings += said
        else:
            chosen.files.append(path)
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
        except (DamagedError, OSError) as error:
            return f"cannot be read ({error})"
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


@dataclass(frozen=True)
class _StandardInput(os.PathLike[str]):
    """The path "-", which messages call by its name."""

    def __fspath__(self) -> str:
        return STANDARD_INPUT

    def __str__(self) -> str:
        return "standard input"
