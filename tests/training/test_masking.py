from __future__ import annotations

import numpy as np
import pytest

from pclip.training.masking import NOTHING, mask_spans

CLS, MASK, WORD, WORDS = 2, 4, 5, 5000
LENGTHS = np.array([60, 30, 8, 2, 1] * 200)


@pytest.fixture
def ids():
    rng = np.random.default_rng(0)
    ids = rng.integers(WORD, WORDS, (len(LENGTHS), 64)).astype(np.int32)
    ids[:, 0] = CLS
    ids[np.arange(64) >= LENGTHS[:, None]] = 0
    return ids


def masked(ids, share=0.2, span=3, seed=1):
    return mask_spans(
        ids, np.random.default_rng(seed), share=share, span=span,
        first_word=WORD, vocabulary=WORDS, mask_id=MASK,
    )  # fmt: skip


def test_the_share_of_words_is_hidden_and_never_a_special(ids):
    found = masked(ids)
    hidden = (found.targets != NOTHING).sum(axis=1)
    words = LENGTHS - 1
    np.testing.assert_array_equal(hidden, np.where(words, np.maximum(1, np.rint(0.2 * words)), 0))
    assert found.positions.shape == (len(ids), round(0.2 * 64))
    there = found.targets != NOTHING
    np.testing.assert_array_equal(
        np.take_along_axis(ids, found.positions, axis=1)[there], found.targets[there]
    )
    assert (found.targets[there] >= WORD).all()


def test_only_hidden_places_change_and_by_80_10_10(ids):
    found = masked(ids, share=0.5)
    hidden = np.zeros(ids.shape, bool)
    np.put_along_axis(hidden, found.positions, found.targets != NOTHING, axis=1)
    hidden[:, 0] = False
    assert not ((found.ids != ids) & ~hidden).any()
    shown, original = found.ids[hidden], ids[hidden]
    assert abs((shown == MASK).mean() - 0.8) < 0.02
    assert abs((shown == original).mean() - 0.1) < 0.02
    assert shown.min() == MASK
    assert shown.max() < WORDS


@pytest.mark.parametrize("span", [1, 3, 5])
def test_hidden_words_stand_in_spans(ids, span):
    hidden = np.zeros(ids.shape, int)
    found = masked(ids[:1].repeat(500, axis=0), span=span)
    hidden = hidden[:500]
    for row, positions, targets in zip(hidden, found.positions, found.targets, strict=True):
        row[positions[targets != NOTHING]] = 1
    starts = np.diff(hidden, axis=1, prepend=0) == 1
    mean = hidden.sum() / starts.sum()
    if span == 1:
        assert 1.0 <= mean < 1.4
    else:
        # Spans at the ends of a row are cut, and neighbours may touch.
        assert 0.75 * span < mean < 1.5 * span


def test_the_draw_depends_on_the_generator_alone(ids):
    one, other = masked(ids), masked(ids, seed=2)
    np.testing.assert_array_equal(one.ids, masked(ids).ids)
    assert (one.positions != other.positions).any()
