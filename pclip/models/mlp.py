"""The dense network: hidden layers with ReLU, then logits. A baseline, and the detector's head."""

from __future__ import annotations

import jax
from flax import linen as nn

from pclip.models.linear import Linear


class MLP(nn.Module):
    """Classify vectors: (Linear, ReLU, dropout) for each hidden width, then Linear to logits.

    Alone on packet vectors it is the "DNN" row of Table 2.

    Attributes:
        num_classes: number of logits.
        hidden: widths of the hidden layers; () leaves one linear map.
        dropout: rate after each hidden layer, in training only.
    """

    num_classes: int
    hidden: tuple[int, ...] = (256, 128)
    dropout: float = 0.0

    @nn.compact
    def __call__(self, x: jax.Array, train: bool = False) -> jax.Array:
        """Give logits.

        Args:
            x: vectors [..., width].
            train: whether dropout acts; it then needs the random stream "dropout".

        Returns:
            Logits [..., num_classes].
        """
        for index, width in enumerate(self.hidden):
            x = nn.relu(Linear(width, name=f"hidden_{index}")(x))
            x = nn.Dropout(self.dropout, deterministic=not train)(x)
        return Linear(self.num_classes, name="logits")(x)
