"""The outline of an answer: its lines without markup, and JSON as such lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_MARKUP = re.compile('[*_`"\u201c\u201d\u00ab\u00bb]+')
_LETTER = re.compile(r"[^\W\d_]")
_DEEPEST = 8

NamesConcept = Callable[[str], bool]


@dataclass(frozen=True)
class Line:
    """A line without its markup.

    Args:
        text: what is left of it.
        kind: "#" a heading, "1" a numbered item, "-" a bullet, "|" a row of a table, "*" a line
            that is bold as a whole or ends in a colon, "" none of these.
        indent: how far in it stands, in steps of two spaces.
        cells: of a row of a table its cells, else ().
    """

    text: str
    kind: str
    indent: int
    cells: tuple[str, ...] = ()

    @property
    def style(self) -> tuple[str, int]:
        """Lines of one style stand side by side in the answer's outline."""
        return self.kind, self.indent


def plain(text: str) -> str:
    """A piece of a line without emphasis and quotes, white space in it single."""
    return " ".join(_MARKUP.sub("", text).split())


def has_letters(text: str) -> bool:
    """Whether a text says more than a number."""
    return bool(_LETTER.search(text))


def outline(
    document: object, names_concept: NamesConcept | None = None, indent: int = 0
) -> Iterator[Line]:
    """JSON as an outline; what is nested deeper than eight levels is left out.

    Keys are headings. Of an object in a list one text is the heading, and what else it holds
    stands below: the first text (or list of texts) that names a concept, so that {"word": "surge",
    "concept": "flood"} is about flood; else the first text. An object elsewhere is read so only if
    no object is in it and a text of it names a concept.

    Args:
        document: what a JSON parser gives.
        names_concept: whether a text names nothing but concepts; None where there are none yet.
        indent: where it stands.
    """
    if indent > _DEEPEST:
        return
    if isinstance(document, dict):
        head = _concept_key(document, _texts(document), names_concept) if _flat(document) else None
        yield from _object(document, head, names_concept, indent)
    elif isinstance(document, list):
        for entry in document:
            if isinstance(entry, dict):
                head = _head_key(entry, names_concept)
                yield from _object(entry, head, names_concept, indent)
            else:
                yield from outline(entry, names_concept, indent + isinstance(entry, list))
    elif isinstance(document, str):
        for line in document.splitlines():
            yield Line(plain(line), "-", indent)


def _object(
    document: dict[str, object], head: str | None, names_concept: NamesConcept | None, indent: int
) -> Iterator[Line]:
    if head is not None:
        texts = document[head]
        text = ", ".join(texts) if isinstance(texts, list) else str(texts)
        yield Line(plain(text), "1", indent)
    rest = {key: value for key, value in document.items() if key != head}
    lists = {key: value for key, value in rest.items() if isinstance(value, list)}
    # Beside a list of words a single text is a category, a reason, how sure the model is.
    for key, value in (lists if head is not None and lists else rest).items():
        if head is None:
            yield Line(plain(key), "#", indent)
        yield from outline(value, names_concept, indent + 1)


def _head_key(entry: dict[str, object], names_concept: NamesConcept | None) -> str | None:
    """The key of the text that an object in a list is about; None where its keys say that."""
    if len(entry) < 2:
        return None
    lists = {
        key: ", ".join(value)
        for key, value in entry.items()
        if isinstance(value, list) and all(isinstance(text, str) for text in value)
    }
    found = _concept_key(entry, _texts(entry) | lists, names_concept)
    if found is not None or (names_concept and any(map(names_concept, entry))):
        return found
    return next(iter(_texts(entry)), None)


def _concept_key(
    entry: dict[str, object], texts: dict[str, str], names_concept: NamesConcept | None
) -> str | None:
    """The key of the first of an object's texts that names concepts."""
    # {"target": "flood"} may be about flood; {"target": "flood", "botnet": "zombie"} is not.
    if names_concept is None or sum(map(names_concept, entry)) > 1:
        return None
    return next((key for key, text in texts.items() if names_concept(plain(text))), None)


def _texts(entry: dict[str, object]) -> dict[str, str]:
    return {k: v for k, v in entry.items() if isinstance(v, str) and has_letters(v)}


def _flat(entry: dict[str, object]) -> bool:
    """Whether no object is in it, neither by itself nor in a list."""
    return not any(
        isinstance(value, dict)
        or (isinstance(value, list) and any(isinstance(x, (list, dict)) for x in value))
        for value in entry.values()
    )
