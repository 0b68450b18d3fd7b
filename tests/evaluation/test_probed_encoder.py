from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from pclip.errors import PclipError
from pclip.evaluation.probed_encoder import PROBED_POOLINGS, ProbedEncoder
from pclip.models.encoder import encode
from pclip.models.packet_encoder import load_packet_encoder, uer_segments


@pytest.fixture(scope="module")
def encoder():
    return load_packet_encoder("et-bert-tiny")


@pytest.fixture(scope="module")
def tokens():
    ids = np.random.default_rng(0).integers(5, 60_000, (3, 12)).astype(np.int32)
    lengths = np.array([12, 7, 1], np.int32)
    ids[np.arange(12) >= lengths[:, None]] = 0
    return ids, lengths


def vectors(encoder, tokens, layer, pooling):
    probed = ProbedEncoder.of(encoder, layer, pooling)
    return np.asarray(probed.apply_pooled(probed.params, *map(jnp.asarray, tokens)))


def test_the_last_layers_mean_is_the_packet_vector(encoder, tokens):
    expected = encoder.apply_pooled(encoder.params, *map(jnp.asarray, tokens))
    np.testing.assert_array_equal(vectors(encoder, tokens, 0, "mean"), expected)
    np.testing.assert_array_equal(vectors(encoder, tokens, 2, "mean"), expected)


def test_each_pooling_of_the_hidden_vectors(encoder, tokens):
    ids, lengths = tokens
    mask = np.arange(12) < lengths[:, None]
    hidden = np.asarray(
        encode(encoder.config, encoder.params, ids, uer_segments(jnp.asarray(mask)), mask)
    )
    rows = [row[:n] for row, n in zip(hidden, lengths, strict=True)]
    expected = {
        "cls": np.stack([row[0] for row in rows]),
        "mean+max": np.stack([np.concatenate([row.mean(0), row.max(0)]) for row in rows]),
    }
    assert set(expected) | {"mean"} == set(PROBED_POOLINGS)
    for pooling, values in expected.items():
        np.testing.assert_allclose(vectors(encoder, tokens, 0, pooling), values, atol=1e-5)


def test_an_earlier_layer_is_another_and_needs_no_later_one(encoder, tokens):
    first = ProbedEncoder.of(encoder, 1, "mean")
    assert set(first.params) == {"embeddings", "layer_0"}
    assert first.config.layers == 1
    assert first.sha256 == encoder.sha256
    assert not np.allclose(vectors(encoder, tokens, 1, "mean"), vectors(encoder, tokens, 2, "mean"))


@pytest.mark.parametrize("layer", [-1, 3])
def test_a_layer_that_is_not_there_is_refused(encoder, layer):
    with pytest.raises(PclipError, match=f"layer {layer} of et-bert-tiny, which has 2"):
        ProbedEncoder.of(encoder, layer, "mean")
