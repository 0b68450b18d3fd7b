"""What counting alone tells of a masked bigram: the bar that a pre-trained encoder has to clear."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SMOOTHING = 0.1
"""Added to each bigram's count."""
DOUBT = 0.1
"""Chance that a neighbour that is seen is not the true one: some stand-ins are random words."""


class BigramCounts(NamedTuple):
    """How often each byte follows each other byte.

    Attributes:
        counts: float64 [256, 256], smoothed; first byte, second byte.
    """

    counts: NDArray[np.float64]

    @classmethod
    def of(cls, bigrams: NDArray[np.integer]) -> BigramCounts:
        """Count `bigrams`, 256 * first byte + second byte each."""
        found = np.bincount(np.ravel(bigrams), minlength=65_536).astype(np.float64)
        return cls(found.reshape(256, 256) + SMOOTHING)


class Told(NamedTuple):
    """How well n bigrams are told.

    Attributes:
        losses: float64 [n], cross entropy in nats.
        right: bool [n], whether the likeliest bigram is the true one.
    """

    losses: NDArray[np.float64]
    right: NDArray[np.bool_]


def told_by_frequency(counts: BigramCounts, targets: NDArray[np.integer]) -> Told:
    """Each bigram by how common it is, wherever it stands.

    Args:
        counts: of the training packets.
        targets: int [n], 256 * first byte + second byte.
    """
    share = (counts.counts / counts.counts.sum()).ravel()
    return Told(-np.log(share[targets]), targets == share.argmax())


def told_by_neighbours(
    counts: BigramCounts,
    targets: NDArray[np.integer],
    left: NDArray[np.integer],
    right: NDArray[np.integer],
) -> Told:
    """Each bigram (b, b') by the bytes that its neighbours show, and by how common it is.

        p(b, b') is proportional to count(b, b') l(b) r(b')

    with l(b) = (1 - d) [b = left] + d / 256 where the bigram before is seen, which ends in b, and 1
    where it is hidden; r likewise of the bigram behind, which begins with b'; d is `DOUBT`.

    Args:
        counts: of the training packets.
        targets: int [n], 256 * first byte + second byte.
        left: int [n], the second byte of the bigram before, -1 where that is hidden.
        right: int [n], the first byte of the bigram behind, -1 likewise.
    """
    c = counts.counts
    sure_left, doubt_left = _weights(left)
    sure_right, doubt_right = _weights(right)
    row, column = np.maximum(left, 0), np.maximum(right, 0)
    total = (
        sure_left * sure_right * c[row, column]
        + sure_left * doubt_right * c.sum(axis=1)[row]
        + doubt_left * sure_right * c.sum(axis=0)[column]
        + doubt_left * doubt_right * c.sum()
    )

    def weight(first: NDArray[np.integer], second: NDArray[np.integer]) -> NDArray[np.float64]:
        agrees_left = sure_left * (first == left) + doubt_left
        agrees_right = sure_right * (second == right) + doubt_right
        return c[first, second] * agrees_left * agrees_right

    first, second = targets // 256, targets % 256
    # The likeliest is one of four: both neighbours believed, one of them, none.
    best = np.divmod(np.full_like(targets, c.argmax()), 256)
    candidates = [(row, column), (row, c.argmax(axis=1)[row]), (c.argmax(axis=0)[column], column)]
    weights = np.stack([weight(*pair) for pair in (*candidates, best)])
    guesses = np.stack([256 * a + b for a, b in (*candidates, best)])
    guess = np.take_along_axis(guesses, weights.argmax(axis=0)[None], axis=0)[0]
    return Told(-np.log(weight(first, second) / total), guess == targets)


def _weights(seen: NDArray[np.integer]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What agreeing adds, and what every byte has, where a neighbour is seen or not."""
    there = seen >= 0
    return np.where(there, 1 - DOUBT, 0.0), np.where(there, DOUBT / 256, 1.0)
