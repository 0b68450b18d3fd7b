"""Kept classifiers behind one call: the paper's boosted trees, and the simple controls.

Each is fitted on weighted rows and answers with probabilities over all `classes`, zero for a
class that the training rows lack.
"""

from __future__ import annotations

import logging
import warnings
from importlib import import_module
from typing import Any

import numpy as np

from pclip.errors import PclipError

logger = logging.getLogger("pclip")

# One: sums of histograms depend on how work is shared out, and OpenMP's threads wait by spinning,
# which costs more than it gives where cores are few or shared.
THREADS = 1
CLASSIFIERS = ("xgboost", "lightgbm", "logistic_regression", "random_forest")


def fit_predict(
    name: str,
    train: tuple[np.ndarray, np.ndarray, np.ndarray],
    inputs: tuple[np.ndarray, ...],
    classes: int,
    seed: int,
    rounds: int = 100,
) -> list[np.ndarray]:
    """Fit the classifier `name` and give its probabilities for each of `inputs`.

    Args:
        name: one of `CLASSIFIERS`.
        train: (float [k, width], int [k] labels, float [k] weights).
        inputs: arrays float [n_i, width].
        classes: number of classes in the answer.
        seed: of whatever the classifier draws.
        rounds: boosting rounds of the boosted trees.

    Returns:
        float64 [n_i, classes] for each input.

    Raises:
        PclipError: the package is not installed, or training has fewer than two classes.
    """
    features, labels, weights = train
    present, compact = np.unique(labels, return_inverse=True)
    if len(present) < 2:
        raise PclipError(f"{name} needs two classes to learn from, the training part has {present}")
    # Every class counts alike, as it does for the detectors.
    of_class = np.bincount(compact, weights)
    weights = weights * (weights.sum() / (len(present) * of_class))[compact]
    model = _make(name, seed, rounds, len(present))
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        if name == "logistic_regression":
            model.fit(
                features,
                compact,
                standardscaler__sample_weight=weights,
                logisticregression__sample_weight=weights,
            )
        else:
            model.fit(features, compact, sample_weight=weights)
    if any(issubclass(w.category, ConvergenceWarning) for w in caught):
        logger.warning("%s stopped at its bound of iterations, short of its optimum", name)
    answers = []
    for part in inputs:
        full = np.zeros((len(part), classes))
        full[:, present] = model.predict_proba(part)
        answers.append(full)
    return answers


def _make(name: str, seed: int, rounds: int, classes: int) -> Any:
    if name == "xgboost":
        return _package("xgboost").XGBClassifier(
            n_estimators=rounds,
            tree_method="hist",
            objective="binary:logistic" if classes == 2 else "multi:softprob",
            n_jobs=THREADS,
            random_state=seed,
        )
    if name == "lightgbm":
        return _package("lightgbm").LGBMClassifier(
            n_estimators=rounds,
            n_jobs=THREADS,
            random_state=seed,
            # It counts rows, not weights: a flood of thousands is a handful of distinct rows.
            min_child_samples=1,
            deterministic=True,
            force_row_wise=True,
            verbose=-1,
        )
    # scikit-learn takes seconds to import, and `pclip detect` never comes here.
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if name == "logistic_regression":
        return make_pipeline(StandardScaler(), LogisticRegression(max_iter=200))
    if name == "random_forest":
        return RandomForestClassifier(n_estimators=60, n_jobs=THREADS, random_state=seed)
    raise ValueError(f"no classifier {name!r}; there are {', '.join(CLASSIFIERS)}")


def _package(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise PclipError(
            f"the baseline {name} is not installed or lacks a library ({error}); "
            "run `pip install 'pclip[baselines]'` and, on Debian, `apt-get install libgomp1`"
        ) from error
