"""What a probe is fitted on, and what is asked of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from pclip.evaluation.weighted_rows import WeightedRows

Setting = Mapping[str, float]
"""What is chosen on validation, by name."""


@dataclass(frozen=True)
class Training:
    """Distinct inputs with classes.

    Attributes:
        features: float32 [distinct inputs, width], an array or a sparse one in rows.
        rows: which of them are for training, their classes, how many packets each stands for.
    """

    features: Any
    rows: WeightedRows

    def balanced_weights(self) -> np.ndarray:
        """Weights of `rows`, float64 [k], of sum 1: by packets within a class, classes alike."""
        of_class = np.bincount(self.rows.labels, self.rows.counts)
        present = np.count_nonzero(of_class)
        return self.rows.counts / (of_class[self.rows.labels] * present)


class Answers(NamedTuple):
    """What one setting of a probe says.

    Attributes:
        classes: int64 [q], a class for each query.
        fit: how the fit ended, by name; nothing where there is none.
    """

    classes: np.ndarray
    fit: Mapping[str, int | bool]


class Probe(Protocol):
    """A simple classifier on a frozen representation."""

    @property
    def settings(self) -> tuple[Setting, ...]:
        """What there is to choose from; the first of equals is taken."""
        ...

    def predictions(
        self, training: Training, queries: Any, settings: tuple[Setting, ...]
    ) -> Iterator[Answers]:
        """Answer for each setting in turn.

        Args:
            training: what to learn from.
            queries: float32 [q, width], as `training.features`.
            settings: some of `settings`.

        Yields:
            Answers to the q queries.
        """
        ...
