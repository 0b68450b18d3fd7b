"""Every rule of mission files, each broken once."""

from __future__ import annotations

import contextlib
import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pclip.errors import PclipError
from pclip.missions import Mission, validate
from pclip.missions.validation import MAX_CONCEPTS, MAX_EDGES, MAX_LEVELS, MAX_TEXT_LENGTH


def tiny() -> dict[str, Any]:
    return {
        "schema": 1,
        "name": "tiny",
        "title": "Tiny",
        "event": "Tiny attack",
        "levels": [["flood", "scan"], ["storm"]],
        "edges": [["flood", "storm"], ["scan", "storm"]],
        "provenance": {"written_by": "a test", "prompts": ["one", "two"], "seed": 3},
    }


def test_a_sound_document_becomes_a_mission() -> None:
    mission = validate(tiny(), "tiny.json")
    assert mission == Mission(
        name="tiny",
        title="Tiny",
        event="Tiny attack",
        levels=(("flood", "scan"), ("storm",)),
        edges=(("flood", "storm"), ("scan", "storm")),
        provenance={"written_by": "a test", "prompts": ("one", "two"), "seed": 3},
    )
    assert mission.concepts == ("flood", "scan", "storm")
    assert mission.key_concepts == ("flood", "scan")
    assert hash(mission) == hash(validate(tiny(), "other.json"))


def test_key_concepts_alone_are_a_mission() -> None:
    document = tiny() | {"levels": [["flood"]], "edges": []}
    assert validate(document, "tiny.json").edges == ()


WORDS = [f"word{i}" for i in range(MAX_CONCEPTS)]

