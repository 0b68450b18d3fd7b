"""Files of a recording, as they were written or compressed as they ship."""

from __future__ import annotations

import lzma
from pathlib import Path

COMPRESSED = ".xz"


def stored(folder: Path, name: str) -> Path:
    """The file `name` of a recording, or its compressed form where there is only that."""
    path = folder / name
    packed = folder / f"{name}{COMPRESSED}"
    return packed if packed.is_file() and not path.is_file() else path


def read_stored(path: Path) -> bytes:
    """What the file holds, uncompressed.

    Raises:
        ValueError: it is damaged.
    """
    content = path.read_bytes()
    if path.suffix != COMPRESSED:
        return content
    try:
        return lzma.decompress(content)
    except lzma.LZMAError as error:
        raise ValueError(f"{path}: {error}") from error


def captures(folder: Path) -> dict[str, Path]:
    """The captures of a recording in order of names: name without compression -> file."""
    paths = [*folder.glob("*.pcap"), *folder.glob(f"*.pcap{COMPRESSED}")]
    names = sorted({path.name.removesuffix(COMPRESSED) for path in paths})
    return {name: stored(folder, name) for name in names}
