"""An answer of a language model as lines: markup taken off, and what it said about each kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

_FENCE = re.compile(r"^\s*(?:```|~~~).*$", re.MULTILINE)
_HEADING = re.compile(r"#{1,6}\s+")
_NUMBER = re.compile(r"\(?\d{1,3}[.):]\s*")
_NEXT_NUMBER = re.compile(r"\s+(?=\(?\d{1,3}[.)]\s+\S)")
_BULLET = re.compile("(?:[-*+>\u2022\u25cf\u25aa\u25e6\u2023\u2013\u2014\u00b7]\\s+)+")
_MARKUP = re.compile('[*_`"\u201c\u201d\u00ab\u00bb]+')
_RULE = re.compile(r"[\s|:+=-]*")
_INDENT_STEP = 2
_DEEPEST = 8


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


def answer_lines(text: str) -> list[Line]:
    """The lines of an answer, empty ones and rules left out; JSON in it becomes an outline."""
    document = _json_in(text)
    if document is not None:
        return list(_outline(document))
    lines = []
    for raw in _FENCE.sub("", text).expandtabs(4).splitlines():
        content = raw.strip()
        indent = (len(raw) - len(raw.lstrip())) // _INDENT_STEP
        # "1. flood 2. botnet": a list that was written in one line.
        pieces = _NEXT_NUMBER.split(content) if _NUMBER.match(content) else [content]
        lines += [_line(piece, indent) for piece in pieces if not _RULE.fullmatch(piece)]
    return lines


def plain(text: str) -> str:
    """A piece of a line without emphasis and quotes."""
    return _MARKUP.sub("", text).strip()


def _line(content: str, indent: int) -> Line:
    if content.startswith("|"):
        cells = tuple(plain(cell) for cell in content.strip("|").split("|"))
        return Line(" ".join(cells), "|", indent, cells)
    kind = ""
    for mark, pattern in (("#", _HEADING), ("-", _BULLET), ("1", _NUMBER)):
        found = pattern.match(content)
        if found:
            kind, content = mark, content[found.end() :]
            break
    # "- 1. flood" and "### 1. flood" carry two marks; the outer one says where the line stands.
    if kind in ("#", "-") and (found := _NUMBER.match(content)):
        content = content[found.end() :]
    bold = content.startswith("**") and content.rstrip(":").endswith("**")
    text = plain(content)
    if not kind and (bold or text.endswith(":")):
        kind = "*"
    return Line(text, kind, indent)


def _json_in(text: str) -> object:
    """The JSON object or list that the answer holds, None where there is none."""
    decoder = json.JSONDecoder()
    for found in re.finditer(r"[{\[]", text):
        try:
            document, _ = decoder.raw_decode(text, found.start())
        except (ValueError, RecursionError):
            # A set in braces, a remark in brackets: read as text.
            return None
        return document if document else None
    return None


def _outline(document: object, indent: int = 0) -> Iterator[Line]:
    """JSON as an outline: keys are headings, and so is the first text of an object in a list."""
    if indent > _DEEPEST:
        return
    if isinstance(document, dict):
        for key, value in document.items():
            yield Line(plain(key), "#", indent)
            yield from _outline(value, indent + 1)
    elif isinstance(document, list):
        for entry in document:
            if isinstance(entry, dict) and len(entry) > 1:
                head, *rest = entry.values()
                yield Line(plain(str(head)), "1", indent)
                for value in rest:
                    yield from _outline(value, indent + 1)
            else:
                yield from _outline(entry, indent)
    elif isinstance(document, str):
        for line in document.splitlines():
            yield Line(plain(line), "-", indent)
