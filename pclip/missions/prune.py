"""A graph without the concepts that hurt it, by a rule that looks at nothing but the words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pclip.missions.growth import without_dead_ends
from pclip.missions.mission import Mission
from pclip.missions.quality import ConceptQuality, Quality

UNRELATED = "no nearer to its mission than an unrelated word"
CONFUSED = "clearly nearer to another mission"
REPEATED = "nearly repeats another concept"
CUT_OFF = "hurts too, and on no path once others are gone"

Levels = tuple[tuple[str, ...], ...]
Edges = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class PruneRule:
    """When a concept hurts, and how much of a graph must stay.

    The bounds were chosen before any detector was trained on a pruned graph.

    Args:
        least_relevance: standard deviations above unrelated words.
        least_margin: standard deviations; below it another mission is clearly nearer.
        least_of_level: share of the concepts of each level that stays.
        least_of_graph: share of all concepts that stays.
    """

    least_relevance: float = 0.5
    least_margin: float = -2.0
    least_of_level: float = 0.5
    least_of_graph: float = 0.6


@dataclass(frozen=True)
class Pruned:
    """What pruning made of a graph.

    Args:
        mission: the graph that is left, valid.
        dropped: (word, why).
        joined: edges that nobody wrote: what was dropped handed them on.
        spared: (word, why), concepts that hurt and stay: without them too few would be left, or
            a concept that does not hurt would be on no path, whatever took their place.
    """

    mission: Mission
    dropped: tuple[tuple[str, str], ...]
    joined: Edges
    spared: tuple[tuple[str, str], ...]


def prune(mission: Mission, quality: Quality, rule: PruneRule | None = None) -> Pruned:
    """Drop what hurts, worst first, as long as enough of the graph is left.

    The worst has the lowest relevance, less what it is nearer to another mission. A concept that
    nearly repeats another of its level hands its edges on to it. So does one without which a
    concept that does not hurt would be on no path from the first level to the last: to the nearest
    of its level that does not hurt. Where there is none, it stays.

    Args:
        mission: a validated graph.
        quality: what `measure` found of it.
        rule: `PruneRule()` where None.

    Raises:
        ValueError: `quality` is another graph's.
    """
    rule = rule or PruneRule()
    if tuple(concept.word for concept in quality.concepts) != mission.concepts:
        raise ValueError(f"quality of {quality.mission}: expected that of {mission.name}")
    harmful = {concept.word for concept in quality.concepts if _why(concept, rule)}
    levels, edges = mission.levels, mission.edges
    dropped: list[tuple[str, str]] = []
    spared: list[tuple[str, str]] = []
    for concept in sorted(quality.concepts, key=_harm):
        why = _why(concept, rule)
        there = _words(levels)
        if why is None or concept.word not in there:
            continue
        if why == REPEATED and concept.duplicate_of not in there:
            continue
        smaller, fewer = _without(concept.word, concept.duplicate_of, levels, edges)
        cut_off = there - _words(smaller) - {concept.word}
        if not cut_off <= harmful:
            heir = next((w for w in concept.beside if w in there - harmful), None)
            smaller, fewer = _without(concept.word, heir, levels, edges)
            cut_off = there - _words(smaller) - {concept.word}
        if not (cut_off <= harmful and _enough(smaller, mission.levels, rule)):
            spared.append((concept.word, why))
            continue
        dropped.append((concept.word, why))
        dropped += [(word, CUT_OFF) for word in mission.concepts if word in cut_off]
        levels, edges = smaller, fewer
    joined = tuple(edge for edge in edges if edge not in mission.edges)
    provenance = dict(mission.provenance)
    for name, number in (("pruned", len(dropped)), ("joined", len(joined))):
        before = provenance.get(name, 0)
        if number and isinstance(before, int):  # a graph may be pruned more than once
            provenance[name] = before + number
    return Pruned(
        replace(mission, levels=levels, edges=edges, provenance=provenance),
        tuple(dropped),
        joined,
        tuple(spared),
    )


def _harm(concept: ConceptQuality) -> float:
    return concept.relevance + min(concept.margin or 0.0, 0.0)


def _why(concept: ConceptQuality, rule: PruneRule) -> str | None:
    if concept.relevance < rule.least_relevance:
        return UNRELATED
    if concept.margin is not None and concept.margin < rule.least_margin:
        return CONFUSED
    return REPEATED if concept.duplicate_of else None


def _words(levels: Levels) -> set[str]:
    return {word for level in levels for word in level}


def _without(word: str, heir: str | None, levels: Levels, edges: Edges) -> tuple[Levels, Edges]:
    """A graph without a word, whose edges go to an heir of its level, if there is one."""
    for level in levels:
        if word in level and heir in level:
            edges = tuple(
                dict.fromkeys(
                    (heir if u == word else u, heir if v == word else v) for u, v in edges
                )
            )
    smaller = [[other for other in level if other != word] for level in levels]
    return without_dead_ends(smaller, edges)


def _enough(levels: Levels, before: Sequence[Sequence[str]], rule: PruneRule) -> bool:
    sizes, old_sizes = [len(level) for level in levels], [len(level) for level in before]
    return sum(sizes) >= rule.least_of_graph * sum(old_sizes) and all(
        size >= max(1, rule.least_of_level * old)
        for size, old in zip(sizes, old_sizes, strict=True)
    )
