"""Quality and pruning in words and columns, for a terminal."""

from __future__ import annotations

from pclip.missions.prune import Pruned
from pclip.missions.quality import Quality

POOR_RELEVANCE = 1.0
POOR_COVERAGE = 0.1
POOR_DISCRIMINATION = 0.5
POOR_REDUNDANCY = 0.2

CONCEPT_HEADER = ("concept", "level", "relevance", "nearest", "margin", "against", "repeats")


def quality_lines(quality: Quality) -> list[str]:
    """The four numbers of a graph, a line each."""
    lines = [
        f"relevance       {quality.relevance:.2f} standard deviations above unrelated words, to "
        f"the event and {', '.join(quality.techniques)}",
        f"redundancy      {quality.redundancy:.0%} of the concepts nearly repeat another",
        f"coverage        {quality.coverage:.0%} of the descriptions' words lie near a concept",
    ]
    if quality.discrimination is not None:
        lines.append(
            f"discrimination  {quality.discrimination:.0%} of the concepts are nearer to this "
            f"mission than to {', '.join(quality.others)}"
        )
    return lines


def quality_warnings(quality: Quality) -> list[str]:
    """What is poor about a graph; nothing where nothing is."""
    found = []
    if quality.relevance < POOR_RELEVANCE:
        found.append(f"relevance {quality.relevance:.2f} is below {POOR_RELEVANCE:g}")
    if quality.coverage < POOR_COVERAGE:
        found.append(f"coverage {quality.coverage:.0%} is below {POOR_COVERAGE:.0%}")
    if quality.redundancy > POOR_REDUNDANCY:
        found.append(f"redundancy {quality.redundancy:.0%} is above {POOR_REDUNDANCY:.0%}")
    if quality.discrimination is not None and quality.discrimination < POOR_DISCRIMINATION:
        found.append(
            f"discrimination {quality.discrimination:.0%} is below {POOR_DISCRIMINATION:.0%}"
        )
    return [f"mission {quality.mission}: {what}" for what in found]


def concept_rows(quality: Quality) -> list[tuple[str, ...]]:
    """A row a concept, for the columns of `CONCEPT_HEADER`."""
    return [
        (
            concept.word,
            str(concept.level),
            f"{concept.relevance:.2f}",
            concept.nearest,
            "" if concept.margin is None else f"{concept.margin:.2f}",
            concept.confused_with or "",
            concept.duplicate_of or "",
        )
        for concept in quality.concepts
    ]


def prune_lines(pruned: Pruned) -> list[str]:
    """What was dropped and what was spared, a line a reason, and what edges came of it."""
    lines = []
    for verb, entries in (("dropped", pruned.dropped), ("spared", pruned.spared)):
        for why in dict.fromkeys(why for _, why in entries):
            words = [word for word, reason in entries if reason == why]
            lines.append(f"{verb} {len(words)}, {why}: {', '.join(words)}")
    if pruned.joined:
        edges = ", ".join(f"{u} - {v}" for u, v in pruned.joined)
        lines.append(f"joined {len(pruned.joined)}, edges of what was dropped: {edges}")
    return lines or ["nothing to prune"]
