"""A packet encoder read at some layer and pooled in some way, to be probed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp

from pclip.errors import PclipError
from pclip.models.encoder import encode
from pclip.models.encoder_config import EncoderConfig
from pclip.models.packet_encoder import PacketEncoder, uer_segments
from pclip.models.parameters import Params
from pclip.models.pooling import length_mask, pool

PROBED_POOLINGS = ("mean", "cls", "mean+max")


@dataclass(frozen=True, eq=False)
class ProbedEncoder:
    """A frozen encoder of token rows, as `pclip.embedding` takes it.

    Attributes:
        config: sizes, cut off behind the layer that is read.
        params: parameters of these sizes.
        sha256: of the whole encoder's weights.
        pooling: one of `PROBED_POOLINGS`.
    """

    config: EncoderConfig
    params: Params
    sha256: str
    pooling: str

    @classmethod
    def of(cls, encoder: PacketEncoder, layer: int, pooling: str) -> ProbedEncoder:
        """Read `encoder` behind block `layer`, counted from 1; 0 is the last one.

        Raises:
            PclipError: it has no such block.
        """
        layers = encoder.config.layers
        if not 0 <= layer <= layers:
            raise PclipError(
                f"layer {layer} of {encoder.name}, which has {layers}; expected 1 to {layers}, or "
                "0 for the last"
            )
        kept = layer or layers
        names = ["embeddings", *(f"layer_{i}" for i in range(kept))]
        params = {name: encoder.params[name] for name in names}
        return cls(replace(encoder.config, layers=kept), params, encoder.sha256, pooling)

    def apply_pooled(self, params: Params, ids: jax.Array, lengths: jax.Array) -> jax.Array:
        """Packet vectors, not normalised; a pure function of its arguments.

        Args:
            params: parameters of this encoder's shapes.
            ids: int32 [B, S] token ids, zero padded on the right.
            lengths: int32 [B] tokens in each row, [CLS] included.

        Returns:
            float32 [B, W]; [B, 2 W] for "mean+max".
        """
        mask = length_mask(lengths, ids.shape[1])
        hidden = encode(self.config, params, ids, uer_segments(mask), mask)
        return jnp.concatenate(list(self._pooled(hidden, mask)), axis=-1)

    def _pooled(self, hidden: jax.Array, mask: jax.Array) -> Iterable[jax.Array]:
        for method in self.pooling.split("+"):
            if method == "max":
                # Every row has [CLS], so that no maximum is over nothing.
                yield jnp.max(jnp.where(mask[..., None], hidden, -jnp.inf), axis=1)
            else:
                yield pool(hidden, mask, method)
