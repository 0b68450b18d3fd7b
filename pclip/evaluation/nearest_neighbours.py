"""The nearest-neighbour probe: the classes of the most similar training inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from pclip.evaluation.probe_data import Answers, Setting, Training

# Rows of the matrix of cosines that is held at once: 512 x 50,000 float32 are 100 MB.
QUERIES_AT_ONCE = 512


@dataclass(frozen=True)
class NeighbourProbe:
    """The class that the k nearest distinct training inputs stand for most.

        y(x) = argmax_c sum_{i in kNN(x)} v_i share_ic,   nearest by cos(x, x_i)

    share_ic is the share of class c among the packets of distinct input i. With `by_packets` a
    neighbour's vote v_i is the number of its packets, otherwise 1. Dense features lose their
    training mean before the cosine: vectors of an encoder share a large common part.

    Args:
        counts: numbers k of neighbours to choose from, smallest first.
    """

    counts: tuple[int, ...]

    @property
    def settings(self) -> tuple[Setting, ...]:
        """Each k with either vote; one neighbour's vote needs no weight."""
        return tuple(
            {"neighbours": k, "by_packets": by_packets}
            for k in self.counts
            for by_packets in ((0,) if k == 1 else (0, 1))
        )

    def predictions(
        self, training: Training, queries: Any, settings: tuple[Setting, ...]
    ) -> Iterator[Answers]:
        """The class of each query for each setting in turn; see `Probe`."""
        rows = training.rows
        distinct, place = np.unique(rows.inputs, return_inverse=True)
        packets = np.zeros((len(distinct), int(rows.labels.max()) + 1))
        np.add.at(packets, (place, rows.labels), rows.counts)
        shares = packets / packets.sum(axis=1, keepdims=True)
        most = min(len(distinct), max(int(setting["neighbours"]) for setting in settings))
        nearest = _nearest(training.features[distinct], queries, most)
        for setting in settings:
            votes = packets if setting["by_packets"] else shares
            chosen = nearest[:, : int(setting["neighbours"])]
            yield Answers(votes[chosen].sum(axis=1).argmax(axis=1), {})


def _nearest(known: Any, queries: Any, most: int) -> np.ndarray:
    """Row numbers of the `most` nearest of `known`, nearest first, int64 [q, most]."""
    if isinstance(known, np.ndarray):
        mean = known.mean(axis=0)
        known, queries = known - mean, queries - mean
    known, queries = _unit(known), _unit(queries)
    found = np.empty((queries.shape[0], most), np.int64)
    for start in range(0, queries.shape[0], QUERIES_AT_ONCE):
        part = slice(start, start + QUERIES_AT_ONCE)
        cosines = _dense(queries[part] @ known.T)
        best = np.argpartition(-cosines, most - 1, axis=1)[:, :most]
        # Of equal cosines the first input comes first, whatever the partition left.
        best.sort(axis=1)
        order = np.argsort(-np.take_along_axis(cosines, best, axis=1), axis=1, kind="stable")
        found[part] = np.take_along_axis(best, order, axis=1)
    return found


def _unit(rows: Any) -> Any:
    """Rows of length 1; a zero row stays zero."""
    squares = (rows * rows).sum(axis=1)
    norms = np.sqrt(np.maximum(squares, np.finfo(np.float32).tiny)).astype(np.float32)
    if isinstance(rows, np.ndarray):
        return rows / norms[:, None]
    from scipy.sparse import diags_array

    return diags_array(1 / norms) @ rows


def _dense(matrix: Any) -> np.ndarray:
    return matrix if isinstance(matrix, np.ndarray) else matrix.toarray()
