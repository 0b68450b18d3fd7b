"""Public captures of other projects through the reader, tokens and the flow table.

python -m benchmarks.public --folder FOLDER [--out docs/benchmarks/public.md]

The folder (by default ../shared/data/public) holds archives (tar.xz) of captures; they are
unpacked into a temporary folder. Every file's number of records is compared with that of
Wireshark's capinfos where it can read the file.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.machine import machine, table, today
from benchmarks.peers import INSTALL_TSHARK
from pclip.errors import PclipError
from pclip.files import write_atomic
from pclip.packets import (
    TUNNELS,
    CaptureError,
    bigram_tokens,
    flow_table,
    iter_captures,
    read_capture,
)
from pclip.progress import progress

DEFAULT_FOLDER = Path("../shared/data/public")
CAPINFOS_SECONDS = 60
CAPINFOS_OPTIONS = ("-c", "-M", "-T", "-r", "-m")
CHUNK_PACKETS = 100


@dataclass
class Seen:
    """What the files of one archive gave."""

    files: int = 0
    others: list[str] = field(default_factory=list)
    packets: int = 0
    inner: int = 0
    flows: int = 0
    seconds: float = 0.0
    links: Counter[int] = field(default_factory=Counter)
    skips: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)
    compared: int = 0
    agreed: int = 0
    differences: list[str] = field(default_factory=list)


def archives(folder: Path) -> list[Path]:
    """The tar.xz files of a folder, sorted.

    Raises:
        PclipError: there is none.
    """
    found = sorted(folder.glob("*.tar.xz"))
    if not found:
        raise PclipError(f"{folder} holds no tar.xz archive of captures; name it with --folder")
    return found


def unpack(archive: Path, folder: Path) -> list[Path]:
    """Unpack an archive into `folder`, never outside it; gives its files, sorted."""
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def look(path: Path, name: str, seen: Seen) -> None:
    """Take one file through everything that reads packets, and add what it gave to `seen`.

    Raises:
        AssertionError: two ways of reading the same file differ.
    """
    started = time.perf_counter()
    try:
        packets = read_capture(path)
    except CaptureError as error:
        seen.others.append(f"{name}: {str(error).replace(str(path), 'it')}")
        count = None
    else:
        tokens = bigram_tokens(packets)
        flows = flow_table(packets)
        assert len(tokens) == len(packets)
        assert ((flows.flow_of_packet >= 0) == packets.usable).all()
        seen.seconds += time.perf_counter() - started
        chunks = list(iter_captures([path], chunk_packets=CHUNK_PACKETS))
        for column in ("time_ns", "captured_length", "skip_reason", "source_address"):
            pieces = np.concatenate([getattr(chunk, column) for chunk in chunks])
            assert np.array_equal(pieces, getattr(packets, column)), f"{name}: {column}"
        inside = read_capture(path, inner=TUNNELS)
        seen.inner += int((inside.network_offset != packets.network_offset).sum())
        count = len(packets)
        seen.files += 1
        seen.packets += count
        seen.flows += len(flows)
        seen.links.update(packets.link_type.tolist())
        seen.skips.update(packets.describe_skips())
        seen.warnings += [f"{name}: {warning}" for warning in packets.warnings]
    compare(path, name, count, seen)


def compare(path: Path, name: str, count: int | None, seen: Seen) -> None:
    """Hold the number of records against capinfos'."""
    theirs, complaint = capinfos(path)
    if theirs is None:
        if count is not None:
            seen.differences.append(f"{name}: {count:,} here, capinfos cannot read it: {complaint}")
        return
    seen.compared += 1
    seen.agreed += theirs == count
    if theirs != count:
        ours = "not a capture" if count is None else f"{count:,}"
        seen.differences.append(f"{name}: {ours} here, {theirs:,} by capinfos {complaint}")


