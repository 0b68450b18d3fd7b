"""From one vector a token to one vector a sequence."""

from __future__ import annotations

import jax
import jax.numpy as jnp

POOLINGS = ("mean", "cls")


def length_mask(lengths: jax.Array, size: int) -> jax.Array:
    """Mask of the tokens of right-padded sequences: position < length.

    Args:
        lengths: [B] tokens in each sequence.
        size: padded length S.

    Returns:
        bool [B, S], True at tokens.
    """
    return jnp.arange(size)[None, :] < jnp.asarray(lengths)[:, None]


def pool(hidden: jax.Array, mask: jax.Array, method: str = "mean") -> jax.Array:
    """One vector a sequence: the mean over its tokens, or the first token's vector.

        mean:  sum_s mask_s hidden_s / max(1, sum_s mask_s)
        cls:   hidden_0

    The paper does not say which; `mean` is what sentence encoders are trained for.

    Args:
        hidden: [B, S, W] vectors of an encoder.
        mask: bool [B, S], True at tokens. A sequence without tokens has mean 0.
        method: one of `POOLINGS`.

    Returns:
        float32 [B, W].

    Raises:
        ValueError: unknown method, or shapes that do not fit.
    """
    if hidden.shape[:2] != mask.shape:
        raise ValueError(f"hidden {hidden.shape} and mask {mask.shape} differ in [B, S]")
    if method == "cls":
        return hidden[:, 0].astype(jnp.float32)
    if method != "mean":
        raise ValueError(f"pooling is {method!r}, expected one of {POOLINGS}")
    weights = mask.astype(jnp.float32)
    # where, not a product: 0 * NaN is NaN, and padding must not reach the result.
    total = jnp.sum(jnp.where(mask[..., None], hidden.astype(jnp.float32), 0.0), axis=1)
    return total / jnp.maximum(jnp.sum(weights, axis=1, keepdims=True), 1.0)


def normalise(vectors: jax.Array) -> jax.Array:
    """Vectors of length 1: x / |x|_2; a zero vector stays zero.

    Args:
        vectors: [..., W].

    Returns:
        The same shape.
    """
    norm = jnp.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / jnp.maximum(norm, jnp.finfo(vectors.dtype).tiny)
