"""Run folders: whole, with parts absent, and malformed in every file."""

from __future__ import annotations

import copy
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pclip.errors import PclipError
from pclip.report.plots import parse_plots
from pclip.report.results import parse_results
from pclip.report.run_files import parse_timing, read_metrics, read_run
from pclip.report.scores import Score


def test_whole_folder(run_folder: Path) -> None:
    run = read_run(run_folder)
    assert run.absent == ()
    assert list(run.results.splits) == ["round", "flow", "random"]
    assert run.results.splits["round"].reasoning["gnn"].metrics["mauc"] == Score(0.94, 0.004, 3)
    # Three seeds of 10, 11 and 12 s; the heads' stages are named heads=NAME.
    assert run.timing.seconds("round", "gnn") == pytest.approx(33.0)
    assert run.timing.seconds("round", "both") == pytest.approx(61.5)
    assert run.timing.seconds("round", "nothing") is None


def test_absent_parts_are_named(tmp_path: Path, samples: Any) -> None:
    bare = {"schema": 1, "dataset": "testbed", "splits": {"round": {}}}
    run = read_run(samples.write_run(tmp_path / "bare", results=bare, parts=False))
    assert len(run.absent) == 14
    assert any("scarcity" in part for part in run.absent)


def test_no_results(tmp_path: Path) -> None:
    with pytest.raises(PclipError, match=r"holds no results\.json"):
        read_run(tmp_path)
    with pytest.raises(PclipError, match="no such folder"):
        read_run(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda r: r.update(schema=2), "schema"),
        (lambda r: r.update(splits=[]), "splits"),
        (lambda r: r.update(reductions=[3]), r"reductions\[0\]"),
        (lambda r: r.update(seeds=["x"]), r"seeds\[0\]"),
        (lambda r: r["cost"]["gnn"].update(macs=None), "cost.gnn.macs"),
        (lambda r: r["splits"]["round"]["packets"].update(test=-1), "packets.test"),
        (
            lambda r: r["splits"]["round"]["reasoning"]["gnn"]["mauc"].update(mean=float("nan")),
            "splits.round.reasoning.gnn.mauc.mean",
        ),
        (
            lambda r: r["splits"]["flow"]["zero_shot"]["both"].update(macro_top1=0.5),
            "splits.flow.zero_shot.both.macro_top1",
        ),
        (lambda r: r["splits"]["round"]["reasoning"]["gnn"]["mauc"].pop("std"), "gnn.mauc"),
        (lambda r: r["splits"]["round"]["scarcity"]["gnn"].update({"most": {}}), "scarcity"),
        (
            lambda r: r["splits"]["round"]["scarcity"]["gnn"].update({"30": {"mean": 0.9, "n": 1}}),
            "scarcity.gnn",
        ),
    ],
)
def test_malformed_results_name_the_field(
    change: Callable[[dict[str, Any]], object], field: str, samples: Any
) -> None:
    content = samples.results()
    change(content)
    with pytest.raises(PclipError, match=r"results\.json.*" + field):
        parse_results(content)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda p: p.update(classes="Benign"), "classes"),
        (lambda p: p["confusion"]["round"]["gnn"].update(kind="other"), "gnn.kind"),
        (lambda p: p["confusion"]["round"]["gnn"]["matrix"].pop(), "gnn.matrix"),
        (lambda p: p["confusion"]["round"]["gnn"]["matrix"][0].__setitem__(1, 0.5), r"\[0\]\[1\]"),
        (lambda p: p["roc"]["round"]["gnn"]["DoS"]["fpr"].pop(), "roc.round.gnn.DoS"),
        (lambda p: p["roc"]["round"]["gnn"]["DoS"]["tpr"].__setitem__(0, 2.0), "DoS.tpr"),
        (lambda p: p["roc"]["round"]["gnn"]["DoS"]["tpr"].__setitem__(0, 10**400), "DoS.tpr"),
        (lambda p: p["roc"]["round"].update({"\ud800": 1}), r"round\.\\ud800 holds 1"),
        (lambda p: p["missions"][0]["edges"].append(["flood", "elsewhere"]), "edges"),
        (lambda p: p["class_distribution"]["flow"]["test"].update(Benign=1.5), "test.Benign"),
    ],
)
def test_malformed_plots_name_the_field(
    change: Callable[[dict[str, Any]], object], field: str, samples: Any
) -> None:
    content = copy.deepcopy(samples.plots())
    change(content)
    with pytest.raises(PclipError, match=r"plots\.json.*" + field):
        parse_plots(content)


def test_malformed_timing_names_the_field() -> None:
    with pytest.raises(PclipError, match=r"timing\.json: stages\.embed"):
        parse_timing({"stages": {"embed": "long"}})


def test_not_json_names_the_file(tmp_path: Path, samples: Any) -> None:
    folder = samples.write_run(tmp_path / "run", parts=False)
    (folder / "plots.json").write_text("{")
    with pytest.raises(PclipError, match=r"plots\.json is not JSON"):
        read_run(folder)


def _line(step: int, value: object) -> str:
    return json.dumps({"run": "round/0/gnn", "step": step, "name": "loss", "value": value})


def test_metrics_later_value_counts_and_a_torn_tail_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text(f"{_line(1, 2.0)}\n{_line(2, 1.5)}\n{_line(2, 1.25)}\n{_line(3, 1.0)[:20]}")
    with caplog.at_level(logging.WARNING, logger="pclip"):
        metrics = read_metrics(path)
    assert metrics == {"round/0/gnn": {"loss": {1: 2.0, 2: 1.25}}}
    assert "line 4" in caplog.text


@pytest.mark.parametrize(
    "line",
    [
        "{\n" + _line(1, 1.0),
        _line(1, "low"),
        _line(-1, 1.0),
        "[]",
        "[" * 100_000,
        _line(1, 10**400),
    ],
    ids=range(6),
)
def test_malformed_metrics_name_the_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(PclipError, match=r"metrics\.jsonl: line 1"):
        read_metrics(path)
