"""From a JSON document that anybody may have written to a mission that is safe to compile."""

from __future__ import annotations

import re
import reprlib
from typing import NoReturn

from pclip.errors import PclipError
from pclip.missions.mission import Mission
from pclip.missions.words import MAX_CHARS, MIN_CHARS, WORD

SCHEMA = 1
MAX_LEVELS = 8
MAX_CONCEPTS = 512
MAX_EDGES = 4096
MAX_TEXT_LENGTH = 2000
MAX_PROVENANCE_ENTRIES = 32

_FIELDS = ("schema", "name", "title", "event", "levels", "edges", "provenance")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_TITLE = re.compile(r"[A-Za-z][A-Za-z0-9 /-]{0,63}")
_NAME_RULE = "1-32 lower-case letters, digits and _, the first a letter"
_TITLE_RULE = "1-64 letters, digits, spaces, - and /, the first a letter"
_SHORT = reprlib.Repr()
_SHORT.maxlevel = 2
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 60


def validate(document: object, source: str) -> Mission:
    """Check a parsed mission file and give the mission it describes.

    Rules: exactly the known fields; names and words of a fixed alphabet; sizes bounded; no word
    twice; edges only from one level to the next, none twice; every word lies on a path
    sensor -> ... -> embedding node, that is, every word behind level 1 has a parent and every
    word before the last level a child. A cycle cannot be written down: edges only go forward.

    Args:
        document: what `json.loads` gave.
        source: the file's name, for messages.

    Returns:
        The mission, levels and edges in the order of the file.

    Raises:
        PclipError: a rule is broken; the message names file, field, found and expected.

    Source: PacketCLIP section 3.1 (single words, no overlap, levels).
    """
    check = _Checker(source)
    fields = check.fields(document)
    if type(fields["schema"]) is not int or fields["schema"] != SCHEMA:
        check.fail("schema", fields["schema"], f"{SCHEMA}")
    levels = check.levels(fields["levels"])
    return Mission(
        name=check.matching("name", fields["name"], _NAME, _NAME_RULE),
        title=check.matching("title", fields["title"], _TITLE, _TITLE_RULE),
        event=check.matching("event", fields["event"], _TITLE, _TITLE_RULE),
        levels=levels,
        edges=check.edges(fields["edges"], levels),
        provenance=check.provenance(fields["provenance"]),
    )


def check_names(name: str, title: str, event: str, source: str) -> None:
    """Check what a mission is called, before anybody is asked to write it.

    Raises:
        PclipError: as of `validate`.
    """
    check = _Checker(source)
    check.matching("event", event, _TITLE, _TITLE_RULE)
    check.matching("name", name, _NAME, _NAME_RULE)
    check.matching("title", title, _TITLE, _TITLE_RULE)


