from __future__ import annotations

import importlib
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pclip.errors import PclipError
from pclip.evaluation import CLASSIFIERS, fit_predict, weighted_rows

# LightGBM needs twenty samples in a leaf before it splits.
COPIES = 30
CORNERS = np.array([[0, 0], [0, 1], [1, 0]])


def three_classes():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 2, 3], COPIES)
    features = CORNERS[np.repeat(np.arange(3), COPIES)] + 0.05 * rng.normal(size=(90, 2))
    return features.astype(np.float32), labels


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_learns_and_gives_an_absent_class_nothing(name):
    features, labels = three_classes()
    train = (features, labels, np.ones(len(labels)))
    first, corners = fit_predict(name, train, (features, CORNERS.astype(np.float32)), 5, 0)
    assert first.shape == (90, 5)
    np.testing.assert_allclose(first.sum(axis=1), 1, atol=1e-6)
    assert not first[:, [1, 4]].any()
    assert (first.argmax(axis=1) == labels).mean() > 0.95
    assert corners.argmax(axis=1).tolist() == [0, 2, 3]
    again = fit_predict(name, train, (features,), 5, 0)[0]
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_two_classes_are_enough(name):
    features, labels = three_classes()
    part = labels != 2
    train = (features[part], labels[part], np.ones(part.sum()))
    (found,) = fit_predict(name, train, (features[part],), 4, 0)
    assert (found.argmax(axis=1) == labels[part]).mean() > 0.95


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_one_class_is_refused(name):
    with pytest.raises(PclipError, match=f"{name} needs two classes"):
        fit_predict(name, (np.ones((4, 2)), np.full(4, 2), np.ones(4)), (), 3, 0)


@pytest.mark.parametrize("name", ["xgboost", "lightgbm"])
def test_a_missing_package_says_how_to_install_it(name, monkeypatch):
    features, labels = three_classes()
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError):
        importlib.import_module(name)
    with pytest.raises(PclipError, match=rf"{name} is not installed.*pclip\[baselines\]"):
        fit_predict(name, (features, labels, np.ones(90)), (), 4, 0)


def test_an_unknown_classifier():
    features, labels = three_classes()
    with pytest.raises(ValueError, match="no classifier 'svm'; there are xgboost, lightgbm"):
        fit_predict("svm", (features, labels, np.ones(90)), (), 4, 0)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), max_size=60).map(
        lambda pairs: np.array(pairs, np.int32).reshape(-1, 2)
    )
)
def test_weighted_rows_count_what_is_there(pairs):
    rows = weighted_rows(pairs[:, 0], pairs[:, 1])
    repeated = np.repeat(np.column_stack([rows.inputs, rows.labels]), rows.counts.astype(int), 0)
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    np.testing.assert_array_equal(repeated, pairs[order])
    assert len(set(zip(rows.inputs.tolist(), rows.labels.tolist(), strict=True))) == len(
        rows.inputs
    )


def test_weights_are_worth_repetitions():
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(12, 3))
    inputs, labels = rng.integers(12, size=200), rng.integers(3, size=200)
    rows = weighted_rows(inputs, labels)
    assert len(rows.inputs) < 40
    (weighted,) = fit_predict(
        "logistic_regression",
        (vectors[rows.inputs], rows.labels, rows.counts),
        (vectors,),
        3,
        0,
    )
    (repeated,) = fit_predict(
        "logistic_regression", (vectors[inputs], labels, np.ones(200)), (vectors,), 3, 0
    )
    np.testing.assert_allclose(weighted, repeated, atol=1e-3)
    (unweighted,) = fit_predict(
        "logistic_regression",
        (vectors[rows.inputs], rows.labels, np.ones(len(rows.labels))),
        (vectors,),
        3,
        0,
    )
    assert np.abs(unweighted - repeated).max() > 0.02


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_class_counts_alike(name):
    """One vector, nine samples of a class for one of the other: neither is likelier."""
    vectors = np.zeros((10, 2))
    labels = np.array([0] * 9 + [1])
    (found,) = fit_predict(name, (vectors, labels, np.ones(10)), (vectors[:1],), 2, 0)
    np.testing.assert_allclose(found[0], [0.5, 0.5], atol=0.12 if name == "random_forest" else 0.02)


def test_inputs_and_labels_must_pair_up():
    with pytest.raises(ValueError, match=r"\(3,\) and labels \(2,\)"):
        weighted_rows(np.zeros(3, int), np.zeros(2, int))
