"""The figure: same bytes each time, every word in it, few crossings."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from pclip.errors import PclipError
from pclip.missions import CompiledMission, compile_mission, draw_missions, load_missions
from pclip.missions.draw import order_levels

MISSIONS = load_missions()


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_the_same_missions_give_the_same_bytes(suffix: str, tmp_path: Path) -> None:
    first, second = tmp_path / f"first{suffix}", tmp_path / f"second{suffix}"
    draw_missions(MISSIONS[:1], first)
    draw_missions(MISSIONS[:1], second)
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes()[:5] == (b"\x89PNG\r" if suffix == ".png" else b"<?xml")
    assert b"date>" not in first.read_bytes()


def test_every_word_is_in_the_figure(tmp_path: Path) -> None:
    file = tmp_path / "all.svg"
    draw_missions(MISSIONS, file)
    # Text drawn as outlines leaves the words as comments.
    words = set(re.findall(r"<!-- (.+?) -->", file.read_text()))
    assert words >= {word for mission in MISSIONS for word in mission.concepts}
    assert words >= {"DoS", "Reconnaissance", "Brute Force", "sensor", "embedding"}


def crossings(graph: CompiledMission, levels: list[list[int]]) -> int:
    rank = {node: i for nodes in levels for i, node in enumerate(nodes)}
    return sum(
        (rank[u] - rank[w]) * (rank[v] - rank[x]) < 0
        for step in graph.steps
        for (u, v), (w, x) in itertools.combinations(list(zip(*step, strict=True)), 2)
    )


@pytest.mark.parametrize("mission", MISSIONS, ids=lambda mission: mission.name)
def test_ordering_keeps_the_nodes_and_removes_crossings(mission: object) -> None:
    graph = compile_mission(mission)  # type: ignore[arg-type]
    as_written = [list(graph.level_nodes(k)) for k in range(len(graph.level_sizes) + 2)]
    ordered = order_levels(graph)
    assert [sorted(nodes) for nodes in ordered] == as_written
    assert crossings(graph, ordered) < crossings(graph, as_written)


def test_wrong_arguments(tmp_path: Path) -> None:
    with pytest.raises(PclipError, match=r"found suffix '\.pdf', expected one of \.png, \.svg"):
        draw_missions(MISSIONS, tmp_path / "graphs.pdf")
    with pytest.raises(PclipError, match="no mission to draw"):
        draw_missions((), tmp_path / "graphs.png")
    assert not list(tmp_path.iterdir())
