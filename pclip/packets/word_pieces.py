"""Tokens in a vocabulary of word pieces, such as the one released with ET-BERT."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pclip.packets.gather import shorter_than
from pclip.packets.policies import policy_chunks
from pclip.packets.table import PacketTable
from pclip.packets.tokens import CLS_ID, UNK_ID, BigramTokens

CONTINUED = "##"
"""Begins a piece that is not at the beginning of its word."""


@dataclass(frozen=True, eq=False)
class BigramPieces:
    """The word pieces of each of the 65,536 byte pairs.

    Attributes:
        ids: int32 [pieces, 65536], ids of the first, second, ... piece; 0 where there is none.
        counts: uint8 [65536], pieces of each pair, at least 1.
    """

    ids: NDArray[np.int32]
    counts: NDArray[np.uint8]


@lru_cache(maxsize=2)
def bigram_pieces(words: tuple[str, ...]) -> BigramPieces:
    """Split every byte pair, written as four lower-case hexadecimal digits, into word pieces.

    The longest piece that the vocabulary has is taken from the left, again and again; pieces after
    the first one begin with "##". A pair that cannot be split so is [UNK].

    Args:
        words: the vocabulary by id.

    Returns:
        BigramPieces; of the released vocabulary 57,640 pairs are one word and 7,896 are two pieces.

    Source: WordPiece as in BERT (Devlin et al. 2019) and UER-py, on ET-BERT's vocabulary.
    """
    id_of = {word: number for number, word in enumerate(words)}
    split = [_pieces(f"{pair:04x}", id_of) for pair in range(1 << 16)]
    counts = np.array([len(ids) for ids in split], np.uint8)
    ids = np.zeros((counts.max(), len(split)), np.int32)
    for piece in range(len(ids)):
        ids[piece, counts > piece] = [found[piece] for found in split if len(found) > piece]
    return BigramPieces(ids, counts)


def _pieces(word: str, id_of: dict[str, int]) -> list[int]:
    found: list[int] = []
    start = 0
    while start < len(word):
        prefix = CONTINUED if start else ""
        for end in range(len(word), start, -1):
            number = id_of.get(prefix + word[start:end])
            if number is not None:
                break
        else:
            return [UNK_ID]
        found.append(number)
        start = end
    return found


def word_piece_tokens(
    packets: PacketTable,
    words: tuple[str, ...],
    bytes: str = "identity_free",
    max_length: int = 128,
) -> BigramTokens:
    """Tokens of each packet in a vocabulary of word pieces.

    The byte pairs of `bigram_tokens`, each as its pieces, behind [CLS]; the row is cut to
    `max_length` positions, be it within a pair, as UER-py does.

    Args:
        packets: n rows.
        words: the vocabulary by id; [PAD], [SEP], [CLS], [UNK] and [MASK] come first.
        bytes: byte policy, see `policy_bytes`.
        max_length: positions of a row, `[CLS]` counted, at least 1.

    Returns:
        BigramTokens.

    Raises:
        ValueError: no such policy, or no room for `[CLS]`.

    Source: Lin et al. 2022.
    """
    if max_length < 1:
        raise ValueError(f"max_length={max_length}; [CLS] alone needs 1")
    pieces = bigram_pieces(words)
    ids = np.zeros((len(packets), max_length), np.int32)
    lengths = np.empty(len(packets), np.int32)
    # A pair gives one token at least, so the bytes of bigram_tokens are enough.
    for rows, block, visible in policy_chunks(packets, bytes, max_length):
        part = ids[rows]
        part[:, 0] = CLS_ID
        pairs = block[:, :-1].astype(np.uint16) << 8 | block[:, 1:]
        there = shorter_than(np.maximum(visible - 1, 0), max_length - 1)
        part[:, 1:] = pieces.ids[0, pairs]
        part[:, 1:] *= there
        counts = pieces.counts[pairs] * there
        lengths[rows] = 1 + counts.sum(axis=1, dtype=np.int32)
        # Where a pair has more than one piece, what follows moves to the right.
        moved = np.flatnonzero((counts > 1).any(axis=1))
        part[moved, 1:] = _spread(pieces, pairs[moved], counts[moved])
    return BigramTokens(ids, np.minimum(lengths, max_length, out=lengths))


def _spread(
    pieces: BigramPieces, pairs: NDArray[np.integer], counts: NDArray[np.integer]
) -> NDArray[np.int32]:
    """All pieces of each row's pairs, one after the other, cut to as many as there are pairs.

    Args:
        pieces: of all pairs.
        pairs: uint16 [n, length].
        counts: uint8 [n, length], pieces of each pair, 0 behind the last.

    Returns:
        int32 [n, length], [PAD] behind the last piece.
    """
    n, length = pairs.shape
    width = length * len(pieces.ids) + 1
    starts = np.cumsum(counts, axis=1, dtype=np.int64) - counts
    starts += np.arange(n)[:, None] * width
    spread = np.zeros(n * width, np.int32)
    # What is behind a row's last pair has no piece: it writes [PAD] behind the last piece.
    spread[starts] = pieces.ids[0, pairs] * (counts > 0)
    for piece in range(1, len(pieces.ids)):
        more = np.flatnonzero(counts > piece)
        spread[starts.ravel()[more] + piece] = pieces.ids[piece, pairs.ravel()[more]]
    return spread.reshape(n, width)[:, :length]
