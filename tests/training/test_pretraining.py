from __future__ import annotations

import dataclasses

import jax
import numpy as np
import pytest

from pclip.data.bursts import CLS_ID, SEP_ID, BurstCorpus
from pclip.models.encoder_config import EncoderConfig
from pclip.models.packet_encoder import ARITHMETIC_VOCABULARY
from pclip.training import data_mesh, fit
from pclip.training.optimiser import trapezoid_adamw
from pclip.training.pretraining import (
    LENGTHS,
    PretrainingOptions,
    PretrainingTask,
    bucket_of,
    losses,
    pair_rows,
    proposal,
    single_rows,
)

CONFIG = EncoderConfig(ARITHMETIC_VOCABULARY, 16, 1, 2, 24, positions=128, word_rank=8, dropout=0.1)
OPTIONS = PretrainingOptions(tokens_per_batch=1024, negatives=32)
HALF = (LENGTHS[-1] - 3) // 2


@pytest.fixture(scope="module")
def corpus():
    rng = np.random.default_rng(0)
    lengths = rng.integers(4, 129, 300).astype(np.int32)
    words = rng.integers(5, 400, (300, 128))
    ids = np.where(np.arange(128) < lengths[:, None], words, 0).astype(np.int32)
    ids[:, 0] = CLS_ID
    return BurstCorpus(ids, lengths, rng.integers(300, size=(90, 2)).astype(np.int32))


def task(corpus, steps=4, **changes):
    options = dataclasses.replace(OPTIONS, **changes)
    return PretrainingTask(CONFIG, corpus, optimiser=trapezoid_adamw(1e-2, steps), options=options)


def restored(batch):
    """The rows before anything was hidden."""
    ids = batch.ids.copy()
    there = batch.targets >= 0
    rows = np.nonzero(there)[0]
    ids[rows, batch.positions[there]] = batch.targets[there]
    return ids


