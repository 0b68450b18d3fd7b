"""The linear probe: multinomial logistic regression on standardised features."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from pclip.evaluation.probe_data import Answers, Setting, Training

_AT_BOUND = r"lbfgs failed to converge.*\(status=1\)"
"""What scikit-learn says where L-BFGS stops at its bound; 2, a failed step, is not silenced."""


@dataclass(frozen=True)
class LinearProbe:
    """Classes that a hyperplane parts.

        min_W,b  sum_i w_i CE(softmax(W x_i + b), y_i) + penalty / 2 |W|^2,   sum_i w_i = 1

    Every class has the same share of the weights w, as for the detectors; features have mean 0 and
    variance 1 under w (sparse ones keep their zeros and are scaled only).

    Args:
        penalties: strengths to choose from, strongest first.
        iterations: of L-BFGS, from zero, at most. A weak penalty is not followed to its optimum,
            which takes thousands and scores no better.

    Source: Alain and Bengio 2016, "Understanding intermediate layers using linear classifier
    probes".
    """

    penalties: tuple[float, ...]
    iterations: int

    @property
    def settings(self) -> tuple[Setting, ...]:
        """One for each strength."""
        return tuple({"penalty": penalty} for penalty in self.penalties)

    def predictions(
        self, training: Training, queries: Any, settings: tuple[Setting, ...]
    ) -> Iterator[Answers]:
        """The class of each query for each setting in turn; see `Probe`."""
        from scipy.sparse import issparse
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression
        from sklearn.preprocessing import StandardScaler

        rows = training.rows
        weights = training.balanced_weights()
        scaler = StandardScaler(with_mean=not issparse(training.features))
        known = scaler.fit_transform(training.features[rows.inputs], sample_weight=weights)
        asked = scaler.transform(queries)
        for setting in settings:
            # scikit-learn weighs the sum of the losses by C against half the squared norm.
            model = LogisticRegression(C=1 / setting["penalty"], max_iter=self.iterations)
            with warnings.catch_warnings():
                # Stopping early is one more way to keep the weights small; `fit` says where.
                warnings.filterwarnings("ignore", _AT_BOUND, ConvergenceWarning)
                model.fit(known, rows.labels, sample_weight=weights)
            done = int(model.n_iter_.max())
            fit = {"iterations": done, "at_bound": done == self.iterations}
            yield Answers(model.predict(asked).astype(np.int64), fit)
