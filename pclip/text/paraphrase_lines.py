"""The sentences in an answer that should be a numbered list, and what stands around them."""

from __future__ import annotations

import json
import re

_ITEM = re.compile(r"^\s*(?:\(?\d{1,3}[.):\]]|[-*•])\s+(.*)$")
_FENCE = re.compile(r"^\s*(?:```|~~~)[\w-]*\s*$")
_WRAPPED = re.compile(r"^(\*\*|\*|__|_|`|\"|“|')(.+?)(\*\*|\*|__|_|`|\"|”|')$")


def candidates(answer: str) -> list[str]:
    """Every line of an answer that says something, without the marks of a list.

    Numbers, bullets and one pair of quotes or stars around a whole sentence go; the sentence itself
    is not touched. A line without a mark stays and is judged like any other: chatter around a list
    is rejected by a rule, and a model that leaves the numbers out loses nothing.

    Args:
        answer: an answer's text, or a JSON list of strings, which may be fenced as Markdown's code.
    """
    lines = _json_strings(answer)
    found = []
    for line in _lines(answer) if lines is None else lines:
        item = _ITEM.match(line)
        text = (item[1] if item else line).strip()
        wrapped = _WRAPPED.match(text)
        text = wrapped[2].strip() if wrapped else text
        if text:
            found.append(text)
    return found


def _lines(answer: str) -> list[str]:
    """The lines of an answer; in place of a fenced JSON list its strings."""
    found: list[str] = []
    fenced: list[str] = []
    for line in answer.splitlines(keepends=True):
        fence = _FENCE.match(line)
        if not fenced:
            (fenced if fence else found).append(line)
            continue
        fenced.append(line)
        if fence:
            strings = _json_strings("".join(fenced[1:-1]))
            found += fenced if strings is None else strings
            fenced = []
    return found + fenced


def _json_strings(answer: str) -> list[str] | None:
    """The strings of a JSON list, or None where the answer is something else."""
    try:
        document = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    if isinstance(document, list) and all(isinstance(entry, str) for entry in document):
        return document
    return None
