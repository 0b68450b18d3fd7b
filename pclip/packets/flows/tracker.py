"""Flows of a stream of packets, chunk by chunk, in bounded memory."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pclip.packets.flows.clock import CaptureClock, ClockSteps
from pclip.packets.flows.cuts import Carried, Timeouts, find_beginnings, nanoseconds
from pclip.packets.flows.keys import make_keys, sort_by_key
from pclip.packets.flows.measure import Measured, continue_flows, transport_lengths
from pclip.packets.flows.moments import Columns
from pclip.packets.flows.store import STATE, FlowStore
from pclip.packets.flows.table import flow_columns
from pclip.packets.table import PacketTable

logger = logging.getLogger("pclip")

IDLE_TIMEOUT_S = 60.0
ACTIVITY_TIMEOUT_S = 5.0
MAX_FLOWS = 150_000
CLOSING_FLAGS = 0x01 | 0x04
"""FIN and RST."""


@dataclass(frozen=True, eq=False)
class FinishedFlows:
    """Flows that have ended, ascending by number.

    Attributes:
        columns: as in `FlowTable`.
        number: int64[flows], what `FlowTracker.add` called them.
        evicted: bool[flows], it ended because there were too many, not by itself.
    """

    columns: dict[str, NDArray]
    number: NDArray[np.int64]
    evicted: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.number)


class FlowTracker:
    """Groups packets into flows as they come; without evictions the result is `flow_table`'s.

    Attributes:
        evicted: flows that were ended because more than `max_flows` were open.
        clock: `CaptureClock`; `clock.steps_back` counts the times that it was set back.
        warnings: one a capture whose clock was set back; `close` logs them.

    Args:
        idle_timeout_s: a longer pause ends a flow.
        active_timeout_s: a flow that lasts longer is cut; None: however long it lasts.
        activity_timeout_s: a longer pause ends an active period within a flow.
        end_on_tcp_close: a packet with FIN or RST is the last of its flow.
        max_flows: flows open between two calls of `add`, at most; None: any number. Those that
            were seen longest ago are ended first. They are counted after each chunk, so once there
            are too many, the chunks' sizes decide which flows are evicted, how many, and what
            becomes of their later packets. An open flow takes 0.7 kB.

    Raises:
        ValueError: a timeout is negative, or `max_flows` is below 1.
    """

    def __init__(
        self,
        idle_timeout_s: float = IDLE_TIMEOUT_S,
        active_timeout_s: float | None = None,
        activity_timeout_s: float = ACTIVITY_TIMEOUT_S,
        end_on_tcp_close: bool = False,
        max_flows: int | None = MAX_FLOWS,
    ) -> None:
        if max_flows is not None and max_flows < 1:
            raise ValueError(f"max_flows={max_flows}; expected at least 1, or None")
        self._timeouts = Timeouts(
            idle=nanoseconds(idle_timeout_s, "idle_timeout_s"),
            active=nanoseconds(active_timeout_s, "active_timeout_s"),
            activity=nanoseconds(activity_timeout_s, "activity_timeout_s"),
            end_on_tcp_close=end_on_tcp_close,
        )
        self._max_flows = max_flows
        self._store = FlowStore()
        self._ended: list[tuple[Columns, bool]] = []
        self._numbered = 0
        self._done = False
        self._steps: dict[tuple[int, str], ClockSteps] = {}
        self.clock = CaptureClock()
        self.evicted = 0

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was odd in the packets so far."""
        return tuple(steps.warning(name) for (_, name), steps in self._steps.items())

    @property
    def open_flows(self) -> int:
        """Flows that have not ended."""
        return len(self._store)

    def add(self, chunk: PacketTable) -> NDArray[np.int64]:
        """Take the next packets of the stream.

        Args:
            chunk: n rows. A capture's rows follow each other, in file order; where `capture`
                changes, all open flows end.

        Returns:
            int64[n], number of each packet's flow, in the order of first packets through all
            chunks; -1 for packets that are not usable.

        Raises:
            ValueError: the tracker was closed.
        """
        if self._done:
            raise ValueError("this FlowTracker was closed; packets need a new one")
        flow = np.full(len(chunk), -1, np.int64)
        rows = np.flatnonzero(chunk.usable)
        if len(rows):
            rows, number = self._add_usable(chunk, rows)
            flow[rows] = number
        return flow

    def _add_usable(
        self, chunk: PacketTable, rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows in the order of their keys, and their flows' numbers."""
        store, epoch_before = self._store, self.clock.epoch
        clock, epoch = self.clock.advance(chunk.time_ns[rows], chunk.capture[rows])
        for place, back in self.clock.latest_steps:
            row = rows[place]
            number = int(chunk.capture[row])
            # Captures of two folders may have one name.
            key = number, chunk.captures[number]
            self._steps.setdefault(key, ClockSteps(int(chunk.index[row]), back)).count += 1
        keys = make_keys(chunk, rows)
        order, heads = sort_by_key(keys.words, epoch)
        rows, clock, epoch = rows[order], clock[order], epoch[order]
        head = np.flatnonzero(heads)
        row_of_key = np.full(len(head), -1, np.int64)
        known = epoch[head] == epoch_before
        row_of_key[known] = store.find(keys.words[order[head[known]]])
        flags = chunk.tcp_flags[rows]
        begins = find_beginnings(
            clock, heads, (flags & CLOSING_FLAGS) != 0, self._carried(row_of_key), self._timeouts
        )

        first = np.flatnonzero(heads | begins)
        piece = np.cumsum(heads | begins) - 1
        fresh = begins[first]
        state_row = row_of_key[np.cumsum(heads)[first] - 1]
        replaced = state_row[fresh & heads[first] & (state_row >= 0)]
        state_row[fresh] = begun = store.new_rows(int(fresh.sum()))
        old = store.read(state_row)
        old["key"] = keys.words[order[first]]
        old["epoch"] = epoch[first]
        # The sender of a flow's first packet looks forward.
        high = keys.from_higher[order]
        old["opened_high"] = np.where(fresh, high[first], old["opened_high"])
        rank = np.empty(len(begun), np.int64)
        rank[np.argsort(rows[first[fresh]])] = np.arange(len(begun))
        old["number"][fresh] = self._numbered + rank
        self._numbered += len(begun)

        payload, header = transport_lengths(chunk, rows)
        measured = Measured(
            piece=piece,
            begins=fresh,
            back=(high != old["opened_high"][piece]).astype(np.int64),
            clock=clock,
            time=chunk.time_ns[rows],
            payload=payload,
            header=header,
            flags=flags,
            window=chunk.tcp_window[rows],
        )
        continue_flows(old, measured, self._timeouts.activity)
        last = np.append(first[1:], len(rows)) - 1
        if self._timeouts.end_on_tcp_close:
            old["closed"] = (flags[last] & CLOSING_FLAGS) != 0
        store.write(state_row, old)
        followed = ~np.append(heads[first[1:]], True)
        self._end(np.concatenate([replaced, state_row[followed]]), begun)
        return rows, old["number"][piece]

    def _carried(self, row_of_key: NDArray[np.int64]) -> Carried:
        there = row_of_key >= 0
        first, last = (np.zeros(len(there), np.int64) for _ in range(2))
        first[there] = self._store.columns["first_clock"][row_of_key[there]]
        last[there] = self._store.columns["last_clock"][row_of_key[there]]
        return Carried(there, first, last)

    def _end(self, followed: NDArray[np.int64], begun: NDArray[np.int64]) -> None:
        """Take out flows that another followed, that no packet can join, and that are too many."""
        store, now = self._store, self.clock.now
        store.alive[followed] = False
        rows, state = store.open_rows(), store.columns
        over = (
            (state["epoch"][rows] != self.clock.epoch)
            | (now - state["last_clock"][rows] > self._timeouts.idle)
            | (now - state["first_clock"][rows] > self._timeouts.active)
            | state["closed"][rows]
        )
        ended, rows = np.concatenate([followed, rows[over]]), rows[~over]
        excess = 0 if self._max_flows is None else max(len(rows) - self._max_flows, 0)
        oldest = np.lexsort((state["number"][rows], state["last_clock"][rows]))[:excess]
        evicted = rows[oldest] if excess else rows[:0]
        self.evicted += len(evicted)
        for chosen, early in ((ended, False), (evicted, True)):
            if len(chosen):
                self._ended.append((store.read(chosen), early))
        store.settle((ended, evicted), begun)

    def finished(self) -> FinishedFlows:
        """Flows that ended since the last call; nobody else keeps them."""
        parts, self._ended = self._ended, []
        numbers = [part["number"] for part, _ in parts]
        evicted = [np.full(len(part["number"]), early) for part, early in parts]
        order = np.argsort(np.concatenate(numbers)) if parts else np.empty(0, np.int64)
        state: Columns = {}
        for name, (kind, shape, _) in STATE.items():
            # Column by column: a flood ends many flows, and one copy of them is enough.
            pieces = [part.pop(name) for part, _ in parts]
            state[name] = np.concatenate(pieces)[order] if parts else np.empty((0, *shape), kind)
        early = np.concatenate(evicted)[order] if parts else np.zeros(0, bool)
        return FinishedFlows(flow_columns(state), state["number"], early)

    def close(self) -> FinishedFlows:
        """The stream is over: flows that ended since the last call, and all that were open."""
        rows = self._store.open_rows()
        if len(rows):
            self._ended.append((self._store.read(rows), False))
        self._store = FlowStore()
        self._done = True
        for warning in self.warnings:
            logger.warning("%s", warning)
        return self.finished()
