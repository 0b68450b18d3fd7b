"""Answers that came to their end, told from those that did not."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pclip.errors import PclipError
from pclip.llm.conversation import Answer, Conversation, shortened

STOP = "stop"
LENGTH = "length"
OVERSIZE = "oversize"
CONTENT_FILTER = "content_filter"
REFUSAL = "refusal"

Incomplete: TypeAlias = Literal["refuse", "return"]
"""What becomes of an answer that was cut off: an error, or an answer like others.

An empty, withheld or refused answer is an error in any case.
"""


def is_usable(answer: Answer, incomplete: Incomplete) -> bool:
    """Whether the model said something, and came to its end unless `incomplete` is "return"."""
    ends = (STOP, LENGTH, OVERSIZE) if incomplete == "return" else (STOP,)
    return answer.finish_reason in ends and bool(answer.text.strip())


def check_usable(
    answer: Answer, incomplete: Incomplete, conversation: Conversation, sample: int, source: str
) -> None:
    """Refuse an answer that is not usable.

    Args:
        answer: the answer.
        incomplete: as of `is_usable`.
        conversation: what it answers.
        sample: which of several answers to it.
        source: what gave it, for the message.

    Raises:
        PclipError: it was cut off, filtered or is empty.
    """
    if is_usable(answer, incomplete):
        return
    end = f"at character {len(answer.text):,}"
    found = {
        STOP: "an empty answer; ask an endpoint again, or another model",
        LENGTH: f"cut off at the bound on tokens, {end}; ask with a higher answer_tokens (pclip "
        "missions new: --answer-tokens; experiments: --config.llm.answer_tokens), or for less",
        OVERSIZE: f"cut off by pclip {end}, its bound on what is kept; does the endpoint obey "
        "max_tokens?",
        CONTENT_FILTER: "withheld by the endpoint's content filter; word it otherwise or ask "
        "another model",
        REFUSAL: "a refusal of the model's, which the record holds; word it otherwise or ask "
        "another model",
    }.get(answer.finish_reason, f"ended with {answer.finish_reason!a} {end}, expected 'stop'")
    raise PclipError(f"{source}: {shortened(conversation, sample)}: {found}")
