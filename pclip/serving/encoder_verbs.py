"""Packets and texts as the vectors of a frozen encoder, without a trained model."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pclip.models.packet_encoder import PacketEncoder, load_packet_encoder
from pclip.models.text_encoder import TextEncoder, load_text_encoder
from pclip.packets import PacketTable
from pclip.serving.by_name import refuse_other_kinds
from pclip.serving.encoding import encode_rows
from pclip.serving.traffic import Capture, Traffic


class EncodedPackets(NamedTuple):
    """Usable packets and their vectors float32 [n, width], pooled and not normalised."""

    packets: PacketTable
    vectors: NDArray[np.float32]


def encode_packets(
    capture: Capture,
    encoder: str | os.PathLike[str] | PacketEncoder = "et-bert-mini",
    *,
    bytes: str = "identity_free",
    max_length: int = 128,
) -> EncodedPackets:
    """Vectors of the usable packets of a capture, each distinct input encoded once.

    Args:
        capture: a path, or packets that were read before.
        encoder: a packet encoder, or what `load_packet_encoder` takes.
        bytes: byte policy, see `pclip.packets.policy_bytes`.
        max_length: tokens of a packet, at most.

    Raises:
        PclipError: the capture cannot be read, or nothing in it can be used; no such encoder.
    """
    if not isinstance(encoder, PacketEncoder):
        refuse_other_kinds(encoder, "packet")
        encoder = load_packet_encoder(encoder)
    traffic = Traffic.of(capture, encoder, bytes, max_length)
    vectors = encode_rows(encoder, traffic.ids, traffic.lengths, "packets")
    return EncodedPackets(traffic.packets, vectors[traffic.input_of_packet])


def encode_texts(
    texts: Sequence[str],
    encoder: str | os.PathLike[str] | TextEncoder = "minilm",
    *,
    max_length: int = 128,
) -> NDArray[np.float32]:
    """Vectors of texts.

    Args:
        texts: n texts.
        encoder: a text encoder, or what `load_text_encoder` takes.
        max_length: tokens of a text, at most.

    Returns:
        float32 [n, width], pooled and not normalised.

    Raises:
        PclipError: no such encoder, `max_length` beyond its positions, or what is no text.
    """
    if not isinstance(encoder, TextEncoder):
        refuse_other_kinds(encoder, "text")
        encoder = load_text_encoder(encoder)
    ids, lengths = encoder.tokenize(texts, max_length=max_length)
    if not len(ids):
        return np.empty((0, encoder.config.width), np.float32)
    return encode_rows(encoder, ids, lengths, "texts")
