"""The graphs that ship are what the recorded answers give, to the letter."""

from __future__ import annotations

import json
from collections import Counter
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
DOCS = Path(__file__).parents[2] / "docs"


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


def test_the_page_counts_the_answers_that_are_used_and_those_that_are_not() -> None:
    used = [exchange for name in NAMES for exchange in read_record(RECORDS / f"{name}.jsonl")]
    rejected = [
        json.loads(line)
        for line in (DOCS / "rejected_answers.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert all({*entry} == {"prompt", "answer", "reason", "date"} for entry in rejected)
    reasons = Counter(entry["reason"].split()[0] for entry in rejected)
    paraphrasing = sum(entry["prompt"].startswith("Paraphrase") for entry in rejected)
    page = " ".join((DOCS / "missions.md").read_text(encoding="utf-8").split())
    assert f"made of {len(used)} answers of a large language model" in page
    assert f"(rejected_answers.jsonl), {len(rejected)} with the reason of each" in page
    this_asking = sum(reasons[word] for word in ("asked", "names", "replaced"))
    assert f"{this_asking} are of this asking" in page
    assert f"The {len(rejected) - this_asking} others" in page
    graphs, at_once = reasons["withdrawn"] - paraphrasing, reasons["not"] + reasons["may"]
    assert f"{graphs} for graphs, {paraphrasing} for paraphrases, and {at_once} that were" in page
    assert sum(reasons.values()) == this_asking + graphs + paraphrasing + at_once


@pytest.mark.parametrize("name", NAMES)
def test_no_answer_that_is_used_was_edited(name: str) -> None:
    for exchange in read_record(RECORDS / f"{name}.jsonl"):
        assert "[path]" not in exchange.answer.text
        assert "[tool]" not in exchange.answer.text
