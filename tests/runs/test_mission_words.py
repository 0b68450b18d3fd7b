"""Which words a mission's captions have: of its own flows, each distinct caption once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pclip.data import flow_classes
from pclip.missions import load_missions
from pclip.runs.inputs import Inputs
from pclip.runs.mission_words import MOST_WORDS, mission_words
from pclip.text import CaptionPool


def test_a_caption_counts_once_for_the_group_of_its_flows(inputs: Inputs) -> None:
    dataset, missions = inputs.dataset, load_missions()
    group_of_flow = dataset.group_of_class[flow_classes(dataset)]
    dos = dataset.groups.index("DoS")
    of_flow = np.where(group_of_flow == dos, 1, 0).astype(np.int32)
    left_out = np.flatnonzero(group_of_flow == dos)[0]
    of_flow[left_out] = -1
    pool = CaptionPool(("A quiet scan of 7 packets.", "A botnet of 9 packets."), of_flow, 1)
    found = {
        entry["title"]: dict(entry["counts"]) for entry in mission_words(dataset, pool, missions)
    }
    assert found["DoS"] == {"botnet": 1, "packets": 1}
    assert found["Reconnaissance"] == {"packets": 1, "quiet": 1, "scan": 1}


def test_a_runs_own_captions_have_the_words_of_its_missions(inputs: Inputs) -> None:
    found = mission_words(inputs.dataset, inputs.captions, inputs.missions)
    assert [entry["title"] for entry in found] == [mission.title for mission in inputs.missions]
    for entry, mission in zip(found, inputs.missions, strict=True):
        words = [word for word, _ in entry["counts"]]
        assert len(words) <= MOST_WORDS
        assert "network" in words
        assert set(words) & set(mission.key_concepts)
        assert sorted(entry["counts"], key=lambda pair: (-pair[1], pair[0])) == entry["counts"]


def test_a_mission_without_flows_has_no_words(inputs: Inputs) -> None:
    empty = CaptionPool((), np.full(len(inputs.dataset.flows), -1, np.int32), 0)
    missions = tuple(replace(mission) for mission in inputs.missions)
    assert all(not entry["counts"] for entry in mission_words(inputs.dataset, empty, missions))
