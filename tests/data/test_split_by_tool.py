"""The split `tool`, on a small recording and on the built-in one."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from pclip.data import PARTS, held_out_tools, make_split
from pclip.data.classes import BENIGN
from pclip.errors import PclipError


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_held_out_tool_is_in_the_test_part_alone(testbed, seed):
    held = held_out_tools(testbed, seed)
    assert list(held) == [name for name in testbed.classes if name != BENIGN]
    numbers = [testbed.tools.index(name) for name in held.values()]
    split = make_split(testbed, "tool", seed)
    for number, (name, tool) in enumerate(held.items(), 1):
        own = testbed.labels == number
        made = own & (testbed.tool_of_packet == testbed.tools.index(tool))
        assert name == testbed.classes[number]
        assert set(np.flatnonzero(made & testbed.packets.usable)) <= set(split.test.tolist())
    for part in ("train", "validation"):
        assert not np.isin(testbed.tool_of_packet[split.part(part)], numbers).any()
        assert set(testbed.labels[split.part(part)].tolist()) == set(range(10))
    attacks = split.test[testbed.labels[split.test] > 0]
    expected = np.array([-1, *numbers])[testbed.labels[attacks]]
    assert np.array_equal(testbed.tool_of_packet[attacks], expected), "one tool of each class"


def test_what_a_held_out_tool_did_in_another_class_takes_no_part(testbed):
    split = make_split(testbed, "tool", 1)
    there = np.concatenate([split.part(part) for part in PARTS])
    held = held_out_tools(testbed, 1)
    left_out = np.setdiff1d(np.flatnonzero(testbed.packets.usable), there)
    assert len(left_out)
    for label, tool in np.unique(
        np.stack([testbed.labels[left_out], testbed.tool_of_packet[left_out]], axis=1), axis=0
    ):
        assert testbed.tools[tool] in set(held.values()) - {held[testbed.classes[label]]}


def test_every_seed_holds_out_another_tool_until_all_had_their_turn(testbed):
    drawn = [held_out_tools(testbed, seed) for seed in range(3)]
    for name in drawn[0]:
        assert len({found[name] for found in drawn}) == 3, name


def test_benign_flows_are_whole_and_in_every_part(testbed):
    split = make_split(testbed, "tool", 0)
    flows = [
        set(testbed.flows.flow_of_packet[rows[testbed.labels[rows] == 0]].tolist())
        for rows in (split.part(part) for part in PARTS)
    ]
    assert all(flows)
    # A flow of benign packets between two that attacks use may be cut; whole ones are the rule.
    assert not flows[0] & flows[1]
    assert not flows[0] & flows[2]


def test_it_needs_tools(testbed):
    unsaid = dataclasses.replace(testbed, tools=(), tool_of_packet=np.full(len(testbed.labels), -1))
    with pytest.raises(PclipError, match="have no column tool; use the split random"):
        make_split(unsaid, "tool")
    one = np.where(testbed.labels == 4, 0, testbed.tool_of_packet)
    alone = dataclasses.replace(testbed, tool_of_packet=one)
    with pytest.raises(PclipError, match="two tools in each class, and ICMP Flood in testbed has"):
        make_split(alone, "tool")
