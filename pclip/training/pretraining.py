"""Pre-training a packet encoder: masked bigrams and same-origin bursts, without labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np
import optax

from pclip.data.bursts import CLS_ID, MASK_ID, SEP_ID, BurstCorpus
from pclip.models.encoder import Encoder
from pclip.models.encoder_config import EncoderConfig
from pclip.models.pooling import length_mask, pool
from pclip.models.pretraining import (
    SPECIALS,
    Negatives,
    bigram_loss,
    init_pretraining,
    origin_loss,
)
from pclip.training.masking import mask_spans
from pclip.training.state import TrainState

LENGTHS = (32, 64, 128)
"""Rows of a batch are padded to one of these: three shapes to compile."""
# Second word of the seed sequence: batches draw from a stream of their own.
BATCHES = 200


class Rows(NamedTuple):
    """A batch of rows, some tokens hidden.

    Attributes:
        ids, segments: int32 [B, S]; segments 1 and 2, 0 at padding.
        lengths: int32 [B].
        positions, targets: int32 [B, P], hidden tokens; target -1 where there are fewer.
        same: int32 [B]: 1 two packets of one burst, 0 of two, -1 a packet alone.
    """

    ids: Any
    segments: Any
    lengths: Any
    positions: Any
    targets: Any
    same: Any


class Proposal(NamedTuple):
    """The distribution that negatives are drawn from.

    Attributes:
        cumulative: float32 [vocabulary].
        log_probability: float32 [vocabulary].
    """

    cumulative: Any
    log_probability: Any


@dataclass(frozen=True)
class PretrainingOptions:
    """What a pre-training recipe chooses.

    Attributes:
        tokens_per_batch: rows x padded length of a batch, over all devices.
        mask_share: of a row's bigrams are hidden.
        mask_span: neighbours that are hidden together; 1 is the released code.
        negatives: of the sampled softmax; 0 for the whole vocabulary.
        pair_share: of the batches are pairs of packets; the others are packets alone, as they are
            encoded later.
        bigram_weight: weight of the masked-bigram loss; 1 the paper's plain sum, 0.1 the released
            code.
        origin_pooling: what the same-origin head reads, "cls" (the released code) or "mean".
    """

    tokens_per_batch: int = 8192
    mask_share: float = 0.15
    mask_span: int = 3
    negatives: int = 4096
    pair_share: float = 0.2
    bigram_weight: float = 1.0
    origin_pooling: str = "cls"


class PretrainingTask:
    """Masked bigrams and same-origin prediction on a corpus.

    Args:
        config: the encoder, over the arithmetic vocabulary.
        corpus: packets and pairs to learn from.
        optimiser: an Optax transformation.
        options: the recipe.
        seed: of the batches.
        start: an encoder's parameters to go on from, None to begin anew.
    """

    def __init__(
        self,
        config: EncoderConfig,
        corpus: BurstCorpus,
        *,
        optimiser: optax.GradientTransformation,
        options: PretrainingOptions,
        seed: int = 0,
        start: Any = None,
    ) -> None:
        self.data = proposal(corpus, config.vocab_size)
        self._config = config
        self._corpus = corpus
        self._optimiser = optimiser
        self._options = options
        self._seed = seed
        self._start = start
        self._buckets = [
            np.flatnonzero(bucket_of(corpus.lengths) == i) for i in range(len(LENGTHS))
        ]

    def init(self, seed: int) -> TrainState:
        """Fresh heads, and an encoder that is fresh too or the one to go on from."""
        params = init_pretraining(self._config, seed)
        if self._start is not None:
            params["encoder"] = jax.tree.map(jnp.asarray, self._start)
        return TrainState.create(params, self._optimiser, seed)

    def batch(self, step: int) -> Rows:
        """The rows of step `step`: pairs, or packets of one padded length.

        Lengths are drawn by their number of rows over the rows of a batch, so that each packet
        is seen as often as any other.
        """
        rng = np.random.default_rng((self._seed, BATCHES, step))
        if len(self._corpus.pairs) and rng.random() < self._options.pair_share:
            return pair_rows(self._corpus, self._options, rng)
        shares = np.array([len(rows) for rows in self._buckets]) * np.array(LENGTHS)
        bucket = rng.choice(len(LENGTHS), p=shares / shares.sum())
        return single_rows(self._corpus, self._buckets[bucket], LENGTHS[bucket], self._options, rng)

    def step(
        self, state: TrainState, data: Proposal, batch: Rows
    ) -> tuple[TrainState, dict[str, jax.Array]]:
        """One step; metrics: loss and its parts."""
        key = jax.random.fold_in(state.key, state.step)
        negatives = _draw(data, self._options.negatives, key)

        def loss_of(params: Any) -> tuple[jax.Array, dict[str, jax.Array]]:
            parts = losses(self._config, params, batch, self._options, negatives, dropout=key)
            return self._options.bigram_weight * parts["bigrams"] + parts["origin"], parts

        (loss, parts), grads = jax.value_and_grad(loss_of, has_aux=True)(state.params)
        return state.advance(grads, self._optimiser), {"loss": loss, **parts}


def losses(
    config: EncoderConfig,
    params: Any,
    batch: Rows,
    options: PretrainingOptions,
    negatives: Negatives | None,
    dropout: jax.Array | None = None,
) -> dict[str, jax.Array]:
    """Both losses of a batch, and how often each task is solved; 0 where it is not posed.

    Args:
        config: the encoder.
        params: as `init_pretraining` gives.
        batch: the rows.
        options: the recipe.
        negatives: None for the whole vocabulary.
        dropout: a random key, None for no dropout.
    """
    mask = length_mask(batch.lengths, batch.ids.shape[1])
    hidden = cast(
        jax.Array,
        Encoder(config).apply(
            {"params": params["encoder"]},
            batch.ids,
            batch.segments,
            mask,
            deterministic=dropout is None,
            rngs=None if dropout is None else {"dropout": dropout},
        ),
    )
    told = jnp.take_along_axis(hidden, batch.positions[..., None], axis=1)
    bigrams, bigrams_right = bigram_loss(
        config, params, told.reshape(-1, config.width), batch.targets.reshape(-1), negatives
    )
    pooled = pool(hidden, mask, options.origin_pooling)
    origin, origin_right = origin_loss(config, params, pooled, batch.same)
    return {
        "bigrams": bigrams,
        "bigrams_right": bigrams_right,
        "origin": origin,
        "origin_right": origin_right,
    }


def single_rows(
    corpus: BurstCorpus,
    rows: np.ndarray,
    length: int,
    options: PretrainingOptions,
    rng: np.random.Generator,
) -> Rows:
    """A batch of packets alone, drawn from `rows`, cut or padded to `length`."""
    chosen = rows[rng.integers(len(rows), size=max(1, options.tokens_per_batch // length))]
    ids = corpus.ids[chosen][:, :length]
    lengths = np.minimum(corpus.lengths[chosen], length).astype(np.int32)
    segments = (np.arange(length) < lengths[:, None]).astype(np.int32)
    return _hidden(ids, segments, lengths, np.full(len(ids), -1, np.int32), options, rng)


def pair_rows(corpus: BurstCorpus, options: PretrainingOptions, rng: np.random.Generator) -> Rows:
    """A batch of pairs: [CLS] first [SEP] second [SEP], half of them of one burst.

    Each packet gives at most half of what the longest length leaves beside three specials. In the
    other half the second packet is that of another pair.
    """
    length = LENGTHS[-1]
    size = max(1, options.tokens_per_batch // length)
    pairs = corpus.pairs[rng.integers(len(corpus.pairs), size=size)]
    others = corpus.pairs[rng.integers(len(corpus.pairs), size=size), 1]
    same = rng.integers(2, size=size).astype(np.int32)
    second = np.where(same == 1, pairs[:, 1], others)
    half = (length - 3) // 2
    ids = np.zeros((size, length), np.int32)
    segments = np.zeros((size, length), np.int32)
    lengths = np.empty(size, np.int32)
    columns = np.arange(length)
    ends = np.minimum(corpus.lengths[pairs[:, 0]], half + 1)[:, None]
    inner = np.minimum(corpus.lengths[second] - 1, half)[:, None]
    ids[:, : half + 1] = corpus.ids[pairs[:, 0], : half + 1]
    np.put_along_axis(ids, ends, SEP_ID, axis=1)
    ids[columns > ends] = 0
    place = columns - ends
    behind = (place >= 1) & (place <= inner)
    words = np.take_along_axis(corpus.ids[second], np.clip(place, 0, inner), axis=1)
    ids[behind] = words[behind]
    np.put_along_axis(ids, ends + inner + 1, SEP_ID, axis=1)
    lengths[:] = (ends + inner + 2)[:, 0]
    segments[:] = np.where(columns <= ends, 1, 2) * (columns < lengths[:, None])
    assert (ids[:, 0] == CLS_ID).all()
    return _hidden(ids, segments, lengths, same, options, rng)


def bucket_of(lengths: np.ndarray) -> np.ndarray:
    """Which of `LENGTHS` rows of these lengths are padded to, or cut to the last."""
    return np.minimum(np.searchsorted(LENGTHS, lengths), len(LENGTHS) - 1)


def proposal(corpus: BurstCorpus, vocabulary: int) -> Proposal:
    """Negatives in proportion to count^(3/4), smoothed by one for each word.

    Source: Mikolov et al. 2013, section 2.2, for the exponent.
    """
    counts = np.bincount(corpus.ids[corpus.ids >= SPECIALS], minlength=vocabulary)
    weights = (counts + 1.0) ** 0.75
    weights[:SPECIALS] = 0.0
    probability = weights / weights.sum()
    with np.errstate(divide="ignore"):
        log_probability = np.log(probability)
    return Proposal(np.cumsum(probability).astype(np.float32), log_probability.astype(np.float32))


def _draw(data: Proposal, number: int, key: jax.Array) -> Negatives | None:
    if not number:
        return None
    # A stream beside dropout's.
    places = jax.random.uniform(jax.random.fold_in(key, 1), (number,))
    last = data.cumulative.shape[0] - 1
    ids = jnp.clip(jnp.searchsorted(data.cumulative, places, side="right"), SPECIALS, last)
    return Negatives(ids, data.log_probability[ids] + np.log(number))


def _hidden(
    ids: np.ndarray,
    segments: np.ndarray,
    lengths: np.ndarray,
    same: np.ndarray,
    options: PretrainingOptions,
    rng: np.random.Generator,
) -> Rows:
    masked = mask_spans(
        ids,
        rng,
        share=options.mask_share,
        span=options.mask_span,
        first_word=SPECIALS,
        vocabulary=SPECIALS + 256 * 256,
        mask_id=MASK_ID,
    )
    return Rows(masked.ids, segments, lengths, masked.positions, masked.targets, same)
