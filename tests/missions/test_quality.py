"""Quality with the real text encoder: poor graphs score visibly worse than those that ship."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pclip.missions import (
    CLASS_MISSION_NAMES,
    MISSION_NAMES,
    Embed,
    Mission,
    load_missions,
    measure,
    quality_warnings,
)
from pclip.missions.quality_report import quality_lines
from pclip.missions.stems import stem
from pclip.missions.techniques import TECHNIQUES
from pclip.missions.unrelated_words import UNRELATED_WORDS
from pclip.missions.words import WORD, singular
from pclip.models.text_encoder import load_text_encoder
from pclip.serving import encode_texts

PAGE = Path(__file__).resolve().parents[2] / "docs" / "missions.md"
ALL = (*MISSION_NAMES, *CLASS_MISSION_NAMES)
MISSIONS = load_missions()
# None of them among UNRELATED_WORDS, which would be of no relation by definition.
_OTHERS = """
astronomy banjo biology calf chalk cinema crayon dune fern fjord harp hut igloo juggler kiwi lime
moss nest noodle oak opal owl palm pearl plaster pond prairie quail quiche rug sage seed shawl
stove tango tile toad trumpet vase wagon yarn zucchini bishop choir gravy hinge acorn bagpipe
celery dahlia
"""
OTHER_WORDS = _OTHERS.split()


@pytest.fixture(scope="module")
def embed() -> Embed:
    encoder = load_text_encoder("minilm")

    known: dict[str, np.ndarray] = {}

    def unit(texts: Sequence[str]) -> np.ndarray:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        for text, vector in zip(new, encode_texts(new, encoder) if new else (), strict=True):
            known[text] = vector / np.linalg.norm(vector)
        return np.stack([known[text] for text in texts])

    return unit


def with_words(mission: Mission, words: Sequence[str]) -> Mission:
    """The mission with other words in the places of its own."""
    new = dict(zip(mission.concepts, words, strict=False))
    assert len(new) == len(mission.concepts)
    return replace(
        mission,
        levels=tuple(tuple(new[word] for word in level) for level in mission.levels),
        edges=tuple((new[u], new[v]) for u, v in mission.edges),
    )


@pytest.mark.parametrize("mission", MISSIONS, ids=lambda mission: mission.name)
def test_unrelated_words_score_visibly_worse(mission: Mission, embed: Embed) -> None:
    shipped = measure(mission, embed, MISSIONS)
    poor = measure(with_words(mission, OTHER_WORDS), embed, MISSIONS)
    assert shipped.relevance > 2
    assert poor.relevance < 0.75
    assert shipped.coverage > 0.1
    assert poor.coverage < 0.05
    assert quality_warnings(shipped) == []
    assert len(quality_warnings(poor)) >= 2
    assert shipped.others == tuple(m.name for m in MISSIONS if m is not mission)
    assert len(quality_lines(shipped)) == 4


def test_the_page_has_what_is_measured(embed: Embed) -> None:
    measured = {m.title: measure(m, embed, MISSIONS) for m in load_missions(ALL)}
    for mission in MISSIONS:
        poor = measure(with_words(mission, OTHER_WORDS), embed, MISSIONS)
        measured[f"{mission.title}, unrelated words"] = poor
    page = PAGE.read_text(encoding="utf-8")
    for title, found in measured.items():
        (row,) = re.findall(rf"^\| {title} \| (.*) \|$", page, re.MULTILINE)
        relevance, *shares = (float(cell.rstrip(" %")) for cell in row.split("|"))
        assert relevance == pytest.approx(found.relevance, abs=0.02)
        expected = (found.redundancy, found.coverage, found.discrimination)
        assert shares == pytest.approx([100 * (share or 0) for share in expected], abs=1.5)


def test_words_of_another_mission_score_worse_in_discrimination(embed: Embed) -> None:
    words = [word for mission in MISSIONS for word in mission.concepts]
    shuffled = list(np.random.default_rng(0).permutation(words))
    for mission in MISSIONS:
        own, shuffled = shuffled[: len(mission.concepts)], shuffled[len(mission.concepts) :]
        before = measure(mission, embed, MISSIONS).discrimination
        after = measure(with_words(mission, own), embed, MISSIONS).discrimination
        assert before is not None
        assert after is not None
        assert before > 0.55
        assert after < before - 0.15


@pytest.mark.parametrize(
    ("event", "identifiers"),
    [
        ("Denial of Service attack", {"T1498"}),
        ("Brute Force attack", {"T1110", "CWE-307"}),
        ("SYN Flood attack", {"T1499.001", "T1498.001"}),
        ("Port Scan attack", {"T1046", "T1595.001"}),
        ("lateral movement over SMB", {"T1021.002"}),
    ],
)
def test_an_event_is_held_against_its_own_techniques(
    event: str, identifiers: set[str], embed: Embed
) -> None:
    found = measure(replace(MISSIONS[0], event=event), embed)
    assert set(found.techniques) >= identifiers
    assert found.discrimination is None


def test_repeated_words_are_found(embed: Embed) -> None:
    mission = Mission(
        "made", "Made", "Denial of Service attack", (("flood", "flooding", "deluge"),), ()
    )
    found = measure(mission, embed)
    assert [concept.duplicate_of for concept in found.concepts] == [None, "flood", None]
    assert found.redundancy == pytest.approx(1 / 3)
    # Near by cosine alone.
    axes = {"flood": 0, "deluge": 0}

    def coarse(texts: Sequence[str]) -> np.ndarray:
        vectors = np.random.default_rng(0).normal(size=(len(texts), 8))
        vectors[[i for i, text in enumerate(texts) if text in axes]] = np.eye(8)[0]
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)

    assert measure(mission, coarse).concepts[2].duplicate_of == "flood"


@pytest.mark.parametrize(
    ("words", "one"),
    [
        (("flood", "floods", "flooding", "flooded"), "flood"),
        (("scan", "scans", "scanning", "scanner"), "scan"),
        (("amplify",), "amplif"),
        (("enumeration",), "enum"),
        (("access", "ping"), None),
    ],
)
def test_stems(words: tuple[str, ...], one: str | None) -> None:
    found = {stem(word) for word in words}
    assert found == ({one} if one else set(words))


def test_the_lists_are_sound() -> None:
    assert len({technique.identifier for technique in TECHNIQUES}) == len(TECHNIQUES)
    assert all(WORD.fullmatch(word) for word in UNRELATED_WORDS)
    assert len({singular(word) for word in UNRELATED_WORDS}) == len(UNRELATED_WORDS)
    named = {singular(word) for mission in MISSIONS for word in mission.concepts}
    assert not named & {singular(word) for word in UNRELATED_WORDS}
    assert len(named) < len(UNRELATED_WORDS)
    assert not {*OTHER_WORDS} & {*UNRELATED_WORDS}
