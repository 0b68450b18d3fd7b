"""A chat completion as an endpoint sends it, read into an answer."""

from __future__ import annotations

from collections.abc import Callable

from pclip.documents import parse_object
from pclip.errors import PclipError
from pclip.llm.complete import OVERSIZE, REFUSAL
from pclip.llm.conversation import Answer
from pclip.llm.exchange import MAX_COUNT

MAX_WORD_CHARS = 200


def read_completion(body: bytes, most_chars: int, tidy: Callable[[str], str]) -> Answer:
    """The answer in a chat completion.

    Args:
        body: the reply's bytes, bounded by the caller.
        most_chars: characters of the text that are kept; what is longer ends with `OVERSIZE`.
        tidy: what every string goes through before it is kept or shown.

    Raises:
        PclipError: no JSON, cut short, or not laid out as a chat completion. The message shows
            nothing of the body.
    """
    document = parse_object(body, "the reply", "a chat completion")
    choices = document.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise PclipError("the reply: no choices[0].message: expected a chat completion")
    text, refusal = message.get("content"), message.get("refusal")
    finish_reason = _word(choice.get("finish_reason"), "choices[0].finish_reason", tidy)
    if text is None and isinstance(refusal, str):
        text, finish_reason = refusal, REFUSAL
    # A model that calls a tool, or says nothing at all, may leave the content out.
    text = "" if text is None else text
    if not isinstance(text, str):
        raise PclipError("the reply: choices[0].message.content is no text")
    text = tidy(text)
    if len(text) > most_chars:
        text, finish_reason = text[:most_chars], OVERSIZE
    usage = document.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    return Answer(
        text,
        _word(document.get("model"), "model", tidy),
        finish_reason,
        _count(counts.get("prompt_tokens")),
        _count(counts.get("completion_tokens")),
    )


def _word(value: object, field: str, tidy: Callable[[str], str]) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_WORD_CHARS:
        raise PclipError(f"the reply: {field} is no word of at most {MAX_WORD_CHARS} characters")
    # Printable, as a record demands; tidied again, since a key that a line end split is whole now.
    word = "".join(character for character in tidy(value) if character.isprintable())
    return tidy(word)


def _count(value: object) -> int | None:
    return value if type(value) is int and 0 <= value <= MAX_COUNT else None
