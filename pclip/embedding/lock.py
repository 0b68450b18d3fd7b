"""One process at a time in a folder."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pclip.errors import PclipError

logger = logging.getLogger("pclip")


@contextmanager
def locked(folder: Path, what: str) -> Iterator[None]:
    """Hold `folder` for this process; wait, and say so, while another one holds it.

    The system frees the lock of a process that ends, however it ends, so a kill leaves nothing to
    clean up. The lock's file stays: to delete it would take it from under those who wait.

    Args:
        folder: made where it is missing.
        what: what the other process does, for the message.

    Raises:
        PclipError: the folder cannot be written, or its file system has no locks.
    """
    path = folder / ".lock"
    try:
        lock = _acquire(path, f"another process {what} {folder}; waiting for it to finish or end")
    except OSError as error:
        raise PclipError(
            f"cannot lock {path}: {error.strerror}; choose a folder that can be written, on a file "
            "system with locks (flock)"
        ) from error
    try:
        yield
    finally:
        os.close(lock)


def _acquire(path: Path, message: str) -> int:
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                logger.warning(message)
                fcntl.flock(lock, fcntl.LOCK_EX)
            # Somebody may have deleted the folder meanwhile: then this lock holds nothing.
            if path.exists() and os.path.samestat(os.fstat(lock), path.stat()):
                return lock
        except BaseException:
            os.close(lock)
            raise
        os.close(lock)
