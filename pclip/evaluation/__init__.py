"""Evaluation: metrics, zero-shot classification, detection, controls, probes, cost.

In: vectors, probabilities and labels; trained parameters. Out: numbers in the names of
results.json, and the points of figures. Runs and serving call it; it trains nothing but kept
classifiers (boosted trees, logistic regression, forests) and probes.
"""

from pclip.evaluation.classifiers import CLASSIFIERS, fit_predict
from pclip.evaluation.detection import classify_packets, classify_vectors, detect_windows
from pclip.evaluation.metrics import (
    confusion,
    macro_f1,
    macro_top_k,
    mean_auc,
    per_class_auc,
    per_class_recall,
    roc_points,
)
from pclip.evaluation.reports import (
    ALL_OR_NOTHING,
    confusion_plot,
    detection_scores,
    roc_plot,
    zero_shot_scores,
)
from pclip.evaluation.weighted_rows import WeightedRows, weighted_rows
from pclip.evaluation.zero_shot import class_vectors, similarities

__all__ = [
    "ALL_OR_NOTHING",
    "CLASSIFIERS",
    "WeightedRows",
    "class_vectors",
    "classify_packets",
    "classify_vectors",
    "confusion",
    "confusion_plot",
    "detect_windows",
    "detection_scores",
    "fit_predict",
    "macro_f1",
    "macro_top_k",
    "mean_auc",
    "per_class_auc",
    "per_class_recall",
    "roc_plot",
    "roc_points",
    "similarities",
    "weighted_rows",
    "zero_shot_scores",
]
