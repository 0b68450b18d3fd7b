"""BatchNorm over the nodes of a level and the valid positions of the whole batch."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from flax import linen as nn

EPSILON = 1e-5
MOMENTUM = 0.9


class LevelNorm(nn.Module):
    """Statistics and affine parameters of one step's BatchNorm, given as a map of each channel.

        y = scale * x + shift,   scale = gamma / sqrt(var + eps),   shift = beta - scale * mean

    In training, mean and (biased) variance are taken over nodes x valid positions, so over the
    global batch when the positions are sharded over devices under `jit`; the running statistics,
    collection `batch_stats`, become 0.9 running + 0.1 batch and are what evaluation uses.
    """

    @nn.compact
    def __call__(
        self, x: jax.Array, mask: jax.Array, train: bool, zero_nodes: int = 0
    ) -> tuple[jax.Array, jax.Array]:
        """Give the affine map that normalises `x`.

        Args:
            x: [nodes, D, N].
            mask: [N], True where the position is valid; the others leave the statistics alone.
            train: take the batch's statistics and update the running ones.
            zero_nodes: number of further nodes, not in `x`, whose value is 0 everywhere. Their
                normalised value is `shift`.

        Returns:
            (scale [D, 1], shift [D, 1]).
        """
        nodes, width, _ = x.shape
        gamma = self.param("scale", nn.initializers.ones, (width,))
        beta = self.param("bias", nn.initializers.zeros, (width,))
        running_mean = self.variable("batch_stats", "mean", jnp.zeros, (width,))
        running_var = self.variable("batch_stats", "var", jnp.ones, (width,))
        if train:
            mean, var = _masked_moments(x, mask, nodes, zero_nodes)
            if not self.is_initializing():
                running_mean.value = MOMENTUM * running_mean.value + (1 - MOMENTUM) * mean
                running_var.value = MOMENTUM * running_var.value + (1 - MOMENTUM) * var
        else:
            mean, var = running_mean.value, running_var.value
        scale = gamma * jax.lax.rsqrt(var + EPSILON)
        return scale[:, None], (beta - scale * mean)[:, None]


def _masked_moments(
    x: jax.Array, mask: jax.Array, nodes: int, zero_nodes: int
) -> tuple[jax.Array, jax.Array]:
    # Two passes: E[x^2] - E[x]^2 loses the digits that equality to 1e-5 needs.
    positions = jnp.maximum(jnp.sum(mask), 1).astype(x.dtype)
    count = positions * (nodes + zero_nodes)
    mean = jnp.sum(jnp.where(mask, x, 0.0), axis=(0, 2)) / count
    deviation = jnp.where(mask, x - mean[:, None], 0.0)
    squares = jnp.sum(deviation * deviation, axis=(0, 2)) + zero_nodes * positions * mean**2
    return mean, squares / count