def test_packets_alone_are_the_corpus_rows_cut_to_the_bucket(corpus):
    rows = np.flatnonzero(bucket_of(corpus.lengths) == 1)
    assert ((corpus.lengths[rows] > LENGTHS[0]) & (corpus.lengths[rows] <= LENGTHS[1])).all()
    batch = single_rows(corpus, rows, LENGTHS[1], OPTIONS, np.random.default_rng(0))
    assert batch.ids.shape == (1024 // LENGTHS[1], LENGTHS[1])
    known = {row.tobytes() for row in corpus.ids[rows, : LENGTHS[1]]}
    assert all(row.tobytes() in known for row in restored(batch))
    assert (batch.same == -1).all()
    np.testing.assert_array_equal(batch.segments, (restored(batch) != 0).astype(int))


def test_pairs_are_two_packets_between_specials(corpus):
    options = dataclasses.replace(OPTIONS, tokens_per_batch=128 * 600)
    batch = pair_rows(corpus, options, np.random.default_rng(0))
    assert abs(batch.same.mean() - 0.5) < 0.08
    starts = {row[1 : 1 + HALF][row[1 : 1 + HALF] > 0].tobytes() for row in corpus.ids}
    together = {
        tuple(corpus.ids[r, 1 : 1 + HALF][corpus.ids[r, 1 : 1 + HALF] > 0].tobytes() for r in pair)
        for pair in corpus.pairs
    }
    for ids, length, segments, same in zip(
        restored(batch), batch.lengths, batch.segments, batch.same, strict=True
    ):
        first_end, second_end = np.flatnonzero(ids == SEP_ID)
        assert (ids[0], second_end) == (CLS_ID, length - 1)
        assert (ids[length:] == 0).all()
        halves = ids[1:first_end].tobytes(), ids[first_end + 1 : second_end].tobytes()
        assert halves[0] in starts
        assert halves[1] in starts
        if same:
            assert halves in together
        expected = [1] * (first_end + 1) + [2] * (second_end - first_end)
        assert segments.tolist() == expected + [0] * (128 - len(expected))


def test_batches_depend_on_the_step_and_see_each_packet_as_often_as_any_other(corpus):
    made = task(corpus)
    assert jax.tree.all(jax.tree.map(np.array_equal, made.batch(3), made.batch(3)))
    assert not np.array_equal(made.batch(3).ids, made.batch(4).ids)
    seen = np.zeros(len(LENGTHS))
    pairs = 0
    for step in range(3000):
        batch = made.batch(step)
        pairs += batch.same[0] >= 0
        if batch.same[0] < 0:
            seen[LENGTHS.index(batch.ids.shape[1])] += len(batch.ids)
    assert abs(pairs / 3000 - OPTIONS.pair_share) < 0.03
    expected = np.bincount(bucket_of(corpus.lengths)) / len(corpus)
    np.testing.assert_allclose(seen / seen.sum(), expected, atol=0.03)


def test_a_step_moves_every_leaf_and_reports_its_losses(corpus):
    made = task(corpus, pair_share=1.0)
    state = made.init(0)._replace(step=jax.numpy.int32(1))
    # Warm-up starts from a rate of zero: two steps.
    once, metrics = jax.jit(made.step)(state, made.data, made.batch(0))
    after, _ = jax.jit(made.step)(once, made.data, made.batch(1))
    assert set(metrics) == {"loss", "bigrams", "bigrams_right", "origin", "origin_right"}
    total = metrics["bigrams"] + metrics["origin"]
    assert float(metrics["loss"]) == pytest.approx(float(total))
    moved = jax.tree.map(lambda a, b: bool((np.asarray(a) != np.asarray(b)).any()),
                         state.params, after.params)  # fmt: skip
    assert jax.tree.all(moved)


def test_the_weight_of_the_bigram_loss_is_the_recipes(corpus):
    made = task(corpus, bigram_weight=0.1, pair_share=1.0)
    _, metrics = jax.jit(made.step)(made.init(0), made.data, made.batch(0))
    expected = 0.1 * metrics["bigrams"] + metrics["origin"]
    assert float(metrics["loss"]) == pytest.approx(float(expected))


@pytest.mark.parametrize("negatives", [0, 64])
def test_it_learns(corpus, negatives):
    few = BurstCorpus(
        corpus.ids[:8, :32].copy(), np.minimum(corpus.lengths[:8], 32), corpus.pairs[:0]
    )
    made = PretrainingTask(
        dataclasses.replace(CONFIG, dropout=0.0), few, optimiser=trapezoid_adamw(2e-2, 60),
        options=PretrainingOptions(tokens_per_batch=512, negatives=negatives),
    )  # fmt: skip
    state = fit(made, steps=60, seed=0, mesh=data_mesh())
    batch = made.batch(1000)
    before = losses(CONFIG, made.init(0).params, batch, OPTIONS, None)["bigrams"]
    after = losses(CONFIG, state.params, batch, OPTIONS, None)["bigrams"]
    assert float(before) == pytest.approx(np.log(ARITHMETIC_VOCABULARY), abs=0.2)
    assert float(after) < float(before) - 4


def test_training_goes_on_from_an_encoder(corpus):
    other = task(corpus).init(5).params["encoder"]
    made = PretrainingTask(
        CONFIG, corpus, optimiser=trapezoid_adamw(1e-3, 4), options=OPTIONS, start=other
    )
    assert jax.tree.all(jax.tree.map(np.array_equal, made.init(0).params["encoder"], other))


def test_negatives_are_drawn_by_smoothed_counts(corpus):
    data = proposal(corpus, ARITHMETIC_VOCABULARY)
    chances = np.exp(np.asarray(data.log_probability, np.float64))
    assert chances.sum() == pytest.approx(1.0, abs=1e-4)
    assert (chances[:5] == 0).all()
    counts = np.bincount(corpus.ids[corpus.ids >= 5], minlength=ARITHMETIC_VOCABULARY)
    assert chances[7] / chances[60_000] == pytest.approx((counts[7] + 1) ** 0.75, rel=1e-4)
    assert float(data.cumulative[-1]) == pytest.approx(1.0, abs=1e-4)
