"""Open flows: a row of running totals each, found by key."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from pclip.packets.flows.bulk import BULK_PARTS
from pclip.packets.flows.keys import KEY_TYPE, WORDS, as_bytes
from pclip.packets.flows.moments import PARTS, Columns

WAYS = 2
"""Forward and backward."""

NO_WINDOW = -1
NO_HEADER = np.iinfo(np.int32).max

_Shape = tuple[type, tuple[int, ...], int]


def _statistic(name: str, *shape: int) -> dict[str, _Shape]:
    return {f"{name}.{part}": (kind, shape, 0) for part, kind in PARTS.items()}


STATE: dict[str, _Shape] = {
    "key": (np.uint64, (WORDS,), 0),
    "number": (np.int64, (), 0),
    "epoch": (np.int64, (), 0),
    "opened_high": (np.bool_, (), 0),
    "closed": (np.bool_, (), 0),
    "first_clock": (np.int64, (), 0),
    "last_clock": (np.int64, (), 0),
    "first": (np.int64, (), 0),
    "last": (np.int64, (), 0),
    "last_way": (np.int64, (WAYS,), 0),
    **_statistic("length", WAYS),
    **_statistic("way_gap", WAYS),
    **_statistic("gap"),
    **_statistic("active"),
    **_statistic("idle"),
    "header": (np.int64, (WAYS,), 0),
    "header_min": (np.int32, (WAYS,), NO_HEADER),
    "with_payload": (np.int64, (WAYS,), 0),
    "window": (np.int32, (WAYS,), NO_WINDOW),
    "flags": (np.int32, (WAYS, 8), 0),
    "subflows": (np.int64, (), 1),
    "active_since": (np.int64, (), 0),
    **dict.fromkeys(BULK_PARTS, (np.int64, (WAYS,), 0)),
    **{f"run_{part}": (np.int64, (), 0) for part in ("packets", "back", "bytes")},
    "run_first": (np.int64, (), 0),
    "run_last": (np.int64, (), 0),
}
"""Column of the state -> type, shape behind [flows], value at a flow's beginning."""


class FlowStore:
    """Rows for open flows; a row is used again once its flow has ended.

    Attributes:
        columns: by the names of `STATE`, [rows, ...].
        alive: bool[rows], holds an open flow.
    """

    def __init__(self) -> None:
        self.columns: Columns = {
            name: np.empty((0, *shape), kind) for name, (kind, shape, _) in STATE.items()
        }
        self.alive = np.zeros(0, bool)
        self._keys = np.empty(0, KEY_TYPE)
        self._rows = np.empty(0, np.int64)

    def __len__(self) -> int:
        """Number of open flows."""
        return len(self._rows)

    def find(self, words: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Row of the open flow of each key, -1 where there is none."""
        if not len(self._keys):
            return np.full(len(words), -1, np.int64)
        wanted = as_bytes(words)
        place = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        return np.where(self._keys[place] == wanted, self._rows[place], -1)

    def new_rows(self, count: int) -> NDArray[np.int64]:
        """Rows for new flows, with the values of a beginning."""
        free = np.flatnonzero(~self.alive)[:count]
        missing = count - len(free)
        if missing:
            # Some to spare: flows arrive in every chunk.
            size = len(self.alive) + missing + len(self.alive) // 8
            for name, column in self.columns.items():
                grown = np.empty((size, *column.shape[1:]), column.dtype)
                grown[: len(column)] = column
                self.columns[name] = grown
            free = np.concatenate([free, np.arange(missing) + len(self.alive)])
            self.alive = np.append(self.alive, np.zeros(size - len(self.alive), bool))
        for name, (_, _, value) in STATE.items():
            self.columns[name][free] = value
        self.alive[free] = True
        return free

    def read(self, rows: NDArray[np.int64]) -> Columns:
        """A copy of these rows."""
        return {name: column[rows] for name, column in self.columns.items()}

    def write(self, rows: NDArray[np.int64], values: Columns) -> None:
        """Put back what `read` gave."""
        for name, column in self.columns.items():
            column[rows] = values[name]

    def settle(self, ended: Iterable[NDArray[np.int64]], begun: NDArray[np.int64]) -> None:
        """Free the rows that ended; enter the new ones that did not under their keys."""
        for rows in ended:
            self.alive[rows] = False
        kept = self.alive[self._rows]
        keys, rows = self._keys[kept], self._rows[kept]
        begun = begun[self.alive[begun]]
        fresh = as_bytes(self.columns["key"][begun])
        order = np.argsort(fresh)
        place = np.searchsorted(keys, fresh[order])
        self._keys = np.insert(keys, place, fresh[order])
        self._rows = np.insert(rows, place, begun[order])

    def open_rows(self) -> NDArray[np.int64]:
        """Rows of the open flows."""
        return np.flatnonzero(self.alive)
