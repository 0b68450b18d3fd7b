"""The encoder of UER-py in PyTorch, its arithmetic step by step: what ET-BERT is trained with.

Names of modules are those of UER-py, so `state_dict()` of an `Encoder` has the keys of its
checkpoints. Dropout is left out: the encoders are compared as they are used, frozen.

Source: UER-py, uer/{embeddings,layers,encoders}; ET-BERT, uer/. Needs the extra `parity`.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from pclip.models.encoder_config import EncoderConfig

PADDING_SCORE = -10_000.0


class LayerNorm(nn.Module):
    """gamma * (x - mean) / (std + 1e-6) + beta, the deviation with ddof 1 (torch's default)."""

    def __init__(self, width: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.eps = eps
        self.gamma = nn.Parameter(torch.ones(width))
        self.beta = nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise x [..., W]."""
        mean = x.mean(-1, keepdim=True)
        std = x.std(-1, keepdim=True)
        return self.gamma * (x - mean) / (std + self.eps) + self.beta


class Embedding(nn.Module):
    """Word + position + segment, then LayerNorm."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.word_embedding = nn.Embedding(config.vocab_size, config.width)
        self.position_embedding = nn.Embedding(config.positions, config.width)
        self.segment_embedding = nn.Embedding(config.segments, config.width)
        self.layer_norm = LayerNorm(config.width)

    def forward(self, ids: Tensor, segments: Tensor) -> Tensor:
        """Embed ids [B, S] and segments [B, S]; returns [B, S, W]."""
        places = torch.arange(ids.shape[1]).expand_as(ids)
        x = self.word_embedding(ids) + self.position_embedding(places)
        return self.layer_norm(x + self.segment_embedding(segments))


class SelfAttention(nn.Module):
    """softmax(q k^T / sqrt(d) + mask) v, then a linear map."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.heads, self.head_width = config.heads, config.head_width
        self.linear_layers = nn.ModuleList(
            nn.Linear(config.width, config.width) for _ in ("query", "key", "value")
        )
        self.final_linear = nn.Linear(config.width, config.width)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Attend within x [B, S, W] under a mask [B, 1, 1, S] that is added to the scores."""
        batch, length, width = x.shape
        query, key, value = (
            linear(x).view(batch, length, self.heads, self.head_width).transpose(1, 2)
            for linear in self.linear_layers
        )
        scores = query @ key.transpose(-2, -1) / math.sqrt(self.head_width) + mask
        mixed = torch.softmax(scores, dim=-1) @ value
        return self.final_linear(mixed.transpose(1, 2).reshape(batch, length, width))


class FeedForward(nn.Module):
    """Linear, erf GELU, linear."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.linear_1 = nn.Linear(config.width, config.ff)
        self.linear_2 = nn.Linear(config.ff, config.width)

    def forward(self, x: Tensor) -> Tensor:
        """Map x [B, S, W] to the same shape."""
        return self.linear_2(nn.functional.gelu(self.linear_1(x)))


class Block(nn.Module):
    """LN(x + attention(x)), then LN(x + feed_forward(x))."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.self_attn = SelfAttention(config)
        self.layer_norm_1 = LayerNorm(config.width)
        self.feed_forward = FeedForward(config)
        self.layer_norm_2 = LayerNorm(config.width)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Transform x [B, S, W] under a mask [B, 1, 1, S]."""
        x = self.layer_norm_1(self.self_attn(x, mask) + x)
        return self.layer_norm_2(self.feed_forward(x) + x)


class Blocks(nn.Module):
    """The blocks one after another."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.transformer = nn.ModuleList(Block(config) for _ in range(config.layers))


class Encoder(nn.Module):
    """Embedding and blocks.

    Args:
        config: sizes; segments and LayerNorm of UER.
    """

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.embedding = Embedding(config)
        self.encoder = Blocks(config)

    def forward(self, ids: Tensor, segments: Tensor) -> tuple[Tensor, ...]:
        """Encode a batch.

        Args:
            ids: int64 [B, S].
            segments: int64 [B, S], 0 at padding, 1 and 2 at tokens.

        Returns:
            The output of the embedding and of each block, [B, S, W] each.
        """
        mask = (segments == 0).float()[:, None, None, :] * PADDING_SCORE
        hidden = [self.embedding(ids, segments)]
        for block in self.encoder.transformer:
            hidden.append(block(hidden[-1], mask))
        return tuple(hidden)
