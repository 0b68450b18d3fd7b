"""Flax modules and their weights.

In: integer token ids and lengths (packets or texts), or vectors of an encoder.
Out: encoders, heads, the contrastive loss, mission reasoning and the detector, each a Linen module
or a pure function of `(params, batch)`; parameters are plain nested dicts of arrays, so whoever
trains decides what is frozen.
Called by: embedding, training, evaluation, serving and the commands. Imports nothing of ours but
the root modules.
"""

from __future__ import annotations

from pclip.models.classifier import PacketClassifier, init_classifier
from pclip.models.cost import (
    EncoderParameters,
    count_parameters,
    encoder_macs,
    encoder_parameters,
)
from pclip.models.encoder import Encoder
from pclip.models.encoder_config import EncoderConfig
from pclip.models.packet_encoder import PACKET_ENCODERS, PacketEncoder, load_packet_encoder
from pclip.models.pooling import POOLINGS, length_mask, normalise, pool
from pclip.models.text_encoder import TEXT_ENCODERS, TextEncoder, load_text_encoder

__all__ = [
    "PACKET_ENCODERS",
    "POOLINGS",
    "TEXT_ENCODERS",
    "Encoder",
    "EncoderConfig",
    "EncoderParameters",
    "PacketClassifier",
    "PacketEncoder",
    "TextEncoder",
    "count_parameters",
    "encoder_macs",
    "encoder_parameters",
    "init_classifier",
    "length_mask",
    "load_packet_encoder",
    "load_text_encoder",
    "normalise",
    "pool",
]
