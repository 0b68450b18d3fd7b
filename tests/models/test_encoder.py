from __future__ import annotations

import dataclasses
import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pclip.models import encoder as encoder_module
from pclip.models.bert_weights import params_from_tensors
from pclip.models.encoder import Encoder, SelfAttention, encode
from pclip.models.encoder_config import EncoderConfig
from pclip.models.parameters import random_params

UER = EncoderConfig(vocab_size=50, width=32, layers=2, heads=4, ff=48, positions=20)
BERT = dataclasses.replace(UER, segments=2, layer_norm="usual", layer_norm_eps=1e-12)
ROBERTA = dataclasses.replace(
    UER, segments=1, layer_norm="usual", layer_norm_eps=1e-5, position_rule="roberta", pad_id=1
)
run = jax.jit(encode, static_argnums=0)
LENGTHS = np.array([12, 7, 1])


def _batch(config: EncoderConfig, size: int = 12) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    mask = np.arange(size) < LENGTHS[:, None]
    ids = rng.integers(2, config.vocab_size, mask.shape)
    return np.where(mask, ids, config.pad_id), mask


@pytest.mark.parametrize(
    ("config", "segment"), [(UER, 1), (BERT, 0), (ROBERTA, 0)], ids=["uer", "bert", "roberta"]
)
def test_equals_a_naive_encoder_on_unpadded_sequences(
    config, segment, naive_encode, random_tensors
):
    tensors = random_tensors(config)
    params = params_from_tensors(tensors, config)
    ids, mask = _batch(config)
    hidden = np.asarray(run(config, params, ids, np.where(mask, segment, 0), mask))
    assert hidden.shape == (3, 12, 32)
    for row, length in enumerate(LENGTHS):
        expected = naive_encode(tensors, config, ids[row, :length], segment)
        np.testing.assert_allclose(hidden[row, :length], expected, atol=1e-5)


def test_exchanging_the_layer_norms_is_seen(naive_encode, random_tensors):
    # At ET-BERT's width the two forms differ by about 0.1 %, far above the parity tolerance.
    config = dataclasses.replace(UER, width=768, heads=12, ff=64)
    tensors = random_tensors(config, std=0.02)
    ids, mask = _batch(config)
    segments = mask.astype(np.int32)
    usual = dataclasses.replace(config, layer_norm="usual")
    hidden = np.asarray(run(config, params_from_tensors(tensors, config), ids, segments, mask))
    right = naive_encode(tensors, config, ids[0], 1)
    wrong = naive_encode(tensors, usual, ids[0], 1)
    np.testing.assert_allclose(hidden[0], right, atol=1e-5)
    relative = np.linalg.norm(wrong - hidden[0]) / np.linalg.norm(hidden[0])
    assert 3e-4 < relative < 2e-3
    assert np.abs(wrong - hidden[0]).max() > 100 * 1e-5 / 2
    assert np.abs(wrong - hidden[0]).max() < 5e-3


def test_bfloat16_computes_close_to_float32_and_keeps_parameters_in_float32(random_tensors):
    config = dataclasses.replace(UER, dtype="bfloat16")
    params = params_from_tensors(random_tensors(config), config)
    ids, mask = _batch(config)
    exact = run(UER, params, ids, mask.astype(int), mask)
    rough = run(config, params, ids, mask.astype(int), mask)
    assert rough.dtype == jnp.bfloat16
    difference = np.abs(np.asarray(rough, np.float32) - np.asarray(exact))[mask]
    assert 0 < difference.max() < 0.15
    init = partial(Encoder(config).init, jax.random.key(0))
    made = jax.eval_shape(init, ids, ids, mask)["params"]
    assert {leaf.dtype for leaf in jax.tree.leaves(made)} == {jnp.dtype("float32")}


def test_attention_dropout_is_unbiased_though_the_division_comes_late():
    # The output is linear in the weights, so its mean over masks is the output without dropout;
    # a sum taken after dropout instead would bias it.
    config = dataclasses.replace(UER, dropout=0.5)
    attention = SelfAttention(config)
    x = jax.random.normal(jax.random.key(0), (1, 6, 32)) * 2
    bias = jnp.zeros((4, 1, 6)).at[:, :, 5].set(-10_000.0)
    params = jax.jit(attention.init, static_argnums=3)(jax.random.key(1), x, bias, True)

    @jax.jit
    def mean_and_deviation(keys):
        samples = jax.vmap(
            lambda key: attention.apply(params, x, bias, False, rngs={"dropout": key})
        )(keys)
        return samples.mean(0), samples.std(0)

    mean, deviation = mean_and_deviation(jax.random.split(jax.random.key(2), 4000))
    still = attention.apply(params, x, bias, True)
    assert deviation.min() > 0.01
    assert (np.abs(mean - still) < 5 * deviation / np.sqrt(4000)).all()


