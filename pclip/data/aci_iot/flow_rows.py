"""Rows of the flow CSV as rows of numbers, its quirks mended and counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pclip.data.aci_iot.cells import parse_column, parse_label, true_dates
from pclip.data.aci_iot.csv_batches import CsvBatch
from pclip.data.aci_iot.facts import (
    ALL_CLASSES,
    FLOW_COLUMNS,
    IDLE_COLUMNS,
    LONGEST_IDLE_US,
    MEASURE_COLUMNS,
    RATE_COLUMNS,
)
from pclip.data.aci_iot.findings import Findings, tally
from pclip.data.aci_iot.frames import INDEX_BITS, Example
from pclip.data.aci_iot.options import AciOptions
from pclip.data.flow_csv_cells import Remembered, timestamp_parser
from pclip.data.flow_csv_layout import FlowCsvLayout

PLACE = {name: number for number, name in enumerate(FLOW_COLUMNS)}
IDLE = [MEASURE_COLUMNS.index(name) for name in IDLE_COLUMNS]
RATES = [MEASURE_COLUMNS.index(name) for name in RATE_COLUMNS]
TIMES = FlowCsvLayout()
LEAKS_CLOCK, INFINITE_RATE = 1, 2
"""Bits of `mended`."""


@dataclass(frozen=True, eq=False)
class FlowRows:
    """n rows of one flow CSV.

    Attributes:
        batch: where they come from.
        rows: int64[n], which rows of the batch these are.
        measures: float64[n, 79], `MEASURE_COLUMNS`; finite, and spans of time where Idle is one.
        mended: uint8[n], bits `LEAKS_CLOCK` and `INFINITE_RATE`.
        start_ns: int64[n], the timestamp with day and month put right, on the file's own clock.
        label: int16[n], index into `ALL_CLASSES`.
    """

    batch: CsvBatch
    rows: NDArray[np.int64]
    measures: NDArray[np.float64]
    mended: NDArray[np.uint8]
    start_ns: NDArray[np.int64]
    label: NDArray[np.int16]


def flow_rows(batch: CsvBatch, options: AciOptions) -> tuple[FlowRows, Findings]:
    """Numbers of the batch's rows, and what was odd about them.

    Infinite and undefined rates (of flows of no duration) become 0, as in `pclip.packets`' own flow
    table; Idle columns that hold the time of day become 0 and the row is marked, for the span that
    belongs there cannot be told from the file.

    Raises:
        PclipError: a cell that cannot be read; file, line and column are named.
    """
    measures = _measures(batch)

    def column(name: str, parse: Callable[[str], Any], expected: str) -> list:
        cells = [row[PLACE[name]] for row in batch.rows]
        return parse_column(parse, cells, batch.lines, batch.path, name, expected)

    label = np.array(column("Label", parse_label, f"one of {', '.join(ALL_CLASSES)}"), np.int16)
    written = column(
        "Timestamp", Remembered(timestamp_parser(TIMES)).__getitem__, "2023-01-11 09:43:40"
    )
    ahead = round((options.clock_offset_s or 0.0) * 1e9)
    start, swapped = true_dates(np.array([ns for ns, _ in written], np.int64))
    mended = np.zeros(len(measures), np.uint8)
    odd_rates = ~np.isfinite(measures[:, RATES])
    counts = {
        f"flow CSV/{kind} in {name}": int(found[:, place].sum())
        for kind, found in (
            ("infinity", np.isinf(measures[:, RATES])),
            ("no number", np.isnan(measures[:, RATES])),
        )
        for place, name in enumerate(RATE_COLUMNS)
    }
    measures[:, RATES] = np.where(odd_rates, 0.0, measures[:, RATES])
    mended[odd_rates.any(axis=1)] |= INFINITE_RATE
    others = ~np.isfinite(measures)
    counts["flow CSV/infinity or no number elsewhere"] = int(others.sum())
    measures[others] = 0.0
    clock = measures[:, IDLE] > LONGEST_IDLE_US
    measures[:, IDLE] = np.where(clock, 0.0, measures[:, IDLE])
    mended[clock.any(axis=1)] |= LEAKS_CLOCK
    again = np.array(batch.repeated, bool) if batch.repeated else np.zeros(len(measures), bool)
    rows = np.flatnonzero(~again | options.keep_duplicates)
    words = np.array(ALL_CLASSES)[label]
    takes_part = np.isin(words[rows], options.class_names)
    found = FlowRows(batch, rows, measures[rows], mended[rows], (start + ahead)[rows], label[rows])
    return found, Findings(
        counts
        | tally("labels", words.tolist())
        | tally("examples", words[rows][takes_part].tolist())
        | tally("left out as of another class", words[rows][~takes_part].tolist())
        | tally("connection types", [row[PLACE["Connection Type"]] for row in batch.rows])
        | {
            "flow CSV/rows": len(batch.rows),
            "flow CSV/empty rows": batch.empty,
            "flow CSV/duplicate rows": int(again.sum()),
            "flow CSV/duplicate rows left out": len(batch.rows) - len(rows),
            "flow CSV/day and month swapped": int(swapped.sum()),
            "flow CSV/rows with the time of day in Idle": int(clock.any(axis=1).sum()),
        },
        lowest=measures.min(axis=0, initial=np.inf),
        highest=measures.max(axis=0, initial=-np.inf),
    )


def flow_examples(found: FlowRows, options: AciOptions) -> Iterator[Example]:
    """Key and example of each row whose class takes part, in the order of the file."""
    names, batch = options.class_names, found.batch
    number = np.array([names.index(n) if n in names else -1 for n in ALL_CLASSES])[found.label]
    for place in np.flatnonzero(number >= 0).tolist():
        row = int(found.rows[place])
        cells = batch.rows[row]
        index = batch.first + row
        yield (
            batch.number << INDEX_BITS | index,
            {
                "measures": found.measures[place],
                "flow_id": cells[PLACE["Flow ID"]].strip(),
                "source_address": cells[PLACE["Src IP"]].strip(),
                "destination_address": cells[PLACE["Dst IP"]].strip(),
                "timestamp": cells[PLACE["Timestamp"]].strip(),
                "start_ns": int(found.start_ns[place]),
                "mended": int(found.mended[place]),
                "file_number": batch.number,
                "index": index,
                "label": int(number[place]),
                "connection_type": cells[PLACE["Connection Type"]].strip(),
            },
        )


def _measures(batch: CsvBatch) -> NDArray[np.float64]:
    measures = np.empty((len(batch.rows), len(MEASURE_COLUMNS)))
    for place, name in enumerate(MEASURE_COLUMNS):
        cells = [row[PLACE[name]] for row in batch.rows]
        try:
            measures[:, place] = cells
        except ValueError:
            measures[:, place] = parse_column(
                float, cells, batch.lines, batch.path, name, "a number"
            )
    return measures
