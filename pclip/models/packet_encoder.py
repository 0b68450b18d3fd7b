"""ET-BERT as the packet encoder: named sizes, untrained weights from a seed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp

from pclip.errors import PclipError
from pclip.models.encoder import encode
from pclip.models.encoder_card import ARITHMETIC_VOCABULARY
from pclip.models.encoder_config import EncoderConfig
from pclip.models.parameters import Params, params_sha256, random_params
from pclip.models.pooling import length_mask, pool

RELEASED_VOCABULARY = 60_005
"""Lines of the vocabulary released with ET-BERT, whose ids are not arithmetic."""

_CONFIGS = {
    "et-bert-tiny": EncoderConfig(ARITHMETIC_VOCABULARY, width=128, layers=2, heads=2, ff=512),
    "et-bert-mini": EncoderConfig(ARITHMETIC_VOCABULARY, width=256, layers=4, heads=4, ff=1024),
    "et-bert-base": EncoderConfig(ARITHMETIC_VOCABULARY, width=768, layers=12, heads=12, ff=3072),
}
PACKET_ENCODERS = tuple(_CONFIGS)


@dataclass(frozen=True, eq=False)
class PacketEncoder:
    """A packet encoder and its weights.

    Attributes:
        name: one of `PACKET_ENCODERS`.
        config: its sizes.
        params: nested dict of float32 arrays.
        sha256: hash over the leaves of `params`.
        note: where the weights come from; belongs in every output made with them.
    """

    name: str
    config: EncoderConfig
    params: Params
    sha256: str
    note: str

    def apply_pooled(self, params: Params, ids: jax.Array, lengths: jax.Array) -> jax.Array:
        """Packet vectors: the mean over the tokens (with [CLS]) of the encoder's output.

        A pure function of its arguments, so it can be jitted and differentiated; the padded
        length S does not change the result.

        Args:
            params: parameters of this encoder's shapes.
            ids: int32 [B, S] token ids, zero padded on the right.
            lengths: int32 [B] tokens in each row, [CLS] included.

        Returns:
            float32 [B, W], not normalised.
        """
        mask = length_mask(lengths, ids.shape[1])
        hidden = encode(self.config, params, ids, uer_segments(mask), mask)
        return pool(hidden, mask, "mean")


def uer_segments(mask: jax.Array) -> jax.Array:
    """Segment ids of UER: 1 at the tokens of the first (only) sequence, 0 at padding.

    Args:
        mask: bool [B, S], True at tokens.

    Returns:
        int32 [B, S].
    """
    return mask.astype(jnp.int32)


def packet_encoder_config(
    name: str, *, vocabulary: int = ARITHMETIC_VOCABULARY, dtype: str = "float32"
) -> EncoderConfig:
    """Sizes of a packet encoder: 512 positions, 3 segments, UER LayerNorm.

    Args:
        name: one of `PACKET_ENCODERS`.
        vocabulary: 65,541 (arithmetic ids) or 60,005 (released ET-BERT).
        dtype: of the computation.

    Returns:
        The config.

    Raises:
        PclipError: unknown name or vocabulary.
    """
    if name not in _CONFIGS:
        raise PclipError(
            f"no packet encoder is called {name!r}; choose one of {', '.join(PACKET_ENCODERS)}"
        )
    if vocabulary not in (ARITHMETIC_VOCABULARY, RELEASED_VOCABULARY):
        raise PclipError(
            f"a packet vocabulary of {vocabulary} ids; expected {ARITHMETIC_VOCABULARY} "
            f"(arithmetic) or {RELEASED_VOCABULARY} (released ET-BERT)"
        )
    return replace(_CONFIGS[name], vocab_size=vocabulary, dtype=dtype)


def load_packet_encoder(
    name: str,
    *,
    seed: int = 0,
    vocabulary: int = ARITHMETIC_VOCABULARY,
    dtype: str = "float32",
) -> PacketEncoder:
    """A packet encoder by name, with random weights that depend on the seed alone.

    Args:
        name: one of `PACKET_ENCODERS`.
        seed: of the weights.
        vocabulary: 65,541 (arithmetic ids) or 60,005 (released ET-BERT).
        dtype: of the computation.

    Returns:
        The encoder; its note says that it is not pre-trained.

    Raises:
        PclipError: unknown name or vocabulary.

    Source: sizes of UER-py, models/bert/{tiny,mini,base}_config.json.
    """
    config = packet_encoder_config(name, vocabulary=vocabulary, dtype=dtype)
    params = random_params(config, seed)
    return PacketEncoder(
        name=name,
        config=config,
        params=params,
        sha256=params_sha256(params),
        note=f"random weights, seed {seed} (not pre-trained)",
    )
