"""Lines of a CSV file as text, one at a time, in whatever encoding each of them is."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from pathlib import Path

from pclip.errors import PclipError

LONGEST_LINE = 2**20
"""Bytes. A file without line ends must not fill the memory."""


def csv_lines(path: Path, encodings: Sequence[str]) -> Iterator[str]:
    """The file's lines, each decoded by the first of the encodings that can.

    CIC-IDS2017 is ASCII but for the byte 0x96 in "Web Attack – XSS", which copies of it hold in
    three encodings.

    Raises:
        PclipError: the file cannot be read, or a line is too long or in none of the encodings.
    """
    try:
        with open(path, "rb") as file:
            number = 0
            while line := file.readline(LONGEST_LINE + 1):
                number += 1
                if len(line) > LONGEST_LINE:
                    raise PclipError(
                        f"{path}, line {number}: more than {LONGEST_LINE:,} bytes without an end "
                        "of line, expected a row of a CSV file; is it one?"
                    )
                if number == 1:
                    # Spreadsheets put a mark of the encoding before the first column's name.
                    line = line.removeprefix(codecs.BOM_UTF8)
                yield _decoded(line, encodings, path, number)
    except OSError as error:
        raise PclipError(
            f"cannot read {path}: {error.strerror or error}; name a CSV file of flows"
        ) from error


def _decoded(line: bytes, encodings: Sequence[str], path: Path, number: int) -> str:
    for encoding in encodings:
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise PclipError(
        f"{path}, line {number}: bytes that are not {' or '.join(encodings)}; convert the file, "
        "for example with `iconv`, or name its encoding in the layout"
    )
