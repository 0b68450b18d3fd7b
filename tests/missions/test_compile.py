"""Compiled graphs against a naive recomputation and networkx."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from pclip.errors import PclipError
from pclip.missions import (
    MISSION_NAMES,
    READOUTS,
    SENSOR_NODE,
    CompiledMission,
    Mission,
    compile_mission,
    concept_prompt,
    load_missions,
)

SMALL = Mission(
    name="small",
    title="Small",
    event="Small",
    levels=(("aa", "bb"), ("cc", "dd", "ee")),
    edges=(("bb", "ee"), ("aa", "cc"), ("bb", "dd"), ("aa", "dd")),
    provenance={},
)
MISSIONS = (*load_missions(), SMALL)
IDS = [*MISSION_NAMES, "small"]


def test_small_graph_by_hand() -> None:
    graph = compile_mission(SMALL)
    assert graph == CompiledMission(
        name="small",
        concepts=("aa", "bb", "cc", "dd", "ee"),
        level_sizes=(2, 3),
        steps=(
            ((0, 0), (1, 2)),
            ((1, 1, 2, 2), (3, 4, 4, 5)),
            ((3, 4, 5), (6, 6, 6)),
        ),
        readout="last",
    )
    assert (graph.num_nodes, graph.num_steps, graph.embedding_node) == (7, 3, 6)
    assert [list(graph.level_nodes(k)) for k in range(4)] == [[0], [1, 2], [3, 4, 5], [6]]
    assert compile_mission(SMALL, "all").steps[-1] == ((1, 2, 3, 4, 5), (6, 6, 6, 6, 6))
    expected = np.zeros((7, 7), np.float32)
    expected[3, 1] = expected[5, 2] = 1.0
    expected[4, 1] = expected[4, 2] = 0.5
    np.testing.assert_array_equal(graph.adjacency(2), expected)


@pytest.mark.parametrize("readout", READOUTS)
@pytest.mark.parametrize("mission", MISSIONS, ids=IDS)
def test_steps_equal_a_naive_walk_over_the_words(mission: Mission, readout: str) -> None:
    graph = compile_mission(mission, readout)
    names = ["<sensor>", *graph.concepts, "<embedding>"]
    assert graph.num_nodes == len(names) == 2 + sum(len(level) for level in mission.levels)
    assert graph.num_steps == len(mission.levels) + 1

    expected = [{("<sensor>", word) for word in mission.levels[0]}]
    for level, following in zip(mission.levels, mission.levels[1:], strict=False):
        expected.append({(a, b) for a in level for b in following if (a, b) in mission.edges})
    read = mission.levels[-1] if readout == "last" else mission.concepts
    expected.append({(word, "<embedding>") for word in read})

    found = [[(names[u], names[v]) for u, v in zip(*step, strict=True)] for step in graph.steps]
    assert [set(edges) for edges in found] == expected
    assert all(len(edges) == len(set(edges)) for edges in found)


@pytest.mark.parametrize("readout", READOUTS)
@pytest.mark.parametrize("mission", MISSIONS, ids=IDS)
def test_adjacency_is_the_mean_over_incoming_edges(mission: Mission, readout: str) -> None:
    graph = compile_mission(mission, readout)
    features = np.random.default_rng(0).normal(size=(graph.num_nodes, 5)).astype(np.float32)
    for k in range(1, graph.num_steps + 1):
        adjacency = graph.adjacency(k)
        assert adjacency.dtype == np.float32
        assert adjacency.shape == (graph.num_nodes, graph.num_nodes)
        receivers = set(graph.level_nodes(k))
        assert set(graph.steps[k - 1][1]) == receivers
        for v in range(graph.num_nodes):
            senders = [u for u, w in zip(*graph.steps[k - 1], strict=True) if w == v]
            assert bool(senders) == (v in receivers)
            mean = np.mean([features[u] for u in senders], axis=0) if senders else np.zeros(5)
            np.testing.assert_allclose(adjacency[v] @ features, mean, atol=1e-6)
            assert adjacency[v].sum() == pytest.approx(1.0 if senders else 0.0, abs=1e-6)


@pytest.mark.parametrize("mission", MISSIONS, ids=IDS)
def test_every_concept_lies_on_a_path_from_sensor_to_embedding(mission: Mission) -> None:
    graph = compile_mission(mission, "last")
    edges = [edge for step in graph.steps for edge in zip(*step, strict=True)]
    network = nx.DiGraph(edges)
    assert nx.is_directed_acyclic_graph(network)
    assert set(network) == set(range(graph.num_nodes))
    reached = nx.descendants(network, SENSOR_NODE)
    reaching = nx.ancestors(network, graph.embedding_node)
    assert reached & reaching == set(range(1, graph.num_nodes - 1))
    # Every path takes exactly one edge of each step.
    paths = nx.all_simple_paths(network, SENSOR_NODE, graph.embedding_node)
    assert {len(path) for path in paths} == {graph.num_steps + 1}


def test_compiled_missions_hash_by_value() -> None:
    first, second = compile_mission(SMALL), compile_mission(SMALL)
    assert hash(first) == hash(second)
    assert first == second
    assert first != compile_mission(SMALL, "all")


def test_wrong_arguments() -> None:
    with pytest.raises(PclipError, match="readout 'first': expected one of last, all"):
        compile_mission(SMALL, "first")
    graph = compile_mission(SMALL)
    for step in (0, 4):
        with pytest.raises(ValueError, match=r"expected 1\.\.3"):
            graph.adjacency(step)
    for level in (-1, 4):
        with pytest.raises(ValueError, match=r"expected 0\.\.3"):
            graph.level_nodes(level)


def test_concept_prompt_is_a_sentence_with_the_word() -> None:
    assert concept_prompt("botnet") == "A network traffic of botnet."
