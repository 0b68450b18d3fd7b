"""Reading flow CSVs: a stream of rows into NumPy columns, with file and line of every mistake."""

from __future__ import annotations

import csv
import math
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pclip.data.csv_lines import csv_lines
from pclip.data.flow_csv_cells import (
    Remembered,
    parse_address,
    parse_duration,
    parse_port,
    parse_protocol,
    timestamp_parser,
)
from pclip.data.flow_csv_layout import (
    DURATION_UNITS,
    FlowCsvLayout,
    Spellings,
    label_key,
    spellings,
)
from pclip.data.labelled_flows import LabelledFlows
from pclip.errors import PclipError

ROWS_AT_ONCE = 16_384
MOST_WORDS = 2**15 - 1
"""Distinct labels, or words of an extra column."""
SHOWN = 80
INFINITE = frozenset({"inf", "-inf", "+inf", "infinity", "-infinity", "+infinity"})
NOT_A_NUMBER = frozenset({"nan", "-nan", "+nan"})
REQUIRED = (
    "source_address",
    "source_port",
    "destination_address",
    "destination_port",
    "protocol",
    "timestamp",
    "label",
)


def read_flow_csv(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], layout: FlowCsvLayout
) -> LabelledFlows:
    """Read labelled flows, file after file.

    Args:
        paths: one CSV file or several, each with a header.
        layout: their dialect.

    Returns:
        LabelledFlows; duplicate rows are kept and counted.

    Raises:
        PclipError: a file that is missing, of other columns, or with a row that cannot be read.
            The message names file, line, column, what was found and what was expected.
    """
    several = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    if not several:
        raise PclipError("no flow CSV was given: name at least one file")
    files = [Path(path) for path in several]
    reader = _Reader(layout)
    for number, path in enumerate(files):
        reader.read(number, path)
    return reader.flows(tuple(path.name for path in files))


class _Words:
    """Words numbered in the order in which they come."""

    def __init__(self, known: Sequence[str] = ()) -> None:
        self.names: list[str] = []
        self._number: dict[str, int] = {}
        self._known = {label_key(name): name for name in known}
        self.expected = f"one of {', '.join(known)}" if known else "a word"

    def __call__(self, text: str) -> int:
        if not text:
            raise ValueError(text)
        name = self._known[label_key(text)] if self._known else text
        if name not in self._number:
            if len(self.names) == MOST_WORDS:
                raise ValueError(text)
            self._number[name] = len(self.names)
            self.names.append(name)
        return self._number[name]


