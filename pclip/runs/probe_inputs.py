"""What probes work on: the distinct inputs of some splits' parts, with classes and counts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from ml_collections import ConfigDict

from pclip.data import FIXED_SPLITS, PARTS, SPLITS, make_split
from pclip.embedding import distinct_rows
from pclip.evaluation import WeightedRows, weighted_rows
from pclip.packets import PacketTable, bigram_tokens, policy_bytes
from pclip.runs.inputs import read_dataset
from pclip.training.fine_tuning import PacketTokens

Place = tuple[str, int, str]
"""Split, seed, part."""


@dataclass(frozen=True, eq=False)
class ProbeInputs:
    """Distinct inputs and the parts they are in.

    Attributes:
        dataset: its name.
        classes: names.
        packets: one of each distinct input.
        tokens: their bigrams, ids being arithmetic; distinct rows.
        values: uint8 [distinct inputs, tokens], the bytes behind the tokens.
        visible: int [distinct inputs], how many of them there are.
        parts: (split, seed, part) -> its inputs with classes; a count is in packets.
    """

    dataset: str
    classes: tuple[str, ...]
    packets: PacketTable
    tokens: PacketTokens
    values: np.ndarray
    visible: np.ndarray
    parts: dict[Place, WeightedRows]

    def fingerprint(self) -> str:
        """sha256 of what the data is to a probe."""
        digest = hashlib.sha256()
        arrays = [*self.tokens, *(array for rows in self.parts.values() for array in rows)]
        for array in arrays:
            digest.update(str((array.shape, array.dtype)).encode())
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()


def probe_inputs(config: ConfigDict) -> ProbeInputs:
    """Read the dataset and gather the parts that the config's splits and seeds need.

    Without `config.test` no test part is gathered, so that nothing can look at one.

    Raises:
        PclipError: no such dataset, byte policy or split of it.
    """
    dataset = read_dataset(config)
    labels = dataset.labels.astype(np.int64)
    chosen: dict[Place, tuple[np.ndarray, np.ndarray]] = {}
    for split, seed in split_seeds(config):
        divided = make_split(dataset, split, seed)
        for part in PARTS if config.test else PARTS[:2]:
            rows = divided.part(part)
            chosen[split, seed, part] = _thinned(rows, labels[rows], config.packets_per_class)
    packets = np.unique(np.concatenate([rows for rows, _ in chosen.values()]))
    table = dataset.packets.take(packets)
    bigrams = bigram_tokens(table, config.packet.bytes, config.packet.tokens)
    # Inputs differ where bytes do, whichever vocabulary an encoder reads them in.
    distinct = distinct_rows(bigrams.ids)
    table = table.take(distinct.first)
    values, visible = policy_bytes(table, config.packet.bytes, config.packet.tokens)
    parts = {}
    for place, (rows, counts) in chosen.items():
        inputs = distinct.inverse[np.searchsorted(packets, rows)]
        parts[place] = weighted_rows(inputs, labels[rows], counts)
    return ProbeInputs(
        dataset=dataset.name,
        classes=tuple(dataset.classes),
        packets=table,
        tokens=PacketTokens(bigrams.ids[distinct.first], bigrams.lengths[distinct.first]),
        values=values,
        visible=visible,
        parts=parts,
    )


def split_seeds(config: ConfigDict) -> list[tuple[str, int]]:
    """Splits that are drawn, with their seeds; one that every seed has alike is drawn once."""
    return [
        (split, seed)
        for split in SPLITS
        for seed in range(config.seeds[split])
        if seed == 0 or split not in FIXED_SPLITS
    ]


def _thinned(rows: np.ndarray, labels: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """At most `most` packets of each class, evenly spaced, and how many each stands for.

    0 keeps all. A class weighs as much as it did, so that shares and scores are estimates of
    those of the whole part.
    """
    if not most:
        return rows, np.ones(len(rows))
    kept, counts = [], []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        few = members[np.linspace(0, len(members) - 1, min(most, len(members))).astype(int)]
        kept.append(few)
        counts.append(np.full(len(few), len(members) / len(few)))
    order = np.argsort(np.concatenate(kept))
    return rows[np.concatenate(kept)[order]], np.concatenate(counts)[order]
