"""Random packet tables that bring a flow table to its edges."""

from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from pclip.packets import PacketTable

STEPS_NS = [0, 1, 1000, 7_000_000, -1000, 10**9, 10**9 + 1, 5 * 10**9 + 1]
STEPS_NS += [60 * 10**9, 60 * 10**9 + 1, -60 * 10**9, -60 * 10**9 - 1]
OPTIONS = [
    {},
    {"active_timeout_s": 10.0},
    {"end_on_tcp_close": True},
    {"idle_timeout_s": 1.0, "active_timeout_s": 2.0, "end_on_tcp_close": True},
    {"activity_timeout_s": 0.5, "active_timeout_s": 0.0},
]


@st.composite
def made_tables(draw, table: PacketTable, dealt: bool = True) -> PacketTable:
    """Packets in any order; times with ties, steps back, and gaps at and around each timeout."""
    count = draw(st.integers(0, 30))
    few = st.integers(len(table) - 27, len(table) - 27 + draw(st.integers(0, 26)))
    rows = draw(st.lists(few | st.integers(0, len(table) - 1), min_size=count, max_size=count))
    steps = draw(st.lists(st.sampled_from(STEPS_NS), min_size=count, max_size=count))
    captures = draw(st.lists(st.integers(0, 1), min_size=count, max_size=count))
    return dataclasses.replace(
        table.take(rows),
        time_ns=1_700_000_000_000_000_000 + np.cumsum(np.array(steps, np.int64)),
        capture=np.array(captures if dealt else sorted(captures), np.int16),
        index=np.arange(count, dtype=np.int32),
        captures=("one.pcap", "two.pcap"),
    )


CHEAP = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