class _Checker:
    """The rules, each failing with the name of the file and of the field."""

    def __init__(self, source: str) -> None:
        self._source = source

    def fail(self, field: str, found: object, expected: str) -> NoReturn:
        # The content may be hostile: bounded in length and in depth, control characters escaped.
        shown = _SHORT.repr(found).encode("ascii", "backslashreplace").decode()
        raise PclipError(f"{self._source}: {field}: found {shown}, expected {expected}")

    def fields(self, document: object) -> dict[str, object]:
        if not isinstance(document, dict):
            self.fail("document", type(document).__name__, "an object with a mission's fields")
        unknown = [name for name in document if name not in _FIELDS]
        if unknown:
            self.fail("document", unknown[0], f"no field beside {', '.join(_FIELDS)}")
        missing = [name for name in _FIELDS if name not in document]
        if missing:
            self.fail(missing[0], "nothing", "this field to be present")
        return document

    def matching(self, field: str, value: object, pattern: re.Pattern[str], rule: str) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            self.fail(field, value, rule)
        return value

    def sequence(self, field: str, value: object, most: int, of: str) -> list[object]:
        if not isinstance(value, list):
            self.fail(field, value, f"a list of {of}")
        if not 1 <= len(value) <= most:
            self.fail(field, f"{len(value)} entries", f"1 to {most} {of}")
        return value

    def levels(self, value: object) -> tuple[tuple[str, ...], ...]:
        place_of: dict[str, str] = {}
        levels = []
        for i, raw_level in enumerate(self.sequence("levels", value, MAX_LEVELS, "levels")):
            level = []
            words = self.sequence(f"levels[{i}]", raw_level, MAX_CONCEPTS, "words")
            for j, raw_word in enumerate(words):
                place = f"levels[{i}][{j}]"
                rule = f"a single lower-case word of {MIN_CHARS}-{MAX_CHARS} letters and digits"
                word = self.matching(place, raw_word, WORD, rule)
                if word in place_of:
                    self.fail(place, word, f"no word twice (it stands at {place_of[word]} too)")
                place_of[word] = place
                level.append(word)
            levels.append(tuple(level))
        if len(place_of) > MAX_CONCEPTS:
            self.fail("levels", f"{len(place_of)} words", f"at most {MAX_CONCEPTS} words in all")
        return tuple(levels)

    def edges(
        self, value: object, levels: tuple[tuple[str, ...], ...]
    ) -> tuple[tuple[str, str], ...]:
        level_of = {word: i for i, level in enumerate(levels, 1) for word in level}
        if len(levels) == 1 and value == []:
            return ()
        edges: dict[tuple[str, str], int] = {}
        for i, raw in enumerate(self.sequence("edges", value, MAX_EDGES, "pairs of words")):
            place = f"edges[{i}]"
            if not isinstance(raw, list) or len(raw) != 2:
                self.fail(place, raw, "a pair of words")
            for end, word in enumerate(raw):
                if not isinstance(word, str) or word not in level_of:
                    self.fail(f"{place}[{end}]", word, "a word of one of the levels")
            sender, receiver = raw
            if level_of[receiver] != level_of[sender] + 1:
                self.fail(
                    place,
                    f"{sender} (level {level_of[sender]}) -> {receiver} "
                    f"(level {level_of[receiver]})",
                    "an edge from one level to the next",
                )
            if (sender, receiver) in edges:
                first = edges[sender, receiver]
                self.fail(place, raw, f"no edge twice (it stands at edges[{first}] too)")
            edges[sender, receiver] = i
        self._no_dead_ends(levels, list(edges))
        return tuple(edges)

    def _no_dead_ends(
        self, levels: tuple[tuple[str, ...], ...], edges: list[tuple[str, str]]
    ) -> None:
        senders = {sender for sender, _ in edges}
        receivers = {receiver for _, receiver in edges}
        for i, level in enumerate(levels):
            for j, word in enumerate(level):
                place = f"levels[{i}][{j}]"
                if i > 0 and word not in receivers:
                    self.fail(place, word, f"an edge to it from a word of level {i}")
                if i < len(levels) - 1 and word not in senders:
                    self.fail(place, word, f"an edge from it to a word of level {i + 2}")

    def provenance(self, value: object) -> dict[str, str | int | tuple[str, ...]]:
        if not isinstance(value, dict) or len(value) > MAX_PROVENANCE_ENTRIES:
            self.fail("provenance", value, f"an object of at most {MAX_PROVENANCE_ENTRIES} entries")
        checked: dict[str, str | int | tuple[str, ...]] = {}
        for key, entry in value.items():
            self.matching("provenance", key, _NAME, "keys of lower-case letters, digits and _")
            field = f"provenance.{key}"
            if isinstance(entry, list):
                texts = self.sequence(field, entry, MAX_PROVENANCE_ENTRIES, "strings")
                checked[key] = tuple(self._text(f"{field}[{i}]", t) for i, t in enumerate(texts))
            elif type(entry) is int:
                checked[key] = entry
            else:
                checked[key] = self._text(field, entry)
        for key, kind in (("written_by", str), ("prompts", tuple)):
            if not isinstance(checked.get(key), kind):
                self.fail(
                    f"provenance.{key}",
                    value.get(key, "nothing"),
                    "who wrote the graph, as a string"
                    if kind is str
                    else "the prompts it was written from, as a list of strings",
                )
        return checked

    def _text(self, field: str, value: object) -> str:
        if not isinstance(value, str) or not value.isprintable() or len(value) > MAX_TEXT_LENGTH:
            self.fail(field, value, f"a printable string of at most {MAX_TEXT_LENGTH} characters")
        return value
