from __future__ import annotations

import json

import pytest

from pclip.errors import PclipError
from pclip.report.pretraining import draw_pretraining, pretraining_section


def score(loss):
    return {"loss": loss, "error": 0.125, "right": 0.4}


RESULTS = {
    "schema": 1,
    "commit": "c0ffee",
    "sha256": "ab" * 32,
    "steps": 200,
    "token_places": 819_200,
    "data": {
        part: {"distinct_packets": 1234, "tokens": 56_789, "pairs": 12}
        for part in ("train", "held_out")
    },
    "sources": [
        {"name": "a|b", "files": 3, "left_out": 1, "packets": 99, "held_out_packets": 7}
    ],
    "held_out": {
        name: {"bigrams": score(loss), "by_length": {"32": score(loss + 1)}}
        for name, loss in (("encoder", 5.25), ("neighbours", 6.5), ("frequency", 9.75))
    },
}  # fmt: skip
RESULTS["held_out"]["encoder"]["origin"] = score(0.3) | {"right": 0.9}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "results.json").write_text(json.dumps(RESULTS))
    timing = {"stages": {"pretraining": 7200.0}, "total_seconds": 7200.0, "device": "cpu x 1"}
    (tmp_path / "timing.json").write_text(json.dumps(timing))
    lines = [
        {"run": "pretraining", "step": step, "name": name, "value": 11.0 - step / 100}
        for step in (100, 200)
        for name in ("bigrams", "held_out_bigrams")
    ]
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(x) + "\n" for x in lines))
    return tmp_path


def test_the_section_gives_every_number(folder):
    section = pretraining_section(folder, "python -m experiments.pretrain")
    for words in (
        "200 steps of batches with 819,200 token places", "2.0 hours on cpu x 1", "1,234",
        "56,789", "| 5.25 ± 0.12 | 40.0 % |", "| 10.75 ± 0.12 |", "| 90.0 % |",
        "`c0ffee`", "`abababababab…`", r"a\|b | 3 | 1 | 99 | 7",
    ):  # fmt: skip
        assert words in section, words


def test_the_curve_has_both_losses(folder):
    axis = draw_pretraining(folder).figure.axes[0]
    assert [list(line.get_xdata()) for line in axis.get_lines()] == [[100, 200], [100, 200]]
    assert list(axis.get_lines()[1].get_ydata()) == [10.0, 9.0]


@pytest.mark.parametrize("name", ["steps", "data", "held_out", "sources"])
def test_a_field_that_is_missing_is_named(folder, name):
    (folder / "results.json").write_text(
        json.dumps({k: v for k, v in RESULTS.items() if k != name})
    )
    with pytest.raises(PclipError, match=name):
        pretraining_section(folder, "x")
