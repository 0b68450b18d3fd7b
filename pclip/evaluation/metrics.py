"""Metrics: macro top-k recall, one-vs-rest ROC AUC and its means, confusion.

Every macro mean is over the classes that occur in the labels; a class without a sample has no
recall, and counting it as zero or as one would both be made up. A mean over no class is nan.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

# scikit-learn is imported where it is used: `pclip detect` passes by here and scores nothing.


def top_k_hits(scores: np.ndarray, labels: np.ndarray, k: int) -> np.ndarray:
    """Chance that the true class is among the k best, ties broken by lot.

        hit = min(1, max(0, k - above) / tied)

    `above` classes score higher than the true one and `tied` as high, itself included. Forests
    give exact ties (zeros) and cosines none: by lot, neither gains, and a constant scores k / C.

    Args:
        scores: float [n, classes].
        labels: int [n].
        k: how many guesses count.

    Returns:
        float64 [n] between 0 and 1.
    """
    if scores.ndim != 2 or len(scores) != len(labels):
        raise ValueError(f"scores {scores.shape} and labels {labels.shape} do not belong together")
    truth = scores[np.arange(len(labels)), labels][:, None]
    above, tied = (scores > truth).sum(axis=1), (scores == truth).sum(axis=1)
    return np.clip((k - above) / tied, 0.0, 1.0)


def per_class_recall(scores: np.ndarray, labels: np.ndarray, k: int = 1) -> dict[int, float]:
    """Share of each occurring class's samples whose label is among the k highest scores."""
    hit = top_k_hits(scores, labels, k)
    return {int(c): float(hit[labels == c].mean()) for c in np.unique(labels)}


def macro_top_k(
    scores: np.ndarray, labels: np.ndarray, k: int = 1, without: tuple[int, ...] = ()
) -> float:
    """Mean over classes of top-k recall (paper, section 4.4).

        macro top-k = 1/C sum_c 1/N_c sum_{i in c} [y_i among the k highest of s_i]

    Args:
        scores: float [n, classes].
        labels: int [n].
        k: how many guesses count.
        without: classes whose samples are left out; they stay among the answers.

    Returns:
        A share between 0 and 1.
    """
    recalls = [r for c, r in per_class_recall(scores, labels, k).items() if c not in without]
    return _mean(recalls)


def per_class_auc(probabilities: np.ndarray, labels: np.ndarray) -> dict[int, float]:
    """One-vs-rest ROC AUC of each class that has samples on both sides.

    Args:
        probabilities: float [n, classes].
        labels: int [n].
    """
    from sklearn.metrics import roc_auc_score

    return {
        c: float(roc_auc_score(labels == c, probabilities[:, c]))
        for c in range(probabilities.shape[1])
        if 0 < int((labels == c).sum()) < len(labels)
    }


def mean_auc(aucs: dict[int, float], leave_out: tuple[int, ...] = ()) -> float:
    """Mean of one-vs-rest AUCs; `leave_out=(0,)` gives MissionGNN's mean over attacks only."""
    return _mean(auc for c, auc in aucs.items() if c not in leave_out)


def roc_points(
    probabilities: np.ndarray, labels: np.ndarray, category: int, most: int = 200
) -> tuple[list[float], list[float]]:
    """(false, true) positive rates of one class against the rest, at `most` points or fewer."""
    from sklearn.metrics import roc_curve

    fpr, tpr, _ = roc_curve(labels == category, probabilities[:, category])
    keep = np.unique(np.linspace(0, len(fpr) - 1, min(most, len(fpr))).round().astype(int))
    return [round(float(x), 6) for x in fpr[keep]], [round(float(x), 6) for x in tpr[keep]]


def confusion(predicted: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Counts int64 [classes, classes], true class by row, predicted class by column."""
    return np.bincount(labels * classes + predicted, minlength=classes**2).reshape(classes, classes)


def macro_f1(predicted: np.ndarray, labels: np.ndarray) -> float:
    """Mean F1 over the classes that occur in `labels`."""
    from sklearn.metrics import f1_score

    if not len(labels):
        return float("nan")
    return float(
        f1_score(labels, predicted, labels=np.unique(labels), average="macro", zero_division=0)
    )


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return float(np.mean(found)) if found else float("nan")
