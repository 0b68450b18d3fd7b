from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pclip.training import Sampler

ROWS = np.array([3, 5, 8, 13, 21, 34, 55, 89])
CLASSES = np.array([0, 0, 0, 0, 0, 0, 2, 7])


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), step=st.integers(0, 10**6), size=st.integers(1, 40))
@pytest.mark.parametrize("mode", ["natural", "balanced"])
def test_a_batch_is_a_function_of_seed_and_step(mode, seed, step, size):
    first = Sampler(ROWS, seed=seed, mode=mode, classes=CLASSES)
    first.draw(step + 1, 3)  # drawing has no memory
    again = Sampler(ROWS, seed=seed, mode=mode, classes=CLASSES)
    drawn = first.draw(step, size)
    np.testing.assert_array_equal(drawn, again.draw(step, size))
    assert drawn.shape == (size,)
    assert set(drawn) <= set(ROWS)


def test_seeds_and_steps_draw_different_batches():
    batches = {
        tuple(Sampler(ROWS, seed=seed).draw(step, 12)) for seed in range(4) for step in range(4)
    }
    assert len(batches) == 16


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("natural", [1 / 8] * 8), ("balanced", [1 / 18] * 6 + [1 / 3] * 2)],
)
def test_shares_of_rows(mode, expected):
    drawn = Sampler(ROWS, seed=0, mode=mode, classes=CLASSES).draw(0, 60_000)
    shares = [(drawn == row).mean() for row in ROWS]
    np.testing.assert_allclose(shares, expected, atol=0.008)  # four standard errors at 1/3


def test_natural_sampling_ignores_classes():
    with_classes = Sampler(ROWS, seed=1, classes=CLASSES).draw(0, 50)
    np.testing.assert_array_equal(with_classes, Sampler(ROWS, seed=1).draw(0, 50))


@pytest.mark.parametrize(
    ("rows", "mode", "classes", "message"),
    [
        ([], "natural", None, "no rows"),
        (ROWS, "balanced", None, "needs 8 classes, got none"),
        (ROWS, "balanced", CLASSES[:3], "needs 8 classes, got 3"),
        (ROWS, "hardest", CLASSES, "'natural' or 'balanced', not 'hardest'"),
    ],
)
def test_mistakes(rows, mode, classes, message):
    with pytest.raises(ValueError, match=message):
        Sampler(np.asarray(rows), seed=0, mode=mode, classes=classes)
