from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pclip.models.pooling import length_mask, normalise, pool


def test_length_mask():
    np.testing.assert_array_equal(
        length_mask(np.array([0, 2, 3]), 3),
        [[False, False, False], [True, True, False], [True, True, True]],
    )


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=4), st.integers(0, 2**16))
def test_mean_is_over_tokens_whatever_stands_at_padding(lengths, seed):
    rng = np.random.default_rng(seed)
    hidden = rng.standard_normal((len(lengths), 6, 5)).astype(np.float32)
    mask = np.arange(6) < np.array(lengths)[:, None]
    expected = [row[:length].mean(0) for row, length in zip(hidden, lengths, strict=True)]
    np.testing.assert_allclose(pool(hidden, mask), expected, atol=1e-6)
    hidden[~mask] = np.nan
    np.testing.assert_allclose(pool(hidden, mask), expected, atol=1e-6)


def test_cls_takes_the_first_token_and_empty_rows_are_zero():
    hidden = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    mask = np.array([[True, True, False], [False, False, False]])
    np.testing.assert_array_equal(pool(hidden, mask, "cls"), hidden[:, 0])
    np.testing.assert_array_equal(pool(hidden, mask)[1], np.zeros(4))


def test_mistakes_are_named():
    hidden = np.zeros((2, 3, 4), np.float32)
    with pytest.raises(ValueError, match=r"\(2, 3, 4\).*\(2, 4\)"):
        pool(hidden, np.ones((2, 4), bool))
    with pytest.raises(ValueError, match="'max'"):
        pool(hidden, np.ones((2, 3), bool), "max")


def test_normalise():
    vectors = np.array([[3.0, 4.0], [0.0, 0.0]], np.float32)
    np.testing.assert_allclose(normalise(vectors), [[0.6, 0.8], [0.0, 0.0]], atol=1e-7)
