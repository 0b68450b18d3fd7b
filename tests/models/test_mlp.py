from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from pclip.models.mlp import MLP


def test_equals_the_formula():
    x = np.random.default_rng(0).normal(size=(3, 5, 20))
    model = MLP(4)
    variables = model.init(jax.random.key(0), jnp.asarray(x))
    expected = x
    for name in ("hidden_0", "hidden_1"):
        layer = variables["params"][name]
        expected = np.maximum(expected @ layer["kernel"] + layer["bias"], 0)
    layer = variables["params"]["logits"]
    expected = expected @ layer["kernel"] + layer["bias"]
    np.testing.assert_allclose(model.apply(variables, jnp.asarray(x)), expected, atol=1e-5)
    widths = [leaf.shape for leaf in jax.tree.leaves(variables)]
    assert sorted(widths) == sorted([(20, 256), (256,), (256, 128), (128,), (128, 4), (4,)])


def test_without_hidden_layers_it_is_linear():
    variables = MLP(4, hidden=()).init(jax.random.key(0), jnp.ones((2, 20)))
    assert set(variables["params"]) == {"logits"}


def test_dropout_acts_in_training_only():
    model = MLP(4, hidden=(64,), dropout=0.5)
    x = jax.random.normal(jax.random.key(1), (8, 20))
    variables = model.init(jax.random.key(0), x)
    draws = [
        model.apply(variables, x, True, rngs={"dropout": jax.random.key(seed)}) for seed in (0, 1)
    ]
    assert not np.allclose(*draws)
    still = MLP(4, hidden=(64,)).apply(variables, x, True)
    np.testing.assert_array_equal(model.apply(variables, x), still)
