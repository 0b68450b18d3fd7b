"""Prompts that stand for a class, or for what a user asks, in zero-shot classification."""

from __future__ import annotations

from pclip.errors import PclipError
from pclip.text.captioning import CAPTION_PREFIX

PROMPT_TEMPLATES: tuple[str, ...] = (
    CAPTION_PREFIX + " {}.",
    "A network packet of {} traffic.",
    "A flow that belongs to {} traffic.",
    "An example of {} traffic.",
    "Network traffic labelled {}.",
    "A capture of {} on the network.",
)
MAX_PROMPT_CHARACTERS = 500
_ARTICLES = ("a ", "an ", "the ")


def class_prompts(label: str) -> tuple[str, ...]:
    """The prompt ensemble of a class; the first is the paper's own prefix.

    Args:
        label: class name, such as "SYN Flood".

    Raises:
        PclipError: empty text.

    Source: PacketCLIP section 3.2 (first template); the ensemble after CLIP (Radford et al. 2021).
    """
    if not label.strip():
        raise PclipError("class name: found an empty text, expected words such as 'SYN Flood'")
    return tuple(template.format(label) for template in PROMPT_TEMPLATES)


def prompts_for(text: str) -> tuple[str, ...]:
    """The prompt ensemble of a user's words: "a SYN flood" -> "A network traffic of SYN flood."

    A leading article, spare white space and a full stop at the end are dropped, so that the words
    stand where a class name stands in the captions.

    Args:
        text: a few words, at most `MAX_PROMPT_CHARACTERS`.

    Raises:
        PclipError: nothing left, or too long.
    """
    words = " ".join(text.split()).rstrip(".").rstrip()
    article = next((article for article in _ARTICLES if words.lower().startswith(article)), "")
    words = words[len(article) :]
    if len(words) > MAX_PROMPT_CHARACTERS:
        raise PclipError(
            f"query: found {len(words)} characters, expected at most {MAX_PROMPT_CHARACTERS}; "
            "say it in one sentence"
        )
    if not words:
        raise PclipError("query: found an empty text, expected words such as 'a SYN flood'")
    return class_prompts(words)
