"""What an encoder costs: parameters and multiply-accumulates."""

from __future__ import annotations

import math
from dataclasses import dataclass

import jax
import numpy as np

from pclip.models.encoder_config import EncoderConfig
from pclip.models.parameters import Params


@dataclass(frozen=True)
class EncoderParameters:
    """Parameters of an encoder: its blocks, and its embeddings with their LayerNorm.

    The ET-BERT literature counts the blocks only ("85.65 M" with the classifier's first layer).
    """

    encoder: int
    embeddings: int

    @property
    def total(self) -> int:
        """Blocks and embeddings together."""
        return self.encoder + self.embeddings


def encoder_parameters(config: EncoderConfig) -> EncoderParameters:
    """Parameters of an encoder, from its sizes.

        encoder    = L (4 (W^2 + W) + 2 W F + F + W + 4 W)
        embeddings = words + (positions + segments) W + 2 W
        words      = vocabulary W, or (vocabulary + W) R where the table is factorised

    Args:
        config: the encoder.

    Returns:
        The two counts.
    """
    width, ff = config.width, config.ff
    attention = 4 * (width * width + width)
    feed_forward = 2 * width * ff + ff + width
    norms = 4 * width
    rank = config.word_rank
    words = (config.vocab_size + width) * rank if rank else config.vocab_size * width
    return EncoderParameters(
        encoder=config.layers * (attention + feed_forward + norms),
        embeddings=words + (config.positions + config.segments) * width + 2 * width,
    )


def encoder_macs(config: EncoderConfig, tokens: int) -> int:
    """Multiply-accumulates of one forward pass over one sequence.

        L (S (4 W^2 + 2 W F) + 2 S^2 W), and S R W where the word table is factorised

    Matrix products only: look-ups, LayerNorm, softmax and GELU are left out, as usual. "FLOPs" in
    the plots of the ET-BERT literature are these; in floating-point operations it is twice as much.

    Args:
        config: the encoder.
        tokens: length S of the sequence, padding included.

    Returns:
        Number of multiply-accumulates.
    """
    width = config.width
    products = tokens * (4 * width * width + 2 * width * config.ff)
    attention = 2 * tokens * tokens * width
    return config.layers * (products + attention) + tokens * config.word_rank * width


def count_parameters(params: Params) -> int:
    """Numbers in a tree of parameters.

    Args:
        params: nested dict of arrays.

    Returns:
        The sum of the leaves' sizes.
    """
    return sum(math.prod(np.shape(leaf)) for leaf in jax.tree.leaves(params))
