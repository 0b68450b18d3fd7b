"""Which graphs a config asks for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ml_collections import ConfigDict

from pclip.errors import PclipError
from pclip.missions import load_missions, random_words, shuffled_words, write_mission
from pclip.runs.mission_graphs import deals, in_group_order, reasoned_graphs, written_graphs

SHIPPED = load_missions()


def config(graphs: str, seed: int = 0) -> ConfigDict:
    seeds = {"round": 3, "random": 2}
    return ConfigDict({"missions": {"graphs": graphs, "seed": seed}, "seeds": seeds})


def embed(texts):
    vectors = np.random.default_rng(0).normal(size=(len(texts), 16))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_graphs_by_name():
    for graphs in ("shipped", "pruned", "shuffled", "random_words"):
        assert written_graphs(config(graphs)) == SHIPPED
    assert reasoned_graphs(config("shipped"), SHIPPED, embed) == SHIPPED
    assert reasoned_graphs(config("shuffled", 2), SHIPPED, embed) == shuffled_words(SHIPPED, 2)
    assert reasoned_graphs(config("random_words", 2), SHIPPED, embed) == random_words(SHIPPED, 2)
    pruned = reasoned_graphs(config("pruned"), SHIPPED, embed)
    for before, after in zip(SHIPPED, pruned, strict=True):
        assert set(after.concepts) < set(before.concepts)


def test_words_are_dealt_anew_for_each_seed():
    assert [deals(config(g)) for g in ("shipped", "pruned", "shuffled", "random_words")] == [
        *(1, 1, 3, 3)
    ]
    dealt = [reasoned_graphs(config("shuffled", 5), SHIPPED, embed, n) for n in range(3)]
    assert dealt == [shuffled_words(SHIPPED, seed) for seed in (5, 6, 7)]
    assert len({graphs[0].levels for graphs in dealt}) == 3


def test_graphs_of_ones_own_are_changed_as_those_that_ship(tmp_path):
    mine = [replace(mission, event=f"my {mission.event}") for mission in SHIPPED]
    for mission in mine:
        write_mission(mission, tmp_path / f"{mission.name}.json")
    chosen = config(f"shuffled:{tmp_path}")
    written = in_group_order(written_graphs(chosen), [mission.title for mission in SHIPPED])
    assert written == tuple(mine)
    assert reasoned_graphs(chosen, written, embed) == shuffled_words(mine, 0)


def test_graphs_of_ones_own_are_put_in_the_order_of_the_groups(tmp_path):
    for mission in SHIPPED:
        write_mission(mission, tmp_path / f"{mission.name}.json")
    found = written_graphs(config(str(tmp_path)))
    assert [mission.name for mission in found] == ["brute_force", "dos", "reconnaissance"]
    groups = ("Benign", *(mission.title for mission in SHIPPED))
    assert in_group_order(found, groups) == SHIPPED
    files = "+".join(str(tmp_path / f"{name}.json") for name in ("reconnaissance", "dos"))
    assert written_graphs(config(files)) == (SHIPPED[1], SHIPPED[0])


def test_files_that_do_not_go_together(tmp_path):
    with pytest.raises(PclipError, match=r"a folder without \.json files"):
        written_graphs(config(str(tmp_path)))
    write_mission(SHIPPED[0], tmp_path / "a.json")
    write_mission(replace(SHIPPED[0], title="Other"), tmp_path / "b.json")
    with pytest.raises(PclipError, match="two missions have the name 'dos'"):
        written_graphs(config(str(tmp_path)))
