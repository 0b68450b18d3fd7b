"""Answers in the forms that language models give them in."""

from __future__ import annotations

import json

import pytest

from pclip.missions.parse_answer import parse_associations, parse_list

CONCEPTS = ("flood", "botnet", "target")
WORDS = {"flood": ["overwhelm", "deluge"], "botnet": ["zombie", "swarm"]}
PAIRS = {(concept, word) for concept, words in WORDS.items() for word in words}

LISTS = {
    "numbered": "1. Flood\n2. Botnet\n3. Target",
    "brackets": "1) Flood\n2) Botnet\n3) Target",
    "one line": "1) Flood 2) Botnet 3) Target",
    "bold with glosses": (
        "Ten words, from general knowledge:\n\n1. **Flood**: overwhelming traffic, as of SYN\n"
        "2. **Botnet** (a network): many hosts\n3. **Target** - whom it is about\n\nI looked "
        "nothing up, friend, so check them."
    ),
    "nested": "1. Flood\n   - too much\n   - of it\n2. Botnet\n   - of bots\n3. Target\n",
    "bullets": "Here you go:\n* flood\n* botnet\n* target\nAnything else?",
    "unicode bullets": "• flood\n• botnet\n• target",
    "bare lines": "flood\nbotnet\ntarget",
    "commas": "flood, botnet, target",
    "semicolons": "Flood; Botnet; Target.",
    "a bullet of all": "- flood, botnet, target",
    "prose": "Typical words include flood, botnet, and target.",
    "after a colon": "Sure! The words: Flood, Botnet, Target.\n\nHope that helps, dear user!",
    "json": '["flood", "botnet", "target"]',
    "json in a fence": '```json\n{"key_concepts": ["flood", "botnet", "target"]}\n```\nDone.',
    "json objects": json.dumps([{"term": w, "definition": "many, of it"} for w in CONCEPTS]),
    "table": "| # | Word | Meaning |\n|---|:--|---|\n| 1 | flood | much |\n| 2 | botnet | bots |\n"
    "| 3 | target | whom |",
}

ASSOCIATIONS = {
    "colons": "flood: overwhelm, deluge\nbotnet: zombie, swarm",
    "arrows": "flood -> overwhelm, deluge\nbotnet → zombie; swarm",
    "dashes": "flood - overwhelm, deluge\nbotnet — zombie / swarm",
    "numbered bold": (
        "Words for each, from what I know:\n\n1. **Flood:** overwhelm, deluge\n"
        "2. **Botnet**: zombie and swarm\n\nI can add more, if you like."
    ),
    "bullets": "- *flood*: overwhelm (too much), deluge\n- *botnet*: zombie, swarm.",
    "headings": "### Flood\n- overwhelm\n- deluge: water\n\n### Botnet\n- zombie\n- swarm",
    "bold headings": "**Flood**\n\n- overwhelm\n- deluge\n\n**Botnet**\n\n- zombie\n- swarm",
    "nested": "1. Flood\n   - overwhelm\n   - deluge\n2. Botnet\n   - zombie\n   - swarm\nAll.",
    "colon headings": "Flood:\noverwhelm\ndeluge\n\nBotnet:\nzombie, swarm",
    "table": "| Word | With |\n|--|--|\n| flood | overwhelm, deluge |\n| **botnet** | zombie, "
    "swarm |",
    "numbered table": "| # | K | With |\n|-|-|-|\n| 1 | flood | overwhelm, deluge |\n"
    "| 2. | botnet | zombie, swarm |",
    "grouped table": "| Group | K | Near | Far |\n|-|-|-|-|\n"
    "| 1. Volume | flood | overwhelm | deluge |\n| | botnet | zombie | swarm |",
    "wide table": "| K | 1 | 2 |\n|-|-|-|\n|flood|overwhelm|deluge|\n| botnet | zombie | swarm |",
    "json": json.dumps(WORDS),
    "json of texts": json.dumps({"flood": "overwhelm, deluge", "botnet": "zombie, swarm"}),
    "json objects": json.dumps([{"word": c, "associated": w} for c, w in WORDS.items()]),
    "json within": "```\n" + json.dumps({"associations": WORDS}) + "\n```",
    "prose": "Flood is associated with overwhelm and deluge. For botnet, associated words are "
    "zombie and swarm.",
    "turned round": "overwhelm: flood\ndeluge: flood\nzombie: botnet\nswarm: botnet",
    "plural headings": "Floods: overwhelm, deluge\nBotnets: zombie, swarm",
}


