"""Thinning of a stream: the same whatever the chunks are, in whole pieces of conversations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from pclip.data.compact import compact
from pclip.data.thinning import Thinned, piece_numbers
from pclip.packets import PacketTable


def chunks(packets: PacketTable, labels: np.ndarray, size: int) -> Iterator[tuple]:
    for start in range(0, len(packets), size):
        rows = np.arange(start, min(start + size, len(packets)))
        yield compact(packets.take(rows)), labels[rows]


def thinned(packets: PacketTable, labels: np.ndarray, most: int, size: int, seed: int = 0):
    choice = Thinned(most, seed)
    for part, own in chunks(packets, labels, size):
        choice.add(part, own)
    table, codes = choice.result()
    assert table is not None
    return table, codes


@pytest.fixture(scope="session")
def some(testbed) -> tuple[PacketTable, np.ndarray]:
    rows = np.flatnonzero(testbed.packets.usable & (testbed.packets.capture < 3))[::2]
    return testbed.packets.take(rows), testbed.labels[rows].astype(np.int16)


@pytest.mark.parametrize("most", [50, 1000])
def test_thinning_does_not_depend_on_where_chunks_end(some, most):
    whole, labels = thinned(*some, most, 10**6)
    for size in (999, 7000):
        parts, codes = thinned(*some, most, size)
        np.testing.assert_array_equal(parts.index, whole.index)
        np.testing.assert_array_equal(parts.capture, whole.capture)
        np.testing.assert_array_equal(codes, labels)
    assert whole.captures == some[0].captures
    key = whole.capture.astype(int) * 100 + labels
    assert np.bincount(key).max() <= most


def test_thinning_keeps_bytes_labels_and_whole_pieces(some):
    packets, labels = some
    table, codes = thinned(packets, labels, 400, 5000)
    place = {
        (int(c), int(i)): n
        for n, (c, i) in enumerate(zip(packets.capture, packets.index, strict=True))
    }
    rows = np.array(
        [place[int(c), int(i)] for c, i in zip(table.capture, table.index, strict=True)]
    )
    np.testing.assert_array_equal(labels[rows], codes)
    assert np.all(np.diff(rows) > 0)
    for n in range(0, len(table), 37):
        frame = slice(table.offset[n], table.offset[n] + table.captured_length[n])
        other = slice(packets.offset[rows[n]], packets.offset[rows[n]] + table.captured_length[n])
        np.testing.assert_array_equal(table.buffer[frame], packets.buffer[other])
    # All pieces but the last of a class and capture are there whole, up to 100 packets.
    every, kept = piece_numbers(packets, 0), piece_numbers(table, 0)
    cut = 0
    for number in np.unique(kept):
        for label in np.unique(codes[kept == number]):
            whole = int(((every == number) & (labels == label)).sum())
            cut += int(((kept == number) & (codes == label)).sum()) < min(whole, 100)
    assert cut <= len({(int(c), int(x)) for c, x in zip(table.capture, codes, strict=True)})


def test_another_seed_keeps_others(some):
    one, two = (thinned(*some, 50, 5000, seed)[0] for seed in (0, 1))
    assert {*zip(one.capture.tolist(), one.index.tolist(), strict=True)} != {
        *zip(two.capture.tolist(), two.index.tolist(), strict=True)
    }


def test_compact_tables_of_no_rows_and_of_large_ones(some, monkeypatch):
    packets, _ = some
    assert len(compact(packets.take([]))) == 0
    monkeypatch.setattr("pclip.data.compact.BYTES_AT_ONCE", 100)
    rows = packets.take(np.arange(500)[::-3])
    own = compact(rows)
    assert own.buffer.size == rows.captured_length.sum()
    for n in range(len(rows)):
        there = rows.buffer[rows.offset[n] : rows.offset[n] + rows.captured_length[n]]
        here = own.buffer[own.offset[n] : own.offset[n] + own.captured_length[n]]
        np.testing.assert_array_equal(here, there)


def test_what_the_reader_lost_stays_said(some):
    packets, labels = some
    choice = Thinned(5)
    choice.add(replace(packets, warnings=("a.pcap: cut",)), labels)
    choice.add(replace(packets.take([]), warnings=("b.pcap: cut",)), labels[:0])
    table, _ = choice.result()
    assert table is not None
    assert table.warnings == ("a.pcap: cut", "b.pcap: cut")
