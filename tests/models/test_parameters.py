from __future__ import annotations

import dataclasses
import hashlib
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from pclip.models.encoder import Encoder
from pclip.models.encoder_config import EncoderConfig
from pclip.models.parameters import parameter_shapes, params_sha256, random_params

CONFIG = EncoderConfig(vocab_size=300, width=32, layers=2, heads=4, ff=48, positions=20)


def test_random_params_fit_the_module_and_follow_the_rule():
    params = random_params(CONFIG, 0)
    ids = jnp.zeros((1, 4), jnp.int32)
    init = partial(Encoder(CONFIG).init, jax.random.key(0))
    made = jax.eval_shape(init, ids, ids, ids == 0)["params"]
    assert jax.tree.map(jnp.shape, params) == jax.tree.map(jnp.shape, made)
    word = np.asarray(params["embeddings"]["word"]["embedding"])
    assert abs(word.std() - 0.02) < 1e-3
    assert abs(word.mean()) < 1e-3
    block = params["layer_1"]
    np.testing.assert_array_equal(block["attention"]["qkv"]["bias"], np.zeros(96))
    np.testing.assert_array_equal(block["ff_norm"]["gamma"], np.ones(32))
    np.testing.assert_array_equal(block["ff_norm"]["beta"], np.zeros(32))


def test_values_come_from_numpy_in_the_order_of_the_sorted_paths():
    first = next(iter(parameter_shapes(CONFIG)))
    assert first == "embeddings/norm/beta"
    # The first leaf that draws numbers is the position table.
    expected = np.random.default_rng(7).standard_normal((20, 32), np.float32) * np.float32(0.02)
    position = random_params(CONFIG, 7)["embeddings"]["position"]["embedding"]
    np.testing.assert_array_equal(position, expected)


def test_hash_depends_on_every_value_path_and_shape_but_not_on_order():
    tree = {"b": {"x": np.arange(6, dtype=np.float32)}, "a": np.zeros(2, np.float32)}
    plain = hashlib.sha256(
        b"a <f4 (2,)\n" + bytes(8) + b"b/x <f4 (6,)\n" + tree["b"]["x"].tobytes()
    ).hexdigest()
    assert params_sha256(tree) == plain
    assert params_sha256({"a": tree["a"], "b": tree["b"]}) == plain
    moved = {"b": {"y": tree["b"]["x"]}, "a": tree["a"]}
    shaped = {"b": {"x": tree["b"]["x"].reshape(2, 3)}, "a": tree["a"]}
    changed = {"b": {"x": tree["b"]["x"] + np.float32(1e-6)}, "a": tree["a"]}
    assert len({plain, *map(params_sha256, (moved, shaped, changed))}) == 4


def test_seed_decides():
    assert params_sha256(random_params(CONFIG, 0)) == params_sha256(random_params(CONFIG, 0))
    assert params_sha256(random_params(CONFIG, 0)) != params_sha256(random_params(CONFIG, 1))


def test_a_factorised_word_table_starts_as_wide_as_a_whole_one():
    params = random_params(dataclasses.replace(CONFIG, word_rank=8), 0)["embeddings"]
    words = np.asarray(params["word"]["embedding"] @ params["word_map"]["kernel"])
    assert words.shape == (300, 32)
    assert abs(words.std() - 0.02) < 2e-3
