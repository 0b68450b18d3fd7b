"""Figures: drawn for what is there, with the same bytes each time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest

from pclip.errors import PclipError
from pclip.report.figures import (
    draw_all,
    draw_class_distribution,
    draw_cost,
    draw_mission,
    draw_scarcity,
    save,
)
from pclip.report.plots import MissionGraph
from pclip.report.results import parse_results
from pclip.report.run_files import Run, read_run
from pclip.report.scores import Score
from pclip.report.systems import looks

HOSTILE = "<script>alert(1)</script> $\\frac{ \x1b[31m |`* 漢字"


def test_every_kind_of_figure_is_drawn(run_folder: Path) -> None:
    names = [drawing.name for drawing in draw_all(read_run(run_folder))]
    assert len(names) == len(set(names))
    for expected in (
        "class_distribution", "learning_curves", "learning_curves_detection", "scarcity", "cost",
        "per_class_zero_shot_round", "per_class_reasoning_random", "confusion_zero_shot_flow",
        "confusion_reasoning_round", "roc_round", "mission_dos",
    ):  # fmt: skip
        assert expected in names
    # Honest splits first.
    assert names.index("roc_round") < names.index("roc_flow") < names.index("roc_random")


def test_nothing_is_drawn_of_nothing() -> None:
    assert list(draw_all(Run(parse_results({"schema": 1})))) == []


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_same_data_same_bytes_whatever_the_users_settings(tmp_path: Path, suffix: str) -> None:
    counts = {"round": {"train": {"Benign": 900, "OS Scan": 12}, "test": {"Benign": 30}}}
    first = save(draw_class_distribution(counts, ("Benign",)), tmp_path / "a")
    with mpl.rc_context({"font.size": 30, "savefig.transparent": True, "svg.hashsalt": "other"}):
        second = save(draw_class_distribution(counts, ("Benign",)), tmp_path / "b")
    pair = [p for p in (*first, *second) if p.suffix == f".{suffix}"]
    assert pair[0].read_bytes() == pair[1].read_bytes()
    assert b"Date" not in pair[0].read_bytes()
    other = save(draw_class_distribution({"round": {"test": {"Benign": 31}}}, ()), tmp_path / "c")
    assert pair[0].read_bytes() not in [path.read_bytes() for path in other]


def test_scarcity_draws_the_means() -> None:
    rows = {"gnn": {"1.0": Score(0.9, 0.01, 3), "0.3": Score(0.8, None, 1)}}
    drawing = draw_scarcity({"round": rows}, looks(rows))
    line = drawing.figure.axes[0].lines[0]
    assert list(line.get_xdata()) == [0.3, 1.0]
    assert list(line.get_ydata()) == [0.8, 0.9]


def test_scarcity_says_the_epochs(run_folder: Path) -> None:
    run = read_run(run_folder)
    bare = Run(run.results, config=run.config)
    caption = next(d.caption for d in draw_all(bare) if d.name == "scarcity")
    assert "Split round: gnn 0.39 epochs at 100 %, 1.29 at 30 %: budget-limited" in caption


def test_cost_of_zero_and_uncounted(tmp_path: Path) -> None:
    cost = {"gnn": {"params_trainable": 0.0}, "dnn": {"macs": 5e5}}
    drawing = draw_cost(cost, {}, looks(cost))
    words = [text.get_text() for axis in drawing.figure.axes for text in axis.texts]
    assert "not counted" in words
    assert "500 k" in words
    save(drawing, tmp_path)


def test_hostile_names_are_drawn_as_text(tmp_path: Path) -> None:
    mission = MissionGraph(HOSTILE, (("a$b", "_c"), ("\\frac{",)), (("a$b", "\\frac{"),))
    for path in save(draw_mission(mission), tmp_path / "figures"):
        assert path.parent == tmp_path / "figures"
        assert b"<script" not in path.read_bytes()
    rows = {"../../x$_": {"1.0": Score(0.5, None, 1)}, "_y": {"1.0": Score(0.4, None, 1)}}
    save(draw_scarcity({HOSTILE: rows}, looks(rows)), tmp_path / "figures")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["figures"]


def test_systems_keep_their_looks() -> None:
    assert looks(["gnn", "dnn"])["gnn"] == looks(["gnn", "both", "zzz"])["gnn"]
    drawn = looks(["gnn", "temporal", "xgboost", "lightgbm", "dnn", "et_bert_finetuned", "a", "b"])
    assert len({look.colour for look in drawn.values()}) == len(drawn)


def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "figures").write_text("in the way")
    drawing = draw_class_distribution({"round": {"test": {"Benign": 3}}}, ())
    with pytest.raises(PclipError, match="cannot write"):
        save(drawing, tmp_path / "figures")


def test_missing_seeds_and_splits_do_not_stop_the_rest(tmp_path: Path, samples: Any) -> None:
    results = samples.results()
    del results["splits"]["random"], results["splits"]["flow"]["reasoning"]
    folder = samples.write_run(tmp_path / "run", results=results, parts=False)
    (folder / "metrics.jsonl").write_text(samples.metrics())
    names = [drawing.name for drawing in draw_all(read_run(folder))]
    assert "per_class_reasoning_round" in names
    assert "per_class_reasoning_flow" not in names
    assert not any(name.startswith(("roc", "confusion", "mission")) for name in names)
