"""Splits, windows and what the parts share, against loops."""

from __future__ import annotations

import dataclasses
from collections import defaultdict

import numpy as np
import pytest

from pclip.data import FIXED_SPLITS, PARTS, SPLITS, make_split, overlap_share, window_indices
from pclip.errors import PclipError
from pclip.packets import bigram_tokens


@pytest.mark.parametrize("name", SPLITS)
def test_parts_divide_the_usable_packets(testbed, name):
    split = make_split(testbed, name, seed=3)
    parts = [split.part(part) for part in PARTS]
    for part in parts:
        assert part.dtype == np.int64
        assert (np.diff(part) > 0).all()
    everything = np.sort(np.concatenate(parts))
    assert np.array_equal(everything, np.flatnonzero(testbed.packets.usable))
    assert split.contexts_cross == (name == "random")


@pytest.mark.parametrize("name", SPLITS)
def test_splits_are_functions_of_their_seed(testbed, name):
    one, same, other = (make_split(testbed, name, seed) for seed in (0, 0, 1))
    assert one.hash == same.hash
    assert len(one.hash) == 64
    assert np.array_equal(one.test, same.test)
    assert (one.hash == other.hash) == (name in FIXED_SPLITS)


def test_hashes_do_not_change_from_version_to_version(testbed):
    """Saved runs are compared by these."""
    hashes = {name: make_split(testbed, name, 0).hash[:8] for name in SPLITS}
    assert hashes == {"random": "b00ace01", "flow": "a2dddeb6", "round": "0bd0bbde"}


def test_random_shares(testbed):
    split = make_split(testbed, "random", 0)
    assert [len(split.part(part)) for part in PARTS] == [63_425, 7_047, 17_618]


def test_flow_keeps_flows_together_and_classes_apart(testbed):
    split = make_split(testbed, "flow", 0)
    flow = testbed.flows.flow_of_packet
    flows = [set(flow[split.part(part)].tolist()) for part in PARTS]
    assert not flows[0] & flows[1]
    assert not flows[0] & flows[2]
    assert not flows[1] & flows[2]
    labels_of_flow = defaultdict(list)
    for number, label in zip(flow.tolist(), testbed.labels.tolist(), strict=True):
        if number >= 0:
            labels_of_flow[number].append(label)
    counts = np.zeros((len(testbed.classes), 3), int)
    for number, labels in labels_of_flow.items():
        majority = int(np.bincount(labels).argmax())
        counts[majority, [number in part for part in flows].index(True)] += 1
    for train, validation, test in counts:
        total = train + validation + test
        assert test == max(round(0.2 * total), 1)
        assert validation == max(round(0.08 * total), 1 if total >= 3 else 0)
        assert train >= 1


def test_round_parts(testbed):
    split = make_split(testbed, "round", 0)
    part_members = [set(split.part(part).tolist()) for part in PARTS]
    packets = testbed.packets
    for number, name in enumerate(packets.captures):
        rows = np.flatnonzero((packets.capture == number) & packets.usable).tolist()
        rows.sort(key=lambda row: (packets.time_ns[row], packets.index[row]))
        found = [[row for row in rows if row in members] for members in part_members]
        if name.startswith("benign_3"):
            begin, end = packets.time_ns[rows[0]], packets.time_ns[rows[-1]]
            assert found[2] == [r for r in rows if packets.time_ns[r] * 2 >= int(begin) + int(end)]
            rows = rows[: len(rows) - len(found[2])]
        elif name.endswith("_2.pcap.xz"):
            assert found == [[], [], rows]
            continue
        assert found[0] == rows[: len(rows) * 4 // 5]
        assert found[1] == rows[len(rows) * 4 // 5 :]
    for part in PARTS:
        assert set(testbed.labels[split.part(part)].tolist()) == set(range(10))


def test_round_needs_rounds(testbed):
    strange = dataclasses.replace(testbed.packets, captures=("lan.pcap",) * 21)
    with pytest.raises(PclipError, match=r"lan\.pcap.*belongs to no round"):
        make_split(dataclasses.replace(testbed, packets=strange), "round")


def test_unknown_names(testbed):
    with pytest.raises(PclipError, match="random, flow, round"):
        make_split(testbed, "by_day")
    split = make_split(testbed, "round")
    with pytest.raises(ValueError, match="train, validation, test"):
        split.part("dev")
    with pytest.raises(ValueError, match="length=0"):
        window_indices(testbed, split, "test", length=0)


@pytest.mark.parametrize("name", SPLITS)
@pytest.mark.parametrize("part", PARTS)
def test_windows_equal_a_loop(testbed, name, part):
    split = make_split(testbed, name, 0)
    packets = testbed.packets
    windows = window_indices(testbed, split, part, length=7)
    targets = split.part(part)
    assert windows.dtype == np.int32
    assert windows.shape == (len(targets), 7)
    pool = np.flatnonzero(packets.usable) if name == "random" else targets
    history = defaultdict(list)
    for row in sorted(pool.tolist(), key=lambda row: (packets.time_ns[row], packets.index[row])):
        history[int(packets.capture[row])].append(row)
    expected = {}
    for rows in history.values():
        padded = [-1] * 6 + rows
        for place, row in enumerate(rows):
            expected[row] = padded[place : place + 7]
    assert windows.tolist() == [expected[row] for row in targets.tolist()]


def test_windows_of_an_empty_part(testbed):
    split = dataclasses.replace(make_split(testbed, "round"), test=np.empty(0, np.int64))
    assert window_indices(testbed, split, "test").shape == (0, 30)


def test_overlap_share(testbed):
    split = dataclasses.replace(
        make_split(testbed, "round"), train=np.array([0, 1]), test=np.array([2, 3, 4, 5])
    )
    ids = np.array([[2, 7, 0], [2, 8, 9], [2, 7, 0], [2, 7, 7], [2, 8, 9], [0, 2, 7]], np.int32)
    assert overlap_share(ids, split) == 0.5
    assert overlap_share(ids, dataclasses.replace(split, test=np.empty(0, np.int64))) == 0.0


def test_overlap_of_the_testbed_is_written_down(testbed):
    ids = bigram_tokens(testbed.packets).ids
    shares = {name: round(overlap_share(ids, make_split(testbed, name, 0)), 3) for name in SPLITS}
    assert shares == {"random": 0.673, "flow": 0.536, "round": 0.508}
