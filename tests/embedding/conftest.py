"""A stand-in encoder whose answer is plain to compute, and token rows for it."""

from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest


class MeanEncoder:
    """Mean over tokens of a table's rows: a stand-in whose answer is plain to compute."""

    sha256 = "mean"
    config = "a table"

    def __init__(self, vocabulary=50, width=3):
        rng = np.random.default_rng(0)
        self.params = jnp.asarray(rng.normal(size=(vocabulary, width)), jnp.float32)

    def apply_pooled(self, params, ids, lengths):
        mask = jnp.arange(ids.shape[1]) < lengths[:, None]
        return (params[ids] * mask[..., None]).sum(1) / lengths[:, None]


def make_token_rows(n=300, longest=60, seed=0):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, longest + 1, n).astype(np.int32)
    ids = rng.integers(1, 50, (n, longest)).astype(np.int32)
    ids[np.arange(longest) >= lengths[:, None]] = 0
    return ids, lengths


def mean_by_loop(encoder, ids, lengths):
    table = np.asarray(encoder.params)
    return np.stack([table[row[:n]].mean(axis=0) for row, n in zip(ids, lengths, strict=True)])


@pytest.fixture
def cases():
    return SimpleNamespace(
        MeanEncoder=MeanEncoder, token_rows=make_token_rows, expected=mean_by_loop
    )
