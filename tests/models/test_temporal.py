from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import erf

from pclip.models.cost import count_parameters
from pclip.models.temporal import PAPER_SIZE, TemporalTransformer

B, A, F = 3, 6, 10
SIZES = {"width": 16, "layers": 2, "heads": 4, "ff": 24}
MASK = np.arange(A)[None] >= np.array([0, 2, 5])[:, None]


@pytest.fixture(scope="module")
def windows():
    return jax.random.normal(jax.random.key(1), (B, A, F))


@pytest.fixture(scope="module")
def variables(windows):
    """Every leaf, biases and LayerNorms too, off its starting value."""
    initialise = jax.jit(TemporalTransformer(**SIZES).init)
    variables = initialise(jax.random.key(0), windows, jnp.asarray(MASK))
    rng = np.random.default_rng(0)
    return jax.tree.map(
        lambda leaf: leaf + rng.normal(scale=0.1, size=leaf.shape).astype(np.float32), variables
    )


def naive(params, x, mask, activation):
    """torch.nn.TransformerEncoderLayer's equations (post-LN), window by window, step by step."""
    params = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), params)
    x = np.asarray(x, np.float64)

    def linear(layer, z):
        return z @ layer["kernel"] + layer["bias"]

    def layer_norm(layer, z):
        centred = z - z.mean(axis=-1, keepdims=True)
        deviation = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-5)
        return layer["scale"] * centred / deviation + layer["bias"]

    out = np.zeros((*x.shape[:2], SIZES["width"]))
    head_width = SIZES["width"] // SIZES["heads"]
    for b in range(len(x)):
        z = linear(params["input"], x[b])
        for index in range(SIZES["layers"]):
            block = params[f"block_{index}"]
            q, k, v = np.split(linear(block["qkv"], z), 3, axis=-1)
            attended = np.zeros_like(z)
            for t in range(x.shape[1]):
                seen = [s for s in range(t + 1) if mask[b, s]]
                for h in range(SIZES["heads"]):
                    part = slice(h * head_width, (h + 1) * head_width)
                    scores = np.array([q[t, part] @ k[s, part] for s in seen]) / head_width**0.5
                    weights = np.exp(scores) / np.exp(scores).sum()
                    attended[t, part] = sum(
                        (w * v[s, part] for w, s in zip(weights, seen, strict=True)), np.zeros(1)
                    )
            z = layer_norm(block["norm_1"], z + linear(block["output"], attended))
            hidden = linear(block["ff_1"], z)
            if activation == "relu":
                hidden = np.maximum(hidden, 0)
            else:
                hidden = hidden * (1 + erf(hidden / np.sqrt(2))) / 2
            z = layer_norm(block["norm_2"], z + linear(block["ff_2"], hidden))
        out[b] = z
    return out


@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_equals_the_equations(windows, variables, activation):
    model = TemporalTransformer(**SIZES, activation=activation)
    found = model.apply(variables, windows, jnp.asarray(MASK))
    expected = naive(variables["params"], windows, MASK, activation)
    np.testing.assert_allclose(found[MASK], expected[MASK], atol=1e-5)


@pytest.mark.parametrize("filling", [1e4, np.nan, np.inf])
def test_the_contents_of_padding_reach_nothing(windows, variables, filling):
    model, mask = TemporalTransformer(**SIZES), jnp.asarray(MASK)
    filled = jnp.where(mask[..., None], windows, filling)

    def loss(variables, x):
        return jnp.where(mask[..., None], model.apply(variables, x, mask), 0.0).sum()

    np.testing.assert_array_equal(
        model.apply(variables, windows, mask)[MASK], model.apply(variables, filled, mask)[MASK]
    )
    gradients = jax.jit(jax.grad(loss, argnums=(0, 1)))
    for found, expected in zip(
        jax.tree.leaves(gradients(variables, filled)),
        jax.tree.leaves(gradients(variables, windows)),
        strict=True,
    ):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("padding", [1, 4])
def test_the_length_of_padding_changes_nothing(windows, variables, padding):
    model = TemporalTransformer(**SIZES)
    whole = model.apply(variables, windows, jnp.ones((B, A), bool))
    longer = jnp.pad(windows, ((0, 0), (padding, 0), (0, 0)), constant_values=7.0)
    mask = jnp.broadcast_to(jnp.arange(A + padding) >= padding, (B, A + padding))
    np.testing.assert_allclose(model.apply(variables, longer, mask)[:, padding:], whole, atol=1e-5)


