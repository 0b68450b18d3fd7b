"""`LabelledFlows`: what a flow CSV says about who talked when, and what it was."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

NS_PER_S = 1_000_000_000
NO_LABEL = -1


@dataclass(frozen=True, eq=False)
class LabelledFlows:
    """m flows of one or more CSV files, in file order.

    Attributes:
        source_address, destination_address: uint8[m, 16], IPv4 as ::ffff:a.b.c.d.
        source_port, destination_port: int32[m], as written; -1 where the cell says so.
        protocol: uint8[m], IP protocol; 0 where the tool did not know (CICFlowMeter on ICMP).
        start_ns: int64[m], nanoseconds since 1970 in UTC, as the layout reads the timestamp.
        resolution_ns: int64[m], how far the timestamp was rounded down: a minute, a second, 0.
        duration_ns: int64[m], never negative.
        label: int16[m], index into `label_names`.
        file: int16[m], index into `files`.
        line: int32[m], line in its file, from 1.
        label_names: the labels that occur.
        files: names of the files, without folder.
        extra: column -> (int16[m] index, its words) of the layout's `extra`.
        utc_offset_s: of the layout that the timestamps were read by.
        quirks: what was odd and did no harm -> how many rows. "empty rows" and "repeated headers"
            are not among the m.
    """

    source_address: NDArray[np.uint8]
    destination_address: NDArray[np.uint8]
    source_port: NDArray[np.int32]
    destination_port: NDArray[np.int32]
    protocol: NDArray[np.uint8]
    start_ns: NDArray[np.int64]
    resolution_ns: NDArray[np.int64]
    duration_ns: NDArray[np.int64]
    label: NDArray[np.int16]
    file: NDArray[np.int16]
    line: NDArray[np.int32]
    label_names: tuple[str, ...]
    files: tuple[str, ...]
    extra: Mapping[str, tuple[NDArray[np.int16], tuple[str, ...]]] = dataclasses.field(
        default_factory=dict
    )
    utc_offset_s: float = 0.0
    quirks: Mapping[str, int] = dataclasses.field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.label)

    def take(self, indices: ArrayLike) -> LabelledFlows:
        """Rows by number or by a bool[m] mask."""
        rows = np.asarray(indices)
        if rows.dtype == np.bool_:
            rows = np.flatnonzero(rows)
        rows = rows.astype(np.int64, copy=False)
        return dataclasses.replace(
            self,
            **{name: getattr(self, name)[rows] for name in ROW_COLUMNS},
            extra={name: (codes[rows], words) for name, (codes, words) in self.extra.items()},
        )

    def counts(self) -> dict[str, int]:
        """Label -> flows, most frequent first."""
        counts = np.bincount(self.label, minlength=len(self.label_names))
        order = np.argsort(-counts, kind="stable")
        return {self.label_names[code]: int(counts[code]) for code in order}

    def relabelled(self, names: Mapping[str, str]) -> LabelledFlows:
        """The same flows under other names: several labels may become one class.

        Args:
            names: label -> class, of every label that occurs.

        Raises:
            KeyError: a label that `names` does not have.
        """
        targets = tuple(dict.fromkeys(names[label] for label in self.label_names))
        code = np.array([targets.index(names[label]) for label in self.label_names], np.int16)
        return dataclasses.replace(
            self, label=code[self.label] if len(self) else self.label, label_names=targets
        )

    def day_and_month_swapped(self) -> LabelledFlows | None:
        """The same flows with day and month of each timestamp exchanged; None where some day has
        no such month.

        ACI-IoT-2023 writes 2023-01-11 for the captures of 1 November 2023.
        """
        ahead = round(self.utc_offset_s * NS_PER_S)
        local = self.start_ns + ahead
        days, rest = np.divmod(local, 86_400 * NS_PER_S)
        distinct, which = np.unique(days, return_inverse=True)
        dates = distinct.astype("datetime64[D]")
        months = dates.astype("datetime64[M]")
        day = (dates - months).astype(np.int64) + 1
        if (day > 12).any():
            return None
        years = months.astype("datetime64[Y]")
        month = (months - years).astype(np.int64) + 1
        swapped = (years.astype("datetime64[M]") + (day - 1)).astype("datetime64[D]") + (month - 1)
        start = swapped.astype(np.int64)[which] * (86_400 * NS_PER_S) + rest - ahead
        return dataclasses.replace(self, start_ns=start)


ROW_COLUMNS = (
    "source_address", "destination_address", "source_port", "destination_port", "protocol",
    "start_ns", "resolution_ns", "duration_ns", "label", "file", "line",
)  # fmt: skip
"""Names of the arrays with a row a flow."""
