from __future__ import annotations

import numpy as np
import pytest

from pclip.data import PARTS, window_indices
from pclip.runs.parts import Parts


@pytest.fixture(scope="module")
def parts(inputs):
    return Parts.of(inputs, "round", 0, 4)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_the_splits_rows(inputs, parts, part):
    rows = getattr(parts.split, part)
    np.testing.assert_array_equal(parts.rows(part), rows)
    np.testing.assert_array_equal(parts.labels(part), inputs.dataset.labels[rows])
    np.testing.assert_array_equal(parts.groups(part), inputs.dataset.group_labels[rows])
    np.testing.assert_array_equal(parts.captions(part), inputs.caption_of_packet[rows])
    np.testing.assert_array_equal(parts.inputs_of(part), inputs.input_of_packet[rows])
    assert (parts.inputs_of(part) >= 0).all()
    np.testing.assert_array_equal(parts.samples(part).labels, parts.labels(part))
    np.testing.assert_array_equal(parts.samples(part, groups=True).labels, parts.groups(part))


@pytest.mark.parametrize("part", PARTS)
def test_windows_hold_distinct_inputs(inputs, parts, part):
    packets = window_indices(inputs.dataset, parts.split, part, length=4)
    expected = [[inputs.input_of_packet[p] if p >= 0 else -1 for p in row] for row in packets]
    np.testing.assert_array_equal(parts.windows(part), expected)
    np.testing.assert_array_equal(parts.windows(part)[:, -1], parts.inputs_of(part))


def test_a_fraction_is_a_seeded_subset_of_training(parts):
    half = parts.fraction(0.5)
    assert len(half.rows("train")) == round(0.5 * len(parts.rows("train")))
    assert set(half.rows("train")) < set(parts.rows("train"))
    np.testing.assert_array_equal(half.rows("train"), parts.fraction(0.5).rows("train"))
    assert (np.diff(half.rows("train")) > 0).all()
    for part in ("validation", "test"):
        np.testing.assert_array_equal(half.rows(part), parts.rows(part))
        np.testing.assert_array_equal(half.windows(part), parts.windows(part))
    other_seed = Parts.of(parts.inputs, "round", 1, 4).fraction(0.5)
    assert set(other_seed.rows("train")) != set(half.rows("train"))
    assert parts.fraction(1.0) is parts


def test_a_fractions_windows_keep_their_context(parts):
    half = parts.fraction(0.5)
    where = np.searchsorted(parts.rows("train"), half.rows("train"))
    np.testing.assert_array_equal(half.windows("train"), parts.windows("train")[where])
    np.testing.assert_array_equal(half.labels("train"), parts.labels("train")[where])
    np.testing.assert_array_equal(half.captions("train"), parts.captions("train")[where])


def test_a_tiny_fraction_keeps_one_sample(parts):
    assert len(parts.fraction(1e-9).rows("train")) == 1


@pytest.mark.parametrize("share", [0, -0.5, 1.5])
def test_impossible_fractions(parts, share):
    with pytest.raises(ValueError, match=r"in \(0, 1\]"):
        parts.fraction(share)


@pytest.mark.parametrize("share", [1.0, 0.4])
def test_shuffling_deals_training_answers_out_together(parts, share):
    whole = parts.fraction(share)
    shuffled = whole.shuffled()
    np.testing.assert_array_equal(shuffled.rows("train"), whole.rows("train"))
    np.testing.assert_array_equal(shuffled.inputs_of("train"), whole.inputs_of("train"))
    np.testing.assert_array_equal(shuffled.windows("train"), whole.windows("train"))

    def answers(p):
        return list(zip(p.labels("train"), p.groups("train"), p.captions("train"), strict=True))

    assert sorted(answers(shuffled)) == sorted(answers(whole))
    moved = np.mean(shuffled.labels("train") != whole.labels("train"))
    assert moved > 0.5
    for part in ("validation", "test"):
        np.testing.assert_array_equal(shuffled.labels(part), whole.labels(part))
    np.testing.assert_array_equal(shuffled.labels("train"), whole.shuffled().labels("train"))
