"""Packets as the tokens that a packet encoder was made for."""

from __future__ import annotations

from typing import Any, Protocol

from pclip.errors import PclipError
from pclip.packets import (
    VOCABULARY_SIZE,
    BigramTokens,
    PacketTable,
    bigram_tokens,
    word_piece_tokens,
)


class PacketVocabulary(Protocol):
    """What is asked of a packet encoder."""

    @property
    def name(self) -> str:
        """Its name, for messages."""
        ...

    @property
    def words(self) -> tuple[str, ...]:
        """Its word pieces by id; none where ids are arithmetic."""
        ...

    @property
    def config(self) -> Any:
        """Its sizes, `vocab_size` and `max_length` among them."""
        ...


def packet_tokens(
    encoder: PacketVocabulary,
    packets: PacketTable,
    bytes: str = "identity_free",
    max_length: int = 128,
) -> BigramTokens:
    """Token rows of packets in the vocabulary of an encoder.

    Args:
        encoder: whose vocabulary decides: arithmetic ids or word pieces.
        packets: n rows.
        bytes: byte policy, see `pclip.packets.policy_bytes`.
        max_length: positions of a row, `[CLS]` counted, at least 1.

    Returns:
        Tokens of n rows.

    Raises:
        PclipError: the encoder has neither arithmetic ids nor a vocabulary, or fewer positions.
        ValueError: no such policy, or no room for `[CLS]`.
    """
    if max_length > encoder.config.max_length:
        raise PclipError(
            f"rows of {max_length} tokens, the packet encoder {encoder.name} has "
            f"{encoder.config.max_length} positions; ask for as many at most"
        )
    if encoder.words:
        return word_piece_tokens(packets, encoder.words, bytes, max_length)
    if encoder.config.vocab_size != VOCABULARY_SIZE:
        raise PclipError(
            f"the packet encoder {encoder.name} has {encoder.config.vocab_size} ids and no "
            f"vocabulary file: give it one, or use arithmetic ids ({VOCABULARY_SIZE})"
        )
    return bigram_tokens(packets, bytes, max_length)