def capinfos(path: Path) -> tuple[int | None, str]:
    """Number of records as capinfos counts them, None where it cannot; what it complains about."""
    program = shutil.which("capinfos")
    if program is None:
        return None, f"capinfos is not installed: {INSTALL_TSHARK}"
    try:
        result = subprocess.run(
            [program, *CAPINFOS_OPTIONS, str(path)],
            capture_output=True,
            timeout=CAPINFOS_SECONDS,
            text=True,
            errors="replace",
        )
    except subprocess.TimeoutExpired:
        return None, f"no answer within {CAPINFOS_SECONDS} s"
    last = result.stdout.strip().rpartition(",")[2]
    complaint = " ".join(result.stderr.replace(str(path), "it").split())
    return (int(last) if last.isdigit() else None), complaint


def counted(values: Counter) -> str:
    """Values with their numbers, most frequent first."""
    return ", ".join(f"{value}: {count:,}" for value, count in values.most_common()) or "-"


def report(results: dict[str, Seen]) -> str:
    """The page."""
    head = ["archive", "captures", "packets", "flows", "in tunnels", "s", "same as capinfos"]
    rows = []
    for name, seen in results.items():
        agreed = f"{seen.agreed} of {seen.files}"
        counts = (seen.files, seen.packets, seen.flows, seen.inner)
        rows.append([name, *(f"{count:,}" for count in counts), f"{seen.seconds:.2f}", agreed])
    links = [[name, counted(seen.links)] for name, seen in results.items()]
    skips = [[name, counted(seen.skips)] for name, seen in results.items()]

    def listed(field_name: str, none: str) -> list[str]:
        lines = [line for seen in results.values() for line in getattr(seen, field_name)]
        return [f"- {line}" for line in lines] or [none]

    page = [
        "# Public captures",
        "",
        "Made by `python -m benchmarks.public`; change that, not this page.",
        "",
        f"{machine()}; {capinfos_version()}. {today()}.",
        "",
        "Every file goes through `read_capture`, `bigram_tokens` and `flow_table` (the seconds of "
        f"the table), through `iter_captures` in chunks of {CHUNK_PACKETS} packets, whose columns "
        f"must equal, and once more with all tunnels looked into ({', '.join(TUNNELS)}). No file "
        "ends in an exception other than `CaptureError`.",
        "",
        table(head, rows),
        "",
        "## Link types",
        "",
        table(["archive", "LINKTYPE number: packets"], links),
        "",
        "## Rows without a decoded packet",
        "",
        table(["archive", "reason: packets"], skips),
        "",
        "## Differences to capinfos",
        "",
        *listed("differences", "None: every number of records is the same."),
        "",
        "## What the reader warned of",
        "",
        *listed("warnings", "Nothing."),
        "",
        "## Files that are no captures",
        "",
        *listed("others", "None."),
        "",
    ]
    return "\n".join(page)


def capinfos_version() -> str:
    """Name and version of capinfos, or that it is absent."""
    program = shutil.which("capinfos")
    if program is None:
        return f"capinfos is not installed: {INSTALL_TSHARK}"
    shown = subprocess.run([program, "--version"], capture_output=True, check=True, text=True)
    return shown.stdout.splitlines()[0].split("(Git")[0].strip()


def main() -> None:
    """Read the command line, go through the archives, write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--folder", type=Path, default=DEFAULT_FOLDER, help="of tar.xz archives of captures"
    )
    parser.add_argument("--out", type=Path, default=Path("docs/benchmarks/public.md"))
    options = parser.parse_args()
    # The page lists the warnings.
    logging.getLogger("pclip").setLevel(logging.ERROR)
    results: dict[str, Seen] = {}
    for archive in archives(options.folder):
        name = archive.name.removesuffix(".tar.xz")
        results[name] = Seen()
        with tempfile.TemporaryDirectory() as scratch:
            for path in progress(unpack(archive, Path(scratch)), description=name, unit="file"):
                look(path, path.relative_to(scratch).as_posix(), results[name])
    page = report(results)
    write_atomic(options.out, page)
    print(page)


if __name__ == "__main__":
    try:
        main()
    except PclipError as error:
        raise SystemExit(f"benchmarks.public: {error}") from error
