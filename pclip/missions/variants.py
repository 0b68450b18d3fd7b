"""Graphs with their words changed and their structure kept: what an ablation compares with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from pclip.errors import PclipError
from pclip.missions.mission import Mission
from pclip.missions.unrelated_words import UNRELATED_WORDS

_DEALS = 100


def shuffled_words(missions: Sequence[Mission], seed: int) -> tuple[Mission, ...]:
    """The words of all missions dealt anew among all their places.

    A word that several missions have is dealt as often. No mission may hold a word twice, so deals
    are drawn until none does.

    Args:
        missions: two or more.
        seed: of the deal.

    Raises:
        PclipError: no such deal is found: the missions have nearly the same words.
    """
    words = np.array([word for mission in missions for word in mission.concepts])
    sizes = [len(mission.concepts) for mission in missions]
    rng = np.random.default_rng(seed)
    for _ in range(_DEALS):
        dealt = rng.permutation(words).tolist()
        hands = [dealt[sum(sizes[:i]) :][:size] for i, size in enumerate(sizes)]
        for hand in hands:
            _swap_repeats(hand, hands)
        if all(len(set(hand)) == len(hand) for hand in hands):
            return _renamed(missions, hands, f"words dealt anew among missions, seed {seed}")
    raise PclipError(
        f"the words of {', '.join(mission.name for mission in missions)} cannot be dealt so that "
        "no mission has one twice; expected missions with words of their own"
    )


def random_words(missions: Sequence[Mission], seed: int) -> tuple[Mission, ...]:
    """Everyday words in the place of the missions' own, none of them twice.

    Args:
        missions: of `len(UNRELATED_WORDS)` concepts at most, all together.
        seed: of the choice.

    Raises:
        PclipError: more concepts than words.
    """
    sizes = [len(mission.concepts) for mission in missions]
    if sum(sizes) > len(UNRELATED_WORDS):
        raise PclipError(
            f"missions of {sum(sizes):,} concepts: expected at most {len(UNRELATED_WORDS)}, as "
            "many as there are unrelated words"
        )
    words = np.random.default_rng(seed).permutation(UNRELATED_WORDS).tolist()
    hands = [words[sum(sizes[:i]) :][:size] for i, size in enumerate(sizes)]
    return _renamed(missions, hands, f"unrelated words, seed {seed}")


def _swap_repeats(hand: list[str], hands: Sequence[list[str]]) -> None:
    """Give what a hand has twice to another hand that lacks it, for a word that this one lacks."""
    for i, word in enumerate(hand):
        if word not in hand[:i]:
            continue
        for other in hands:
            place = next((j for j, w in enumerate(other) if w not in hand), None)
            if other is not hand and word not in other and place is not None:
                hand[i], other[place] = other[place], word
                break


def _renamed(
    missions: Sequence[Mission], hands: Sequence[Sequence[str]], how: str
) -> tuple[Mission, ...]:
    found = []
    for mission, hand in zip(missions, hands, strict=True):
        new: Mapping[str, str] = dict(zip(mission.concepts, hand, strict=True))
        found.append(
            replace(
                mission,
                levels=tuple(tuple(new[word] for word in level) for level in mission.levels),
                edges=tuple((new[u], new[v]) for u, v in mission.edges),
                provenance={**mission.provenance, "ablation": how},
            )
        )
    return tuple(found)
