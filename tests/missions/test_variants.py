"""Graphs for ablations: other words, the same structure, the same seed the same graph."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from pclip.errors import PclipError
from pclip.missions import (
    Mission,
    compile_mission,
    load_missions,
    random_words,
    shuffled_words,
    validate,
)
from pclip.missions.unrelated_words import UNRELATED_WORDS
from pclip.missions.write import mission_document

MISSIONS = load_missions()


@pytest.mark.parametrize("change", [shuffled_words, random_words])
def test_structure_stays_and_words_change(change) -> None:
    changed = change(MISSIONS, 0)
    assert changed == change(MISSIONS, 0)
    assert changed != change(MISSIONS, 1)
    for before, after in zip(MISSIONS, changed, strict=True):
        assert compile_mission(after).steps == compile_mission(before).steps
        assert (after.name, after.title, after.event) == (before.name, before.title, before.event)
        assert validate(mission_document(after), "changed").levels == after.levels
        assert "seed 0" in after.provenance["ablation"]


def test_the_same_words_are_dealt_anew() -> None:
    changed = shuffled_words(MISSIONS, 0)
    assert Counter(w for m in changed for w in m.concepts) == Counter(
        w for m in MISSIONS for w in m.concepts
    )
    kept = sum(
        len({*before.concepts} & {*after.concepts})
        for before, after in zip(MISSIONS, changed, strict=True)
    )
    # A third stays by chance.
    assert kept < 0.5 * sum(len(mission.concepts) for mission in MISSIONS)


def test_words_that_missions_share_are_dealt_to_different_missions() -> None:
    twins = (MISSIONS[0], replace(MISSIONS[0], name="twin"), MISSIONS[1])
    for seed in range(5):
        for mission in shuffled_words(twins, seed):
            assert len(set(mission.concepts)) == len(mission.concepts)


def test_unrelated_words_are_everyday_ones_and_end() -> None:
    words = [word for mission in random_words(MISSIONS, 3) for word in mission.concepts]
    assert len(set(words)) == len(words)
    assert set(words) <= set(UNRELATED_WORDS)
    many = tuple(replace(MISSIONS[0], name=f"m{i}") for i in range(7))
    with pytest.raises(PclipError, match=r"missions of \d+ concepts: expected at most"):
        random_words(many, 0)


def test_one_mission_cannot_be_dealt_anew_among_many() -> None:
    flat = Mission("one", "One", "One", (("a1", "a2"),), ())
    assert sorted(shuffled_words([flat], 0)[0].concepts) == ["a1", "a2"]
