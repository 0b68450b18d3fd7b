"""What lies in the folder that the user filled: which file is which, told by its content."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pclip.data.aci_iot.facts import FLOW_COLUMNS, HOMEPAGE, PAYLOAD_COLUMNS
from pclip.data.aci_iot.options import CAPTURES, FLOWS, PAYLOAD
from pclip.errors import PclipError
from pclip.packets import is_capture_name

CAPTURE_FOLDER = "pcap"
LONGEST_HEADER = 2**16
ENOUGH_TO_BE_MEANT = 0.5
"""Share of a kind's columns that a header has where it is that kind with a mistake in it."""

INSTRUCTIONS = f"""ACI-IoT-2023 cannot be downloaded by a program. Log in at {HOMEPAGE} (IEEE
DataPort), download it, unpack what is zipped, and put into one folder, the manual_dir:
  manual_dir/pcap/*.pcap   the raw captures, or .pcapng, also in sub-folders, also .gz, .xz
                           or .zst (mode captures)
  manual_dir/*.csv         the flow CSV, 85 columns from Flow ID to Connection Type
                           (modes captures and flows)
  manual_dir/*.csv         the payload CSV, columns srcip, sport, dstip, dsport, protocol_m, sttl,
                           total_len, payload, stime, label (mode payload)
File names are free: a CSV is known by its first line. Several of a kind are all read; the same
file twice is refused."""


@dataclass(frozen=True)
class ManualFiles:
    """Files of one mode, in the order of their names.

    Attributes:
        captures: capture files; empty but in mode captures.
        flow_csv: flow CSVs; empty in mode payload.
        payload_csv: payload CSVs; empty but in mode payload.
        folder: where they lie.
    """

    captures: tuple[Path, ...]
    flow_csv: tuple[Path, ...]
    payload_csv: tuple[Path, ...]
    folder: Path

    def capture_names(self) -> tuple[str, ...]:
        """Names relative to the folder, which differ even where file names are the same."""
        places = (self.folder / CAPTURE_FOLDER, self.folder)
        root = next(p for p in places if all(c.is_relative_to(p) for c in self.captures))
        return tuple(path.relative_to(root).as_posix() for path in self.captures)

    def fingerprints(self) -> dict[str, str]:
        """By each file's name within the folder, what tells it from another one.

        Its bytes; of a CSV, where a corrected label may leave them as many, their sha256 too.
        """
        found = {}
        for path in (*self.captures, *self.flow_csv, *self.payload_csv):
            name = path.relative_to(self.folder).as_posix()
            found[name] = f"{path.stat().st_size:,} bytes"
            if path not in self.captures:
                found[name] += f", sha256 {_sha256(path)}"
        return found


def find_manual_files(folder: Path, mode: str) -> ManualFiles:
    """The files that `mode` needs.

    Raises:
        PclipError: one is missing or there twice, or a CSV is neither kind; the remedy is said.
    """
    if not folder.is_dir():
        raise PclipError(f"manual_dir {folder} is no folder. {INSTRUCTIONS}")
    flows, payloads = _known_csv(folder)
    captures = _captures(folder)
    needed = {
        CAPTURES: (("a capture in pcap/", captures), ("the flow CSV", flows)),
        PAYLOAD: (("the payload CSV", payloads),),
        FLOWS: (("the flow CSV", flows),),
    }[mode]
    missing = [what for what, found in needed if not found]
    if missing:
        there = ", ".join(sorted(path.name for path in folder.iterdir())[:12]) or "nothing"
        raise PclipError(
            f"manual_dir {folder} lacks {' and '.join(missing)} for mode {mode}; it holds {there}. "
            f"{INSTRUCTIONS}"
        )
    for _, files in needed:
        _check_different(files)
    return ManualFiles(
        captures=captures if mode == CAPTURES else (),
        flow_csv=flows if mode != PAYLOAD else (),
        payload_csv=payloads if mode == PAYLOAD else (),
        folder=folder,
    )


def _check_different(files: Sequence[Path]) -> None:
    """A second copy, as browsers make them, would double every packet: train would be in test."""
    by_size: dict[int, list[Path]] = {}
    for path in files:
        by_size.setdefault(path.stat().st_size, []).append(path)
    for alike in by_size.values():
        seen: dict[str, Path] = {}
        for path in alike if len(alike) > 1 else ():
            digest = _sha256(path)
            if digest in seen:
                raise PclipError(f"{path} and {seen[digest]} are the same file; remove one")
            seen[digest] = path


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _captures(folder: Path) -> tuple[Path, ...]:
    within = folder / CAPTURE_FOLDER
    root = within if within.is_dir() else folder
    return tuple(sorted(p for p in root.rglob("*") if is_capture_name(p.name) and p.is_file()))


def _known_csv(folder: Path) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Flow CSVs and payload CSVs; one with a mistake in its header counts as what it resembles."""
    flows, payloads, odd = [], [], []
    for path in sorted(p for p in folder.iterdir() if p.suffix.lower() == ".csv"):
        header = _header(path)
        if len(header & set(FLOW_COLUMNS)) >= ENOUGH_TO_BE_MEANT * len(FLOW_COLUMNS):
            flows.append(path)
        elif len(header & set(PAYLOAD_COLUMNS)) >= ENOUGH_TO_BE_MEANT * len(PAYLOAD_COLUMNS):
            payloads.append(path)
        else:
            odd.append(path)
    if odd:
        raise PclipError(
            f"{odd[0]}, line 1: neither the flow CSV's columns nor the payload CSV's; remove the "
            f"file from manual_dir or restore its first line. {INSTRUCTIONS}"
        )
    return tuple(flows), tuple(payloads)


def _header(path: Path) -> set[str]:
    try:
        with open(path, encoding="utf-8-sig", errors="replace", newline="") as file:
            line = file.readline(LONGEST_HEADER)
    except OSError as error:
        raise PclipError(f"cannot read {path}: {error.strerror}; make it readable") from error
    try:
        cells = next(csv.reader([line]), [])
    except csv.Error:
        return set()
    return {cell.strip() for cell in cells}
