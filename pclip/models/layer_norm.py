"""LayerNorm in the two forms that encoders are trained with."""

from __future__ import annotations

import flax.linen as nn
import jax
import jax.numpy as jnp


class LayerNorm(nn.Module):
    """Normalisation over the last axis.

        kind "usual":  gamma * (x - mean) / sqrt(var + eps) + beta      var with ddof 0
        kind "uer":    gamma * (x - mean) / (std + eps) + beta          std with ddof 1

    The second looks like a slip and is none: UER-py, and so every released ET-BERT, is trained
    with it. Exchanging the two moves an encoder's output by about 0.1 %.

    Args:
        kind: "usual" or "uer".
        eps: see above; 1e-12 for BERT, 1e-5 for RoBERTa, 1e-6 for UER.
        dtype: of the result; statistics are taken in float32.

    Source: UER-py, uer/layers/layer_norm.py.
    """

    kind: str
    eps: float
    dtype: str = "float32"

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Normalise `x` [..., W] over its last axis; returns the same shape."""
        width = x.shape[-1]
        gamma = self.param("gamma", nn.initializers.ones_init(), (width,), jnp.float32)
        beta = self.param("beta", nn.initializers.zeros_init(), (width,), jnp.float32)
        x = x.astype(jnp.float32)
        centred = x - jnp.mean(x, axis=-1, keepdims=True)
        squares = jnp.sum(jnp.square(centred), axis=-1, keepdims=True)
        if self.kind == "uer":
            inverse = 1.0 / (jnp.sqrt(squares / (width - 1)) + self.eps)
        else:
            inverse = jax.lax.rsqrt(squares / width + self.eps)
        return (gamma * (centred * inverse) + beta).astype(self.dtype)
