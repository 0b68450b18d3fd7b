"""The graphs that ship are what the recorded answers give, to the letter."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from pclip.data.classes import BENIGN, GROUP_NAME_OF_CLASS
from pclip.llm import read_record, replay
from pclip.missions import (
    CLASS_MISSION_NAMES,
    MISSION_NAMES,
    expansion_prompt,
    generate_mission,
    key_concepts_prompt,
    load_missions,
)

RECORDS = Path(str(resources.files("pclip.missions"))) / "records"
NAMES = (*MISSION_NAMES, *CLASS_MISSION_NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_record_gives_the_graph(name: str) -> None:
    (mission,) = load_missions([name])
    source = replay(RECORDS / f"{name}.jsonl")
    generated = generate_mission(source, mission.event, name=name, title=mission.title)
    assert generated.mission == mission
    sizes = [len(level) for level in mission.levels]
    assert len(sizes) == 3
    assert 8 <= sizes[0] <= 12
    assert 25 <= sum(sizes) <= 60


@pytest.mark.parametrize("name", NAMES)
def test_the_model_was_asked_the_papers_prompts_and_is_named_truly(name: str) -> None:
    (mission,) = load_missions([name])
    exchanges = read_record(RECORDS / f"{name}.jsonl")
    prompts = [exchange.conversation[0].content for exchange in exchanges]
    assert prompts[0] == key_concepts_prompt(mission.event, 10)
    opening = expansion_prompt(["K"]).split("K}")[0]
    assert sum(prompt.startswith(opening) for prompt in prompts) == len(mission.levels) - 1
    assert all(len(exchange.conversation) == 1 for exchange in exchanges)
    for exchange in exchanges:
        assert exchange.answer.model == "large language model, not named"


def test_each_class_has_its_graph() -> None:
    titles = {mission.title for mission in load_missions(CLASS_MISSION_NAMES)}
    assert titles == {*GROUP_NAME_OF_CLASS} - {BENIGN}
