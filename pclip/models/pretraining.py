"""Pre-training heads and losses of a packet encoder: masked bigrams, same-origin bursts."""

from __future__ import annotations

from typing import NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import linen as nn

from pclip.models.encoder_config import EncoderConfig
from pclip.models.layer_norm import LayerNorm
from pclip.models.packet_encoder import ARITHMETIC_VOCABULARY
from pclip.models.parameters import INITIAL_STD, Params, random_params

SPECIALS = ARITHMETIC_VOCABULARY - 256 * 256
initial = nn.initializers.normal(INITIAL_STD)


class BigramTransform(nn.Module):
    """LN(gelu(x W + b)): from hidden vectors to the space of the word table.

    Source: UER-py, uer/targets/mlm_target.py.
    """

    config: EncoderConfig

    @nn.compact
    def __call__(self, hidden: jax.Array) -> jax.Array:
        """Map `hidden` [..., W] to float32 [..., R] (R = W where the table is one)."""
        config = self.config
        size = config.word_rank or config.width
        x = nn.Dense(size, dtype=config.dtype, kernel_init=initial, name="map")(hidden)
        x = nn.gelu(x, approximate=False)
        return LayerNorm(config.layer_norm, config.layer_norm_eps, name="norm")(x)


class OriginHead(nn.Module):
    """Two scores of a pair: another burst's (0), the same burst's (1).

    Source: UER-py, uer/targets/sp_target.py: linear, tanh, linear.
    """

    config: EncoderConfig

    @nn.compact
    def __call__(self, pooled: jax.Array) -> jax.Array:
        """Score `pooled` [B, W]; returns float32 [B, 2]."""
        x = nn.Dense(self.config.width, kernel_init=initial, name="inner")(pooled)
        return nn.Dense(2, kernel_init=initial, name="outer")(jnp.tanh(x))


class Negatives(NamedTuple):
    """Words that a sampled softmax is taken over, shared by a batch.

    Attributes:
        ids: int32 [n], drawn with replacement.
        log_expected: float32 [n], log of how often each is expected among the n.
    """

    ids: jax.Array
    log_expected: jax.Array


def init_pretraining(config: EncoderConfig, seed: int) -> Params:
    """Encoder and heads before the first step.

    The word vector of the bigram (a, b) starts as the sum of a vector of a and one of b: bigrams
    that no capture shows are then not noise, and neighbours with a common byte are alike.

    Args:
        config: an encoder over the arithmetic vocabulary.
        seed: of all draws.

    Returns:
        {"encoder": ..., "bigrams": {"transform": ..., "bias": [vocabulary]}, "origin": ...}.

    Raises:
        ValueError: another vocabulary.
    """
    if config.vocab_size != ARITHMETIC_VOCABULARY:
        raise ValueError(
            f"pre-training reads {ARITHMETIC_VOCABULARY} ids (arithmetic), not {config.vocab_size}"
        )
    encoder = random_params(config, seed)
    rng = np.random.default_rng((seed, 1))
    size = config.word_rank or config.width
    bytes_ = rng.standard_normal((2, 256, size), np.float32) * np.float32(INITIAL_STD * 0.5**0.5)
    words = (bytes_[0][:, None] + bytes_[1][None]).reshape(-1, size)
    table = encoder["embeddings"]["word"]
    table["embedding"] = jnp.concatenate([table["embedding"][:SPECIALS], words])
    hidden = jnp.zeros((1, config.width))
    first, second = jax.random.split(jax.random.key(seed))
    return {
        "encoder": encoder,
        "bigrams": {
            "transform": BigramTransform(config).init(first, hidden)["params"],
            "bias": jnp.zeros(config.vocab_size),
        },
        "origin": OriginHead(config).init(second, hidden)["params"],
    }


def bigram_loss(
    config: EncoderConfig,
    params: Params,
    hidden: jax.Array,
    targets: jax.Array,
    negatives: Negatives | None = None,
) -> tuple[jax.Array, jax.Array]:
    """Mean cross entropy of hidden bigrams, and the share that is told right.

        z = BigramTransform(h) E^T + bias,   E the word table
        full:      -log softmax(z)[target]
        sampled:   the softmax over the target and the n negatives, whose scores are lowered by
                   log(expected count); negatives that equal the target are left out

    Args:
        config: the encoder.
        params: as `init_pretraining` gives.
        hidden: [N, W], the encoder's vectors at hidden tokens.
        targets: int32 [N]; negative ones do not count.
        negatives: for the sampled form; None for the whole vocabulary.

    Returns:
        Two float32 scalars. The share of the sampled form is among its negatives: an upper bound.

    Source: Jean et al. 2015, section 3.1 (sampled softmax with a proposal distribution).
    """
    head, table = params["bigrams"], params["encoder"]["embeddings"]["word"]["embedding"]
    x = cast(jax.Array, BigramTransform(config).apply({"params": head["transform"]}, hidden))
    counted = targets >= 0
    target = jnp.maximum(targets, 0)
    if negatives is None:
        scores = _product(config, x, table) + head["bias"]
        right = jnp.argmax(scores, axis=-1) == target
        losses = optax.softmax_cross_entropy_with_integer_labels(scores, target)
    else:
        own = jnp.sum(x * table[target], axis=-1) + head["bias"][target]
        others = _product(config, x, table[negatives.ids]) + head["bias"][negatives.ids]
        others -= negatives.log_expected
        others = jnp.where(negatives.ids == target[:, None], -jnp.inf, others)
        right = own >= jnp.max(others + negatives.log_expected, axis=-1)
        losses = jnp.logaddexp(own, jax.nn.logsumexp(others, axis=-1)) - own
    total = jnp.maximum(jnp.sum(counted), 1)
    return (
        jnp.sum(jnp.where(counted, losses, 0.0)) / total,
        jnp.sum(right & counted) / total,
    )


def _product(config: EncoderConfig, x: jax.Array, table: jax.Array) -> jax.Array:
    dtype = config.dtype
    return jnp.einsum(
        "nr,vr->nv", x.astype(dtype), table.astype(dtype), preferred_element_type=jnp.float32
    )


def origin_loss(
    config: EncoderConfig, params: Params, pooled: jax.Array, same: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Mean cross entropy of same-origin prediction, and the share that is told right.

    Args:
        config: the encoder.
        params: as `init_pretraining` gives.
        pooled: [B, W], one vector a pair.
        same: int32 [B], 1 for one burst, 0 for two, negative for rows that are no pair.

    Returns:
        Two float32 scalars, 0 where no row is a pair.

    Source: Lin et al. 2022, section 3.3.2.
    """
    scores = cast(jax.Array, OriginHead(config).apply({"params": params["origin"]}, pooled))
    counted = same >= 0
    losses = optax.softmax_cross_entropy_with_integer_labels(scores, jnp.maximum(same, 0))
    right = jnp.argmax(scores, axis=-1) == same
    total = jnp.maximum(jnp.sum(counted), 1)
    return jnp.sum(jnp.where(counted, losses, 0.0)) / total, jnp.sum(right & counted) / total
