"""How varied captions are, and which words they have."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

_TOKEN = re.compile(r"[A-Za-z][A-Za-z'-]*|\d[\d,.]*\d|\d")
_NUMBER = "0"
# Words that hold sentences together and say nothing of traffic.
_FUNCTION_WORD = re.compile(
    "a|about|across|adding|adds|after|all|also|altogether|an|and|another|apart|are|as|at|"
    "average|be|been|before|between|both|but|by|came|can|come|comes|concepts|each|every|for|from|gets|"
    "give|given|gives|go|goes|going|had|has|have|having|in|inside|into|is|it|its|itself|long|"
    "make|makes|making|mean|of|off|on|or|other|out|over|overall|per|plus|put|puts|related|same|"
    "seen|so|some|such|sum|that|the|their|them|then|there|these|they|this|those|through|"
    "throughout|to|together|total|under|up|upon|via|was|were|when|where|which|while|whole|"
    "whose|with|within"
)


@dataclass(frozen=True)
class Diversity:
    """How varied a list of captions is. Numbers count as one word: flows differ in them.

    Attributes:
        captions: how many there are.
        distinct_share: the share of them that are distinct, numbers and all.
        distinct_1, distinct_2: distinct words, and pairs of neighbours, over all of them.
        entropy_1, entropy_2: entropy of words and of pairs, in bits; 0 for one repeated for ever.

    Source: Li et al. 2016 (distinct-n); Zhang et al. 2018 (Ent-n).
    """

    captions: int
    distinct_share: float
    distinct_1: float
    distinct_2: float
    entropy_1: float
    entropy_2: float


def diversity(captions: Sequence[str]) -> Diversity:
    """Measure captions; of none, every share and entropy is 0."""
    often = Counter(captions)
    words: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for caption, times in often.items():
        tokens = _tokens(caption)
        for word in tokens:
            words[word] += times
        for pair in pairwise(tokens):
            pairs[pair] += times
    return Diversity(
        len(captions),
        len(often) / max(1, len(captions)),
        len(words) / max(1, words.total()),
        len(pairs) / max(1, pairs.total()),
        _entropy(words.values()),
        _entropy(pairs.values()),
    )


def frequent_words(captions: Iterable[str], most: int) -> list[tuple[str, int]]:
    """The words that captions have most often, most frequent first, by name where equal.

    Numbers and words that hold sentences together are left out.

    Args:
        captions: texts; each counts as often as it is there.
        most: how many words to give.
    """
    counts: Counter[str] = Counter()
    for caption in captions:
        counts.update(
            word
            for word in _tokens(caption)
            if word != _NUMBER and not _FUNCTION_WORD.fullmatch(word)
        )
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:most]


def _tokens(caption: str) -> list[str]:
    return [
        _NUMBER if token[0].isdigit() else token.lower().strip("'-")
        for token in _TOKEN.findall(caption)
    ]


def _entropy(counts: Iterable[int]) -> float:
    """H = -sum p log2 p of the shares p of counts."""
    total = sum(counts := list(counts))
    return math.fsum(-n / total * math.log2(n / total) for n in counts) if total else 0.0
