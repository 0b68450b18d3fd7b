"""Files that are either whole or absent: written aside, then renamed."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pclip.errors import PclipError


@contextlib.contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a path to write to that takes the name `path` only when the block ends well.

    The data reaches the disk before the rename, so a kill, a power cut or a full disk leaves
    either the old file or the new one under `path`, never a part.

    Args:
        path: the final name; its folder is made where it is missing.

    Yields:
        A path in the same folder with the same suffix.

    Raises:
        PclipError: the folder cannot be written or the disk is full.
    """
    final = Path(path)
    scratch: Path | None = None
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".part-", suffix=final.suffix, dir=final.parent)
        os.close(handle)
        scratch = Path(name)
        yield scratch
        with open(scratch, "rb") as written:
            os.fsync(written.fileno())
        # mkstemp makes files for the owner's eyes only; a result is for everyone the umask admits.
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(scratch, 0o666 & ~umask)
        os.replace(scratch, final)
        scratch = None
    except OSError as error:
        reason = error.strerror or str(error)
        raise PclipError(
            f"cannot write {final}: {reason}; nothing was left under that name. "
            "Free some space or choose a folder that can be written."
        ) from error
    finally:
        if scratch is not None:
            scratch.unlink(missing_ok=True)


def write_atomic(path: str | os.PathLike[str], content: bytes | str) -> None:
    """Write `content` (text as UTF-8) under `path`, whole or not at all.

    Raises:
        PclipError: the folder cannot be written or the disk is full.
    """
    data = content.encode() if isinstance(content, str) else content
    with atomic_path(path) as scratch:
        scratch.write_bytes(data)