BROKEN = {
    # what is broken: (field -> value, field named, found, expected)
    "schema number": ({"schema": 2}, "schema", "2", "expected 1"),
    "schema as bool": ({"schema": True}, "schema", "True", "expected 1"),
    "schema as float": ({"schema": 1.0}, "schema", "1.0", "expected 1"),
    "unknown field": ({"colour": "red"}, "document", "'colour'", "no field beside schema"),
    "name with a path": ({"name": "../etc"}, "name", "'../etc'", "lower-case letters"),
    "name not text": ({"name": 7}, "name", "7", "lower-case letters"),
    "empty title": ({"title": ""}, "title", "''", "1-64 letters"),
    "control characters": ({"title": "a\x1b[2J"}, "title", r"'a\x1b[2J'", "1-64 letters"),
    "markup in event": ({"event": "<b>"}, "event", "'<b>'", "1-64 letters"),
    "levels no list": ({"levels": {"a": 1}}, "levels", "{'a': 1}", "a list of levels"),
    "no level": ({"levels": []}, "levels", "'0 entries'", f"1 to {MAX_LEVELS}"),
    "many levels": ({"levels": [["aa"]] * 9}, "levels", "'9 entries'", f"1 to {MAX_LEVELS}"),
    "level no list": ({"levels": ["flood"]}, "levels[0]", "'flood'", "a list of words"),
    "empty level": ({"levels": [["flood"], []]}, "levels[1]", "'0 entries'", "1 to"),
    "two words": ({"levels": [["port scan"]]}, "levels[0][0]", "'port scan'", "single lower-case"),
    "hyphen": ({"levels": [["half-open"]]}, "levels[0][0]", "'half-open'", "single lower-case"),
    "upper case": ({"levels": [["Flood"]]}, "levels[0][0]", "'Flood'", "single lower-case"),
    "newline at end": ({"levels": [["flood\n"]]}, "levels[0][0]", r"'flood\n'", "single"),
    "long word": ({"levels": [["a" * 25]]}, "levels[0][0]", "'aaa", "2-24 letters"),
    "look-alike": ({"levels": [["fl\u043e\u043ed"]]}, "levels[0][0]", r"\u043e", "single"),
    "word no text": ({"levels": [[None]]}, "levels[0][0]", "None", "single lower-case"),
    "word twice": (
        {"levels": [["flood", "scan"], ["flood"]]},
        "levels[1][0]",
        "'flood'",
        "no word twice (it stands at levels[0][0] too)",
    ),
    "many words": ({"levels": [WORDS, ["more"]]}, "levels", "'513 words'", "at most 512"),
    "edges no list": ({"edges": None}, "edges", "None", "a list of pairs"),
    "no edges": ({"edges": []}, "edges", "'0 entries'", "1 to"),
    "many edges": ({"edges": [["a", "b"]] * (MAX_EDGES + 1)}, "edges", "'4097 entries'", "1 to"),
    "edge no pair": ({"edges": [["flood"]]}, "edges[0]", "['flood']", "a pair of words"),
    "edge a text": ({"edges": ["ab"]}, "edges[0]", "'ab'", "a pair of words"),
    "edge to a number": ({"edges": [["flood", 1]]}, "edges[0][1]", "1", "a word of one of"),
    "edge to a list": ({"edges": [["flood", []]]}, "edges[0][1]", "[]", "a word of one of"),
    "unknown sender": ({"edges": [["mud", "storm"]]}, "edges[0][0]", "'mud'", "a word of one of"),
    "unknown receiver": ({"edges": [["scan", "mud"]]}, "edges[0][1]", "'mud'", "a word of one of"),
    "edge within a level": (
        {"edges": [["flood", "scan"]]},
        "edges[0]",
        "flood (level 1) -> scan (level 1)",
        "one level to the next",
    ),
    "edge backwards": (
        {"edges": [["storm", "flood"]]},
        "edges[0]",
        "storm (level 2) -> flood (level 1)",
        "one level to the next",
    ),
    "edge over a level": (
        {"levels": [["flood"], ["storm"], ["rain"]], "edges": [["flood", "rain"]]},
        "edges[0]",
        "flood (level 1) -> rain (level 3)",
        "one level to the next",
    ),
    "edge twice": (
        {"edges": [["flood", "storm"], ["scan", "storm"], ["flood", "storm"]]},
        "edges[2]",
        "['flood', 'storm']",
        "no edge twice (it stands at edges[0] too)",
    ),
    "dead end": ({"edges": [["flood", "storm"]]}, "levels[0][1]", "'scan'", "an edge from it"),
    "no parent": (
        {"levels": [["flood"], ["storm", "rain"]], "edges": [["flood", "storm"]]},
        "levels[1][1]",
        "'rain'",
        "an edge to it",
    ),
    "provenance no object": ({"provenance": "me"}, "provenance", "'me'", "an object"),
    "provenance too large": (
        {"provenance": {f"k{i}": 1 for i in range(33)}},
        "provenance",
        "{",
        "at most 32 entries",
    ),
    "provenance key": ({"provenance": {"A b": "c"}}, "provenance", "'A b'", "keys of lower-case"),
    "no author": (
        {"provenance": {"prompts": ["p"]}},
        "provenance.written_by",
        "'nothing'",
        "who wrote",
    ),
    "no prompts": (
        {"provenance": {"written_by": "x", "prompts": "p"}},
        "provenance.prompts",
        "'p'",
        "list of strings",
    ),
    "provenance nested": (
        {"provenance": {"written_by": {"deep": 1}}},
        "provenance.written_by",
        "{'deep': 1}",
        "a printable string",
    ),
    "provenance long": (
        {"provenance": {"written_by": "x" * (MAX_TEXT_LENGTH + 1)}},
        "provenance.written_by",
        "'xxx",
        "at most 2000 characters",
    ),
    "provenance control": (
        {"provenance": {"written_by": "x", "prompts": ["a\x00"]}},
        "provenance.prompts[0]",
        r"'a\x00'",
        "a printable string",
    ),
    "provenance float": (
        {"provenance": {"written_by": 0.5}},
        "provenance.written_by",
        "0.5",
        "a printable string",
    ),
}


@pytest.mark.parametrize("case", BROKEN, ids=list(BROKEN))
def test_each_rule_names_file_field_found_and_expected(case: str) -> None:
    change, field, found, expected = BROKEN[case]
    with pytest.raises(PclipError) as caught:
        validate(tiny() | change, "evil.json")
    message = str(caught.value)
    assert message.startswith(f"evil.json: {field}: found ")
    assert found in message
    assert expected in message
    assert message.isprintable()
    assert message.isascii()
    assert len(message) < 400


@pytest.mark.parametrize("field", list(tiny()))
def test_each_field_is_required(field: str) -> None:
    document = tiny()
    del document[field]
    with pytest.raises(PclipError, match=rf"evil\.json: {field}: found 'nothing'"):
        validate(document, "evil.json")


@pytest.mark.parametrize("document", [None, [], "text", 3, 1.5, True])
def test_only_objects_are_missions(document: object) -> None:
    with pytest.raises(PclipError, match="expected an object"):
        validate(document, "evil.json")


RUBBISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@given(field=st.sampled_from(list(tiny())), value=RUBBISH)
def test_rubbish_in_a_field_gives_a_mission_or_a_clear_error(field: str, value: object) -> None:
    document = copy.deepcopy(tiny()) | {field: value}
    # Whatever else is raised fails the test.
    with contextlib.suppress(PclipError):
        assert validate(document, "evil.json").concepts
