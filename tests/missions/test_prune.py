"""Pruning: what goes, what stays because too much would go, and a graph that is still valid."""

from __future__ import annotations

import pytest

from pclip.missions import Mission, prune, prune_lines, validate
from pclip.missions.prune import CONFUSED, CUT_OFF, REPEATED, UNRELATED, Pruned
from pclip.missions.quality import ConceptQuality, Quality
from pclip.missions.write import mission_document

MISSION = Mission(
    "made",
    "Made",
    "Made attack",
    (("a1", "a2", "a3", "a4"), ("b1", "b2", "b3", "b4", "b5", "b6")),
    (
        ("a1", "b1"),
        ("a1", "b6"),
        ("a2", "b2"),
        ("a2", "b3"),
        ("a3", "b3"),
        ("a3", "b4"),
        ("a4", "b5"),
        ("a4", "b4"),
    ),
    {"written_by": "a test", "prompts": ("none",)},
)


def quality(
    relevance: dict[str, float] | None = None,
    margin: dict[str, float] | None = None,
    repeats: dict[str, str] | None = None,
    beside: dict[str, tuple[str, ...]] | None = None,
) -> Quality:
    return quality_of(MISSION, relevance, margin, repeats, beside)


def quality_of(
    mission: Mission,
    relevance: dict[str, float] | None = None,
    margin: dict[str, float] | None = None,
    repeats: dict[str, str] | None = None,
    beside: dict[str, tuple[str, ...]] | None = None,
) -> Quality:
    concepts = tuple(
        ConceptQuality(
            word,
            int(word[0] == "b") + 1,
            (relevance or {}).get(word, 3.0),
            "T1",
            (margin or {}).get(word, 1.0),
            "other",
            (repeats or {}).get(word),
            (beside or {}).get(word, ()),
        )
        for word in mission.concepts
    )
    return Quality("made", concepts, ("T1",), 0.5, (), ("other",))


def test_nothing_hurts() -> None:
    pruned = prune(MISSION, quality())
    assert pruned == Pruned(MISSION, (), (), ())
    assert prune_lines(pruned) == ["nothing to prune"]


def test_what_hurts_goes_and_the_graph_stays_valid() -> None:
    pruned = prune(MISSION, quality({"b2": 0.1}, {"b5": -2.5}, {"b4": "b3"}))
    assert pruned.dropped == (("b2", UNRELATED), ("b5", CONFUSED), ("b4", REPEATED))
    # What b4 was attached to is attached to b3, which it repeats.
    assert pruned.mission.edges == (
        ("a1", "b1"),
        ("a1", "b6"),
        ("a2", "b3"),
        ("a3", "b3"),
        ("a4", "b3"),
    )
    again = validate(mission_document(pruned.mission), "pruned")
    assert again == pruned.mission
    assert again.provenance["pruned"] == 3
    assert prune_lines(pruned)[0] == f"dropped 1, {UNRELATED}: b2"
    assert pruned.joined == (("a4", "b3"),)
    assert prune_lines(pruned)[-1] == "joined 1, edges of what was dropped: a4 - b3"
    twice = prune(again, quality_of(again, {"b6": 0.0}))
    assert twice.mission.provenance["pruned"] == 4


def test_a_concept_stays_whose_loss_would_cost_a_good_one() -> None:
    pruned = prune(MISSION, quality({"a1": -3.0, "b1": 0.0, "b6": 2.0}))
    assert (pruned.dropped, pruned.spared) == ((("b1", UNRELATED),), (("a1", UNRELATED),))
    both = prune(MISSION, quality({"a1": -3.0, "b1": 0.0, "b6": 0.1}))
    assert both.dropped == (("a1", UNRELATED), ("b1", CUT_OFF), ("b6", CUT_OFF))


def test_the_nearest_that_does_not_hurt_takes_the_place() -> None:
    beside = {"a1": ("a4", "a3", "a2")}
    pruned = prune(MISSION, quality({"a1": -3.0, "a4": 0.0}, beside=beside))
    assert pruned.dropped == (("a1", UNRELATED),)
    # a4 is nearer to a1, but hurts as well; it stays, since nothing is known to be beside it.
    assert pruned.spared == (("a4", UNRELATED),)
    assert {("a3", "b1"), ("a3", "b6")} <= set(pruned.mission.edges)
    assert validate(mission_document(pruned.mission), "pruned").levels == pruned.mission.levels


def test_never_below_the_floor() -> None:
    pruned = prune(MISSION, quality(dict.fromkeys(MISSION.concepts, -1.0)))
    sizes = [len(level) for level in pruned.mission.levels]
    assert sizes[0] >= 2
    assert sizes[1] >= 3
    assert sum(sizes) >= 0.6 * len(MISSION.concepts)
    assert pruned.spared
    assert validate(mission_document(pruned.mission), "pruned").levels == pruned.mission.levels


def test_what_repeats_a_word_that_went_stays() -> None:
    pruned = prune(MISSION, quality({"b2": -1.0}, repeats={"b3": "b2"}))
    assert pruned.dropped == (("b2", UNRELATED),)


def test_quality_of_another_graph() -> None:
    with pytest.raises(ValueError, match="expected that of other"):
        prune(Mission("other", "Other", "Other", (("x1",),), ()), quality())