@pytest.mark.parametrize("form", LISTS)
def test_a_list_in_any_form(form: str) -> None:
    assert [phrase.lower() for phrase in parse_list(LISTS[form])] == list(CONCEPTS)


@pytest.mark.parametrize("form", ASSOCIATIONS)
def test_associations_in_any_form(form: str) -> None:
    found = parse_associations(ASSOCIATIONS[form], CONCEPTS)
    assert set(found.pairs) >= PAIRS
    # What is beside them is no single word.
    assert all(" " in phrase for concept, phrase in set(found.pairs) - PAIRS)
    assert not [phrase for phrase in found.unattached if " " not in phrase]


def test_an_item_that_is_a_concept_stays_an_item() -> None:
    found = parse_associations("1. Flood\n  - botnet\n  - deluge\n2. Target\n  - flood", CONCEPTS)
    assert found.pairs == (("flood", "botnet"), ("flood", "deluge"), ("target", "flood"))


def test_one_line_may_be_about_two_concepts() -> None:
    found = parse_associations("flood, botnet: surge\ntarget: victim", CONCEPTS)
    assert found.pairs == (("flood", "surge"), ("botnet", "surge"), ("target", "victim"))


@pytest.mark.parametrize(
    "row", ["| flood | botnet | surge |", "| 1 | flood \u2192 botnet | surge |"]
)
def test_one_row_may_be_about_two_concepts(row: str) -> None:
    found = parse_associations(
        f"| # | K | words |\n|-|-|-|\n{row}\n| 2 | target | victim |", CONCEPTS
    )
    assert {("flood", "surge"), ("botnet", "surge")} <= set(found.pairs)


def test_remarks_behind_a_table_are_not_read_backwards() -> None:
    table = "| K | words |\n|---|---|\n| flood | surge, weak/default limits |"
    remark = "- **Volume:** flood, target"
    assert parse_associations(f"{table}\n\n{remark}", CONCEPTS).pairs == (
        ("flood", "surge"),
        ("flood", "weak/default limits"),
    )


@pytest.mark.parametrize(
    "answer",
    [
        "surge, torrent, zombie, drone",
        "Associated words are surge, torrent, zombie, drone",
        "- surge\n- torrent\n- zombie\n- drone",
        "**Volume:** surge, torrent\n**Hosts:** zombie, drone",
        '["surge", "torrent", "zombie", "drone"]',
    ],
)
def test_words_without_a_concept_are_unattached(answer: str) -> None:
    found = parse_associations(answer, CONCEPTS)
    assert found.pairs == ()
    assert [w.removeprefix("Associated words are ") for w in found.unattached] == [
        "surge",
        "torrent",
        "zombie",
        "drone",
    ]


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "I'm sorry, but I can't help with that request.",
        "[" * 50_000,
        '{"a":' * 400 + "1" + "}" * 400,
        "\x00" * 100,
        "{}[]| |---|",
        "*" * 60_000,
        "1. " * 20_000,
        "- " * 30_000 + "x",
        "(" * 60_000,
        "a " * 30_000,
        "a, " * 20_000,
        ": " * 30_000,
    ],
)
def test_rubbish_names_no_concepts_words_and_takes_no_time(answer: str) -> None:
    assert parse_associations(answer, CONCEPTS).pairs == ()
    assert len(parse_list(answer)) <= 2_000
