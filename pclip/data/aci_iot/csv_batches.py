"""A large CSV as batches of rows that can be parsed apart from each other."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pclip.data.csv_lines import csv_lines
from pclip.errors import PclipError

ROWS_AT_ONCE = 16_384
SHOWN_COLUMNS = 8
ENCODINGS = ("utf-8", "cp1252")


@dataclass(frozen=True)
class CsvBatch:
    """Rows of one file.

    Attributes:
        path: the file.
        number: of the file among its kind.
        columns: the header.
        first: number of the first row in the file, from 0, without empty rows and headers.
        lines: line of each row in the file, from 1.
        rows: cells as text, as many as columns.
        repeated: whether the same row stood before in this or an earlier file; empty where
            nobody asked.
        empty: rows without content, and headers in the middle, that stood among them.
    """

    path: Path
    number: int
    columns: tuple[str, ...]
    first: int
    lines: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]
    repeated: tuple[bool, ...]
    empty: int


def csv_batches(
    paths: Sequence[Path], needed: Sequence[str], *, exact: bool, duplicates: bool = False
) -> Iterator[CsvBatch]:
    """The rows of one file after the other.

    Args:
        paths: the files.
        needed: columns that must be there; with `exact` these, in this order, and no others.
        exact: see above.
        duplicates: whether rows are compared with all before them (some 110 bytes of memory for
            each distinct row, up to 145 while their set grows).

    Raises:
        PclipError: a file that cannot be read, a wrong header, a row that is short or long; file
            and line are named.
    """
    seen: set[bytes] | None = set() if duplicates else None
    for number, path in enumerate(paths):
        reader = csv.reader(csv_lines(path, ENCODINGS), strict=True)
        try:
            columns = tuple(cell.strip() for cell in next(reader, []))
            _check_header(path, columns, needed, exact)
            yield from _batches(path, number, columns, reader, seen)
        except csv.Error as error:
            raise PclipError(
                f"{path}, line {reader.line_num}: not a row of CSV ({error}), expected "
                "comma-separated cells; correct the line"
            ) from error


def _batches(
    path: Path, number: int, columns: tuple[str, ...], reader: Any, seen: set[bytes] | None
) -> Iterator[CsvBatch]:
    first, empty = 0, 0
    lines: list[int] = []
    rows: list[tuple[str, ...]] = []
    repeated: list[bool] = []

    def batch() -> CsvBatch:
        return CsvBatch(
            path, number, columns, first, tuple(lines), tuple(rows), tuple(repeated), empty
        )

    for cells in reader:
        if len(cells) != len(columns):
            if not any(cell.strip() for cell in cells):
                empty += 1
                continue
            raise PclipError(
                f"{path}, line {reader.line_num}: {len(cells)} cells, expected {len(columns)} as "
                f"in the header; the row is {'short' if len(cells) < len(columns) else 'long'}: "
                "correct or remove it"
            )
        if cells[0] == columns[0] and tuple(cell.strip() for cell in cells) == columns:
            empty += 1
            continue
        if seen is not None:
            mark = hashlib.blake2b("\0".join(cells).encode(), digest_size=16).digest()
            repeated.append(mark in seen)
            seen.add(mark)
        rows.append(tuple(cells))
        lines.append(reader.line_num)
        if len(rows) == ROWS_AT_ONCE:
            yield batch()
            first += len(rows)
            lines, rows, repeated, empty = [], [], [], 0
    if rows or empty:
        yield batch()


def _check_header(path: Path, columns: tuple[str, ...], needed: Sequence[str], exact: bool) -> None:
    remedy = "restore the file's first line as it was downloaded"
    missing = [name for name in needed if name not in columns]
    if missing:
        others = [name for name in columns if name not in needed]
        instead = f" and, not expected, {_named(others)}" if exact and others else ""
        raise PclipError(
            f"{path}, line 1: no column {_named(missing)} among {len(columns)} columns{instead}; "
            f"{remedy}"
        )
    if exact and columns != tuple(needed):
        wrong = next(
            (i for i, (a, b) in enumerate(zip(columns, needed, strict=False)) if a != b),
            len(needed),
        )
        raise PclipError(
            f"{path}, line 1, column {wrong + 1}: {columns[wrong]!r}, expected "
            f"{needed[wrong] if wrong < len(needed) else 'no more columns'!r}; {remedy}"
        )
    twice = [name for name in needed if columns.count(name) > 1]
    if twice:
        raise PclipError(
            f"{path}, line 1: column {twice[0]} is there {columns.count(twice[0])} times, "
            f"expected once; {remedy}"
        )


def _named(columns: Sequence[str]) -> str:
    more = f" and {len(columns) - SHOWN_COLUMNS} more" if len(columns) > SHOWN_COLUMNS else ""
    return ", ".join(columns[:SHOWN_COLUMNS]) + more
