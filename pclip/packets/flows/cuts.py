"""Where one flow ends and the next of the same two endpoints begins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FOREVER = 2**62
NS_PER_S = 10**9


def nanoseconds(seconds: float | None, name: str) -> int:
    """A timeout as whole nanoseconds; None never comes.

    Raises:
        ValueError: negative or not a number.
    """
    if seconds is None:
        return FOREVER
    if not seconds >= 0:
        raise ValueError(f"{name}={seconds}; expected seconds, not negative, or None")
    return int(min(seconds * NS_PER_S, FOREVER) + 0.5)


@dataclass(frozen=True)
class Timeouts:
    """When a flow ends, nanoseconds; see `FlowTracker` for what each is."""

    idle: int
    active: int
    activity: int
    end_on_tcp_close: bool


@dataclass(frozen=True, eq=False)
class Carried:
    """The open flow that each key came with, one row a key.

    Attributes:
        there: bool[keys], there is one.
        first: int64[keys], clock at its first packet.
        last: int64[keys], clock at its last packet.
    """

    there: NDArray[np.bool_]
    first: NDArray[np.int64]
    last: NDArray[np.int64]


def find_beginnings(
    clock: NDArray[np.int64],
    heads: NDArray[np.bool_],
    closing: NDArray[np.bool_],
    carried: Carried,
    timeouts: Timeouts,
) -> NDArray[np.bool_]:
    """Which packets are the first of a flow.

    Args:
        clock: int64[n], ascending within each key.
        heads: bool[n], the first packet of each key.
        closing: bool[n], the packet ends its flow, if that counts.
        carried: of each key.
        timeouts: they end a flow when they are exceeded, not when they are met.
    """
    before = np.empty_like(clock)
    before[1:] = clock[:-1]
    before[heads] = np.where(carried.there, carried.last, clock[heads])
    begins = clock - before > timeouts.idle
    begins[heads] |= ~carried.there
    if timeouts.end_on_tcp_close:
        begins[1:] |= closing[:-1] & ~heads[1:]
    if timeouts.active < FOREVER:
        _cut_long_flows(begins, clock, heads, carried, timeouts.active)
    return begins


def _cut_long_flows(
    begins: NDArray[np.bool_],
    clock: NDArray[np.int64],
    heads: NDArray[np.bool_],
    carried: Carried,
    active: int,
) -> None:
    """Mark, in place, the packets that come more than `active` after their flow's first one.

    Where the next flow would begin is found for every packet as if a flow began there; then the
    chain is followed from the real beginnings, twice as far in each round.
    """
    n = len(clock)
    stretch = np.cumsum(heads | begins) - 1
    carries_on = np.flatnonzero(heads & ~begins)
    starts = np.concatenate([clock, carried.first[np.cumsum(heads)[carries_on] - 1]])
    place = np.concatenate([stretch, stretch[carries_on]])
    late = np.concatenate([np.zeros(n, bool), np.ones(len(starts), bool)])
    order = np.lexsort(
        (late, np.concatenate([clock, starts + active]), np.concatenate([stretch, place]))
    )
    following = np.empty(n + len(starts), np.int64)
    following[order] = np.cumsum(~late[order])
    following = following[n:]
    inside = np.append(stretch, -1)[following] == place
    following = np.where(inside, following, n)

    marked = np.append(begins, False)
    marked[following[n:]] = True
    jump = np.append(following[:n], n)
    while (jump < n).any():
        marked[jump[np.flatnonzero(marked)]] = True
        jump = jump[jump]
    begins |= marked[:n]
