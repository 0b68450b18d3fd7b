from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, confusion_matrix, f1_score, roc_auc_score

from pclip.evaluation import (
    ALL_OR_NOTHING,
    confusion,
    confusion_plot,
    detection_scores,
    macro_f1,
    macro_top_k,
    mean_auc,
    per_class_auc,
    per_class_recall,
    roc_plot,
    roc_points,
    zero_shot_scores,
)
from pclip.evaluation.metrics import top_k_hits

CLASSES = 5


@st.composite
def scored(draw):
    """Scores with ties, labels that leave classes out."""
    n = draw(st.integers(2, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    scores = rng.integers(0, draw(st.integers(2, 6)), (n, CLASSES)) / 4
    labels = rng.choice(draw(st.sampled_from([[0, 1, 2, 3, 4], [1, 3], [2, 3, 4]])), n)
    return scores, labels


@settings(max_examples=60, deadline=None)
@given(scored(), st.integers(1, CLASSES))
def test_macro_top_k_is_the_mean_of_what_a_loop_counts(case, k):
    scores, labels = case
    hits = {c: [] for c in set(labels.tolist())}
    for row, label in zip(scores, labels, strict=True):
        above = sum(row[c] > row[label] for c in range(CLASSES))
        tied = sum(row[c] == row[label] for c in range(CLASSES))
        # Each place that the tied classes may take is as likely as the others.
        hits[int(label)].append(sum(above + place < k for place in range(tied)) / tied)
    expected = {c: float(np.mean(found)) for c, found in hits.items()}
    assert per_class_recall(scores, labels, k) == pytest.approx(expected)
    assert macro_top_k(scores, labels, k) == pytest.approx(np.mean(list(expected.values())))
    for without in expected:
        rest = [recall for c, recall in expected.items() if c != without]
        if rest:
            found = macro_top_k(scores, labels, k, without=(without,))
            assert found == pytest.approx(np.mean(rest))


def test_top_1_without_ties_is_sklearns_balanced_accuracy():
    rng = np.random.default_rng(0)
    scores, labels = rng.normal(size=(200, CLASSES)), rng.choice([0, 1, 4], 200)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of predicted classes that do not occur
        expected = balanced_accuracy_score(labels, scores.argmax(axis=1))
    assert macro_top_k(scores, labels) == pytest.approx(expected)


def test_constant_scores_earn_chance():
    labels = np.array([0, 1, 2])
    for k in range(1, CLASSES + 1):
        assert macro_top_k(np.ones((3, CLASSES)), labels, k) == pytest.approx(k / CLASSES)


def test_scores_and_labels_must_belong_together():
    with pytest.raises(ValueError, match=r"\(3, 2\) and labels \(4,\)"):
        top_k_hits(np.zeros((3, 2)), np.zeros(4, int), 1)


@settings(max_examples=60, deadline=None)
@given(scored())
def test_auc_is_sklearns_and_the_share_of_ordered_pairs(case):
    scores, labels = case
    found = per_class_auc(scores, labels)
    there = {c for c in range(CLASSES) if 0 < (labels == c).sum() < len(labels)}
    assert set(found) == there
    for c in there:
        ours, theirs = scores[labels == c, c], scores[labels != c, c]
        gaps = ours[:, None] - theirs[None]
        assert found[c] == pytest.approx(((gaps > 0) + 0.5 * (gaps == 0)).mean())
        assert found[c] == pytest.approx(roc_auc_score(labels == c, scores[:, c]))


def test_mean_auc_in_both_readings():
    aucs = {0: 0.9, 1: 0.5, 3: 0.7}
    assert mean_auc(aucs) == pytest.approx(0.7)
    assert mean_auc(aucs, leave_out=(0,)) == pytest.approx(0.6)


def test_roc_points_are_thinned_and_keep_their_ends():
    rng = np.random.default_rng(1)
    labels = rng.integers(2, size=3000)
    scores = rng.normal(size=(3000, 2)) + labels[:, None] * [0.0, 1.0]
    fpr, tpr = roc_points(scores, labels, 1, most=50)
    assert len(fpr) == len(tpr) <= 50
    assert (fpr[0], tpr[0], fpr[-1], tpr[-1]) == (0, 0, 1, 1)
    assert np.all(np.diff(fpr) >= 0)
    assert np.all(np.diff(tpr) >= 0)
    area = np.trapezoid(tpr, fpr)
    assert area == pytest.approx(per_class_auc(scores, labels)[1], abs=0.01)


@settings(max_examples=30, deadline=None)
@given(scored())
def test_confusion_and_f1_are_sklearns(case):
    scores, labels = case
    predicted = scores.argmax(axis=1)
    expected = confusion_matrix(labels, predicted, labels=range(CLASSES))
    np.testing.assert_array_equal(confusion(predicted, labels, CLASSES), expected)
    names = [f"class {c}" for c in range(CLASSES)]
    plot = confusion_plot("zero_shot", scores, labels, names)
    assert plot == {"kind": "zero_shot", "labels": names, "matrix": expected.tolist()}
    by_class = f1_score(labels, predicted, labels=range(CLASSES), average=None, zero_division=0)
    assert macro_f1(predicted, labels) == pytest.approx(by_class[np.unique(labels)].mean())


NAMES = ("Benign", "Port Scan", ALL_OR_NOTHING, "UDP Flood")
GROUPS = ("Benign", "Reconnaissance", "DoS")
GROUP_OF = np.array([0, 1, 2, 2])


def test_zero_shot_scores_leave_the_all_or_nothing_class_out_of_the_mean_only():
    labels = np.array([0, 0, 1, 2, 2, 3])
    scores = np.eye(4)[[0, 2, 1, 2, 2, 2]] + 0.1 * np.eye(4)[labels]
    found = zero_shot_scores(scores, labels, NAMES)
    assert found["macro_top1"] == pytest.approx((0.5 + 1 + 1 + 0) / 4)
    assert found["macro_top1_without_icmp_flood"] == pytest.approx((0.5 + 1 + 0) / 3)
    assert found["macro_top5"] == found["macro_top5_without_icmp_flood"] == 1
    recalls = {key: value for key, value in found.items() if key.startswith("per_class/")}
    assert recalls == {
        "per_class/Benign/recall": 0.5,
        "per_class/Port Scan/recall": 1,
        "per_class/ICMP Flood/recall": 1,
        "per_class/UDP Flood/recall": 0,
    }


def test_detection_scores_leave_the_all_or_nothing_packets_out():
    rng = np.random.default_rng(2)
    labels = rng.integers(4, size=300)
    groups = GROUP_OF[labels]
    p = rng.dirichlet(np.ones(3), 300)
    found = detection_scores(p, groups, labels, GROUPS, NAMES)
    aucs = [roc_auc_score(groups == c, p[:, c]) for c in range(3)]
    assert found["mauc"] == pytest.approx(np.mean(aucs))
    assert found["mauc_anomaly"] == pytest.approx(np.mean(aucs[1:]))
    assert [found[f"per_class/{g}/auc"] for g in GROUPS] == pytest.approx(aucs)
    kept = labels != 2
    rest = [roc_auc_score(groups[kept] == c, p[kept, c]) for c in range(3)]
    assert found["mauc_without_icmp_flood"] == pytest.approx(np.mean(rest))
    assert found["macro_f1_without_icmp_flood"] == pytest.approx(
        f1_score(groups[kept], p[kept].argmax(axis=1), average="macro")
    )


def test_a_mean_over_nothing_is_left_out():
    flood = np.full(3, NAMES.index(ALL_OR_NOTHING))
    assert set(zero_shot_scores(np.eye(4)[flood], flood, NAMES)) == {
        "macro_top1",
        "macro_top5",
        "per_class/ICMP Flood/recall",
    }
    p = np.random.default_rng(2).dirichlet(np.ones(3), 3)
    assert set(detection_scores(p, GROUP_OF[flood], flood, GROUPS, NAMES)) == {"macro_f1"}


def test_roc_plot_has_the_groups_that_occur():
    labels = np.array([0, 0, 2, 2, 2])
    p = np.random.default_rng(3).dirichlet(np.ones(3), 5)
    plot = roc_plot(p, labels, GROUPS)
    assert set(plot) == {"Benign", "DoS"}
    assert set(plot["DoS"]) == {"fpr", "tpr"}
