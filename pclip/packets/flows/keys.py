"""Whose flow a packet may belong to: keys of five words, and packets sorted by them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pclip.packets.table import PacketTable

WORDS = 5
"""Lower address (two words), higher address (two), protocol and the two ports."""

PORT_BITS = 17
"""Ports 0 to 65,535 and none."""

KEY_TYPE = np.dtype(f"S{8 * WORDS}")
"""A key as bytes, for looking up; the order that it gives means nothing."""


class Keys(NamedTuple):
    """Keys of n packets.

    Attributes:
        words: uint64[n, 5], equal for both directions of a conversation.
        from_higher: bool[n], sent by the endpoint that stands second in the key.
    """

    words: NDArray[np.uint64]
    from_higher: NDArray[np.bool_]


def make_keys(packets: PacketTable, rows: NDArray[np.int64]) -> Keys:
    """Bidirectional 5-tuples; packets without ports go by address pair and protocol."""
    source = packets.source_address[rows].view(">u8").astype(np.uint64)
    target = packets.destination_address[rows].view(">u8").astype(np.uint64)
    source_port = (packets.source_port[rows] + 1).astype(np.uint64)
    target_port = (packets.destination_port[rows] + 1).astype(np.uint64)
    higher = source_port > target_port
    for word in (1, 0):
        ours, theirs = source[:, word], target[:, word]
        higher = (ours > theirs) | ((ours == theirs) & higher)
    words = np.empty((len(rows), WORDS), np.uint64)
    words[:, :2] = np.where(higher[:, None], target, source)
    words[:, 2:4] = np.where(higher[:, None], source, target)
    first = np.where(higher, target_port, source_port)
    second = np.where(higher, source_port, target_port)
    protocol = packets.protocol[rows].astype(np.uint64)
    words[:, 4] = (protocol << np.uint64(2 * PORT_BITS)) | (first << np.uint64(PORT_BITS)) | second
    return Keys(words, higher)


def split_last_word(
    word: NDArray[np.uint64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Protocol, lower endpoint's port and higher endpoint's port; -1 where there is no port."""
    mask = np.int64((1 << PORT_BITS) - 1)
    packed = word.astype(np.int64)
    return packed >> (2 * PORT_BITS), ((packed >> PORT_BITS) & mask) - 1, (packed & mask) - 1


def sort_by_key(
    words: NDArray[np.uint64], epoch: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Bring packets of one epoch and key together, in the order they came.

    Returns:
        order: int64[n]; heads: bool[n], True at each first packet of a key, in that order.
    """
    order = _order_by_hash(words, epoch)
    heads = _heads(words, epoch, order)
    distinct = np.concatenate([epoch[order[heads], None].view(np.uint64), words[order[heads]]], 1)
    if len(np.unique(distinct.view(np.dtype((np.void, distinct.itemsize * 6))))) < len(distinct):
        # Two keys with one hash lie interleaved; whoever made them gains only a slower sort.
        order = np.lexsort((*words.T, epoch))
        heads = _heads(words, epoch, order)
    return order, heads


def _order_by_hash(words: NDArray[np.uint64], epoch: NDArray[np.int64]) -> NDArray[np.int64]:
    """One sort of plain integers: hash above, row below."""
    bits = max(int(len(words) - 1).bit_length(), 1)
    mixed = epoch.astype(np.uint64)
    for word in range(WORDS):
        mixed = (mixed ^ words[:, word]) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    low = np.uint64((1 << bits) - 1)
    tagged = (mixed & ~low) | np.arange(len(words), dtype=np.uint64)
    tagged.sort()
    return (tagged & low).astype(np.int64)


def _heads(
    words: NDArray[np.uint64], epoch: NDArray[np.int64], order: NDArray[np.int64]
) -> NDArray[np.bool_]:
    heads = np.ones(len(order), bool)
    heads[1:] = epoch[order[1:]] != epoch[order[:-1]]
    for word in range(WORDS):
        column = words[order, word]
        heads[1:] |= column[1:] != column[:-1]
    return heads


def as_bytes(words: NDArray[np.uint64]) -> NDArray:
    """uint64[n, 5] -> KEY_TYPE[n]."""
    return np.ascontiguousarray(words).view(KEY_TYPE).reshape(len(words))
