"""An answer of a language model as lines: markup taken off, and what it said about each kept."""

from __future__ import annotations

import re

from pclip.missions.answer_json import json_documents
from pclip.missions.answer_outline import Line, NamesConcept, outline, plain

_REASONING = re.compile(r"<(/?)(?:think|thinking|reasoning)>", re.IGNORECASE)
_FENCE = re.compile(r"^[^\S\n]*(?:```|~~~).*$", re.MULTILINE)
# All below see lines whose white space is single, so that none of them runs over it twice.
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
_HEADING = re.compile(r"#{1,6}\s")
_NUMBER = re.compile(r"\(?\d{1,3}[.):]\s?|\(?[a-zA-Z]\)\s")
# "1 flood" is an item, "10 words of denial of service" is not.
_BARE_NUMBER = re.compile(r"\d{1,3}\s(?=\S+$)")
_NEXT_NUMBER = re.compile(r"\s(?=\(?\d{1,3}[.)]\s\S)")
_BULLET = re.compile("(?:[-*+>\u2022\u25cf\u25aa\u25e6\u2023\u2013\u2014\u00b7]\\s)+")
_RULE = re.compile(r"[\s|:+=-]*")
# Between the header and the rows of a table without outer pipes.
_TABLE_RULE = re.compile(r":?-+:?(?:\s?\|\s?:?-+:?)+")
_INDENT_STEP = 2


def answer_lines(text: str, names_concept: NamesConcept | None = None) -> list[Line]:
    """The lines of an answer, empty ones and rules left out; JSON in it becomes an outline.

    Takes time in proportion to the text.

    Args:
        text: an answer; what a reasoning model thinks aloud before it is left out.
        names_concept: whether a text names nothing but concepts, see `outline`.
    """
    text = _without_reasoning(text)
    documents = json_documents(text)
    if documents and not documents[0].flat:
        values = [found.value for found in documents]
        return list(outline(values[0] if len(values) == 1 else values, names_concept))
    # Lists of texts stay where they are: the line before each may say what it is about.
    lines, end = [], 0
    for found in documents:
        lines += _text_lines(text[end : found.start])
        lines += outline(found.value, names_concept, indent=1)
        end = found.end
    return lines + _text_lines(text[end:])


def _without_reasoning(text: str) -> str:
    """The answer behind the last closing tag; the opening one is often in the chat template."""
    tags = list(_REASONING.finditer(text))
    closing = max((i for i, tag in enumerate(tags) if tag[1]), default=-1)
    start = tags[closing].end() if closing >= 0 else 0
    end = tags[closing + 1].start() if closing + 1 < len(tags) else len(text)
    return text[start:end]


def _text_lines(text: str) -> list[Line]:
    raws = _FENCE.sub("", text).expandtabs(4).splitlines()
    contents = [" ".join(raw.split()) for raw in raws]
    bare_table = any(map(_TABLE_RULE.fullmatch, contents))
    lines = []
    for raw, content in zip(raws, contents, strict=True):
        indent = (len(raw) - len(raw.lstrip())) // _INDENT_STEP
        if _RULE.fullmatch(content):
            continue
        if content.startswith("|") or (bare_table and "|" in content):
            lines.append(_row(content, indent))
            continue
        content = ", ".join(filter(None, map(str.strip, _BREAK.split(content))))
        # "1. flood 2. botnet": a list that was written in one line.
        pieces = _NEXT_NUMBER.split(content) if _NUMBER.match(content) else [content]
        lines += [_line(piece, indent) for piece in pieces if not _RULE.fullmatch(piece)]
    return lines


def _row(content: str, indent: int) -> Line:
    cells = tuple(plain(_BREAK.sub(", ", cell)) for cell in content.strip("|").split("|"))
    return Line(" ".join(cells), "|", indent, cells)


def _line(content: str, indent: int) -> Line:
    kind = ""
    marks = (("#", _HEADING), ("-", _BULLET), ("1", _NUMBER), ("1", _BARE_NUMBER))
    for mark, pattern in marks:
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
