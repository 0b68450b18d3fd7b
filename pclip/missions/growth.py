"""One expansion: which of the words that an answer names become the next level."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pclip.missions.words import SameWords, single_word

NOT_SINGLE = "not a single word"
THERE_ALREADY = "in the graph already, or a plural of a word in it"
BEYOND_BOUND = "beyond the bound on words of a level or of a concept"
EARLIER_CONCEPT = "associated with a word of an earlier level only"
NO_CONCEPT = "associated with no concept"
NO_CHILD = "a concept without an associated word"


@dataclass(frozen=True)
class Rejected:
    """A phrase that a model named and that is not in the graph.

    Args:
        phrase: as the answer has it.
        reason: one of the reasons above.
        level: the level that it was asked for, from 1.
    """

    phrase: str
    reason: str
    level: int


@dataclass(frozen=True)
class Level:
    """What an expansion adds.

    Args:
        words: the new level.
        edges: (concept, word) as the answers state them.
        rejected: what was named and is not there.
    """

    words: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]
    rejected: tuple[Rejected, ...]


def accept(
    phrases: Iterable[str], graph: Iterable[str], level: int, most: int
) -> tuple[list[str], list[Rejected]]:
    """The first `most` phrases that are single words and neither in the graph nor named before."""
    taken = SameWords(graph)
    words: list[str] = []
    rejected = []
    for phrase in phrases:
        word = single_word(phrase)
        if word is None:
            rejected.append(Rejected(phrase, NOT_SINGLE, level))
        elif taken.find(word):
            rejected.append(Rejected(phrase, THERE_ALREADY, level))
        elif len(words) == most:
            rejected.append(Rejected(phrase, BEYOND_BOUND, level))
        else:
            taken.add(word)
            words.append(word)
    return words, rejected


def grow(
    pairs: Sequence[tuple[str, str]],
    parents: Sequence[str],
    graph: Sequence[str],
    *,
    level: int,
    per_concept: int,
    most: int,
) -> Level:
    """The next level of a graph.

    The parents choose in turn: each takes the first word its answer names that can be used and
    that no other has taken, then each a second, up to `per_concept` words of each and `most` in
    all. An edge is every association that the answers state between a parent and a word taken, so
    a word may have several parents.

    Args:
        pairs: (concept, phrase) in the order of the answers.
        parents: the words of the last level.
        graph: all words there are, level by level; `parents` are its end.
        level: the number of the level that is made, from 2.
        per_concept: words that a parent may add.
        most: words of the level.

    Source: PacketCLIP section 3.1 (no overlap, edges from level i - 1 to level i); the bounds are
        ours, the paper's prompt sets none.
    """
    taken, new = SameWords(graph), SameWords()
    named: dict[str, dict[str, str]] = {parent: {} for parent in parents}
    rejected: list[Rejected] = []
    orphans: dict[str, str] = {}
    for concept, phrase in pairs:
        word = single_word(phrase)
        if word is None:
            rejected.append(Rejected(phrase, NOT_SINGLE, level))
        elif taken.find(word):
            rejected.append(Rejected(phrase, THERE_ALREADY, level))
        elif concept in named:
            named[concept].setdefault(new.add(word), word)
        else:
            orphans.setdefault(new.add(word), phrase)

    words = _choose_in_turn(named, per_concept, most)
    edges = [(p, words[key]) for p in parents for key in named[p] if key in words]
    beyond = {key: word for of in named.values() for key, word in of.items() if key not in words}
    rejected += [Rejected(word, BEYOND_BOUND, level) for word in beyond.values()]
    rejected += [
        Rejected(phrase, EARLIER_CONCEPT, level)
        for key, phrase in orphans.items()
        if key not in words and key not in beyond
    ]
    return Level(tuple(words.values()), tuple(edges), tuple(rejected))


def _choose_in_turn(
    named: dict[str, dict[str, str]], per_concept: int, most: int
) -> dict[str, str]:
    """The words taken, in the order taken, each by the form of it that was named first."""
    chosen: dict[str, str] = {}
    taken_by = dict.fromkeys(named, 0)
    for _ in range(per_concept):
        for parent, words in named.items():
            free = next((key for key in words if key not in chosen), None)
            # A parent whose word another has taken already is served by that edge.
            served = taken_by[parent] or any(key in chosen for key in words)
            if free is None or (len(chosen) >= most and served):
                continue
            chosen[free] = words[free]
            taken_by[parent] += 1
    return chosen


def without_dead_ends(
    levels: Sequence[Sequence[str]], edges: Iterable[tuple[str, str]]
) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, str], ...]]:
    """The part of a graph that lies on paths from the first level to the last.

    Args:
        levels: words, level by level.
        edges: (word of a level, word of the next).

    Returns:
        Levels and edges that are left, in their order; a level may be empty.
    """
    last = len(levels) - 1
    edges = tuple(edges)
    while True:
        words = {word for level in levels for word in level}
        edges = tuple((u, v) for u, v in edges if u in words and v in words)
        senders, receivers = {u for u, _ in edges}, {v for _, v in edges}
        kept = tuple(
            tuple(w for w in level if (i == 0 or w in receivers) and (i == last or w in senders))
            for i, level in enumerate(levels)
        )
        if kept == tuple(map(tuple, levels)):
            return kept, edges
        levels = kept
