"""Files and folders that are either whole or absent: written aside, then renamed."""

from __future__ import annotations

import contextlib
import os
import shutil
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
        os.chmod(scratch, 0o666 & ~_umask())
        os.replace(scratch, final)
        scratch = None
    except OSError as error:
        raise _unwritten(final, error) from error
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


@contextlib.contextmanager
def atomic_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a folder to fill that takes the name `path` only when the block ends well.

    Args:
        path: the final name, which must be free or an empty folder; its parent is made where it is
            missing.

    Yields:
        A new folder beside it.

    Raises:
        PclipError: something is there under that name, or it cannot be written.
    """
    final = Path(path)
    scratch: Path | None = None
    try:
        if final.is_symlink() or (final.exists() and (not final.is_dir() or any(final.iterdir()))):
            raise PclipError(
                f"{final} is there already and is not overwritten: choose another name or move it"
            )
        final.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".part-", dir=final.parent))
        yield scratch
        for file in sorted(scratch.rglob("*")):
            if file.is_file():
                with open(file, "rb") as written:
                    os.fsync(written.fileno())
        os.chmod(scratch, 0o777 & ~_umask())
        # What somebody else has put there since is not replaced: only an empty folder can be.
        os.rename(scratch, final)
        scratch = None
    except OSError as error:
        raise _unwritten(final, error) from error
    finally:
        if scratch is not None:
            shutil.rmtree(scratch)


def read_bounded(path: str | os.PathLike[str], most: int) -> bytes:
    """The content of a file that is expected to be small.

    Args:
        path: the file.
        most: bytes; a larger file is not read.

    Raises:
        PclipError: it cannot be read, or is larger.
    """
    try:
        with open(path, "rb") as stream:
            content = stream.read(most + 1)
    except OSError as error:
        there = not isinstance(error, FileNotFoundError | NotADirectoryError | IsADirectoryError)
        advice = "check its rights" if there else "expected a file there"
        raise PclipError(f"{path}: cannot read it: {error.strerror}; {advice}") from error
    if len(content) > most:
        raise PclipError(f"{path} is larger than {most:,} bytes; is it another kind of file?")
    return content


def _unwritten(final: Path, error: OSError) -> PclipError:
    return PclipError(
        f"cannot write {final}: {error.strerror or error}; nothing was left under that name. "
        "Free some space or choose a folder that can be written."
    )


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask
