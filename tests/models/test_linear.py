from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pclip.models.linear import Linear, uniform_fan_in


def test_values_fill_the_bound_and_do_not_leave_it():
    bound = 1 / np.sqrt(50)
    values = np.asarray(uniform_fan_in(jax.random.key(0), (50, 400), 50))
    assert np.abs(values).max() <= bound
    assert values.max() > 0.99 * bound
    assert values.min() < -0.99 * bound
    np.testing.assert_allclose(values.std(), bound / np.sqrt(3), rtol=0.02)


def test_bias_does_not_start_at_zero():
    params = Linear(8).init(jax.random.key(0), jnp.zeros((1, 16)))["params"]
    assert params["kernel"].shape == (16, 8)
    assert np.all(params["bias"] != 0)
    assert np.abs(params["bias"]).max() <= 1 / 4


def test_trailing_batch_is_the_same_map():
    x = jax.random.normal(jax.random.key(1), (5, 16, 7))
    variables = Linear(8).init(jax.random.key(0), x, axis=-2)
    kernel, bias = variables["params"]["kernel"], variables["params"]["bias"]
    expected = np.moveaxis(np.moveaxis(np.asarray(x), -2, -1) @ kernel + bias, -1, -2)
    np.testing.assert_allclose(Linear(8).apply(variables, x, axis=-2), expected, atol=1e-6)
    leading = Linear(8).apply(variables, jnp.moveaxis(x, -2, -1))
    np.testing.assert_allclose(jnp.moveaxis(leading, -1, -2), expected, atol=1e-6)


def test_refuses_other_axes():
    with pytest.raises(ValueError, match="axis is 0"):
        Linear(8).init(jax.random.key(0), jnp.zeros((2, 3)), axis=0)