class _Reader:
    def __init__(self, layout: FlowCsvLayout) -> None:
        self._layout = layout
        self._labels = _Words(layout.labels)
        self._extra = {name: _Words() for name in layout.extra}
        self._quirks: Counter[str] = Counter()
        self._pieces: list[dict[str, NDArray[Any]]] = []
        duration = partial(parse_duration, unit_ns=DURATION_UNITS[layout.duration_unit])
        times = "a time such as " + " or ".join(layout.timestamps)
        remedy = "correct the cell, or add its format to the layout"
        address = Remembered(parse_address)
        port = Remembered(parse_port)
        # Field of the layout -> memory, what its cells should be, what to do about others.
        self._parsers: dict[str, tuple[Mapping[str, Any], str, str]] = {
            "source_address": (address, "an IP address", "correct the cell"),
            "destination_address": (address, "an IP address", "correct the cell"),
            "source_port": (port, "a port from 0 to 65535, or -1", "correct the cell"),
            "destination_port": (port, "a port from 0 to 65535, or -1", "correct the cell"),
            "protocol": (
                Remembered(parse_protocol),
                "a protocol from 0 to 255 or a name such as tcp",
                "correct the cell",
            ),
            "timestamp": (Remembered(timestamp_parser(layout)), times, remedy),
            "label": (Remembered(self._labels), self._labels.expected, layout.label_remedy),
            "duration": (
                Remembered(duration),
                f"a number of {layout.duration_unit}, at most a year",
                "correct the cell, or the layout's duration_unit",
            ),
        }
        for name, words in self._extra.items():
            expected = f"one of at most {MOST_WORDS:,} words"
            self._parsers[name] = (Remembered(words), expected, "correct the cell")

    def read(self, number: int, path: Path) -> None:
        """Add one file's rows."""
        reader = csv.reader(csv_lines(path, self._layout.encodings), strict=True)
        try:
            header = [name.strip() for name in next(reader, [])]
            places = _places(self._layout, header, path)
            rates = [header.index(name) for name in self._layout.rates if name in header]
            chosen = itemgetter(*places.values(), *rates)
            rows: list[tuple[str, ...]] = []
            lines: list[int] = []
            marks: list[int] = []
            for cells in self._whole_rows(reader, header, places["label"], path):
                rows.append(chosen(cells))
                lines.append(reader.line_num)
                marks.append(hash(tuple(cells)))
                if len(rows) == ROWS_AT_ONCE:
                    self._add(number, path, places, header, rows, lines, marks)
                    rows, lines, marks = [], [], []
            self._add(number, path, places, header, rows, lines, marks)
        except csv.Error as error:
            raise PclipError(
                f"{path}, line {reader.line_num}: not a row of CSV ({error}), expected "
                "comma-separated cells; correct the line"
            ) from error

    def _whole_rows(
        self, reader: Any, header: list[str], label: int, path: Path
    ) -> Iterator[list[str]]:
        """Rows of as many cells as the header; rows of none, and headers again, are counted."""
        width, own = len(header), header[label]
        for cells in reader:
            if len(cells) == width:
                if cells[label] and cells[label].strip() != own:
                    yield cells
                    continue
                if [cell.strip() for cell in cells] == header:
                    self._quirks["repeated headers"] += 1
                    continue
            if not any(cell.strip() for cell in cells):
                self._quirks["empty rows"] += 1
            elif len(cells) != width:
                raise PclipError(
                    f"{path}, line {reader.line_num}: {len(cells)} cells, expected {width} as in "
                    f"the header; the row is {'short' if len(cells) < width else 'long'}: "
                    "correct or remove it"
                )
            else:
                yield cells

    def _add(
        self,
        number: int,
        path: Path,
        places: dict[str, int],
        header: list[str],
        rows: list[tuple[str, ...]],
        lines: list[int],
        marks: list[int],
    ) -> None:
        if not rows:
            return
        columns = list(zip(*rows, strict=True))
        piece: dict[str, NDArray[Any]] = {
            "line": np.array(lines, np.int32),
            "file": np.full(len(rows), number, np.int16),
            "mark": np.array(marks, np.int64),
        }
        for (name, place), cells in zip(places.items(), columns, strict=False):
            memory, expected, remedy = self._parsers[name]
            values = _parsed(memory, cells, lines, path, header[place], expected, remedy)
            if name.endswith("_address"):
                piece[name] = np.frombuffer(b"".join(values), np.uint8).reshape(-1, 16)
            elif name == "timestamp":
                pairs = np.array(values, np.int64)
                piece["start_ns"], piece["resolution_ns"] = pairs[:, 0], pairs[:, 1]
            else:
                piece[name] = np.array(values, TYPES.get(name, np.int16))
        if "duration" not in piece:
            piece["duration"] = np.zeros(len(rows), np.int64)
        self._count_quirks(piece, columns[len(places) :])
        self._pieces.append(piece)

    def _count_quirks(
        self, piece: dict[str, NDArray[Any]], rates: Sequence[tuple[str, ...]]
    ) -> None:
        for column in rates:
            words = [cell.strip().lower() for cell in set(column) if not _is_finite(cell)]
            if words:
                cells = [cell.strip().lower() for cell in column]
                self._quirks["infinite rates"] += sum(cell in INFINITE for cell in cells)
                self._quirks["rates that are no number"] += sum(c in NOT_A_NUMBER for c in cells)
        duration = piece["duration"]
        self._quirks["negative durations"] += int((duration < 0).sum())
        self._quirks["durations of 0"] += int((duration == 0).sum())
        piece["duration"] = np.maximum(duration, 0)

    def flows(self, files: tuple[str, ...]) -> LabelledFlows:
        def column(name: str) -> NDArray[Any]:
            empty = np.empty((0, 16) if name.endswith("_address") else 0, TYPES.get(name, np.int16))
            return np.concatenate([empty, *(piece.pop(name) for piece in self._pieces)])

        marks = column("mark")
        self._quirks["duplicate rows"] = len(marks) - len(np.unique(marks))
        return LabelledFlows(
            source_address=column("source_address"),
            destination_address=column("destination_address"),
            source_port=column("source_port"),
            destination_port=column("destination_port"),
            protocol=column("protocol"),
            start_ns=column("start_ns"),
            resolution_ns=column("resolution_ns"),
            duration_ns=column("duration"),
            label=column("label"),
            file=column("file"),
            line=column("line"),
            label_names=tuple(self._labels.names),
            files=files,
            extra={name: (column(name), tuple(w.names)) for name, w in self._extra.items()},
            utc_offset_s=self._layout.utc_offset_s,
            quirks={name: count for name, count in self._quirks.items() if count},
        )


