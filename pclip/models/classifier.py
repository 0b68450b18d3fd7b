"""ET-BERT with a classification head: the fine-tuning baseline."""

from __future__ import annotations

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from pclip.models.encoder import Encoder
from pclip.models.encoder_config import EncoderConfig
from pclip.models.packet_encoder import PacketEncoder, uer_segments
from pclip.models.parameters import Params, random_leaf
from pclip.models.pooling import length_mask


class PacketClassifier(nn.Module):
    """Class logits of packets: W_2 tanh(W_1 h_0 + b_1) + b_2, h_0 the first token's vector.

    Dropout (the encoder's rate) acts inside the encoder only, as in UER.

    Args:
        config: the encoder's sizes.
        num_classes: C.

    Source: ET-BERT, fine-tuning/run_classifier.py.
    """

    config: EncoderConfig
    num_classes: int

    @nn.compact
    def __call__(self, ids: jax.Array, lengths: jax.Array, deterministic: bool = True) -> jax.Array:
        """Classify packets.

        Args:
            ids: int32 [B, S] token ids, zero padded on the right, [CLS] first.
            lengths: int32 [B] tokens in each row.
            deterministic: False in training; then an rng named "dropout" is needed.

        Returns:
            float32 [B, C] logits.
        """
        mask = length_mask(lengths, ids.shape[1])
        encoder = Encoder(self.config, name="encoder")
        hidden = encoder(ids, uer_segments(mask), mask, deterministic)
        first = hidden[:, 0].astype(jnp.float32)
        inner = jnp.tanh(nn.Dense(self.config.width, name="output_1")(first))
        return nn.Dense(self.num_classes, name="output_2")(inner)


def init_classifier(encoder: PacketEncoder, num_classes: int, seed: int = 0) -> Params:
    """Parameters to start fine-tuning from: the encoder's, and a head drawn from N(0, 0.02).

    The encoder's arrays are copied, so a training step that donates its buffers leaves the
    original alone.

    Args:
        encoder: where the encoder's parameters come from.
        num_classes: C, at least 2.
        seed: of the head.

    Returns:
        {"encoder", "output_1", "output_2"}, for `PacketClassifier(encoder.config, num_classes)`.

    Raises:
        ValueError: fewer than two classes.
    """
    if num_classes < 2:
        raise ValueError(f"num_classes is {num_classes}, expected at least 2")
    width = encoder.config.width
    rng = np.random.default_rng(seed)

    def dense(outputs: int) -> Params:
        kernel = random_leaf(rng, "kernel", (width, outputs))
        bias = random_leaf(rng, "bias", (outputs,))
        return {"kernel": jnp.asarray(kernel), "bias": jnp.asarray(bias)}

    return {
        "encoder": jax.tree.map(lambda leaf: jnp.array(np.asarray(leaf)), encoder.params),
        "output_1": dense(width),
        "output_2": dense(num_classes),
    }
