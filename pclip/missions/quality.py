"""How good a mission graph is: relevance, redundancy, coverage, discrimination, by numbers.

All four compare words with words in the space of a text encoder, which this room may not import:
it comes in as a function. Words are embedded bare; in a prompt the prompt is most of what two
texts have in common.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pclip.missions.mission import Mission
from pclip.missions.stems import stem
from pclip.missions.techniques import TECHNIQUES, Technique
from pclip.missions.unrelated_words import UNRELATED_WORDS

Vectors = npt.NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]
"""Texts to unit vectors float32 [texts, width]."""

TECHNIQUES_OF_MISSION = 5
NEAR_DUPLICATE = 0.8
COVERED = 0.5
_LEAST_LETTERS = 4
# Words of the descriptions that name nothing.
_EMPTY = """
about after again against also another answer answers before behind below cause causes come
could does each find finds from gives goes have held hide himself into itself known larger later
leaves legitimate looks many more most much nobody not number often only open other others ours
over pass passes rather said same sees should side since sits small somebody some such talks
than that their them then they this tried until used users using very what when where which
while whom whose will with without would across actively checks common inside itself made
through exists part
"""


@dataclass(frozen=True)
class ConceptQuality:
    """What is measured of one concept.

    Similarities are in standard deviations above the mean of `UNRELATED_WORDS` to the same
    mission: 0 is a word of no relation, whatever the encoder's habits.

    Args:
        word: the concept.
        level: from 1.
        relevance: its similarity to its own mission.
        nearest: the technique whose description is nearest to it.
        margin: `relevance` less its similarity to the nearest other mission; None without others.
        confused_with: that mission's name; None without others.
        duplicate_of: an earlier concept that it nearly repeats, None if none.
        beside: the other concepts of its level, nearest first.
    """

    word: str
    level: int
    relevance: float
    nearest: str
    margin: float | None
    confused_with: str | None
    duplicate_of: str | None
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Quality:
    """What is measured of a graph.

    Args:
        mission: its name.
        concepts: level by level.
        techniques: identifiers of the descriptions that it was held against.
        coverage: share of the words of these descriptions that lie near some concept.
        uncovered: those that do not.
        others: names of the missions that it was told apart from.
    """

    mission: str
    concepts: tuple[ConceptQuality, ...]
    techniques: tuple[str, ...]
    coverage: float
    uncovered: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def relevance(self) -> float:
        """Mean over the concepts, in standard deviations above unrelated words."""
        return float(np.mean([concept.relevance for concept in self.concepts]))

    @property
    def redundancy(self) -> float:
        """Share of the concepts that nearly repeat an earlier one."""
        return float(np.mean([concept.duplicate_of is not None for concept in self.concepts]))

    @property
    def discrimination(self) -> float | None:
        """Share of the concepts that are nearer to their own mission than to any other."""
        margins = [concept.margin for concept in self.concepts if concept.margin is not None]
        return float(np.mean(np.asarray(margins) > 0)) if margins else None


def measure(mission: Mission, embed: Embed, others: Sequence[Mission] = ()) -> Quality:
    """Measure a graph.

    A word's similarity to a mission is the mean of two cosines: to the mission's event and to the
    nearest of the `TECHNIQUES_OF_MISSION` descriptions that are nearest to the event. From it the
    mean of `UNRELATED_WORDS` is taken, and the rest divided by their standard deviation.

    A concept nearly repeats another if both have one stem, or a cosine of `NEAR_DUPLICATE`. A word
    of the descriptions is covered if its cosine to some concept is `COVERED`.

    Args:
        mission: the graph.
        embed: a text encoder.
        others: missions that its words should be told apart from; one of its name, title or event
            is the same mission and left out.
    """
    own_names = _names(mission)
    others = [other for other in others if not own_names & _names(other)]
    space = _Space(embed)
    own = space.profile(mission.event)
    words = embed(mission.concepts)
    unrelated = embed(UNRELATED_WORDS)
    relevance = _above_chance(own, words, unrelated)
    rivals = np.array(
        [_above_chance(space.profile(other.event), words, unrelated) for other in others]
    ).reshape(len(others), len(words))
    nearest = np.argmax(words @ own.of_techniques.T, axis=1)
    level_of = {word: k for k, level in enumerate(mission.levels, start=1) for word in level}
    duplicates = _duplicates(mission.concepts, words)
    beside = _beside(mission, words)
    concepts = []
    for i, word in enumerate(mission.concepts):
        rival = int(np.argmax(rivals[:, i])) if others else None
        concepts.append(
            ConceptQuality(
                word=word,
                level=level_of[word],
                relevance=float(relevance[i]),
                nearest=own.techniques[nearest[i]].identifier,
                margin=None if rival is None else float(relevance[i] - rivals[rival, i]),
                confused_with=None if rival is None else others[rival].name,
                duplicate_of=duplicates[i],
                beside=beside[word],
            )
        )
    content = _content_words(own.techniques)
    covered = (embed(content) @ words.T).max(axis=1) >= COVERED
    return Quality(
        mission=mission.name,
        concepts=tuple(concepts),
        techniques=tuple(technique.identifier for technique in own.techniques),
        coverage=float(covered.mean()),
        uncovered=tuple(word for word, near in zip(content, covered, strict=True) if not near),
        others=tuple(other.name for other in others),
    )


@dataclass(frozen=True)
class _Profile:
    """What a mission is about: its event and the descriptions nearest to it, as vectors."""

    event: Vectors
    techniques: tuple[Technique, ...]
    of_techniques: Vectors

    def similarity(self, words: Vectors) -> Vectors:
        return (words @ self.event + (words @ self.of_techniques.T).max(axis=1)) / 2


class _Space:
    """The descriptions of all techniques, embedded once."""

    def __init__(self, embed: Embed) -> None:
        self._embed = embed
        self._techniques = embed([f"{t.name}. {t.text}" for t in TECHNIQUES])

    def profile(self, event: str) -> _Profile:
        (vector,) = self._embed([event])
        order = np.argsort(-(self._techniques @ vector), kind="stable")[:TECHNIQUES_OF_MISSION]
        return _Profile(vector, tuple(TECHNIQUES[i] for i in order), self._techniques[order])


def _above_chance(profile: _Profile, words: Vectors, unrelated: Vectors) -> Vectors:
    chance = profile.similarity(unrelated)
    return (profile.similarity(words) - chance.mean()) / chance.std()


def _duplicates(words: Sequence[str], vectors: Vectors) -> list[str | None]:
    """For each word the first earlier one that it nearly repeats."""
    near = vectors @ vectors.T >= NEAR_DUPLICATE
    stems = [stem(word) for word in words]
    return [
        next((words[j] for j in range(i) if near[i, j] or stems[i] == stems[j]), None)
        for i in range(len(words))
    ]


def _names(mission: Mission) -> set[str]:
    return {text.casefold() for text in (mission.name, mission.title, mission.event)}


def _beside(mission: Mission, vectors: Vectors) -> dict[str, tuple[str, ...]]:
    """For each concept the others of its level, nearest first."""
    row = {word: i for i, word in enumerate(mission.concepts)}
    found = {}
    for level in mission.levels:
        of_level = vectors[[row[word] for word in level]]
        for word, nearness in zip(level, of_level @ of_level.T, strict=True):
            order = np.argsort(-nearness, kind="stable")
            found[word] = tuple(level[j] for j in order if level[j] != word)
    return found


def _content_words(techniques: Sequence[Technique]) -> list[str]:
    text = " ".join(technique.text for technique in techniques).lower()
    words = dict.fromkeys(re.findall(rf"[a-z]{{{_LEAST_LETTERS},}}", text))
    empty = set(_EMPTY.split())
    return [word for word in words if word not in empty]
