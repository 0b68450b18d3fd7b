"""Records: every exchange with a language model, a line of JSON each, added and never changed."""

from __future__ import annotations

import fcntl
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pclip.errors import PclipError
from pclip.llm.exchange import (
    LINE_BEGINS,
    MAX_LINE_BYTES,
    Exchange,
    read_exchange,
    write_exchange,
)

MAX_RECORD_BYTES = 256 * 1024 * 1024

logger = logging.getLogger("pclip")


class Record:
    """A record that is added to.

    A line is on the disk before `append` returns. Several processes may add to one record: a lock
    of the file keeps their lines apart, and the system frees it when a process ends. What a kill
    left of a line is moved to FILE.torn before the next line is written.

    Args:
        path: a file of JSON lines; the first line makes it where it is missing, and its folder is
            made at once.

    Raises:
        PclipError: the file cannot be written, has no locks, or ends in something else than an
            exchange; such a file is not changed.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        if self.path.exists():
            with self._locked() as file:
                self._set_torn_line_aside(file)
        else:
            self._try_folder()

    def exchanges(self) -> list[Exchange]:
        """What the record holds, in order (`read_record`); nothing where there is no file yet."""
        return read_record(self.path) if self.path.exists() else []

    def append(self, exchange: Exchange) -> None:
        """Add an exchange.

        Raises:
            PclipError: it cannot be written, or could not be read again; the record is what it was
                before.
        """
        line = write_exchange(exchange)
        read_exchange(line, f"{self.path}, a line to be added")
        with self._locked() as file:
            self._set_torn_line_aside(file)
            size = os.fstat(file).st_size
            try:
                _write_durably(file, line)
            except OSError:
                os.ftruncate(file, size)
                raise

    def _try_folder(self) -> None:
        """Find out now, and not after an answer was paid for, that no file can be made."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.path.parent):
                pass
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> PclipError:
        return PclipError(
            f"cannot write the record {self.path}: {error.strerror or error}; free some space "
            "or name a file that can be written, on a file system with locks (flock)"
        )

    @contextmanager
    def _locked(self) -> Iterator[int]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield file
            finally:
                os.close(file)
        except OSError as error:
            raise self._unwritable(error) from error

    def _set_torn_line_aside(self, file: int) -> None:
        end = os.fstat(file).st_size
        if end == 0 or os.pread(file, 1, end - 1) == b"\n":
            return
        tail = os.pread(file, MAX_LINE_BYTES, max(0, end - MAX_LINE_BYTES))
        begin = end - len(tail) + tail.rfind(b"\n") + 1
        if begin == end - len(tail) > 0:
            raise PclipError(
                f"{self.path} ends in a line of more than {MAX_LINE_BYTES:,} bytes: expected "
                "exchanges with a language model, one a line; name another file for the record"
            )
        torn = tail[tail.rfind(b"\n") + 1 :]
        if _is_whole(torn):
            _write_durably(file, b"\n")
            return
        if torn[: len(LINE_BEGINS)] != LINE_BEGINS[: len(torn)]:
            raise PclipError(
                # What it is may be a secret: a file of keys, named by mistake.
                f"{self.path} ends in a line that is none of a record: expected exchanges with a "
                "language model, one a line; name another file for it, this one is left as it is"
            )
        aside = self.path.with_name(self.path.name + ".torn")
        other = os.open(aside, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            _write_durably(other, torn + b"\n")
        finally:
            os.close(other)
        os.ftruncate(file, begin)
        logger.warning(
            f"{self.path}: the last line was cut short, as by a kill; moved to {aside.name}, its "
            "question will be asked again"
        )


def read_record(path: str | os.PathLike[str]) -> list[Exchange]:
    """The exchanges of a record, in order.

    A last line that was cut short is left out, with a warning; the file is not changed.

    Raises:
        PclipError: no such file, more than `MAX_RECORD_BYTES`, or a line that is no exchange.
    """
    file = Path(path)
    exchanges = []
    try:
        if file.exists() and not (file.is_file() or file.is_dir()):
            # A pipe may have no end, and whoever opens it waits for its writer.
            raise PclipError(f"{file}: expected a record in a regular file; it is none")
        with open(file, "rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            if size > MAX_RECORD_BYTES:
                raise PclipError(
                    f"{file}: {size:,} bytes, expected a record of at most {MAX_RECORD_BYTES:,}; "
                    "is it another kind of file?"
                )
            number = 0
            while line := stream.readline(MAX_LINE_BYTES + 1):
                number += 1
                if len(line) > MAX_LINE_BYTES:
                    raise PclipError(
                        f"{file}, line {number}: more than {MAX_LINE_BYTES:,} bytes; expected "
                        "exchanges with a language model, one a line"
                    )
                if not line.endswith(b"\n") and not _is_whole(line):
                    logger.warning(f"{file}, line {number} was cut short and is left out")
                    break
                exchanges.append(read_exchange(line, f"{file}, line {number}"))
    except OSError as error:
        raise PclipError(
            f"{file}: cannot read the record: {error.strerror or error}; expected a file of "
            "exchanges with a language model, one a line"
        ) from error
    return exchanges


def _is_whole(line: bytes) -> bool:
    """Whether a last line lacks its newline alone, as some editors leave it."""
    try:
        read_exchange(line, "the last line")
    except PclipError:
        return False
    return True


def _write_durably(file: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(file, rest) :]
    os.fsync(file)
