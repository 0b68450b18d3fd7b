"""Where an answer is JSON: the documents that stand for it, or for lines of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pclip.missions.answer_outline import has_letters, outline

_FENCES = ("```", "~~~")
_BRACKET = re.compile(r"[{\[]")
_MOST_TRIES = 1_000  # brackets: each that is no JSON costs a look at the whole text
# Quotes and last commas of Python, where they stand as JSON's would.
_SINGLE_QUOTED = re.compile(r"(?<=[\[{(,:\s])'([^'\"\\\n]*)'(?=\s*[,:\]})])")
_LAST_COMMA = re.compile(r",(?=\s*[\]}])")


@dataclass(frozen=True)
class Document:
    """JSON in a text.

    Args:
        value: what it holds.
        start: where it begins in the text.
        end: where it ends, behind its last bracket.
    """

    value: object
    start: int
    end: int

    @property
    def flat(self) -> bool:
        """Whether it is a list of texts, which says of none what it belongs to."""
        return isinstance(self.value, list) and not any(
            isinstance(entry, (list, dict)) for entry in self.value
        )


def json_documents(text: str) -> list[Document]:
    """The JSON that an answer is, in its order: either no document is flat, or all are.

    A remark in brackets ("[1]", "K = {flood, botnet}") is none. Objects and nested lists count
    where they fill a fenced block or are most of the answer; flat lists where each has its lines
    for itself. Quotes and last commas may be as in Python.
    """
    lenient = _LAST_COMMA.sub(" ", _SINGLE_QUOTED.sub(r'"\1"', text))
    for form in (text, lenient):
        documents = [found for found in _decoded(form) if _says_something(found.value)]
        nested = [found for found in documents if not found.flat]
        if 2 * sum(found.end - found.start for found in nested) <= len(form.strip()):
            nested = [found for found in nested if _alone(form, found, fenced=True)]
        flat = [found for found in documents if found.flat and _alone(form, found)]
        if nested or flat:
            return nested or flat
    return []


def _decoded(text: str) -> Iterator[Document]:
    decoder = json.JSONDecoder()
    at = 0
    for _ in range(_MOST_TRIES):
        found = _BRACKET.search(text, at)
        if not found:
            return
        start = found.start()
        try:
            value, at = decoder.raw_decode(text, start)
        except json.JSONDecodeError as error:
            # What was read up to the error is not read again.
            at = max(error.pos, start + 1)
        except (ValueError, RecursionError):
            # A number of thousands of digits, brackets a thousand deep.
            return
        else:
            yield Document(value, start, at)


def _says_something(value: object) -> bool:
    return any(has_letters(line.text) for line in outline(value))


def _alone(text: str, found: Document, *, fenced: bool = False) -> bool:
    """Whether nothing stands beside it in its lines, or with `fenced` in its fenced block."""
    opening = text.rfind("\n", 0, found.start) + 1
    closing = text.find("\n", found.end)
    closing = len(text) if closing < 0 else closing
    beside = text[opening : found.start] + text[found.end : closing]
    if beside.strip(" \t\r,;."):
        return False
    if not fenced:
        return True
    before = text[text.rfind("\n", 0, max(opening - 1, 0)) + 1 : opening]
    behind = text[closing + 1 : closing + 80]
    return before.strip().startswith(_FENCES) and behind.strip().startswith(_FENCES)
