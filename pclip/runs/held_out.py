"""What a pre-trained encoder tells of packets that it never saw, beside what counting tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh

from pclip.data.bursts import BurstCorpus
from pclip.evaluation.bigram_baselines import (
    BigramCounts,
    Told,
    told_by_frequency,
    told_by_neighbours,
)
from pclip.models.encoder_config import EncoderConfig
from pclip.models.pretraining import SPECIALS
from pclip.training.mesh import split_batch
from pclip.training.pretraining import (
    LENGTHS,
    PretrainingOptions,
    Rows,
    bucket_of,
    losses,
    pair_rows,
    single_rows,
)

SEED = 12_345
FEWEST_BATCHES = 4
"""Of each padded length that there are packets of."""

Measure = Callable[[Any, Rows], Mapping[str, Any]]


class HeldOut:
    """Fixed batches of held-out packets, and the losses on them over the whole vocabulary.

    Args:
        corpus: held-out packets.
        encoder: sizes of the encoder.
        options: the recipe: how much is hidden.
        batches: about how many of packets alone, shared out among the lengths as in training, and
            as many of pairs.
        mesh: devices along "data".
    """

    def __init__(
        self,
        corpus: BurstCorpus,
        encoder: EncoderConfig,
        options: PretrainingOptions,
        batches: int,
        mesh: Mesh,
    ) -> None:
        rng = np.random.default_rng(SEED)
        buckets = [np.flatnonzero(bucket_of(corpus.lengths) == i) for i in range(len(LENGTHS))]
        tokens = np.array([len(rows) for rows in buckets]) * np.array(LENGTHS)
        self._mesh = mesh
        self._shares: dict[int, float] = {}
        self._singles: dict[int, list[Rows]] = {}
        for rows, length, share in zip(buckets, LENGTHS, tokens / tokens.sum(), strict=True):
            if len(rows):
                number = max(FEWEST_BATCHES, round(batches * share))
                self._shares[length] = float(share)
                self._singles[length] = [
                    single_rows(corpus, rows, length, options, rng) for _ in range(number)
                ]
        count = batches if len(corpus.pairs) else 0
        self._pairs = [pair_rows(corpus, options, rng) for _ in range(count)]

        @jax.jit
        def measure(params: Any, batch: Rows) -> Mapping[str, Any]:
            return losses(encoder, params, batch, options, None)

        self._measure: Measure = measure

    def of_encoder(self, params: Any) -> dict[str, Any]:
        """Masked bigrams (also by padded length) and same-origin prediction.

        Args:
            params: as `init_pretraining` gives.

        Returns:
            {"bigrams": SCORE, "by_length": {LENGTH: SCORE}, "origin": SCORE where there are pairs},
            SCORE being {"loss": nats, "error": its standard error, "right": share}.
        """

        def found(batches: Sequence[Rows], name: str) -> list[tuple[float, float]]:
            values = [
                jax.device_get(self._measure(params, split_batch(self._mesh, batch)))
                for batch in batches
            ]
            return [(float(v[name]), float(v[f"{name}_right"])) for v in values]

        by_length = {n: found(batches, "bigrams") for n, batches in self._singles.items()}
        scores = self._scores(by_length)
        if self._pairs:
            scores["origin"] = _score({0: 1.0}, {0: found(self._pairs, "origin")})
        return scores

    def of_counts(self, train: BurstCorpus) -> dict[str, dict[str, Any]]:
        """The same batches told by counting the training packets, see `bigram_baselines`."""
        words = train.ids[train.ids >= SPECIALS] - SPECIALS
        counts = BigramCounts.of(words)
        told: dict[str, dict[int, list[tuple[float, float]]]] = {"frequency": {}, "neighbours": {}}
        for length, batches in self._singles.items():
            pairs = [_by_counting(counts, batch) for batch in batches]
            for position, name in enumerate(told):
                told[name][length] = [
                    (float(pair[position].losses.mean()), float(pair[position].right.mean()))
                    for pair in pairs
                ]
        return {name: self._scores(by_length) for name, by_length in told.items()}

    def sizes(self) -> dict[str, int]:
        """How many hidden bigrams and pairs the scores are means of."""
        singles = [batch for batches in self._singles.values() for batch in batches]
        return {
            "targets": int(sum((batch.targets >= 0).sum() for batch in singles)),
            "pairs": sum(len(batch.same) for batch in self._pairs),
        }

    def _scores(self, by_length: Mapping[int, Sequence[tuple[float, float]]]) -> dict[str, Any]:
        return {
            "bigrams": _score(self._shares, by_length),
            "by_length": {
                str(length): _score({length: 1.0}, {length: batches})
                for length, batches in by_length.items()
            },
        }


def _score(
    shares: Mapping[int, float], batches: Mapping[int, Sequence[tuple[float, float]]]
) -> dict[str, float]:
    """Mean over strata by their shares, and the standard error of the loss over batches."""
    loss = right = variance = 0.0
    for stratum, share in shares.items():
        values = np.array(batches[stratum])
        loss += share * values[:, 0].mean()
        right += share * values[:, 1].mean()
        if len(values) > 1:
            variance += share**2 * values[:, 0].var(ddof=1) / len(values)
    return {"loss": float(loss), "error": float(variance**0.5), "right": float(right)}


def _by_counting(counts: BigramCounts, batch: Rows) -> tuple[Told, Told]:
    rows, columns = np.nonzero(batch.targets >= 0)
    places = batch.positions[rows, columns]
    targets = batch.targets[rows, columns] - SPECIALS
    shown = np.pad(batch.ids, ((0, 0), (0, 1))) - SPECIALS
    before, behind = shown[rows, places - 1], shown[rows, places + 1]
    left = np.where(before >= 0, before % 256, -1)
    right = np.where(behind >= 0, behind // 256, -1)
    return told_by_frequency(counts, targets), told_by_neighbours(counts, targets, left, right)
