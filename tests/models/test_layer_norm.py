from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pclip.models.layer_norm import LayerNorm


@pytest.mark.parametrize("kind", ["usual", "uer"])
@pytest.mark.parametrize("eps", [1e-6, 0.3])
def test_equals_numpy(kind, eps):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((5, 3, 16)) * 4 + 2
    gamma, beta = rng.standard_normal((2, 16))
    params = {"gamma": jnp.float32(gamma), "beta": jnp.float32(beta)}
    out = LayerNorm(kind, eps).apply({"params": params}, jnp.float32(x))
    centred = x - x.mean(-1, keepdims=True)
    if kind == "uer":
        scale = x.std(-1, ddof=1, keepdims=True) + eps
    else:
        scale = np.sqrt(x.var(-1, keepdims=True) + eps)
    np.testing.assert_allclose(out, gamma * centred / scale + beta, atol=1e-5)


def test_starts_as_the_plain_normalisation():
    params = LayerNorm("uer", 1e-6).init(jax.random.key(0), jnp.ones((2, 4)))["params"]
    np.testing.assert_array_equal(params["gamma"], np.ones(4))
    np.testing.assert_array_equal(params["beta"], np.zeros(4))


def test_statistics_stay_in_float32():
    # In bfloat16, 1000 and 1001 are one number: statistics taken there would be 0.
    x = jnp.asarray([[1000.0, 1001.0, 1002.0, 1003.0]])
    params = {"gamma": jnp.ones(4), "beta": jnp.zeros(4)}
    out = LayerNorm("usual", 1e-12, "bfloat16").apply({"params": params}, x)
    assert out.dtype == jnp.bfloat16
    np.testing.assert_allclose(
        np.asarray(out, np.float32)[0], [-1.342, -0.447, 0.447, 1.342], atol=0.01
    )
