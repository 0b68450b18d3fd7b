from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from pclip.evaluation.byte_features import byte_histogram, hashed_bigrams


@pytest.fixture(scope="module")
def packets():
    rng = np.random.default_rng(0)
    values = rng.integers(0, 256, (20, 16)).astype(np.uint8)
    lengths = rng.integers(0, 17, 20)
    lengths[:3] = 0, 1, 16
    return values, lengths


def test_a_histogram_is_what_counting_gives(packets):
    values, lengths = packets
    found = byte_histogram(values, lengths)
    assert found.shape == (20, 257)
    assert found.dtype == np.float32
    for row, length, features in zip(values, lengths, found, strict=True):
        counted = Counter(row[:length].tolist())
        expected = [counted[value] / max(1, length) for value in range(256)]
        np.testing.assert_allclose(features, [*expected, length / 16], rtol=1e-6)


def test_what_lies_behind_a_packet_is_not_counted(packets):
    values, lengths = packets
    other = values.copy()
    other[np.arange(16) >= lengths[:, None]] ^= 0xFF
    np.testing.assert_array_equal(byte_histogram(values, lengths), byte_histogram(other, lengths))


def rows(*packets):
    """Token rows: [CLS], these ids, padding."""
    ids = np.zeros((len(packets), 8), np.int32)
    for row, packet in zip(ids, packets, strict=True):
        row[: len(packet) + 1] = [2, *packet]
    return ids, np.array([len(packet) + 1 for packet in packets])


def dense(*packets, size=1 << 20, positions=1, seed=0):
    return hashed_bigrams(*rows(*packets), size, positions, seed).toarray()


def test_one_signed_count_for_each_bigram():
    found = dense([7, 7, 9], [])
    assert np.abs(found).sum(axis=1).tolist() == [3, 0]
    assert set(np.unique(found)) <= {-1, 0, 1}


def test_equal_bigrams_at_one_place_are_added_and_elsewhere_told_apart():
    (together,) = dense([7, 7], positions=2)
    assert sorted(np.abs(together[together != 0])) == [2]
    one, shifted = dense([7, 9], [9, 7])
    assert one @ shifted == 0
    one, shifted = dense([7, 9], [9, 7], positions=2)
    assert one @ shifted == 2


def test_inner_products_are_kept_on_average():
    """A quarter of the bigrams shared: however few the columns, the mean over hashes says so."""
    first, second = list(range(10, 16)), [10, 11, *range(20, 24)]
    products = [
        np.prod(dense(first, second, size=16, seed=seed), axis=0).sum() for seed in range(400)
    ]
    # Of 36 pairs 2 are equal; the rest collide once in 16, with either sign: deviation 1.5.
    assert np.mean(products) == pytest.approx(2, abs=4 * 1.5 / 20)


def test_columns_and_signs_are_even_and_depend_on_the_seed():
    ids = np.arange(5, 5 + 4096, dtype=np.int32)[:, None]
    tokens = np.column_stack([np.full(len(ids), 2, np.int32), ids]), np.full(len(ids), 2)
    found = hashed_bigrams(*tokens, 64, 1, 0)
    counts = np.abs(found).sum(axis=0)
    assert counts.min() > 64 - 5 * 8
    assert counts.max() < 64 + 5 * 8
    assert abs(found.sum()) < 5 * 64
    assert (found != hashed_bigrams(*tokens, 64, 1, 1)).nnz > len(ids)
