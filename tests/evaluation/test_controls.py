from __future__ import annotations

import numpy as np
import pytest

from pclip.evaluation import macro_f1, macro_top_k, mean_auc, per_class_auc
from pclip.evaluation.controls import majority, window_features


def test_the_majority_is_worth_chance():
    rng = np.random.default_rng(0)
    train = rng.choice(5, 300, p=[0.5, 0.2, 0.1, 0.1, 0.1])
    test = np.repeat(np.arange(5), [7, 90, 3, 50, 20])
    found = majority(train, 5, len(test))
    assert found.shape == (170, 5)
    np.testing.assert_allclose(found[0], np.bincount(train) / 300)
    assert macro_top_k(found, test) == pytest.approx(1 / 5)
    assert mean_auc(per_class_auc(found, test)) == pytest.approx(0.5)
    share = 7 / 170
    assert macro_f1(found.argmax(axis=1), test) == pytest.approx(2 * share / (1 + share) / 5)


def test_window_features_against_a_loop():
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(8, 3)).astype(np.float32)
    windows = rng.integers(8, size=(20, 5)).astype(np.int32)
    windows[np.arange(5) < rng.integers(5, size=(20, 1))] = -1
    found = window_features(vectors, windows)
    assert found.dtype == np.float32
    for row, window in zip(found, windows, strict=True):
        members = [vectors[i] for i in window if i >= 0]
        np.testing.assert_allclose(row[:3], vectors[window[-1]])
        np.testing.assert_allclose(row[3:], sum(members) / len(members), atol=1e-6)
