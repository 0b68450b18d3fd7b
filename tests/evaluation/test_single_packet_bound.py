from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from pclip.evaluation import WeightedRows
from pclip.evaluation.probing import probe_scores
from pclip.evaluation.single_packet_bound import single_packet_bound


def ambiguous(seed):
    """Six inputs, three classes, most inputs of several classes."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 9, (6, 3)) * (rng.random((6, 3)) < 0.7)
    counts[0] = 1
    inputs, labels = np.nonzero(counts)
    return WeightedRows(inputs, labels, counts[inputs, labels].astype(float))


@pytest.mark.parametrize("seed", range(8))
def test_no_rule_is_above_the_bound(seed):
    """All 3^6 functions from input to class."""
    rows = ambiguous(seed)
    bound = single_packet_bound(rows)
    scores = [
        probe_scores(np.array(rule)[rows.inputs], rows, ("a", "b", "c"))
        for rule in product(range(3), repeat=6)
    ]
    assert bound["accuracy"] == pytest.approx(max(found["accuracy"] for found in scores))
    assert bound["macro_f1"] >= max(found["macro_f1"] for found in scores) - 1e-12
    best = [max(found[f"per_class/{name}/f1"] for found in scores) for name in "abc"]
    assert bound["macro_f1"] == pytest.approx(np.mean(best))


def test_inputs_of_one_class_each_leave_no_error():
    rows = WeightedRows(np.arange(4), np.array([0, 1, 1, 2]), np.array([5.0, 1, 2, 1]))
    assert single_packet_bound(rows) == {"accuracy": 1.0, "macro_f1": 1.0}
