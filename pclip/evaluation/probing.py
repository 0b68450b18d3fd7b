"""A probe's setting chosen on validation, and its scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pclip.evaluation.probe_data import Answers, Probe, Setting, Training
from pclip.evaluation.weighted_rows import WeightedRows


@dataclass(frozen=True)
class Choice:
    """What validation says of a probe.

    Attributes:
        setting: the one with the greatest macro F1, the first of equals.
        values: its scores on validation, see `probe_scores`.
        tried: macro F1 on validation of every setting, in the probe's order.
        fits: how the fit of every setting ended, see `Answers`.
    """

    setting: Setting
    values: dict[str, float]
    tried: tuple[float, ...]
    fits: tuple[Mapping[str, int | bool], ...]


def choose(
    probe: Probe, training: Training, validation: WeightedRows, classes: Sequence[str]
) -> Choice:
    """Fit `probe` with each of its settings and keep the one that validation likes best."""
    settings = probe.settings
    answers = list(_answers(probe, training, validation, settings))
    found = [probe_scores(answer.classes, validation, classes) for answer in answers]
    tried = tuple(values["macro_f1"] for values in found)
    best = int(np.argmax(tried))
    return Choice(settings[best], found[best], tried, tuple(answer.fit for answer in answers))


def score(
    probe: Probe, setting: Setting, training: Training, part: WeightedRows, classes: Sequence[str]
) -> dict[str, float]:
    """Fit `probe` with one setting and score it on `part`; see `probe_scores`."""
    (answer,) = _answers(probe, training, part, (setting,))
    return probe_scores(answer.classes, part, classes)


def _answers(
    probe: Probe, training: Training, part: WeightedRows, settings: tuple[Setting, ...]
) -> Iterator[Answers]:
    """Answers for the k rows of `part`, for each setting; each input is asked once."""
    distinct, place = np.unique(part.inputs, return_inverse=True)
    for answer in probe.predictions(training, training.features[distinct], settings):
        yield answer._replace(classes=answer.classes[place])


def probe_scores(
    predicted: np.ndarray, rows: WeightedRows, classes: Sequence[str]
) -> dict[str, float]:
    """Macro F1, accuracy and F1 of each class that occurs, by packets.

    Args:
        predicted: int64 [k], a class for each row.
        rows: k rows with their true classes and numbers of packets.
        classes: class names.

    Returns:
        "macro_f1", "accuracy" and "per_class/CLASS/f1".
    """
    right = predicted == rows.labels
    true, called, both = (
        np.bincount(classified, counts, minlength=len(classes))
        for classified, counts in (
            (rows.labels, rows.counts),
            (predicted, rows.counts),
            (predicted, rows.counts * right),
        )
    )
    present = np.flatnonzero(true).tolist()
    f1 = 2 * both[present] / (true + called)[present]
    return {
        "macro_f1": float(f1.mean()),
        "accuracy": float(both.sum() / true.sum()),
        **{
            f"per_class/{classes[c]}/f1": float(value) for c, value in zip(present, f1, strict=True)
        },
    }
