"""The container of torch 1.6 and later: a zip archive whose members are not compressed.

    NAME/data.pkl      the pickle
    NAME/byteorder     "little" or "big"; absent in older files, which are little
    NAME/data/KEY      the bytes of storage KEY

Source: torch/serialization.py, `_save`.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from pclip.errors import PclipError
from pclip.models.torch_pickle import MAX_PICKLE_BYTES, load_pickle
from pclip.models.torch_storage import decode_storage, shown, storage_bytes

MAX_READ_BYTES = 1 << 22
"""Read at once; zipfile reads the whole directory at once, whose 46 bytes become 600 in memory."""

_PICKLE = "data.pkl"


class _ShortReads(io.FileIO):
    """A file of which nobody reads more than `MAX_READ_BYTES` at once."""

    def read(self, size: int | None = -1, /) -> Any:
        if size is None or size < 0:
            size = os.fstat(self.fileno()).st_size - self.tell()
        if size > MAX_READ_BYTES:
            raise zipfile.BadZipFile(f"a directory of more than {MAX_READ_BYTES:,} bytes")
        return super().read(size)


def read_zip(path: Path) -> tuple[Any, dict[str, np.ndarray]]:
    """What a zip archive of torch holds.

    Args:
        path: the file.

    Returns:
        The value that its pickle describes, and the numbers of the storages by key.

    Raises:
        PclipError: not whole, or not as torch writes it: members that are compressed, there twice,
            larger than the file, or of another size than the pickle says.
        OSError: the file cannot be read.
    """
    source = str(path)
    try:
        with _ShortReads(path, "rb") as file, zipfile.ZipFile(file) as archive:
            members = _members(archive, os.fstat(file.fileno()).st_size, source)
            return _contents(archive, members, source)
    # zipfile says so of damage, of versions and flags that it does not know, and of members' names
    # that are said to be UTF-8 and are not.
    except (zipfile.BadZipFile, NotImplementedError, EOFError, UnicodeDecodeError) as error:
        raise PclipError(f"{source} is not a whole torch file ({error}); fetch it again") from error


def _members(archive: zipfile.ZipFile, size: int, source: str) -> dict[str, zipfile.ZipInfo]:
    """Members by their names without the folder, after checks of what they claim to be."""
    infos = archive.infolist()
    names = [info.filename for info in infos]
    if len(set(names)) != len(names):
        raise PclipError(f"{source} holds members twice; torch writes each once: fetch it again")
    for info in infos:
        if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
            raise PclipError(
                f"{source}: member {shown(info.filename)} is compressed or encrypted, which torch "
                "never does; fetch it again"
            )
    if sum(info.file_size for info in infos) > size:
        raise PclipError(f"{source}: its members claim to be larger than the file; fetch it again")
    folders = [name.removesuffix(_PICKLE) for name in names if name.endswith(f"/{_PICKLE}")]
    if len(folders) != 1:
        raise PclipError(
            f"{source} is a zip archive with {len(folders)} members {_PICKLE}, expected one: is it "
            "a file that torch.save wrote?"
        )
    return {
        info.filename.removeprefix(folders[0]): info
        for info in infos
        if info.filename.startswith(folders[0])
    }


def _contents(
    archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo], source: str
) -> tuple[Any, dict[str, np.ndarray]]:
    if members[_PICKLE].file_size > MAX_PICKLE_BYTES:
        raise PclipError(
            f"{source}: {_PICKLE} has {members[_PICKLE].file_size:,} bytes, expected at most "
            f"{MAX_PICKLE_BYTES:,}"
        )
    order: Literal["little", "big"] = "little"
    if "byteorder" in members:
        said = _read(archive, members["byteorder"]).tobytes()
        if said not in (b"little", b"big"):
            raise PclipError(f"{source}: byteorder is {said[:8]!r}, expected little or big")
        order = "little" if said == b"little" else "big"
    value, storages, _ = load_pickle(_read(archive, members[_PICKLE]).tobytes(), source)
    numbers = {}
    for key, storage in storages.items():
        member = members.get(f"data/{key}")
        there = -1 if member is None else member.file_size
        if member is None or there != storage_bytes(storage):
            raise PclipError(
                f"{source}: storage {shown(key)} has {max(there, 0):,} bytes, expected "
                f"{storage_bytes(storage):,}; fetch it again"
            )
        numbers[key] = decode_storage(_read(archive, member), storage, order)
    return value, numbers


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    """Bytes of a member; zipfile compares their checksum."""
    content = np.empty(member.file_size, np.uint8)
    with archive.open(member) as file:
        place = 0
        while part := file.read(MAX_READ_BYTES):
            content[place : place + len(part)] = np.frombuffer(part, np.uint8)
            place += len(part)
    if place != len(content):
        raise EOFError(f"{member.filename} ends after {place:,} of {len(content):,} bytes")
    return content
