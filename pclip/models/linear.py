"""The affine map with torch's initialisation: weight and bias uniform in ±1/sqrt(fan_in)."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from flax import linen as nn


def uniform_fan_in(key: jax.Array, shape: tuple[int, ...], fan_in: int) -> jax.Array:
    """Draw float32 values uniform in ±1/sqrt(fan_in).

    This is what `torch.nn.Linear` does to its weight, kaiming_uniform(a=sqrt(5)), and to its bias.

    Args:
        key: random key.
        shape: shape of the leaf to draw.
        fan_in: number of inputs of the map.

    Returns:
        The leaf, of the given shape.

    Source: torch.nn.Linear.reset_parameters.
    """
    bound = 1.0 / math.sqrt(fan_in)
    return jax.random.uniform(key, shape, jnp.float32, -bound, bound)


class Linear(nn.Module):
    """y = x W + b with W [fan_in, features] and b [features] as torch initialises them.

    A bias that does not start at zero matters to the hierarchical GNN: there a node whose features
    are zero would otherwise answer every message with zero, and no gradient would flow.

    Attributes:
        features: width of the output.
    """

    features: int

    @nn.compact
    def __call__(self, x: jax.Array, axis: int = -1) -> jax.Array:
        """Map the features of `x`.

        Args:
            x: [..., fan_in], or [..., fan_in, N] with `axis=-2` (the batch trails the features).
            axis: where the features are, -1 or -2.

        Returns:
            [..., features], or [..., features, N].

        Raises:
            ValueError: `axis` is neither -1 nor -2.
        """
        if axis not in (-1, -2):
            raise ValueError(f"axis is {axis}, expected -1 or -2")
        fan_in = x.shape[axis]
        kernel = self.param("kernel", uniform_fan_in, (fan_in, self.features), fan_in)
        bias = self.param("bias", uniform_fan_in, (self.features,), fan_in)
        if axis == -1:
            return x @ kernel + bias
        return jnp.einsum("...fn,fd->...dn", x, kernel) + bias[:, None]
