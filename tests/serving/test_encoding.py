from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pclip.embedding.encode import LENGTHS
from pclip.serving.encoding import ROWS_WORTH_COMPILING, encode_rows, padded_lengths


@given(st.lists(st.integers(1, 512), min_size=1, max_size=300))
def test_rows_fit_and_few_lengths_remain(lengths):
    lengths = np.array(lengths, np.int32)
    padded = padded_lengths(lengths)
    assert (padded >= lengths).all()
    assert set(padded.tolist()) <= set(LENGTHS)
    used, rows = np.unique(padded, return_counts=True)
    assert (rows[:-1] >= ROWS_WORTH_COMPILING).all()
    # Nothing is padded beyond what the longest row needs.
    assert used[-1] == min(n for n in LENGTHS if n >= lengths.max())


def test_a_length_that_many_rows_have_is_kept():
    padded = padded_lengths(np.array([5] * 64 + [20] * 63 + [30]))
    assert np.unique(padded, return_counts=True)[1].tolist() == [64, 64]


class Sums:
    """Twice the sum of the ids, twice the length."""

    params = jnp.float32(2)
    sha256 = ""
    config = None

    def apply_pooled(self, params, ids, lengths):
        return params * jnp.stack([ids.sum(axis=1), lengths], axis=1).astype(jnp.float32)


def test_vectors_come_back_in_the_order_of_the_rows():
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 40, 200).astype(np.int32)
    ids = rng.integers(1, 9, (200, 40)).astype(np.int32) * (np.arange(40) < lengths[:, None])
    expected = 2 * np.stack([ids.sum(axis=1), lengths], axis=1)
    np.testing.assert_array_equal(encode_rows(Sums(), ids, lengths, "rows"), expected)