def test_dropout_follows_its_key_and_rate_0_is_none(random_tensors):
    small = dataclasses.replace(UER, layers=1)
    params = params_from_tensors(random_tensors(small), small)
    ids, mask = _batch(small)

    @partial(jax.jit, static_argnums=0)
    def train(config, key):
        inputs = ({"params": params}, ids, mask.astype(int), mask, False)
        return Encoder(config).apply(*inputs, rngs={"dropout": key})

    first, again, other = (train(small, jax.random.key(seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.1
    quiet = train(dataclasses.replace(small, dropout=0.0), jax.random.key(0))
    still = run(small, params, ids, mask.astype(int), mask)
    np.testing.assert_allclose(quiet, still, atol=1e-5)


def test_gradients_are_finite_and_reach_every_leaf(random_tensors):
    config = dataclasses.replace(UER, layers=1)
    params = params_from_tensors(random_tensors(config), config)
    ids, mask = _batch(config)

    @jax.jit
    @jax.grad
    def slope(p):
        return jnp.sum(jnp.sin(encode(config, p, ids, mask.astype(int), mask)) * mask[..., None])

    grads = slope(params)
    for path, leaf in jax.tree_util.tree_leaves_with_path(grads):
        assert np.isfinite(leaf).all(), path
        assert np.abs(leaf).max() > 0, path


def test_attention_gradient_equals_finite_differences():
    # The maximum is subtracted under stop_gradient and the division comes late: neither may show.
    attention = SelfAttention(UER)
    x = jax.random.normal(jax.random.key(0), (2, 6, 32)) * 2
    bias = jnp.zeros((8, 1, 6)).at[:4, :, 4:].set(-10_000.0)
    params = jax.jit(attention.init, static_argnums=3)(jax.random.key(1), x, bias, True)

    @jax.jit
    def loss(x):
        return jnp.sum(jnp.sin(attention.apply(params, x, bias, True)))

    direction = jax.random.normal(jax.random.key(2), x.shape)
    slope = jnp.vdot(jax.grad(loss)(x), direction)
    step = 1e-2
    numeric = (loss(x + step * direction) - loss(x - step * direction)) / (2 * step)
    np.testing.assert_allclose(slope, numeric, rtol=1e-2)


def test_an_id_beyond_the_vocabulary_is_not_silent(random_tensors):
    params = params_from_tensors(random_tensors(UER), UER)
    ids, mask = _batch(UER)
    ids[0, 3] = UER.vocab_size
    hidden = np.asarray(run(UER, params, ids, mask.astype(int), mask))
    assert np.isnan(hidden[0]).all()
    assert np.isfinite(hidden[1]).all()


def test_shapes_that_disagree_are_named(random_tensors):
    params = params_from_tensors(random_tensors(UER), UER)
    ids, mask = _batch(UER)
    with pytest.raises(ValueError, match=r"\(3, 12\).*\(3, 11\)"):
        encode(UER, params, ids, ids, mask[:, :11])
    long = np.zeros((1, 21), np.int32)
    with pytest.raises(ValueError, match=r"21 tokens.* 20"):
        encode(UER, params, long, long, long == 0)
    with pytest.raises(ValueError, match=r"19 tokens.* 18"):
        Encoder(ROBERTA).init(jax.random.key(0), long[:, :19], long[:, :19], long[:, :19] == 0)


def test_a_factorised_word_table_is_the_product_of_its_parts():
    whole = dataclasses.replace(UER, layers=1)
    params = random_params(dataclasses.replace(whole, word_rank=8), 0)
    ids, mask = _batch(whole)
    hidden = run(dataclasses.replace(whole, word_rank=8), params, ids, mask.astype(int), mask)
    embeddings = dict(params["embeddings"])
    table = embeddings["word"]["embedding"] @ embeddings.pop("word_map")["kernel"]
    multiplied = params | {"embeddings": embeddings | {"word": {"embedding": table}}}
    np.testing.assert_allclose(
        hidden, run(whole, multiplied, ids, mask.astype(int), mask), atol=1e-6
    )


@pytest.mark.parametrize("count", [1, 3, 4, 6, 7], ids=lambda count: f"{count} rows")
def test_slices_change_nothing(count, monkeypatch):
    # Three rows of twelve tokens are a slice: one row is less than one, seven are two and a rest.
    monkeypatch.setattr(encoder_module, "CPU_SLICE_TOKENS", 36)
    params = random_params(UER, 0)
    rng = np.random.default_rng(1)
    mask = np.arange(12) < rng.integers(1, 13, count)[:, None]
    ids = np.where(mask, rng.integers(2, UER.vocab_size, mask.shape), 0)
    segments = mask.astype(np.int32)
    sliced = jax.jit(partial(encode, UER))
    steps = str(jax.make_jaxpr(sliced)(params, ids, segments, mask))
    assert ("scan[" in steps) == (count > 3)
    expected = Encoder(UER).apply({"params": params}, ids, segments, mask)
    found = sliced(params, ids, segments, mask)
    np.testing.assert_allclose(found, expected, atol=2e-6)


def test_gelu_is_torchs():
    x = np.linspace(-12, 12, 4001)
    expected = [0.5 * v * math.erfc(-v / math.sqrt(2)) for v in x]
    found = encoder_module._gelu(jnp.asarray(x, jnp.float32))
    np.testing.assert_allclose(found, expected, atol=1e-6)
