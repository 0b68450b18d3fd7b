"""The contract of the room: what is asked of a language model, and what it gives."""

from __future__ import annotations

import reprlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

ROLES = ("system", "user", "assistant")
MAX_PROMPT_CHARS = 32_768
MAX_MESSAGES = 64
SHOWN_CHARS = 120


@dataclass(frozen=True)
class Message:
    """One message of a conversation.

    Args:
        role: one of `ROLES`.
        content: its text, 1 to `MAX_PROMPT_CHARS` characters.

    Raises:
        ValueError: another role, or a text that is empty, too long or not Unicode.
    """

    role: str
    content: str

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise ValueError(f"role {self.role!a}: expected one of {', '.join(ROLES)}")
        if not 1 <= len(self.content) <= MAX_PROMPT_CHARS:
            raise ValueError(
                f"a message of {len(self.content):,} characters: expected 1 to {MAX_PROMPT_CHARS:,}"
            )
        # Half of a surrogate pair is a str in Python, but no text that could be sent or written.
        self.content.encode()


Conversation = tuple[Message, ...]


@dataclass(frozen=True)
class Answer:
    """What a language model gave for a conversation.

    Args:
        text: as the model gave it, bounded in size and stripped of control characters.
        model: what the endpoint or the record says wrote it.
        finish_reason: "stop" where the model came to its end; "length", "content_filter" or
            another word of the endpoint's where it did not.
        prompt_tokens: tokens of the conversation as the endpoint counts them; None if it does not.
        answer_tokens: tokens of the answer, likewise.
    """

    text: str
    model: str
    finish_reason: str
    prompt_tokens: int | None
    answer_tokens: int | None


class LanguageModel(Protocol):
    """What answers conversations: an endpoint, or the record of one."""

    def answers(
        self, conversations: Sequence[Conversation], *, samples: Sequence[int] | None = None
    ) -> list[Answer]:
        """Answer conversations.

        Args:
            conversations: what is asked.
            samples: for each conversation the number of its sample, at least 0: part of the key of
                the record, and added to the seed of the endpoint. None numbers them: the n-th time
                that a conversation occurs among `conversations` it is sample n - 1.

        Returns:
            One answer a conversation, in the order of `conversations`.

        Raises:
            PclipError: an answer cannot be had.
        """
        ...


def prompt(text: str) -> Conversation:
    """The conversation of one message of the user's.

    Raises:
        ValueError: `text` is empty, too long or not Unicode.
    """
    return (Message("user", text),)


def numbered(
    conversations: Sequence[Conversation], samples: Sequence[int] | None
) -> list[tuple[Conversation, int]]:
    """Each conversation with the number of its sample, as `LanguageModel.answers` counts them.

    Raises:
        ValueError: another number of samples than of conversations, a negative one, or a
            conversation of no messages, of more than `MAX_MESSAGES`, or of more than
            `MAX_PROMPT_CHARS` characters in all.
    """
    for conversation in conversations:
        if not 1 <= len(conversation) <= MAX_MESSAGES:
            raise ValueError(f"{len(conversation)} messages: expected 1 to {MAX_MESSAGES}")
        if (length := sum(len(m.content) for m in conversation)) > MAX_PROMPT_CHARS:
            raise ValueError(f"{length:,} characters: expected at most {MAX_PROMPT_CHARS:,} in all")
    if samples is None:
        seen: Counter[Conversation] = Counter()
        samples = []
        for conversation in conversations:
            samples.append(seen[conversation])
            seen[conversation] += 1
    if len(samples) != len(conversations) or any(sample < 0 for sample in samples):
        raise ValueError(
            f"{len(samples)} samples for {len(conversations)} conversations: expected a number "
            "of at least 0 for each"
        )
    return list(zip(conversations, samples, strict=True))


def shortened(conversation: Conversation, sample: int) -> str:
    """What was asked, in at most one line of a terminal or two, for messages."""
    short = reprlib.Repr()
    short.maxstring = SHOWN_CHARS
    shown = short.repr(conversation[-1].content).encode("ascii", "backslashreplace").decode()
    return f"{shown} (sample {sample})"
