"""How alike two slotted sentences are."""

from __future__ import annotations

import re

from pclip.text.slots import SLOT

_GRAM = 4
_ARTICLES = re.compile(r"\b(?:a|an|the|this|that)\b")
_NOT_A_LETTER = re.compile(r"[^a-z#]+")


def grams(sentence: str) -> frozenset[str]:
    """The character 4-grams of a sentence without case, punctuation, articles and units' slots.

    Slots count as one letter each: paraphrases share them by definition.
    """
    text = SLOT.sub("#", sentence).lower()
    text = _NOT_A_LETTER.sub(" ", _ARTICLES.sub(" ", text)).strip()
    return frozenset(text[i : i + _GRAM] for i in range(len(text) - _GRAM + 1))


def similarity(first: frozenset[str], second: frozenset[str]) -> float:
    """Jaccard index of two sets of grams: |A and B| / |A or B|; 1 for two empty ones."""
    union = len(first | second)
    return len(first & second) / union if union else 1.0
