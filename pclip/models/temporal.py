"""The short-term temporal model: a causal Transformer encoder over a window of packets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from flax import linen as nn

from pclip.models.linear import Linear, uniform_fan_in

LAYER_NORM_EPSILON = 1e-5
ACTIVATIONS: dict[str, Callable[[jax.Array], jax.Array]] = {
    "relu": nn.relu,
    "gelu": lambda x: nn.gelu(x, approximate=False),
}


@dataclass(frozen=True)
class TemporalSizes:
    """Sizes of the temporal model; `PAPER_SIZE` is the other end of what the paper can mean.

    Attributes:
        width: internal width.
        layers: number of blocks.
        heads: attention heads of each block.
        ff: width of the feed-forward layer.
        activation: "relu" (torch's default) or "gelu" (erf).
        dropout: rate, in training only.
    """

    width: int = 128
    layers: int = 1
    heads: int = 8
    ff: int = 128
    activation: str = "relu"
    dropout: float = 0.0


PAPER_SIZE = TemporalSizes(layers=12, ff=2048)


class TemporalTransformer(nn.Module):
    """Input projection F -> width, then `layers` post-LN blocks with a causal mask.

        x = LayerNorm(x + Attention(x));   x = LayerNorm(x + W_2 act(W_1 x))

    There are no positions, so the amount of left padding changes nothing at the valid steps. Order
    enters through the causal mask alone, and at the last step from two layers on: with one layer
    the last step's answer is the same for any order of the steps before it.

    Attributes:
        width, layers, heads, ff, activation, dropout: see `TemporalSizes`.

    Source: MissionGNN (github c0510gy/MissionGNN, models/temporal.py) with the blocks and the
        initialisation of torch.nn.TransformerEncoderLayer; width 128 and 8 heads from section 4.1.
        The causal mask, the input projection and the mask of padded steps are ours.
    """

    width: int = 128
    layers: int = 1
    heads: int = 8
    ff: int = 128
    activation: str = "relu"
    dropout: float = 0.0

    @nn.compact
    def __call__(
        self, x: jax.Array, mask: jax.Array, deterministic: bool = True, last_only: bool = False
    ) -> jax.Array:
        """Encode windows.

        Args:
            x: [B, A, F].
            mask: bool[B, A], True at packets, False at the padding on the left.
            deterministic: no dropout; otherwise the random stream "dropout" is needed.
            last_only: leave out what only earlier steps' answers need: a verdict is the last's.

        Returns:
            [B, A, width], with `last_only` [B, 1, width]; step t depends on valid steps up to t
            only. Rows at padding are of no meaning.

        Raises:
            ValueError: `mask` does not fit `x`, or `heads` does not divide `width`.
        """
        if mask.shape != x.shape[:2]:
            raise ValueError(f"mask {mask.shape} does not fit windows {x.shape}")
        if self.width % self.heads:
            raise ValueError(f"width {self.width} is not a multiple of heads {self.heads}")
        if self.activation not in ACTIVATIONS:
            raise ValueError(
                f"activation is {self.activation!r}, expected one of {tuple(ACTIVATIONS)}"
            )
        # Attention weight 0 does not silence a NaN or infinity, so padding is emptied here.
        x = Linear(self.width, name="input")(jnp.where(mask[..., None], x, 0.0))
        causal = jnp.tril(jnp.ones((x.shape[1], x.shape[1]), dtype=bool))
        visible = causal & mask[:, None, :]
        for index in range(self.layers):
            block = _Block(
                self.heads, self.ff, self.activation, self.dropout, name=f"block_{index}"
            )
            x = block(x, visible, deterministic, last_only and index == self.layers - 1)
        return x


class _Block(nn.Module):
    """One post-LN block; `visible` bool[B, A, A] says which step (row) attends to which.

    With `last_only` all steps are attended to and the last one alone is answered.
    """

    heads: int
    ff: int
    activation: str
    dropout: float

    @nn.compact
    def __call__(
        self, x: jax.Array, visible: jax.Array, deterministic: bool, last_only: bool
    ) -> jax.Array:
        width = x.shape[-1]
        drop = nn.Dropout(self.dropout, deterministic=deterministic)

        # torch draws q, k and v as one [width, 3 width] matrix, with biases at zero.
        qkv = nn.Dense(3 * width, kernel_init=nn.initializers.xavier_uniform(), name="qkv")(x)
        query, key, value = (
            part.reshape(*x.shape[:2], self.heads, width // self.heads)
            for part in jnp.split(qkv, 3, axis=-1)
        )
        if last_only:
            x, query, visible = x[:, -1:], query[:, -1:], visible[:, -1:]
        scores = jnp.einsum("bqhd,bkhd->bhqk", query, key) * (width // self.heads) ** -0.5
        # A finite floor: a padded step sees nothing at all and must not become NaN.
        scores = jnp.where(visible[:, None], scores, jnp.finfo(scores.dtype).min)
        weights = drop(nn.softmax(scores, axis=-1))
        attended = jnp.einsum("bhqk,bkhd->bqhd", weights, value).reshape(x.shape)
        attended = nn.Dense(width, kernel_init=_uniform_kernel, name="output")(attended)
        x = nn.LayerNorm(LAYER_NORM_EPSILON, name="norm_1")(x + drop(attended))

        hidden = drop(ACTIVATIONS[self.activation](Linear(self.ff, name="ff_1")(x)))
        hidden = Linear(width, name="ff_2")(hidden)
        return nn.LayerNorm(LAYER_NORM_EPSILON, name="norm_2")(x + drop(hidden))


def _uniform_kernel(key: jax.Array, shape: tuple[int, ...], dtype: object = None) -> jax.Array:
    del dtype  # parameters are float32
    return uniform_fan_in(key, shape, shape[0])
