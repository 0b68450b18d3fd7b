"""Answers in the forms that language models give them in."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator

import pytest

from pclip.llm.exchange import MAX_ANSWER_CHARS as LONGEST
from pclip.missions.parse_answer import MAX_PHRASES, parse_associations, parse_list

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
    "letters": "a) Flood\nb) Botnet\n(c) Target",
    "bare numbers": "3 words of denial of service:\n1 flood\n2 botnet\n3 target",
    "citations": "1. Flood [1]\n2. Botnet [2]\n3. Target [RFC 4987]",
    "lines with commas": "flood,\nbotnet,\ntarget",
    "line breaks of HTML": "flood<br>botnet<br/>target",
    "reasoning": "<think>Perhaps:\n1. ping\n2. pong</think>\n1. flood\n2. botnet\n3. target",
    "reasoning, opened by the template": "1. ping\n2. pong\n</think>\n\nflood, botnet, target",
    "json": '["flood", "botnet", "target"]',
    "json in a line": 'Here you are: ["flood", "botnet", "target"]',
    "json lines": "\n".join(json.dumps({"word": w}) for w in CONCEPTS),
    "json that was cut off": '["flood", "botnet", "target"',
    "json behind brackets": 'See [1], K = {x}.\n```json\n["flood", "botnet", "target"]\n```\n[1] x',
    "python": "['flood', 'botnet', 'target']",
    "python in lines": "Words:\n[\n    'flood',\n    'botnet',\n    'target',\n]",
    "json in a fence": '```json\n{"key_concepts": ["flood", "botnet", "target"]}\n```\nDone.',
    "json objects": json.dumps([{"term": w, "definition": "many, of it"} for w in CONCEPTS]),
    "json objects with numbers": json.dumps(
        [{"id": i, "word": w, "of": "any"} for i, w in enumerate(CONCEPTS)]
    ),
    "bare table": "Word | Meaning\n--- | ---\nflood | much\nbotnet | bots\ntarget | whom",
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
    "table with remarks": "| K | Category | With | Why |\n|-|-|-|-|\n"
    "| flood | volume | overwhelm, deluge | much |\n| botnet | agent | zombie, swarm | many |",
    "json with remarks": json.dumps(
        [{"concept": c, "words": w, "category": "storage"} for c, w in WORDS.items()]
    ),
    "wide table": "| K | 1 | 2 |\n|-|-|-|\n|flood|overwhelm|deluge|\n| botnet | zombie | swarm |",
    "bare table": "K | With\n---|---\nflood | overwhelm, deluge\nbotnet | zombie, swarm",
    "line breaks in cells": "| K | With |\n|-|-|\n| flood | overwhelm<br>deluge |\n"
    "| botnet | zombie <br /> swarm |",
    "strokes": "flood: overwhelm/deluge\nbotnet: zombie/swarm",
    "letters": "a) flood: overwhelm, deluge\nb) botnet: zombie, swarm",
    "citations": "flood: overwhelm, deluge [1]\nbotnet: zombie, swarm [2][3]",
    "reasoning": "<think>flood: no\n</think>flood: overwhelm, deluge\nbotnet: zombie, swarm",
    "json": json.dumps(WORDS),
    "json behind braces": "Here are associations for K = {flood, botnet}:\n\n```json\n"
    + json.dumps(WORDS)
    + "\n```\nI can add more.",
    "json behind the concepts": json.dumps({"K": ["flood", "botnet"], "associations": WORDS}),
    "json in a line": f"Associations: {json.dumps(WORDS)}",
    "json lines": "\n".join(json.dumps({"concept": c, "words": w}) for c, w in WORDS.items()),
    "json object for each word": json.dumps([{"word": w, "concept": c} for c, w in sorted(PAIRS)]),
    "json object for each word, turned round": json.dumps(
        [{"id": 1, "target": c, "source": w} for c, w in sorted(PAIRS)]
    ),
    "json lists as concepts": json.dumps([{"of": [c], "word": w} for c, w in sorted(PAIRS)]),
    "json objects by concept": json.dumps([WORDS]),
    "json lists of lists": json.dumps([[concept, words] for concept, words in WORDS.items()]),
    "json lists behind colons": 'flood: ["overwhelm", "deluge"]\nbotnet: ["zombie", "swarm"]',
    "json lists below headings": 'Flood:\n```json\n["overwhelm", "deluge"]\n```\nBotnet:\n'
    '```json\n["zombie", "swarm"]\n```',
    "python": str(WORDS),
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


def test_an_object_without_a_concept_is_under_none() -> None:
    objects = [
        {"word": "surge", "concept": "flood"},
        {"word": "latency", "concept": "network"},
        {"id": 1, "words": ["delay"]},
        {"word": "zombie", "concept": "botnet"},
    ]
    found = parse_associations(json.dumps(objects), CONCEPTS)
    assert found.pairs == (("flood", "surge"), ("botnet", "zombie"))
    assert found.unattached == ("latency", "network", "delay")


def test_the_concepts_said_again_are_a_concept_of_nothing() -> None:
    again = {"K": ["flood", "botnet"]}
    objects = [{"word": "surge", "concept": "flood"}, {"word": "zombie", "concept": "botnet"}]
    found = parse_associations(json.dumps(again | {"associations": objects}), CONCEPTS)
    assert found.pairs == (("flood", "surge"), ("botnet", "zombie"))
    assert parse_associations(json.dumps(again | {"words": ["surge"]}), CONCEPTS).pairs == ()


def test_a_list_of_one_in_brackets_is_no_remark() -> None:
    found = parse_associations('flood: ["surge"]\nbotnet: zombie [2]', CONCEPTS)
    assert found.pairs == (("flood", "surge"), ("botnet", "zombie"))


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
        "[" * 994 + '"a b"' + "]" * 994,
        "[" + "1" * 60_000 + "]",
        "<think>flood: surge",
        "<think>flood: surge</think>",
    ],
)
def test_rubbish_names_no_concepts_words_and_takes_no_time(answer: str) -> None:
    assert parse_associations(answer, CONCEPTS).pairs == ()
    assert len(parse_list(answer)) <= 2_000


HOSTILE = {
    "spaces": "a" + " " * (LONGEST - 2) + "b",
    "hyphens": "for" + "-" * (LONGEST - 4) + "x",
    "words with hyphens": "for" + "-a" * (LONGEST // 2 - 2),
    "spaces in a sentence": "flood is" + " " * (LONGEST - 20) + "not",
    "brackets in bold": "a ** " * (LONGEST // 5),
    "concepts by words": "flood, botnet, target, " * 1_000 + ": " + "a, b1, " * 5_000,
    "lists that do not end": '["' * (LONGEST // 2),
    "lists of Python that do not end": "['" * (LONGEST // 2),
    "lists deep in lists": ("[" * 900 + " x") * 70,
    "wide JSON that does not end": "[" * 900 + "1," * 30_000,
    **{
        f"{unit!a} again and again": (unit * LONGEST)[:LONGEST]
        for unit in (
            *" \t\n\r\0-*|:[{('/",
            "- ",
            "a-",
            " , ",
            " and",
            " -> ",
            "a () ",
            "<think>",
            "<br",
            "--|",
            "```\n",
            '["a"]',
            '{"a":"b","c":"d"}\n',
            "flood:\n",
            "flood: a, ",
            "flood is associated",
            "associated vocabular",
            "|flood|a",
        )
    },
}


@pytest.fixture
def watchdog() -> Iterator[None]:
    """Ends a test after 20 seconds; regular expressions look at signals while they match."""

    def bark(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, bark)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("watchdog")
@pytest.mark.parametrize("shape", HOSTILE)
def test_the_longest_answer_of_a_hostile_shape_is_parsed(shape: str) -> None:
    assert len(HOSTILE[shape]) <= LONGEST
    assert len(parse_list(HOSTILE[shape])) <= MAX_PHRASES
    assert len(parse_associations(HOSTILE[shape], CONCEPTS).pairs) <= MAX_PHRASES
