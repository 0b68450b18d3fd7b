"""Captures for pre-training: archives of public captures, and a dataset's training part."""

from __future__ import annotations

import hashlib
import lzma
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pclip.data.bursts import BurstCorpus, burst_corpus, join_corpora, without
from pclip.data.names import load
from pclip.data.splits import make_split
from pclip.errors import PclipError
from pclip.packets import CaptureError, PacketTable, read_capture
from pclip.progress import progress

MAX_MEMBER_BYTES = 2**30
HELD_OUT_OF_256 = 13
"""5 % of the files, by the hash of their names: which these are does not depend on the others."""


@dataclass(frozen=True)
class SourceCount:
    """What one source gave.

    Attributes:
        name: the archive's or dataset's.
        files: captures that were read.
        left_out: files that are no captures.
        packets: usable packets for training.
        held_out_packets: usable packets for the loss on data that was never trained on.
    """

    name: str
    files: int
    left_out: int
    packets: int
    held_out_packets: int


@dataclass(frozen=True, eq=False)
class PretrainingData:
    """Packets to learn from, packets to measure on, and where they come from."""

    train: BurstCorpus
    held_out: BurstCorpus
    sources: tuple[SourceCount, ...]


def pretraining_data(
    folder: Path,
    archives: Sequence[str],
    dataset: str,
    *,
    bytes: str,
    max_length: int,
) -> PretrainingData:
    """Read everything that pre-training may see.

    Of each archive the files whose names' hash says so are held out. Of the dataset the training
    part of `round` is trained on and its validation part held out; its test part is not touched.
    Held-out rows that training has as well are taken away.

    Args:
        folder: of the archives NAME.tar.xz.
        archives: names; none for the dataset alone.
        dataset: a dataset's name, "" for none.
        bytes: byte policy.
        max_length: positions of a row.

    Raises:
        PclipError: an archive that is missing or damaged, or nothing to train on.
    """
    train: list[BurstCorpus] = []
    held_out: list[BurstCorpus] = []
    sources = []
    for name in archives:
        corpora: dict[bool, list[BurstCorpus]] = {False: [], True: []}
        packets = {False: 0, True: 0}
        captures = ArchiveCaptures(Path(folder) / f"{name}.tar.xz")
        for member, table in progress(captures, description=f"reading {name}", unit="file"):
            held = is_held_out(member)
            packets[held] += int(table.usable.sum())
            corpora[held].append(burst_corpus(table, bytes=bytes, max_length=max_length))
        train += corpora[False]
        held_out += corpora[True]
        files = sum(map(len, corpora.values()))
        sources.append(SourceCount(name, files, captures.left_out, packets[False], packets[True]))
    if dataset:
        data = load(dataset)
        split = make_split(data, "round")
        tables = [data.packets.take(rows) for rows in (split.train, split.validation)]
        ours = [burst_corpus(table, bytes=bytes, max_length=max_length) for table in tables]
        train.append(ours[0])
        held_out.append(ours[1])
        counts = [int(table.usable.sum()) for table in tables]
        sources.append(SourceCount(f"{dataset}, round", len(data.packets.captures), 0, *counts))
    if not sum(map(len, train)) or not sum(map(len, held_out)):
        raise PclipError(
            f"no packets to train on or none to hold out: archives {', '.join(archives) or 'none'} "
            f"in {folder}, dataset {dataset or 'none'}"
        )
    joined = join_corpora(train)
    return PretrainingData(joined, without(join_corpora(held_out), joined), tuple(sources))


def is_held_out(name: str) -> bool:
    """Whether the file of an archive is kept from training, by the hash of its name."""
    return hashlib.sha256(name.encode()).digest()[0] < HELD_OUT_OF_256


class ArchiveCaptures:
    """The captures of a tar archive, one after the other.

    Members are copied to a temporary file of ours; their names never name a path.

    Args:
        path: the archive, packed by anything that `tarfile` knows.

    Attributes:
        left_out: members so far that are no captures (or links, devices, empty files).
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.left_out = 0

    def __iter__(self) -> Iterator[tuple[str, PacketTable]]:
        """Yield (member's name, packets).

        Raises:
            PclipError: the archive is missing, damaged, or a member is larger than 1 GiB.
        """
        self.left_out = 0
        if not self._path.is_file():
            raise PclipError(
                f"no archive {self._path}; archives are not part of the project: put NAME.tar.xz, "
                "a tar archive of captures, into config.data.folder for each name in "
                "config.data.archives, or set --config.data.archives='()' to do without"
            )
        try:
            with tarfile.open(self._path) as packed, tempfile.TemporaryDirectory() as scratch:
                for member in packed:
                    table = self._read(packed, member, Path(scratch) / "capture")
                    if table is None:
                        self.left_out += not member.isdir()
                    else:
                        yield member.name, table
        except (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError) as error:
            # An OSError's own words say the path once more.
            reason = getattr(error, "strerror", None) or error
            raise PclipError(
                f"cannot read the archive {self._path}: {reason}; expected a tar file of captures"
            ) from error

    def _read(
        self, packed: tarfile.TarFile, member: tarfile.TarInfo, scratch: Path
    ) -> PacketTable | None:
        if member.size > MAX_MEMBER_BYTES:
            raise PclipError(
                f"{self._path} holds {member.name} of {member.size:,} bytes, expected at most "
                f"{MAX_MEMBER_BYTES:,}"
            )
        source = packed.extractfile(member) if member.isfile() else None
        if source is None:
            return None
        with open(scratch, "wb") as copy:
            shutil.copyfileobj(source, copy)
        try:
            return read_capture(scratch)
        except CaptureError:  # counted: archives hold texts beside their captures
            return None
