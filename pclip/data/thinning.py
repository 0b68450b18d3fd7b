"""At most so many packets of each class and capture, chosen while captures stream by."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pclip.data.compact import compact
from pclip.packets import PacketTable

SLOT_NS = 60 * 10**9
"""A piece is what one conversation says within a minute, the idle timeout of a flow."""
LEAST_OF_A_PIECE = 64
PIECES = 4
"""One piece gives at most a quarter of a class: a long download is not to be all that is benign."""
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_STEP = np.uint64(0x9E3779B97F4A7C15)


@dataclass
class Thinned:
    """Packets that were kept of those added.

    Whole pieces are drawn: what a conversation (protocol, addresses, ports) says within a minute.
    Each has a random number, made from the seed and the piece alone; the lowest numbers are kept
    until a class of a capture is full, the last piece only by its first packets. So flows and
    windows find neighbours that belong together, and the result does not depend on where chunks
    end. A class of few pieces may keep less than `most`: a piece gives at most
    max(64, most / 4) packets.

    Args:
        most: packets of each class in each capture; 0 for all.
        seed: of the draw.
    """

    most: int
    seed: int = 0
    _tables: list[PacketTable] = field(default_factory=list)
    _labels: list[NDArray[np.int16]] = field(default_factory=list)
    _warnings: list[str] = field(default_factory=list)
    # (capture, class) -> packets and random numbers of what is kept of them.
    _kept: dict[tuple[int, int], tuple[PacketTable, NDArray[np.uint64]]] = field(
        default_factory=dict
    )

    def add(self, packets: PacketTable, labels: NDArray[np.int16]) -> None:
        """Look at one chunk; packets of a label below 0 are left out."""
        self._warnings += packets.warnings
        if not self.most:
            rows = np.flatnonzero(labels >= 0)
            self._tables.append(compact(packets.take(rows)))
            self._labels.append(labels[rows])
            return
        number = piece_numbers(packets, self.seed)
        for capture in np.unique(packets.capture).tolist():
            for label in np.unique(labels[(packets.capture == capture) & (labels >= 0)]).tolist():
                rows = np.flatnonzero((packets.capture == capture) & (labels == label))
                self._merge((capture, label), packets.take(rows), number[rows])

    def _merge(
        self, key: tuple[int, int], packets: PacketTable, number: NDArray[np.uint64]
    ) -> None:
        tables = [packets]
        if key in self._kept:
            kept, own = self._kept[key]
            if len(kept) >= self.most:
                below = number <= own.max()
                packets, number = packets.take(below), number[below]
                if not len(packets):
                    return
            tables, number = [kept, compact(packets)], np.concatenate([own, number])
        table = _same_captures(tables)
        order = np.lexsort((table.index, number))
        begins = np.flatnonzero(np.diff(number[order], prepend=~number[order[:1]]) != 0)
        sizes = np.diff(np.append(begins, len(order)))
        rank = np.arange(len(order)) - np.repeat(begins, sizes)
        chosen = order[rank < max(LEAST_OF_A_PIECE, self.most // PIECES)][: self.most]
        chosen = np.sort(chosen)
        self._kept[key] = compact(table.take(chosen)), number[chosen]

    def result(self) -> tuple[PacketTable | None, NDArray[np.int16]]:
        """The packets kept, by capture and record number, and their labels; None for none."""
        tables, labels = list(self._tables), list(self._labels)
        for (_, label), (kept, _) in self._kept.items():
            tables.append(kept)
            labels.append(np.full(len(kept), label, np.int16))
        if not tables:
            return None, np.empty(0, np.int16)
        table, every = _same_captures(tables), np.concatenate(labels)
        order = np.lexsort((table.index, table.capture))
        table = dataclasses.replace(table.take(order), warnings=tuple(self._warnings))
        return table, every[order]


def piece_numbers(packets: PacketTable, seed: int) -> NDArray[np.uint64]:
    """A random number of each packet's piece, uint64[n], the same for both directions."""
    ends = [
        _mixed(
            np.ascontiguousarray(address).view(">u8").astype(np.uint64),
            (port + 1).astype(np.uint64),
        )
        for address, port in (
            (packets.source_address, packets.source_port),
            (packets.destination_address, packets.destination_port),
        )
    ]
    slot = (packets.time_ns // SLOT_NS).astype(np.uint64)
    number = _scrambled(ends[0] + ends[1] + packets.protocol)
    number = _scrambled(number ^ _scrambled(slot + packets.capture.astype(np.uint64)))
    return _scrambled(number + np.uint64(seed) * _STEP)


def _mixed(words: NDArray[np.uint64], port: NDArray[np.uint64]) -> NDArray[np.uint64]:
    return _scrambled(_scrambled(_scrambled(words[:, 0]) ^ words[:, 1]) + port)


def _scrambled(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every bit moves every other."""
    x = x + _STEP
    x = (x ^ (x >> np.uint64(30))) * _MIX[0]
    x = (x ^ (x >> np.uint64(27))) * _MIX[1]
    return x ^ (x >> np.uint64(31))


def _same_captures(tables: list[PacketTable]) -> PacketTable:
    """Tables of one stream as one: all have the same tuple of captures, which stays."""
    table = PacketTable.concatenate(
        [dataclasses.replace(t, capture=np.zeros(len(t), np.int16), warnings=()) for t in tables]
    )
    return dataclasses.replace(
        table,
        capture=np.concatenate([t.capture for t in tables]),
        captures=tables[0].captures,
    )
