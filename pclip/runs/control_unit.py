"""Units of controls: simple or broken systems measured as the method is."""

from __future__ import annotations

from typing import Any

import numpy as np

from pclip.data import context_majority, overlap_share, window_indices
from pclip.evaluation import detection_scores, fit_predict, weighted_rows, zero_shot_scores
from pclip.evaluation.controls import majority, window_features
from pclip.runs.parts import Parts

# Controls that draw nothing: on a split that does not depend on the seed, one run says it all.
UNDRAWN = ("majority", "logistic_regression", "logistic_window", "overlap", "context_majority")


def measure_control(name: str, parts: Parts) -> dict[str, Any]:
    """Scores of the control `name` on the test part.

    "majority": the training part's class frequencies for every packet.
    "random_forest_bytes": 60 trees on exactly the bytes behind the model's tokens.
    "logistic_regression": on the frozen packet vector, without any language.
    "logistic_window": on that vector and the mean over its window, without any graph.
    "overlap": the share of test packets whose bytes occur in training.
    "context_majority": the share whose class is that of most other packets of their window.
    """
    if name == "context_majority":
        windows = window_indices(parts.inputs.dataset, parts.split, "test", length=parts.window)
        return {"values": {"share": context_majority(parts.inputs.dataset, windows)}}
    if name == "overlap":
        return {
            "values": {"share": overlap_share(parts.inputs.input_of_packet[:, None], parts.split)}
        }
    return {"values": _scores(parts, _probabilities(name, parts))}


def _probabilities(name: str, parts: Parts) -> np.ndarray:
    inputs = parts.inputs
    classes = len(inputs.dataset.classes)
    labels = parts.labels("train")
    if name == "majority":
        return majority(labels, classes, len(parts.rows("test")))
    if name == "logistic_window":
        train, test = (
            window_features(inputs.packet_vectors, parts.windows(part))
            for part in ("train", "test")
        )
        return fit_predict(
            "logistic_regression",
            (train, labels, np.ones(len(labels))),
            (test,),
            classes,
            parts.seed,
        )[0]
    features, model = {
        "random_forest_bytes": (_bytes_and_length(parts), "random_forest"),
        "logistic_regression": (inputs.packet_vectors, "logistic_regression"),
    }[name]
    rows = weighted_rows(parts.inputs_of("train"), labels)
    distinct, inverse = np.unique(parts.inputs_of("test"), return_inverse=True)
    answer = fit_predict(
        model,
        (features[rows.inputs], rows.labels, rows.counts),
        (features[distinct],),
        classes,
        parts.seed,
    )[0]
    return answer[inverse]


def _bytes_and_length(parts: Parts) -> np.ndarray:
    """Bytes and their number: padding tells the model the length, so the forest gets it too."""
    inputs = parts.inputs
    return np.column_stack([inputs.input_bytes, inputs.tokens.lengths])


def _scores(parts: Parts, probabilities: np.ndarray) -> dict[str, float]:
    """Class scores, and group scores of the summed probabilities."""
    dataset = parts.inputs.dataset
    labels = parts.labels("test")
    by_class = zero_shot_scores(probabilities, labels, dataset.classes)
    members = np.eye(len(dataset.groups))[dataset.group_of_class]
    by_group = detection_scores(
        probabilities @ members, parts.groups("test"), labels, dataset.groups, dataset.classes
    )
    return {k: v for k, v in (by_class | by_group).items() if not k.startswith("per_class/")}
