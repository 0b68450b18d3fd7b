"""Prompt ensembles for class names and for a user's words."""

from __future__ import annotations

import pytest

from pclip.errors import PclipError
from pclip.text import CAPTION_PREFIX, PROMPT_TEMPLATES, class_prompts, prompts_for
from pclip.text.prompts import MAX_PROMPT_CHARACTERS


def test_the_papers_prefix_comes_first() -> None:
    prompts = class_prompts("SYN Flood")
    assert prompts[0] == "A network traffic of SYN Flood."
    assert len(prompts) == len(set(prompts)) == len(PROMPT_TEMPLATES) >= 6
    assert all("SYN Flood" in prompt and prompt.endswith(".") for prompt in prompts)
    assert prompts[0].startswith(CAPTION_PREFIX)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a SYN flood", "SYN flood"),
        ("A  SYN\nflood.", "SYN flood"),
        ("an ICMP flood", "ICMP flood"),
        ("The traffic of nmap ...", "traffic of nmap"),
        ("attack", "attack"),
        ("{0.__class__}", "{0.__class__}"),
    ],
)
def test_a_users_words_stand_where_a_class_stands(text: str, words: str) -> None:
    assert prompts_for(text) == class_prompts(words)


@pytest.mark.parametrize("text", ["", "  \n", "..."])
def test_nothing_to_ask(text: str) -> None:
    with pytest.raises(PclipError, match="query: found an empty text"):
        prompts_for(text)


def test_bounds() -> None:
    assert prompts_for("x" * MAX_PROMPT_CHARACTERS)
    with pytest.raises(PclipError, match="found 501 characters, expected at most 500"):
        prompts_for("x" * (MAX_PROMPT_CHARACTERS + 1))
    with pytest.raises(PclipError, match="class name: found an empty text"):
        class_prompts(" ")