TYPES: dict[str, Any] = {
    "source_address": np.uint8,
    "destination_address": np.uint8,
    "source_port": np.int32,
    "destination_port": np.int32,
    "protocol": np.uint8,
    "start_ns": np.int64,
    "resolution_ns": np.int64,
    "duration": np.int64,
    "label": np.int16,
    "line": np.int32,
    "mark": np.int64,
}


def _parsed(
    memory: Mapping[str, Any],
    cells: Sequence[str],
    lines: Sequence[int],
    path: Path,
    column: str,
    expected: str,
    remedy: str,
) -> list[Any]:
    try:
        return list(map(memory.__getitem__, cells))
    except (ValueError, KeyError, OverflowError):
        pass
    for cell, line in zip(cells, lines, strict=True):
        try:
            memory[cell]
        except (ValueError, KeyError, OverflowError):
            found = repr(cell.strip()[:SHOWN]) if cell.strip() else "an empty cell"
            raise PclipError(
                f"{path}, line {line}, column {column}: {found}, expected {expected}; {remedy}"
            ) from None
    raise AssertionError("a cell that failed once did not fail again")


def _places(layout: FlowCsvLayout, header: list[str], path: Path) -> dict[str, int]:
    """Field of the layout -> place of its column."""
    where = f"{path}, line 1"
    if not header:
        raise PclipError(f"{where}: the file is empty, expected a header; {layout.remedy}")
    if layout.header and tuple(header) != layout.header:
        _refuse_header(layout, header, where)
    names: dict[str, Spellings] = {field: getattr(layout, field) for field in REQUIRED}
    if layout.duration is not None:
        names["duration"] = layout.duration
    names |= {name: name for name in layout.extra}
    places = {}
    for field, known in names.items():
        there = next((name for name in spellings(known) if name in header), None)
        if there is None:
            raise PclipError(
                f"{where}: no column {' or '.join(spellings(known))} among "
                f"{len(header)} columns ({', '.join(header)[:400]}); {layout.remedy}"
            )
        # CIC-IDS2017 has Fwd Header Length twice, which does no harm: nobody reads it.
        if header.count(there) > 1:
            raise PclipError(
                f"{where}: column {there} is there {header.count(there)} times, expected once; "
                "rename or remove one"
            )
        places[field] = header.index(there)
    return places


def _refuse_header(layout: FlowCsvLayout, header: list[str], where: str) -> None:
    for number, expected in enumerate(layout.header):
        found = repr(header[number][:SHOWN]) if number < len(header) else "nothing"
        if found != repr(expected):
            raise PclipError(
                f"{where}, column {number + 1}: {found}, expected {expected!r}; the file has "
                f"{len(header)} columns, expected {len(layout.header)}; {layout.remedy}"
            )
    raise PclipError(
        f"{where}: {len(header)} columns, expected {len(layout.header)}; the first one too many "
        f"is {header[len(layout.header)][:SHOWN]!r}; {layout.remedy}"
    )


def _is_finite(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return True
