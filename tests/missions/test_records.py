"""The graphs that ship are what the recorded answers give, to the letter."""

from __future__ import annotations

import json
import re
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
PARAPHRASES = Path(str(resources.files("pclip.text"))) / "records" / "paraphrases.jsonl"
DOCS = Path(__file__).parents[2] / "docs"
# Of missions.md: all others are nearly trees.
WITH_MORE_EDGES = ("os_scan", "dns_flood", "dictionary_attack")
NUMBERS = {2: "two", 12: "twelve"}
EDITED = re.compile(r"\[(path|tool)\]")
# How an answer names a folder of the machine that it was written on, or says that it is empty.
FOLDER = re.compile(
    r"`/\w|`\.\w+`|(?<![\w/.`:-])/(home|root|tmp|usr|var|srv|opt|mnt)/\w"
    r"|\b(is|was|holds only an) empty\b"
    r"|\b(project|working|current) (folder|directory|file|context|corpus)\b"
)


def text_of(page: str) -> str:
    """A page of docs/ without its line ends."""
    return " ".join((DOCS / page).read_text(encoding="utf-8").split())


@pytest.mark.parametrize("name", NAMES)
def test_the_record_gives_the_graph(name: str) -> None:
    (mission,) = load_missions([name])
    source = replay(RECORDS / f"{name}.jsonl")
    generated = generate_mission(source, mission.event, name=name, title=mission.title)
    assert generated.mission == mission
    edges = len(mission.edges)
    assert 61 <= edges <= 63 if name in WITH_MORE_EDGES else 40 <= edges <= 45
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


def test_the_page_counts_the_answers_that_are_used() -> None:
    used = [exchange for name in NAMES for exchange in read_record(RECORDS / f"{name}.jsonl")]
    repairs = sum(int(str(mission.provenance["repairs"])) for mission in load_missions(NAMES))
    page = text_of("missions.md")
    assert f"{len(used)} answers of a large language model, {NUMBERS[repairs]} of them to" in page
    assert len(used) == 3 * len(NAMES) + repairs


def row_of(entry: dict[str, str]) -> str:
    """The row of the page's table of unused answers that counts this one, its cells but numbers."""
    reason = entry["reason"]
    if reason.startswith("withdrawn with its asking"):
        of = "paraphrases" if entry["prompt"].startswith("Paraphrase") else "graphs"
        return f"| first | withdrawn as a whole, answers for {of}"
    not_blind = "first | said, or let think, that files of this project had been read"
    rows = {
        "not blind": not_blind,
        "may not be blind": not_blind,
        "asked by a rule": "second | a repair of OS Scan that showed a fault of a rule",
        "replaced with its": (
            "second | fell with OS Scan's expansions: its earlier key concepts, a repair"
        ),
        "replaced since it names": "second | names folders",
        "names folders": "second | names folders",
    }
    (row,) = (row for beginning, row in rows.items() if reason.startswith(beginning))
    return f"| {row}"


def test_the_page_counts_the_answers_that_are_not_used() -> None:
    lines = (DOCS / "rejected_answers.jsonl").read_text(encoding="utf-8").splitlines()
    rejected = [json.loads(line) for line in lines]
    assert all({*entry} == {"prompt", "answer", "reason", "date"} for entry in rejected)
    page = text_of("records.md")
    assert f"(rejected_answers.jsonl), {len(rejected)} with the reason of each" in page
    assert f"the {len(rejected)} answers that are not used: [records.md]" in text_of("missions.md")
    undated = sum(entry["date"] is None for entry in rejected)
    assert f"{NUMBERS[undated]} have no date" in page
    counts = Counter(row_of(entry) for entry in rejected)
    edited = Counter(row_of(entry) for entry in rejected if EDITED.search(entry["answer"]))
    for row, count in counts.items():
        assert f"{row} | {count} | {edited[row]} |" in page


@pytest.mark.parametrize(
    "record",
    [*(RECORDS / f"{name}.jsonl" for name in NAMES), PARAPHRASES],
    ids=lambda path: path.stem,
)
def test_no_answer_that_is_used_has_a_mark_of_editing_or_names_a_folder(record: Path) -> None:
    exchanges = read_record(record)
    assert exchanges
    for exchange in exchanges:
        assert not EDITED.search(exchange.answer.text)
        assert not FOLDER.search(exchange.answer.text)
