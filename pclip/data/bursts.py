"""What pre-training reads: distinct packets as tokens, and which of them follow in one burst."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pclip.packets import PacketTable, bigram_tokens, flow_table
from pclip.packets.tokens import CLS_ID, MASK_ID, SEP_ID

__all__ = [
    "CLS_ID",
    "FEWEST_TOKENS",
    "MASK_ID",
    "SEP_ID",
    "BurstCorpus",
    "burst_corpus",
    "join_corpora",
    "without",
]

FEWEST_TOKENS = 4
"""[CLS] and three bigrams: of a shorter row nothing could be masked and told from the rest."""


@dataclass(frozen=True, eq=False)
class BurstCorpus:
    """Distinct packets, without labels.

    Attributes:
        ids: int32 [d, length], distinct token rows, `[CLS]` first, zero-padded on the right.
        lengths: int32 [d].
        pairs: int32 [p, 2], distinct pairs of different rows; the second was seen right behind the
            first in one burst.
    """

    ids: NDArray[np.int32]
    lengths: NDArray[np.int32]
    pairs: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.ids)


def burst_corpus(packets: PacketTable, *, bytes: str, max_length: int) -> BurstCorpus:
    """Tokens and bursts of packets.

    A burst is what one side of a flow sends in a row (ET-BERT's "BURST"). The released code cuts a
    burst's bytes in two halves; ours pairs neighbouring packets, since a packet is what is encoded
    later.

    Args:
        packets: of any captures; rows that are not usable are left out.
        bytes: byte policy.
        max_length: positions of a row, `[CLS]` counted.

    Returns:
        The corpus; rows shorter than `FEWEST_TOKENS` are left out.

    Source: Lin et al. 2022, section 3.1.
    """
    rows = np.flatnonzero(packets.usable)
    packets = packets.take(rows)
    tokens = bigram_tokens(packets, bytes=bytes, max_length=max_length)
    return _distinct(tokens.ids, tokens.lengths, _neighbours(packets))


def join_corpora(corpora: Sequence[BurstCorpus]) -> BurstCorpus:
    """Several corpora of one `max_length` as one, without repetitions.

    Args:
        corpora: one at least.
    """
    firsts = np.cumsum([0, *(len(corpus) for corpus in corpora[:-1])])
    pairs = [corpus.pairs + first for corpus, first in zip(corpora, firsts, strict=True)]
    return _distinct(
        np.concatenate([corpus.ids for corpus in corpora]),
        np.concatenate([corpus.lengths for corpus in corpora]),
        np.concatenate(pairs),
    )


def without(corpus: BurstCorpus, other: BurstCorpus) -> BurstCorpus:
    """`corpus` without the rows that `other` has: what a loss on held-out packets is taken on."""
    known = {row.tobytes() for row in other.ids}
    return _taken(corpus, np.array([row.tobytes() not in known for row in corpus.ids], bool))


def _taken(corpus: BurstCorpus, kept: NDArray[np.bool_]) -> BurstCorpus:
    number = np.cumsum(kept) - 1
    both = kept[corpus.pairs].all(axis=1)
    pairs = number[corpus.pairs[both]].astype(np.int32)
    return BurstCorpus(corpus.ids[kept], corpus.lengths[kept], pairs)


def _neighbours(packets: PacketTable) -> NDArray[np.int64]:
    """Row numbers [p, 2] of packets that follow each other in a flow and go the same way."""
    flow = flow_table(packets).flow_of_packet
    order = np.lexsort((np.arange(len(packets)), packets.time_ns, flow))
    order = order[flow[order] >= 0]
    before, after = order[:-1], order[1:]
    same = (
        (flow[before] == flow[after])
        & (packets.source_address[before] == packets.source_address[after]).all(axis=1)
        & (packets.source_port[before] == packets.source_port[after])
    )
    return np.stack([before[same], after[same]], axis=1)


def _distinct(
    ids: NDArray[np.int32], lengths: NDArray[np.int32], pairs: NDArray[np.integer]
) -> BurstCorpus:
    ids = np.ascontiguousarray(ids)
    keys = ids.view(np.dtype((np.void, ids.dtype.itemsize * ids.shape[1]))).ravel()
    _, first, number = np.unique(keys, return_index=True, return_inverse=True)
    renumbered = number.ravel()[pairs].astype(np.int32).reshape(-1, 2)
    different = renumbered[renumbered[:, 0] != renumbered[:, 1]]
    corpus = BurstCorpus(ids[first], lengths[first], np.unique(different, axis=0))
    return _taken(corpus, corpus.lengths >= FEWEST_TOKENS)
