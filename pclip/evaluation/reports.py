"""What is measured of a system, in the names of results.json."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from pclip.evaluation.metrics import (
    confusion,
    macro_f1,
    macro_top_k,
    mean_auc,
    per_class_auc,
    per_class_recall,
    roc_points,
)

# Four distinct inputs in the built-in capture: its recall is all or nothing, so every macro
# score is given a second time without it.
ALL_OR_NOTHING = "ICMP Flood"


def zero_shot_scores(
    scores: np.ndarray, labels: np.ndarray, classes: Sequence[str]
) -> dict[str, float]:
    """Macro top-1 and top-5, with and without `ALL_OR_NOTHING`, and each class's recall.

    Args:
        scores: float [n, classes].
        labels: int [n].
        classes: class names.

    Returns:
        A flat mapping; per-class values are named "per_class/CLASS/recall". A mean over no
        class is left out.
    """
    without = tuple(i for i, name in enumerate(classes) if name == ALL_OR_NOTHING)
    values = {
        "macro_top1": macro_top_k(scores, labels, 1),
        "macro_top5": macro_top_k(scores, labels, 5),
        "macro_top1_without_icmp_flood": macro_top_k(scores, labels, 1, without),
        "macro_top5_without_icmp_flood": macro_top_k(scores, labels, 5, without),
    }
    for c, recall in per_class_recall(scores, labels).items():
        values[f"per_class/{classes[c]}/recall"] = recall
    return _measured(values)


def detection_scores(
    probabilities: np.ndarray,
    categories: np.ndarray,
    labels: np.ndarray,
    groups: Sequence[str],
    classes: Sequence[str],
) -> dict[str, float]:
    """Both readings of mAUC and macro F1, with and without `ALL_OR_NOTHING`.

    Args:
        probabilities: float [n, groups], column 0 benign.
        categories: int [n], the group of each sample.
        labels: int [n], the class of each sample (to leave one out).
        groups: group names, benign first.
        classes: class names.

    Returns:
        A flat mapping; per-group values are named "per_class/GROUP/auc". A mean over no
        group is left out.
    """
    kept = labels != (classes.index(ALL_OR_NOTHING) if ALL_OR_NOTHING in classes else -1)
    values: dict[str, float] = {}
    for suffix, part in (("", slice(None)), ("_without_icmp_flood", kept)):
        aucs = per_class_auc(probabilities[part], categories[part])
        values[f"mauc{suffix}"] = mean_auc(aucs)
        values[f"mauc_anomaly{suffix}"] = mean_auc(aucs, leave_out=(0,))
        values[f"macro_f1{suffix}"] = macro_f1(probabilities[part].argmax(axis=1), categories[part])
        if not suffix:
            values |= {f"per_class/{groups[c]}/auc": auc for c, auc in aucs.items()}
    return _measured(values)


def confusion_plot(
    kind: str, scores: np.ndarray, labels: np.ndarray, names: Sequence[str]
) -> Mapping[str, object]:
    """A confusion matrix as plots.json holds it."""
    matrix = confusion(scores.argmax(axis=1), labels, len(names))
    return {"kind": kind, "labels": list(names), "matrix": matrix.tolist()}


def roc_plot(
    probabilities: np.ndarray, categories: np.ndarray, groups: Sequence[str]
) -> dict[str, dict[str, list[float]]]:
    """ROC curves of all groups that occur, as plots.json holds them."""
    curves = {}
    for c, group in enumerate(groups):
        if 0 < int((categories == c).sum()) < len(categories):
            fpr, tpr = roc_points(probabilities, categories, c)
            curves[group] = {"fpr": fpr, "tpr": tpr}
    return curves


def _measured(values: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in values.items() if not math.isnan(value)}
