from __future__ import annotations

from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from pclip.data import flow_classes
from pclip.errors import PclipError
from pclip.missions import load_missions
from pclip.packets import word_piece_tokens
from pclip.runs.inputs import _captions, read_dataset, thinned
from pclip.runs.mission_graphs import check_missions
from tests.data.made_datasets import make_folders


def test_thinned_keeps_so_many_of_each_class_in_each_capture(testbed):
    found = thinned(testbed, 7)

    def counted(dataset):
        return Counter(zip(dataset.packets.capture.tolist(), dataset.labels.tolist(), strict=True))

    before, after = counted(testbed), counted(found)
    assert after == {key: min(count, 7) for key, count in before.items()}
    assert found.flows.flow_of_packet.shape == found.labels.shape
    # First and last packet of each group stay: the times keep their span.
    times = testbed.packets.time_ns
    assert found.packets.time_ns.min() == times.min()
    assert len(thinned(testbed, 7).labels) == len(found.labels)
    assert found.classes == testbed.classes


def test_distinct_inputs_in_another_vocabulary(inputs):
    arithmetic = SimpleNamespace(
        name="made", words=(), config=SimpleNamespace(vocab_size=65_541, max_length=512)
    )
    found = inputs.tokens_for(arithmetic, "identity_free", 30)
    np.testing.assert_array_equal(found.ids, inputs.tokens.ids[:, :30])
    np.testing.assert_array_equal(found.lengths, np.minimum(inputs.tokens.lengths, 30))
    words = ("[PAD]", "[SEP]", "[CLS]", "[UNK]", "[MASK]", *"0123456789abcdef", "##0", "4500")
    pieces = SimpleNamespace(name="made", words=words, config=arithmetic.config)
    found = inputs.tokens_for(pieces, "identity_free", 1_000)
    packets = inputs.dataset.packets.take(inputs.packet_of_input)
    np.testing.assert_array_equal(found.ids, word_piece_tokens(packets, words).ids)


def test_a_packet_of_another_class_than_its_flow_has_no_caption(inputs):
    dataset = inputs.dataset
    labels = dataset.labels.copy()
    flow = dataset.flows.flow_of_packet
    captioned = np.flatnonzero(inputs.caption_of_packet >= 0)
    # A packet out of a flow of five or more: its label alone does not turn the flow.
    victim = next(i for i in captioned if (flow == flow[i]).sum() >= 5)
    labels[victim] = (labels[victim] + 1) % len(dataset.classes)
    config = SimpleNamespace(
        captions=SimpleNamespace(
            seed=0, most=40, policy="paper", paraphrases="shipped", concepts=True
        )
    )
    _, found = _captions(config, replace(dataset, labels=labels), load_missions())
    assert found[victim] == -1
    others = np.delete(np.arange(len(labels)), victim)
    np.testing.assert_array_equal(found[others], inputs.caption_of_packet[others])


def test_captions_are_of_the_packets_class(inputs):
    dataset = inputs.dataset
    captioned = inputs.caption_of_packet >= 0
    assert captioned.any()
    of_flow = flow_classes(dataset)
    flow = dataset.flows.flow_of_packet
    assert (flow[captioned] >= 0).all()
    np.testing.assert_array_equal(of_flow[flow[captioned]], dataset.labels[captioned])
    np.testing.assert_array_equal(
        inputs.caption_of_packet[captioned], inputs.captions.caption_of_flow[flow[captioned]]
    )


def test_each_group_needs_its_mission(inputs):
    missions = load_missions()
    check_missions(missions, inputs.dataset)
    with pytest.raises(PclipError, match="missions are Reconnaissance, Brute Force, but"):
        check_missions(missions[1:], inputs.dataset)


def test_classes_of_no_mission_may_stay_behind_those_that_have_one(testbed):
    missions = load_missions()
    check_missions(missions, replace(testbed, groups=(*testbed.groups, "Other")))
    with pytest.raises(PclipError, match="a group Other needs none"):
        check_missions(missions, replace(testbed, groups=(*testbed.groups, "Odd")))


def test_a_described_dataset_is_thinned_while_it_streams(testbed, tmp_path):
    make_folders(testbed, tmp_path, {"Benign": "Benign", "SYN Flood": "SYN Flood"})
    config = SimpleNamespace(dataset=f"folder:{tmp_path}", most_packets_per_class=9)
    found = read_dataset(config)
    assert np.bincount(found.labels).tolist() == [9, 9]
    assert "at most 9 packets" in found.notes[-1]
