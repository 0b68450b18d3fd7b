"""Learning curves against NumPy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pclip.report.claims_zero_shot import learned_at, shake
from pclip.report.curve_data import Curve, learning_curves, system_of
from pclip.report.run_files import read_metrics


def test_mean_and_deviation_over_seeds(tmp_path: Path, samples: Any) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text(samples.metrics())
    rows = [json.loads(line) for line in samples.metrics().splitlines()]
    values = [
        [
            row["value"]
            for row in rows
            if row["run"] == f"flow/{seed}/heads=both" and row["name"] == "validation_macro_top1"
        ]
        for seed in range(3)
    ]
    curve = learning_curves(read_metrics(path), "validation_macro_top1")["flow"]["both"]
    np.testing.assert_allclose(curve.mean, np.mean(values, axis=0))
    np.testing.assert_allclose(curve.std, np.std(values, axis=0, ddof=1))


def test_only_steps_that_all_seeds_share() -> None:
    metrics = {
        "round/0/heads=both": {"x": {1: 0.1, 2: 0.2, 3: 0.3}},
        "round/1/heads=both": {"x": {2: 0.4, 3: 0.5, 4: 0.6}},
        "round/0/gnn": {"x": {1: 0.1}},
        "embed": {"x": {1: 0.1, 2: 0.1}},
    }
    curves = learning_curves(metrics, "x")
    assert list(curves["round"]) == ["both"]
    assert curves["round"]["both"].steps == (2, 3)


def test_names_of_runs() -> None:
    assert system_of("round/0/heads=both") == ("round", "0", "both")
    assert system_of("round/0/gnn") == ("round", "0", "gnn")
    assert system_of("embed/packets") is None


def test_speed_and_shake_by_hand() -> None:
    curve = Curve((10, 20, 30, 40), ((0.1, 0.95, 1.0, 0.9), (0.5, 0.6, 0.92, 1.0)))
    assert learned_at(curve).mean == (20 + 30) / 2
    # Second half: 0.95 -> 1.0 -> 0.9 falls by 0 and 0.1; 0.6 -> 0.92 -> 1.0 does not fall.
    assert shake(curve).mean == pytest.approx((0.05 + 0.0) / 2)
