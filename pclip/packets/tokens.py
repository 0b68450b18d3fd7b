"""Bigram tokens: the byte pairs of a packet as integers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pclip.packets.gather import shorter_than
from pclip.packets.policies import policy_chunks
from pclip.packets.table import PacketTable

PAD_ID, SEP_ID, CLS_ID, UNK_ID, MASK_ID = range(5)
FIRST_BIGRAM_ID = 5
VOCABULARY_SIZE = FIRST_BIGRAM_ID + 256 * 256


@dataclass(frozen=True, eq=False)
class BigramTokens:
    """Token rows of n packets.

    Attributes:
        ids: int32[n, max_length]; `[CLS]` first, then one id a byte pair, then `[PAD]`.
        lengths: int32[n], tokens that are not padding, `[CLS]` counted.
    """

    ids: NDArray[np.int32]
    lengths: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.ids)


def bigram_tokens(
    packets: PacketTable, bytes: str = "identity_free", max_length: int = 128
) -> BigramTokens:
    """Tokens of each packet in the arithmetic vocabulary.

    id_t = 5 + 256 b_t + b_{t+1}, stride one byte; ids 0 to 4 are [PAD], [SEP], [CLS], [UNK] and
    [MASK]. There is no [SEP] at the end.

    Args:
        packets: n rows.
        bytes: byte policy, see `policy_bytes`.
        max_length: positions of a row, `[CLS]` counted, at least 1.

    Returns:
        BigramTokens; a packet of L visible bytes has 1 + max(L - 1, 0) tokens before the cut. Rows
        that are not usable have `[CLS]` only (except under `legacy38`).

    Raises:
        ValueError: no such policy, or no room for `[CLS]`.

    Source: Lin et al. 2022, with an id that needs no vocabulary file.
    """
    if max_length < 1:
        raise ValueError(f"max_length={max_length}; [CLS] alone needs 1")
    ids = np.empty((len(packets), max_length), np.int32)
    lengths = np.empty(len(packets), np.int32)
    # max_length positions hold [CLS] and max_length - 1 pairs, which span max_length bytes.
    for rows, block, visible in policy_chunks(packets, bytes, max_length):
        part = ids[rows]
        lengths[rows] = 1 + np.maximum(visible - 1, 0)
        part[:, 0] = CLS_ID
        # Pairs fit 16 bits, their ids do not.
        pairs = block[:, :-1].astype(np.uint16) << 8 | block[:, 1:]
        np.add(pairs, np.int32(FIRST_BIGRAM_ID), out=part[:, 1:])
        part *= shorter_than(lengths[rows], max_length)
    return BigramTokens(ids, lengths)
