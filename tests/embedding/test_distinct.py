import numpy as np
import pytest

from pclip.embedding import distinct_rows


def test_rows_are_found_in_order_of_first_appearance():
    ids = np.array([[2, 7, 0], [2, 5, 0], [2, 7, 0], [2, 7, 7], [2, 5, 0]], np.int32)
    found = distinct_rows(ids)
    assert found.first.tolist() == [0, 1, 3]
    assert found.inverse.tolist() == [0, 1, 0, 2, 1]


def test_inverse_restores_random_rows():
    ids = np.random.default_rng(0).integers(0, 3, size=(500, 4)).astype(np.int32)
    found = distinct_rows(ids)
    np.testing.assert_array_equal(ids[found.first][found.inverse], ids)
    assert len(found.first) == len({tuple(row) for row in ids})


def test_a_vector_is_refused():
    with pytest.raises(ValueError, match=r"\[n, length\]"):
        distinct_rows(np.zeros(3, np.int32))
