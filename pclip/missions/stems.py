"""Stems of English words, as far as telling near-duplicates among concepts needs them."""

from __future__ import annotations

from pclip.missions.words import singular

_ENDINGS = ("ization", "isation", "ation", "ition", "ingly", "ion", "ing", "ment", "ness", "ity")
_SHORT_ENDINGS = ("ed", "er", "or", "ive", "al", "ly", "e", "y")
_LEAST = 4


def stem(word: str) -> str:
    """What is left of a word without its plural and its ending; at least four letters.

    "flooding", "flooded" and "floods" all give "flood", "scanner" and "scan" both "scan". Crude on
    purpose: two concepts with one stem are only reported, and dropped only by `--prune`.
    """
    text = singular(word)
    for endings in (_ENDINGS, _SHORT_ENDINGS):
        for ending in endings:
            if text.endswith(ending) and len(text) - len(ending) >= _LEAST:
                text = text.removesuffix(ending)
                break
    # "scann" of "scanning" and "scanner".
    if len(text) > _LEAST and text[-1] == text[-2] and text[-1] not in "sl":
        text = text[:-1]
    return text
