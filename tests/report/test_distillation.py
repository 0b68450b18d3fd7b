from __future__ import annotations

import copy
import json

import pytest

from pclip.errors import PclipError
from pclip.report.distillation import distillation_section, distillation_table

SCORE = {"mean": 0.61234, "std": 0.01, "n": 3}
LOST = {
    "macro_top1_points_lost": {"mean": 1.26, "std": 0.2, "n": 3},
    "mauc_points_lost": {"mean": -0.54, "std": 0.2, "n": 3},
}
SCORES = {"macro_top1": SCORE, "mauc": SCORE}
AGREEMENT = {"cosine": {"mean": 0.91, "std": 0.0, "n": 3}, "r2": {"mean": 0.82, "std": 0.0, "n": 3}}
RESULTS = {
    "schema": 1,
    "reductions": ["a | b"],
    "encoders": {"packet": {"name": "et-bert-mini", "note": "made up", "sha256": "0" * 64}},
    "cost": {"teacher": {"flops": 900_000_000}, "student": {"flops": 1_277_952}},
    "splits": {
        "round": {
            "seeds": [0, 1, 2],
            "parameters": {"teacher": 20_000_000, "student": 459_816, "int8": 461_000},
            "bytes": {
                "teacher": 80_000_000,
                "student": 1_840_000,
                "int8": 470_000,
                "heads_and_detector": 1_700_000,
            },
            "agreement": {"student": AGREEMENT, "int8": AGREEMENT},
            "scores": {
                "teacher": SCORES,
                "int8": SCORES | LOST,
                "int8_in_teachers_place": SCORES | LOST,
                "student": SCORES | LOST,
            },
        }
    },
}


def test_the_table_has_every_encoder_in_order_with_its_losses():
    text = distillation_table(RESULTS)
    rows = [line for line in text.splitlines() if line.startswith("| ")][1:]
    assert [row.split(" | ")[0] for row in rows] == [
        "| teacher", "| student, float32", "| student, int8",
        "| student, int8, in the teacher's place",
    ]  # fmt: skip
    assert "| 80,000 | 900.00 | 0.612 ± 0.010 |  |" in rows[0]
    assert "| 459,816 | 1,840 | 1.28 | 0.612 ± 0.010 | +1.3 | 0.612 ± 0.010 | -0.5 |" in rows[1]
    assert "| 470 | 1.28 |" in rows[3]
    assert "float32 3.54 MB, with student, int8 2.17 MB" in text


def test_the_section_says_what_was_done(tmp_path):
    (tmp_path / "results.json").write_text(json.dumps(RESULTS))
    text = distillation_section(tmp_path, "python -m experiments.distil")
    assert text.startswith("## The router encoder\n")
    assert "et-bert-mini (made up)" in text
    assert r"Reductions: a \| b." in text


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("splits",), [], "splits holds"),
        (("splits", "round", "bytes", "student"), -1, "bytes.student|splits.round"),
        (("splits", "round", "scores", "student", "mauc"), "x", "mauc"),
        (("splits", "round", "agreement", "int8"), None, "agreement.int8"),
        (("encoders", "packet", "note"), 3, "encoders.packet.note"),
    ],
)
def test_a_file_that_is_not_one_is_refused(tmp_path, path, value, message):
    broken = copy.deepcopy(RESULTS)
    place = broken
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    (tmp_path / "results.json").write_text(json.dumps(broken))
    with pytest.raises(PclipError, match=message):
        distillation_section(tmp_path, "command")
