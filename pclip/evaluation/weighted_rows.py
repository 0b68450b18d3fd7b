"""Equal rows counted instead of repeated: a third of the data, and very nearly the same fit.

The same where a model uses weights in sums only (boosted trees on gradients, logistic regression);
a random forest draws its bootstrap from distinct rows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class WeightedRows(NamedTuple):
    """Distinct (input, label) pairs.

    Attributes:
        inputs: int64 [k], row numbers of distinct inputs.
        labels: int64 [k].
        counts: float64 [k], how many samples each stands for.
    """

    inputs: np.ndarray
    labels: np.ndarray
    counts: np.ndarray


def weighted_rows(
    inputs: np.ndarray, labels: np.ndarray, weights: np.ndarray | None = None
) -> WeightedRows:
    """Condense samples given by the number of their distinct input and their label, int [n].

    With `weights`, float [n], a sample counts as so many.
    """
    if inputs.shape != labels.shape:
        raise ValueError(f"inputs {inputs.shape} and labels {labels.shape} must pair up")
    span = int(labels.max(initial=0)) + 1
    pairs, place = np.unique(inputs.astype(np.int64) * span + labels, return_inverse=True)
    counts = np.bincount(place, weights, minlength=len(pairs))
    return WeightedRows(pairs // span, pairs % span, counts.astype(np.float64))
