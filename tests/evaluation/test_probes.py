from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.neighbors import KNeighborsClassifier

from pclip.evaluation import WeightedRows, weighted_rows
from pclip.evaluation.linear_probe import LinearProbe
from pclip.evaluation.nearest_neighbours import NeighbourProbe
from pclip.evaluation.probe_data import Training
from pclip.evaluation.probing import choose, probe_scores, score

CLASSES = ("a", "b", "c")


def clouds(n=90, spread=0.3, seed=0):
    """Three clouds and some of each class among the others."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    centres = np.array([[0, 0, 1], [0, 2, 0], [3, 0, 0]])
    features = centres[labels] + spread * rng.normal(size=(n, 3))
    return features.astype(np.float32), labels


def one_each(labels):
    return WeightedRows(np.arange(len(labels)), labels, np.ones(len(labels)))


@pytest.mark.parametrize("probe", [LinearProbe((1e-3,), 200), NeighbourProbe((1, 5))])
def test_a_count_is_worth_as_many_packets(probe):
    """Rows with counts give the answers that repeating them gives."""
    features, labels = clouds(30, spread=1.0)
    counts = np.random.default_rng(1).integers(1, 5, 30)
    packets = np.repeat(np.arange(30), counts)
    queries, _ = clouds(200, spread=1.5, seed=2)
    rows = weighted_rows(packets, labels[packets])
    weighted = Training(features, rows)
    answers = [found.classes for found in probe.predictions(weighted, queries, probe.settings)]
    if isinstance(probe, LinearProbe):
        repeated = Training(features[packets], one_each(labels[packets]))
        ((expected, _),) = probe.predictions(repeated, queries, probe.settings)
        assert (answers[0] == expected).mean() > 0.99
    else:
        assert not np.array_equal(answers[1], answers[2])


def test_the_linear_probe_minimises_what_it_says():
    features, labels = clouds(spread=1.0)
    weights = np.random.default_rng(3).integers(1, 9, 90).astype(float)
    training = Training(features, WeightedRows(np.arange(90), labels, weights))
    balanced = training.balanced_weights()
    np.testing.assert_allclose(np.bincount(labels, balanced), 1 / 3)
    mean = np.average(features, axis=0, weights=balanced)
    scale = np.sqrt(np.average((features - mean) ** 2, axis=0, weights=balanced))
    # Weights of sum 90 and C = 1 / (90 penalty) are the same minimum in scikit-learn's own form.
    reference = LogisticRegression(C=1 / (90 * 0.02), max_iter=1000, tol=1e-8)
    reference.fit((features - mean) / scale, labels, sample_weight=90 * balanced)
    queries, _ = clouds(300, spread=1.5, seed=4)
    ((found, _),) = LinearProbe((0.02,), 1000).predictions(training, queries, ({"penalty": 0.02},))
    assert (found == reference.predict((queries - mean) / scale)).mean() > 0.99


def test_neighbours_are_those_of_scikit_learn():
    features, labels = clouds(spread=1.0)
    queries, _ = clouds(700, spread=1.5, seed=5)
    mean = features.mean(axis=0)
    for k, votes in ((1, 0), (5, 0)):
        reference = KNeighborsClassifier(k, metric="cosine").fit(features - mean, labels)
        ((found, _),) = NeighbourProbe((k,)).predictions(
            Training(features, one_each(labels)), queries, ({"neighbours": k, "by_packets": votes},)
        )
        np.testing.assert_array_equal(found, reference.predict(queries - mean))


def test_neighbours_of_sparse_features_are_those_of_dense_ones_without_their_mean():
    rng = np.random.default_rng(6)
    features = rng.integers(0, 3, (60, 12)).astype(np.float32)
    # Each row with its opposite: the mean that dense features lose is zero.
    features = np.concatenate([features, -features])
    labels = rng.integers(0, 3, 120)
    queries = rng.normal(size=(40, 12)).astype(np.float32)
    queries[0] = 0
    probe = NeighbourProbe((1, 5))
    dense, sparse = (
        [
            found.classes
            for found in probe.predictions(Training(known, one_each(labels)), asked, probe.settings)
        ]
        for known, asked in ((features, queries), (csr_array(features), csr_array(queries)))
    )
    np.testing.assert_array_equal(np.array(dense), np.array(sparse))


def test_the_linear_probe_takes_sparse_features():
    features, labels = clouds()
    probe = LinearProbe((1e-3,), 100)
    training = Training(csr_array(features), one_each(labels))
    ((found, _),) = probe.predictions(training, csr_array(features), probe.settings)
    assert (found == labels).mean() > 0.95


def test_where_the_linear_probe_stopped_is_said():
    features, labels = clouds(spread=1.0)
    training, rows = Training(features, one_each(labels)), one_each(labels)
    short, long = (
        choose(LinearProbe((1e-4,), most), training, rows, CLASSES).fits for most in (2, 1000)
    )
    assert short == ({"iterations": 2, "at_bound": True},)
    assert 2 < long[0]["iterations"] < 1000
    assert not long[0]["at_bound"]
    assert choose(NeighbourProbe((1,)), training, rows, CLASSES).fits == ({},)


def test_an_input_of_two_classes_votes_with_both():
    features = np.array([[1, 0], [0, 1], [-1, -1]], np.float32)
    rows = WeightedRows(np.array([0, 0, 1, 2]), np.array([0, 1, 2, 0]), np.array([3.0, 7, 1, 1]))
    probe = NeighbourProbe((1,))
    ((found, _),) = probe.predictions(Training(features, rows), features[:1], probe.settings)
    assert found.tolist() == [1]


def test_the_setting_is_chosen_on_validation():
    features, labels = clouds(spread=1.2)
    probe = NeighbourProbe((1, 5, 25))
    training = Training(features, one_each(labels[:60])._replace(inputs=np.arange(60)))
    validation = WeightedRows(np.arange(60, 90), labels[60:], np.ones(30))
    choice = choose(probe, training, validation, CLASSES)
    assert len(choice.tried) == len(probe.settings) == 5
    assert choice.values["macro_f1"] == max(choice.tried)
    assert choice.setting == probe.settings[choice.tried.index(max(choice.tried))]
    again = score(probe, choice.setting, training, validation, CLASSES)
    assert again == choice.values


def test_scores_are_scikit_learns_with_weights():
    rng = np.random.default_rng(7)
    # The last class does not occur and is guessed nevertheless.
    labels, predicted = rng.integers(0, 2, 50), rng.integers(0, 3, 50)
    counts = rng.random(50)
    rows = WeightedRows(np.arange(50), labels, counts)
    found = probe_scores(predicted, rows, CLASSES)
    f1 = f1_score(labels, predicted, labels=[0, 1], average=None, sample_weight=counts)
    assert found["macro_f1"] == pytest.approx(f1.mean())
    assert found["accuracy"] == pytest.approx(
        accuracy_score(labels, predicted, sample_weight=counts)
    )
    assert [found[f"per_class/{name}/f1"] for name in "ab"] == pytest.approx(f1)
    assert "per_class/c/f1" not in found