def test_no_step_sees_a_later_one(windows, variables):
    model, mask = TemporalTransformer(**SIZES), jnp.ones((B, A), bool)
    before = model.apply(variables, windows, mask)
    after = model.apply(variables, windows.at[:, 3].add(1.0), mask)
    np.testing.assert_array_equal(after[:, :3], before[:, :3])
    assert (np.abs(after - before)[:, 3:].max(axis=-1) > 1e-4).all()


@pytest.mark.parametrize("layers", [1, 2])
def test_with_one_layer_the_last_step_sees_a_bag(layers):
    model = TemporalTransformer(**SIZES | {"layers": layers})
    rng = np.random.default_rng(5)
    windows = jnp.asarray(rng.normal(size=(B, A, F)), jnp.float32)
    variables = model.init(jax.random.key(0), windows, jnp.ones((B, A), bool))
    order = np.r_[rng.permutation(A - 1), A - 1]
    assert (order != np.arange(A)).any()
    mask = jnp.ones((B, A), bool)
    before, after = (model.apply(variables, w, mask)[:, -1] for w in (windows, windows[:, order]))
    difference = float(np.abs(after - before).max())
    assert difference < 1e-5 if layers == 1 else difference > 1e-3


def test_paper_size_has_7_116_million_parameters():
    model = TemporalTransformer(
        width=PAPER_SIZE.width, layers=PAPER_SIZE.layers, heads=PAPER_SIZE.heads, ff=PAPER_SIZE.ff
    )
    shapes = jax.eval_shape(
        model.init, jax.random.key(0), jnp.zeros((1, 30, 24)), jnp.ones((1, 30), bool)
    )
    params = dict(shapes["params"])
    assert count_parameters(params.pop("input")) == 24 * 128 + 128
    assert count_parameters(params) == 12 * 593_024 == 7_116_288


def test_initialisation_is_torchs():
    model = TemporalTransformer()
    x, mask = jnp.zeros((1, 2, 24)), jnp.ones((1, 2), bool)
    block = jax.jit(model.init)(jax.random.key(0), x, mask)["params"]["block_0"]
    xavier = np.sqrt(6 / (128 + 3 * 128))
    for name, bound in (("qkv", xavier), ("output", 128**-0.5), ("ff_1", 128**-0.5)):
        largest = np.abs(block[name]["kernel"]).max()
        assert 0.98 * bound < largest <= bound
    for name in ("qkv", "output"):
        np.testing.assert_array_equal(block[name]["bias"], 0)
    assert np.abs(block["ff_2"]["bias"]).max() > 0


def test_dropout_acts_in_training_only(windows, variables):
    model, mask = TemporalTransformer(**SIZES, dropout=0.3), jnp.asarray(MASK)
    still = TemporalTransformer(**SIZES).apply(variables, windows, mask)
    np.testing.assert_array_equal(model.apply(variables, windows, mask), still)
    draws = [
        model.apply(variables, windows, mask, False, rngs={"dropout": jax.random.key(seed)})
        for seed in (0, 1)
    ]
    assert not np.allclose(*draws)


def test_mistakes_are_named(windows):
    key, mask = jax.random.key(0), jnp.asarray(MASK)
    with pytest.raises(ValueError, match="width 10 is not a multiple of heads 4"):
        TemporalTransformer(width=10, heads=4).init(key, windows, mask)
    with pytest.raises(ValueError, match="'swish'"):
        TemporalTransformer(activation="swish").init(key, windows, mask)
    with pytest.raises(ValueError, match=r"mask \(3, 5\)"):
        TemporalTransformer().init(key, windows, mask[:, 1:])


def test_the_last_step_alone_is_what_all_steps_give_last():
    rng = np.random.default_rng(3)
    x = jnp.asarray(rng.normal(size=(5, 7, 6)), jnp.float32)
    mask = jnp.arange(7) >= jnp.asarray([0, 2, 6, 3, 0])[:, None]
    model = TemporalTransformer(width=16, layers=2, heads=4, ff=8)
    variables = model.init(jax.random.key(0), x, mask)
    every = model.apply(variables, x, mask)
    last = model.apply(variables, x, mask, last_only=True)
    assert last.shape == (5, 1, 16)
    np.testing.assert_allclose(last, every[:, -1:], atol=1e-6)
