from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pclip.models.encoder_config import EncoderConfig
from pclip.models.packet_encoder import ARITHMETIC_VOCABULARY
from pclip.models.pretraining import (
    SPECIALS,
    BigramTransform,
    Negatives,
    bigram_loss,
    init_pretraining,
    origin_loss,
)

CONFIG = EncoderConfig(ARITHMETIC_VOCABULARY, 16, 1, 2, 24, positions=8, word_rank=8)


@pytest.fixture(scope="module")
def params():
    return init_pretraining(CONFIG, 0)


@pytest.fixture(scope="module")
def hidden():
    return np.random.default_rng(1).normal(size=(6, 16)).astype(np.float32)


TARGETS = np.array([700, 5, -1, 65_540, 700, 9])


def scores_of(params, hidden):
    head = params["bigrams"]
    x = BigramTransform(CONFIG).apply({"params": head["transform"]}, hidden)
    table = params["encoder"]["embeddings"]["word"]["embedding"]
    return np.asarray(x, np.float64) @ np.asarray(table, np.float64).T + np.asarray(head["bias"])


def test_a_bigram_starts_as_the_sum_of_its_bytes(params):
    words = np.asarray(params["encoder"]["embeddings"]["word"]["embedding"])[SPECIALS:]
    words = words.reshape(256, 256, 8)
    assert abs(words.std() - 0.02) < 1e-3
    np.testing.assert_allclose(words[3, 4] - words[3, 9], words[200, 4] - words[200, 9], atol=1e-7)
    np.testing.assert_allclose(words[3, 4] - words[7, 4], words[3, 90] - words[7, 90], atol=1e-7)


def test_the_seed_decides(params):
    same, other = init_pretraining(CONFIG, 0), init_pretraining(CONFIG, 1)
    assert jax.tree.all(jax.tree.map(np.array_equal, params, same))
    changed = [
        not np.array_equal(a, b)
        for a, b in zip(jax.tree.leaves(params), jax.tree.leaves(other), strict=True)
        if np.asarray(a).std() > 0
    ]
    assert all(changed)


def test_another_vocabulary_is_refused():
    with pytest.raises(ValueError, match="65541 ids"):
        init_pretraining(dataclasses.replace(CONFIG, vocab_size=60_005), 0)


def test_the_full_loss_is_the_cross_entropy_of_hidden_bigrams_alone(params, hidden):
    scores = scores_of(params, hidden)
    counted = TARGETS >= 0
    log_all = np.log(np.exp(scores).sum(axis=1))
    own = scores[np.arange(6), np.maximum(TARGETS, 0)]
    loss, right = bigram_loss(CONFIG, params, hidden, jnp.asarray(TARGETS))
    assert float(loss) == pytest.approx((log_all - own)[counted].mean(), abs=1e-5)
    assert float(right) == pytest.approx((scores.argmax(axis=1) == TARGETS)[counted].mean())


def test_the_sampled_loss_over_every_word_once_is_the_full_loss(params, hidden):
    every = Negatives(jnp.arange(ARITHMETIC_VOCABULARY), jnp.zeros(ARITHMETIC_VOCABULARY))
    full = bigram_loss(CONFIG, params, hidden, jnp.asarray(TARGETS))
    sampled = bigram_loss(CONFIG, params, hidden, jnp.asarray(TARGETS), every)
    np.testing.assert_allclose(sampled, full, atol=1e-5)


def test_the_sampled_loss_comes_near_the_full_one_with_its_correction(params, hidden):
    sharp = jax.tree.map(lambda leaf: leaf, params)
    rng = np.random.default_rng(0)
    bias = rng.normal(size=ARITHMETIC_VOCABULARY).astype(np.float32) * 2
    sharp["bigrams"] = {**params["bigrams"], "bias": jnp.asarray(bias)}
    weights = np.exp(0.5 * bias)
    chances = weights / weights.sum()
    full, _ = bigram_loss(CONFIG, sharp, hidden, jnp.asarray(TARGETS))
    found = []
    for seed in range(5):
        ids = np.random.default_rng(seed).choice(ARITHMETIC_VOCABULARY, 4096, p=chances)
        negatives = Negatives(jnp.asarray(ids), jnp.asarray(np.log(chances[ids] * 4096), "float32"))
        found.append(float(bigram_loss(CONFIG, sharp, hidden, jnp.asarray(TARGETS), negatives)[0]))
    assert np.mean(found) == pytest.approx(float(full), abs=0.1)


def test_a_negative_that_is_the_target_does_not_count_against_it(params, hidden):
    target = jnp.asarray([700])
    others = Negatives(jnp.asarray([700, 700, 12]), jnp.zeros(3))
    alone = Negatives(jnp.asarray([12]), jnp.zeros(1))
    found = bigram_loss(CONFIG, params, hidden[:1], target, others)
    np.testing.assert_allclose(found, bigram_loss(CONFIG, params, hidden[:1], target, alone))


def test_a_batch_without_targets_costs_nothing(params, hidden):
    none = jnp.full(6, -1)
    assert [float(x) for x in bigram_loss(CONFIG, params, hidden, none)] == [0.0, 0.0]
    assert [float(x) for x in origin_loss(CONFIG, params, hidden, none)] == [0.0, 0.0]


def test_origin_loss_is_the_cross_entropy_of_pairs_alone(params, hidden):
    head = jax.tree.map(np.asarray, params["origin"])
    same = np.array([1, 0, -1, 1, 0, 0])
    inner = np.tanh(hidden @ head["inner"]["kernel"] + head["inner"]["bias"])
    scores = inner @ head["outer"]["kernel"] + head["outer"]["bias"]
    losses = np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(6), np.maximum(same, 0)]
    loss, right = origin_loss(CONFIG, params, hidden, jnp.asarray(same))
    assert float(loss) == pytest.approx(losses[same >= 0].mean(), abs=1e-6)
    assert float(right) == pytest.approx((scores.argmax(axis=1) == same)[same >= 0].mean())
