from __future__ import annotations

import numpy as np
import pytest

from pclip.evaluation.bigram_baselines import (
    DOUBT,
    SMOOTHING,
    BigramCounts,
    told_by_frequency,
    told_by_neighbours,
)


@pytest.fixture(scope="module")
def counts():
    rng = np.random.default_rng(0)
    # Few bytes, so that rows and columns of the table are far from flat.
    return BigramCounts.of(256 * rng.integers(0, 9, 4000) + rng.integers(0, 7, 4000) ** 2)


def by_definition(counts, left, right):
    """The whole distribution, from the formula."""
    likely = np.ones((2, 256))
    for side, seen in enumerate((left, right)):
        if seen >= 0:
            likely[side] = DOUBT / 256
            likely[side, seen] += 1 - DOUBT
    whole = counts.counts * likely[0][:, None] * likely[1][None]
    return (whole / whole.sum()).ravel()


def test_frequency_is_the_smoothed_share(counts):
    assert counts.counts.sum() == pytest.approx(4000 + SMOOTHING * 65_536)
    commonest = int(counts.counts.argmax())
    told = told_by_frequency(counts, np.array([commonest, 65_535]))
    share = counts.counts.ravel() / counts.counts.sum()
    np.testing.assert_allclose(told.losses, -np.log(share[[commonest, 65_535]]))
    assert told.right.tolist() == [True, False]


def test_neighbours_follow_the_definition(counts):
    rng = np.random.default_rng(1)
    left = np.where(rng.random(300) < 0.4, -1, rng.integers(0, 12, 300))
    right = np.where(rng.random(300) < 0.4, -1, rng.integers(0, 40, 300))
    targets = 256 * rng.integers(0, 12, 300) + rng.integers(0, 40, 300)
    told = told_by_neighbours(counts, targets, left, right)
    for i in range(300):
        whole = by_definition(counts, left[i], right[i])
        assert told.losses[i] == pytest.approx(-np.log(whole[targets[i]]))
        second, most = np.sort(whole)[-2:]
        if second < most * (1 - 1e-9):  # of equally likely ones either may be guessed
            assert told.right[i] == (whole.argmax() == targets[i])
        else:
            assert not told.right[i] or whole[targets[i]] == pytest.approx(most)


def test_a_bigram_between_two_seen_ones_is_all_but_read_off(counts):
    told = told_by_neighbours(counts, np.array([256 * 3 + 4]), np.array([3]), np.array([4]))
    assert told.right.all()
    assert told.losses[0] < 0.1
