"""Windows chunk by chunk against windows in one piece."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pclip.data import WindowStream, window_indices
from pclip.packets import PacketTable, read_captures

TESTBED = Path(__file__).parents[2] / "pclip" / "data" / "testbed"


@pytest.fixture(scope="module")
def packets() -> PacketTable:
    """Pieces of three captures in the order of time, one of them shorter than a window."""
    names = ("round4_cloud", "round3_cloud", "round2_cloud")
    table = read_captures([TESTBED / f"{name}.pcap.xz" for name in names])
    kept = np.concatenate(
        [np.flatnonzero(table.capture == n)[:size] for n, size in enumerate((150, 4, 60))]
    )
    table = table.take(kept)
    return table.take(np.lexsort((table.index, table.time_ns, table.capture)))


def in_one_piece(packets: PacketTable, length: int) -> np.ndarray:
    usable = np.flatnonzero(packets.usable)
    split = SimpleNamespace(contexts_cross=True, part=lambda _: usable)
    return window_indices(SimpleNamespace(packets=packets), split, "test", length)


def in_chunks(packets: PacketTable, length: int, sizes: list[int]) -> np.ndarray:
    """Row numbers in the whole table, carried as a caller carries vectors."""
    stream = WindowStream(length)
    carried, windows, start = np.empty(0, np.int64), [np.empty((0, length), np.int64)], 0
    while start < len(packets):
        size = sizes[len(windows) % len(sizes)]
        rows = np.arange(start, min(start + size, len(packets)))
        found = stream.add(packets.take(rows))
        assert found.context == len(carried)
        assert len(found.keep) < length
        known = np.append(np.concatenate([carried, rows]), -1)
        windows.append(known[found.indices])
        carried = known[found.keep]
        start += size
    return np.concatenate(windows)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    length=st.integers(1, 40),
    sizes=st.lists(st.integers(1, 50), min_size=1, max_size=4),
    start=st.integers(0, 200),
)
def test_chunks_give_what_one_piece_gives(packets, length, sizes, start):
    part = packets.take(np.arange(start, len(packets)))
    assert (in_chunks(part, length, sizes) == in_one_piece(part, length)).all()


def test_packets_that_are_not_usable_are_in_no_window(packets):
    skipped = packets.skip_reason.copy()
    skipped[::3] = 5
    skipped[40:90] = 5
    part = dataclasses.replace(packets, skip_reason=skipped)
    assert not part.usable[40:90].any()
    for sizes in ([1], [10], [7, 30]):
        assert (in_chunks(part, 30, sizes) == in_one_piece(part, 30)).all()


def test_a_window_holds_its_own_packet():
    with pytest.raises(ValueError, match="length=0"):
        WindowStream(0)
