from __future__ import annotations

from functools import partial

import jax
import numpy as np
import optax
import pytest

from pclip.models.classifier import PacketClassifier, init_classifier
from pclip.models.encoder import encode
from pclip.models.encoder_config import EncoderConfig
from pclip.models.packet_encoder import PacketEncoder
from pclip.models.parameters import params_sha256, random_params

CONFIG = EncoderConfig(vocab_size=60, width=16, layers=1, heads=2, ff=32, positions=16)


@pytest.fixture
def encoder() -> PacketEncoder:
    params = random_params(CONFIG, 0)
    return PacketEncoder("small", CONFIG, params, params_sha256(params), "random")


@pytest.fixture
def batch() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    lengths = rng.integers(3, 11, 24)
    ids = rng.integers(5, 60, (24, 10)) * (np.arange(10) < lengths[:, None])
    return ids, lengths, ids[:, 1] % 3


def test_parameters_fit_the_module(encoder, batch):
    ids, lengths, _ = batch
    params = init_classifier(encoder, 3)
    init = partial(PacketClassifier(CONFIG, 3).init, jax.random.key(0))
    made = jax.eval_shape(init, ids, lengths)["params"]
    assert jax.tree.map(np.shape, params) == jax.tree.map(np.shape, made)
    assert params_sha256(params["encoder"]) == encoder.sha256


def test_logits_are_the_stated_formula(encoder, batch):
    ids, lengths, _ = batch
    params = init_classifier(encoder, 3, seed=4)
    params["output_1"]["bias"] += 0.3
    run = jax.jit(encode, static_argnums=0)
    mask = np.arange(10) < lengths[:, None]
    first = run(CONFIG, encoder.params, ids, mask.astype(int), mask)[:, 0]
    inner = np.tanh(first @ params["output_1"]["kernel"] + params["output_1"]["bias"])
    expected = inner @ params["output_2"]["kernel"] + params["output_2"]["bias"]
    logits = PacketClassifier(CONFIG, 3).apply({"params": params}, ids, lengths)
    np.testing.assert_allclose(logits, expected, atol=1e-6)


def test_fine_tuning_learns_with_dropout_and_leaves_the_encoder_alone(encoder, batch):
    ids, lengths, labels = batch
    model = PacketClassifier(CONFIG, 3)
    optimiser = optax.adam(3e-3)

    @partial(jax.jit, donate_argnums=0)
    def step(params, state, key):
        def loss(params):
            rngs = {"dropout": key}
            logits = model.apply({"params": params}, ids, lengths, False, rngs=rngs)
            return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()

        value, grads = jax.value_and_grad(loss)(params)
        updates, state = optimiser.update(grads, state)
        return optax.apply_updates(params, updates), state, value

    state = jax.jit(optimiser.init)(init_classifier(encoder, 3))
    _, _, other = step(init_classifier(encoder, 3), state, jax.random.key(1000))
    params, values = init_classifier(encoder, 3), []
    for index in range(150):
        params, state, value = step(params, state, jax.random.key(index))
        values.append(float(value))
    assert values[0] != other
    assert values[-1] < 0.5 * values[0]
    assert params_sha256(encoder.params) == encoder.sha256


def test_one_class_is_no_classifier(encoder):
    with pytest.raises(ValueError, match="num_classes is 1"):
        init_classifier(encoder, 1)
