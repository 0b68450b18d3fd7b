"""An encoder's vocabulary decides how packets are tokenised."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from pclip.data import load
from pclip.embedding import packet_tokens
from pclip.errors import PclipError
from pclip.packets import VOCABULARY_SIZE, PacketTable, bigram_tokens, word_piece_tokens

WORDS = ("[PAD]", "[SEP]", "[CLS]", "[UNK]", "[MASK]", *"0123456789abcdef", "##00", "4500")


def encoder(words: tuple[str, ...], size: int) -> SimpleNamespace:
    return SimpleNamespace(
        name="made", words=words, config=SimpleNamespace(vocab_size=size, max_length=64)
    )


@pytest.fixture(scope="module")
def packets() -> PacketTable:
    return load("testbed").packets.take(np.arange(50))


def test_arithmetic_ids_where_there_are_no_words(packets: PacketTable) -> None:
    found = packet_tokens(encoder((), VOCABULARY_SIZE), packets, "paper", 32)
    np.testing.assert_array_equal(found.ids, bigram_tokens(packets, "paper", 32).ids)


def test_word_pieces_where_there_are(packets: PacketTable) -> None:
    found = packet_tokens(encoder(WORDS, len(WORDS)), packets, "paper", 32)
    expected = word_piece_tokens(packets, WORDS, "paper", 32)
    np.testing.assert_array_equal(found.ids, expected.ids)
    np.testing.assert_array_equal(found.lengths, expected.lengths)
    assert found.ids.max() < len(WORDS)


def test_an_encoder_that_cannot_read_packets_says_so(packets: PacketTable) -> None:
    with pytest.raises(PclipError, match="made has 60005 ids and no vocabulary file"):
        packet_tokens(encoder((), 60_005), packets, max_length=64)
    with pytest.raises(PclipError, match="rows of 65 tokens, the packet encoder made has 64"):
        packet_tokens(encoder((), VOCABULARY_SIZE), packets, max_length=65)
