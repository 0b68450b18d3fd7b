"""Word pieces of byte pairs: as the definition has them, and ET-BERT's released ids."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import numpy as np
import pytest

from pclip.packets import (
    BYTE_POLICIES,
    PacketTable,
    bigram_tokens,
    policy_bytes,
    read_capture,
)
from pclip.packets.word_pieces import bigram_pieces, word_piece_tokens

ROOT = Path(__file__).resolve().parents[2]
RELEASED = Path(
    os.environ.get(
        "PCLIP_ET_BERT_VOCABULARY", ROOT.parent / "shared" / "et-bert" / "encryptd_vocab.txt"
    )
)
SPECIALS = ("[PAD]", "[SEP]", "[CLS]", "[UNK]", "[MASK]")
# One to four pieces a pair, and pairs that cannot be split: those with a 5, or that begin with f.
SMALL = (
    *SPECIALS,
    *"0123",
    *(f"##{digit:x}" for digit in range(16) if digit != 5),
    *("45", "0000", "##000", "4ab", "6", "7", "8", "9", "a", "b", "c", "d", "e", "##cd"),
)
# The math of the released vocabulary: pair -> id.
GOLDEN = {"0000": 41, "ffff": 560, "0800": 90, "4500": 162, "1603": 3716, "1703": 747}


def naive_pieces(word: str, vocabulary: list[str]) -> list[int]:
    """WordPiece as its definition says: the longest first, and [UNK] where none fits."""
    pieces: list[int] = []
    rest = word
    while rest:
        prefix = "##" if pieces else ""
        fitting = [n for n in range(len(rest), 0, -1) if prefix + rest[:n] in vocabulary]
        if not fitting:
            return [3]
        pieces.append(vocabulary.index(prefix + rest[: fitting[0]]))
        rest = rest[fitting[0] :]
    return pieces


def naive_row(content: bytes, pieces_of: dict[int, list[int]], max_length: int) -> list[int]:
    row = [2]
    for first, second in itertools.pairwise(content):
        row += pieces_of[first << 8 | second]
    row = row[:max_length]
    return row + [0] * (max_length - len(row))


@pytest.fixture(scope="module")
def released() -> tuple[str, ...]:
    if not RELEASED.is_file():
        pytest.skip(f"no encryptd_vocab.txt of ET-BERT's release, looked for in {RELEASED}")
    return tuple(RELEASED.read_text().split("\n")[:-1])


@pytest.fixture(scope="module")
def pieces_of() -> dict[int, list[int]]:
    """Pair -> its pieces in `SMALL`, by the definition."""
    return {pair: naive_pieces(f"{pair:04x}", list(SMALL)) for pair in range(1 << 16)}


@pytest.fixture
def zoo(build, write_pcap) -> PacketTable:
    return read_capture(write_pcap(list(build.zoo().values())))


def test_a_small_vocabulary_splits_as_the_definition_says(pieces_of: dict[int, list[int]]) -> None:
    pieces = bigram_pieces(SMALL)
    assert set(pieces.counts.tolist()) == {1, 2, 3, 4}
    assert (pieces.ids[0] == SPECIALS.index("[UNK]")).any()
    for pair, expected in pieces_of.items():
        assert pieces.counts[pair] == len(expected)
        assert pieces.ids[: len(expected), pair].tolist() == expected
        assert not pieces.ids[len(expected) :, pair].any()


def test_the_released_vocabulary_splits_as_the_definition_says(released: tuple[str, ...]) -> None:
    pieces = bigram_pieces(released)
    assert np.bincount(pieces.counts).tolist() == [0, 57_640, 7_896]
    places = {word: number for number, word in enumerate(released)}
    for pair in range(1 << 16):
        word = f"{pair:04x}"
        if word in places:
            expected = [places[word]]
        else:
            # The longest beginning that is a word; what is left is a piece in each case.
            cut = next(n for n in (3, 2, 1) if word[:n] in places)
            expected = [places[word[:cut]], places[f"##{word[cut:]}"]]
        assert pieces.ids[: len(expected), pair].tolist() == expected, word
        assert pieces.counts[pair] == len(expected), word
    for word, number in GOLDEN.items():
        assert pieces.ids[:, int(word, 16)].tolist() == [number, 0], word
    two = pieces.ids[:, 0x0569]
    assert [released[number] for number in two] == ["05", "##69"]


@pytest.mark.parametrize("max_length", [1, 2, 3, 17, 128])
def test_rows_are_the_pieces_one_after_the_other(
    zoo: PacketTable, pieces_of: dict[int, list[int]], max_length: int
) -> None:
    for policy in BYTE_POLICIES:
        tokens = word_piece_tokens(zoo, SMALL, policy, max_length)
        block, lengths = policy_bytes(zoo, policy, 200)
        assert tokens.ids.dtype == tokens.lengths.dtype == np.int32
        for row, length, ids, count in zip(block, lengths, tokens.ids, tokens.lengths, strict=True):
            expected = naive_row(row[:length].tobytes(), pieces_of, max_length)
            assert ids.tolist() == expected
            assert count == sum(number != 0 for number in expected)


def test_a_row_may_end_within_a_pair(zoo: PacketTable) -> None:
    """As in UER-py, which cuts the ids and not the words."""
    whole = word_piece_tokens(zoo, SMALL, "paper", 40).ids[0]
    for length in range(2, 40):
        cut = word_piece_tokens(zoo, SMALL, "paper", length)
        assert cut.ids[0].tolist() == whole[:length].tolist()
    assert any(SMALL[number].startswith("##") for number in whole)


def test_a_vocabulary_of_whole_words_is_the_arithmetic_one(zoo: PacketTable) -> None:
    words = (*SPECIALS, *(f"{pair:04x}" for pair in range(1 << 16)))
    found, expected = word_piece_tokens(zoo, words), bigram_tokens(zoo)
    np.testing.assert_array_equal(found.ids, expected.ids)
    np.testing.assert_array_equal(found.lengths, expected.lengths)


def test_no_packets_and_no_room(zoo: PacketTable) -> None:
    assert word_piece_tokens(zoo.take(np.arange(0)), SMALL).ids.shape == (0, 128)
    with pytest.raises(ValueError, match="max_length=0"):
        word_piece_tokens(zoo, SMALL, max_length=0)
