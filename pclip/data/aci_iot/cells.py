"""Cells of both CSVs: labels, numbers and times, with file and line of every mistake."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pclip.data.aci_iot.facts import ALL_CLASSES, RECORDED
from pclip.data.flow_csv_layout import label_key
from pclip.errors import PclipError

T = TypeVar("T")
SHOWN = 80
NS_PER_DAY = 86_400 * 10**9
_NUMBER_OF_KEY = {label_key(name): number for number, name in enumerate(ALL_CLASSES)}


def parse_label(text: str) -> int:
    """Index into `ALL_CLASSES`; case, blanks and dashes do not count.

    Raises:
        KeyError: none of them.
    """
    return _NUMBER_OF_KEY[label_key(text)]


def parse_column(
    parse: Callable[[str], T],
    cells: Sequence[str],
    lines: Sequence[int],
    path: Path,
    column: str,
    expected: str,
) -> list[T]:
    """Each cell parsed.

    Raises:
        PclipError: `parse` refused one with ValueError, KeyError or OverflowError; file, line and
            column are named.
    """
    found = []
    for cell, line in zip(cells, lines, strict=True):
        try:
            found.append(parse(cell))
        except (ValueError, KeyError, OverflowError):
            shown = repr(cell.strip()[:SHOWN]) if cell.strip() else "an empty cell"
            raise PclipError(
                f"{path}, line {line}, column {column}: {shown}, expected {expected}; correct or "
                "remove the row"
            ) from None
    return found


def true_dates(start_ns: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Times whose day and month were exchanged, put right.

    The flow CSV writes 2023-01-11 for the captures of 1 November 2023: a time outside of the
    months of `RECORDED` that lies in them once day and month are exchanged was swapped.

    Args:
        start_ns: int64[n], nanoseconds since 1970 as written.

    Returns:
        int64[n] and bool[n], which of them were swapped.
    """
    days, rest = np.divmod(start_ns, NS_PER_DAY)
    date = days.astype("datetime64[D]")
    month_start = date.astype("datetime64[M]")
    day = (date - month_start).astype(np.int64) + 1
    year = month_start.astype("datetime64[Y]")
    month = (month_start - year).astype(np.int64) + 1
    recorded = np.array(RECORDED, "datetime64[M]")
    exchanged_month = year.astype("datetime64[M]") + (day - 1)
    swapped = ~np.isin(month_start, recorded) & (day <= 12) & np.isin(exchanged_month, recorded)
    exchanged = exchanged_month.astype("datetime64[D]") + (month - 1)
    true = np.where(swapped, exchanged.astype(np.int64), days) * NS_PER_DAY + rest
    return true, swapped
