"""Which rows make up step k's batch: a pure function of (seed, step)."""

from __future__ import annotations

import numpy as np

MODES = ("natural", "balanced")
# Second word of the seed sequence: batches draw from a stream of their own.
BATCHES = 100


class Sampler:
    """Draw batches of rows with replacement, without any state to save.

    Args:
        rows: int [n], the rows to draw from.
        classes: int [n], the class of each row; needed for "balanced".
        mode: "natural" draws rows alike (the paper), "balanced" draws classes alike.
        seed: two samplers with one seed draw the same.
    """

    def __init__(
        self,
        rows: np.ndarray,
        *,
        seed: int,
        mode: str = "natural",
        classes: np.ndarray | None = None,
    ) -> None:
        if not len(rows):
            raise ValueError("there are no rows to draw batches from")
        self._rows = np.asarray(rows)
        self._seed = seed
        self._by_class: list[np.ndarray] | None = None
        if mode == "balanced":
            if classes is None or len(classes) != len(rows):
                found = "none" if classes is None else len(classes)
                raise ValueError(f"balanced sampling needs {len(rows)} classes, got {found}")
            self._by_class = [self._rows[classes == c] for c in np.unique(classes)]
        elif mode not in MODES:
            raise ValueError(f"sampling is 'natural' or 'balanced', not {mode!r}")

    def draw(self, step: int, size: int) -> np.ndarray:
        """The rows of step `step`, int [size]."""
        rng = np.random.default_rng((self._seed, BATCHES, step))
        if self._by_class is None:
            return self._rows[rng.integers(len(self._rows), size=size)]
        classes = rng.integers(len(self._by_class), size=size)
        position = rng.random(size)
        return np.array(
            [
                self._by_class[c][int(p * len(self._by_class[c]))]
                for c, p in zip(classes, position, strict=True)
            ]
        )
