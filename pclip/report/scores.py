"""A score over seeds, and what the difference of two scores may be called."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Score:
    """Mean over seeds, sample standard deviation (None for one seed) and number of seeds.

    A `fixed` score draws nothing: measured once, it is every seed's.
    """

    mean: float
    std: float | None
    n: int
    fixed: bool = False

    @property
    def deviation(self) -> float | None:
        """The standard deviation over seeds, 0 where nothing is drawn; None where not known."""
        return 0.0 if self.fixed else self.std

    def __str__(self) -> str:
        if self.fixed:
            return f"{self.mean:.3f} (draws nothing)"
        spread = "" if self.std is None else f" ± {self.std:.3f}"
        return f"{self.mean:.3f}{spread} ({self.n})"


@dataclass(frozen=True)
class Difference:
    """One score minus another.

    Args:
        value: difference of the means.
        spread: combined standard deviation; None where one of the two comes from a single seed.
        relative: value divided by the second mean (nan where that is 0).
    """

    value: float
    spread: float | None
    relative: float

    @property
    def direction(self) -> int:
        """+1 above, -1 below, 0 equal or not beyond the spread."""
        if abs(self.value) <= (self.spread or 0.0):
            return 0
        return 1 if self.value > 0 else -1

    def __str__(self) -> str:
        points = f"{100 * self.value:+.1f} points"
        if self.spread is None:
            return f"{points}, one seed: spread not known"
        spread = f"{100 * self.spread:.1f}"
        if self.direction == 0:
            return f"{points}, within the spread of {spread}"
        return f"{points}, beyond the spread of {spread}"


def compare(first: Score, second: Score) -> Difference:
    """Difference of two scores: sqrt(std_1^2 + std_2^2) is its spread.

    The two are taken as independent; runs that share seeds and a test part are not quite, and
    then the true spread of the difference is smaller.
    """
    a, b = first.deviation, second.deviation
    value = first.mean - second.mean
    return Difference(
        value=value,
        spread=None if a is None or b is None else math.hypot(a, b),
        relative=value / second.mean if second.mean else math.nan,
    )


def mean_of(scores: Sequence[Score]) -> Score:
    """Mean of several systems' scores, with the mean of their deviations.

    That is the largest deviation the mean can have, whatever the correlation of the systems: they
    are fitted on the same embeddings, so independence would understate it.

    Raises:
        ValueError: no scores.
    """
    if not scores:
        raise ValueError("the mean of no scores is not defined")
    deviations = [score.std for score in scores if score.std is not None]
    return Score(
        mean=math.fsum(score.mean for score in scores) / len(scores),
        std=math.fsum(deviations) / len(scores) if len(deviations) == len(scores) else None,
        n=min(score.n for score in scores),
    )
