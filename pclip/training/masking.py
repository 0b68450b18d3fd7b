"""Which tokens of a row are hidden, and what stands in their place."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

NOTHING = -1
MASKED, RANDOM = 0.8, 0.1


class Masked(NamedTuple):
    """Rows with hidden tokens.

    Attributes:
        ids: int32 [n, length], what the encoder sees.
        positions: int32 [n, most], where tokens are to be told; 0 where there are fewer.
        targets: int32 [n, most], the tokens that were there; `NOTHING` where there are fewer.
    """

    ids: NDArray[np.int32]
    positions: NDArray[np.int32]
    targets: NDArray[np.int32]


def mask_spans(
    ids: NDArray[np.int32],
    rng: np.random.Generator,
    *,
    share: float,
    span: int,
    first_word: int,
    vocabulary: int,
    mask_id: int,
) -> Masked:
    """Hide about `share` of each row's words in spans of `span` neighbours.

    Bigrams overlap, so a lone hidden one can be read off its neighbours; of k masks in a row k - 1
    bytes cannot. Each hidden word by itself becomes the mask (80 %), a random word (10 %) or stays
    (10 %), as in BERT; so one that stays within a span shows bytes of its neighbours.

    Args:
        ids: int32 [n, length], each row with [CLS] first; ids below `first_word` are specials and
            padding, never hidden.
        rng: source of the draws.
        share: of a row's words, at least one is hidden.
        span: neighbours that are hidden together; 1 is the released code.
        first_word: smallest id of a word.
        vocabulary: number of ids.
        mask_id: id of the mask.

    Returns:
        Masked, with most = round(share * length), at least 1.

    Source: Devlin et al. 2019, section 3.1. Spans as in Joshi et al. 2020 (SpanBERT), which
    replaces all words of a span alike.
    """
    rows, length = ids.shape
    most = max(1, round(share * length))
    words = ids >= first_word
    wanted = np.clip(np.rint(share * words.sum(axis=1)), 1, most).astype(int)
    # A grid of spans, shifted anew for each row; whole spans are hidden in random order.
    shift = rng.integers(span, size=(rows, 1))
    span_of = (np.arange(length) + shift) // span
    keys = rng.random((rows, length // span + 2))
    keys = np.where(words, np.take_along_axis(keys, span_of, axis=1), np.inf)
    positions = np.argsort(keys, axis=1, kind="stable")[:, :most].astype(np.int32)
    there = np.take_along_axis(words, positions, axis=1) & (np.arange(most) < wanted[:, None])
    positions = np.where(there, positions, 0)
    original = np.take_along_axis(ids, positions, axis=1)

    draw = rng.random(positions.shape)
    random_words = rng.integers(first_word, vocabulary, positions.shape, dtype=np.int32)
    shown = np.where(draw < MASKED, np.int32(mask_id), random_words)
    shown = np.where(there & (draw < MASKED + RANDOM), shown, original)
    seen = ids.copy()
    np.put_along_axis(seen, positions, shown, axis=1)
    return Masked(seen, positions, np.where(there, original, NOTHING).astype(np.int32))
