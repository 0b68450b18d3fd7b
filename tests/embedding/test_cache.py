import numpy as np
import pytest

from pclip.embedding import cache as cache_module
from pclip.embedding import cached_vectors
from pclip.errors import PclipError
from pclip.training.mesh import data_mesh


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(cache_module, "BLOCK_ROWS", 40)


class Killed(BaseException):
    """Stands in for a kill: nothing catches it."""


@pytest.fixture
def vectors(cases):
    """Cached vectors in a folder, and what they should be."""

    def compute(folder, seed=0, **options):
        encoder, (ids, lengths) = cases.MeanEncoder(), cases.token_rows(seed=seed)
        found = cached_vectors(
            encoder, ids, lengths, folder, data_mesh(), description="test", **options
        )
        return found, cases.expected(encoder, ids, lengths)

    return compute


def test_vectors_are_right_and_read_back_without_encoding(
    vectors, tmp_path, small_blocks, monkeypatch
):
    found, right = vectors(tmp_path)
    np.testing.assert_allclose(found, right, atol=1e-6)
    monkeypatch.setattr(cache_module, "encode", lambda *_: pytest.fail("encoded again"))
    again, _ = vectors(tmp_path)
    np.testing.assert_array_equal(again, found)


def test_other_tokens_get_another_cache(vectors, tmp_path):
    first, _ = vectors(tmp_path)
    second, right = vectors(tmp_path, seed=1)
    np.testing.assert_allclose(second, right, atol=1e-6)
    assert len(list(tmp_path.iterdir())) == 2
    assert not np.array_equal(first, second)


def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(
    vectors, tmp_path, small_blocks, monkeypatch
):
    whole, _ = vectors(tmp_path / "whole")
    done = []

    def kill_after_three():
        done.append(1)
        if len(done) == 3:
            raise Killed

    with pytest.raises(Killed):
        vectors(tmp_path / "killed", on_block=kill_after_three)
    assert not list((tmp_path / "killed").rglob("vectors.npy"))
    encoded = []
    real = cache_module.encode

    def counting(encoder, ids, lengths, batches, mesh):
        encoded.extend(batches)
        return real(encoder, ids, lengths, batches, mesh)

    monkeypatch.setattr(cache_module, "encode", counting)
    resumed, _ = vectors(tmp_path / "killed")
    np.testing.assert_array_equal(resumed, whole)
    assert 0 < sum(len(batch.rows) for batch in encoded) < 300 - 3 * 40 + 1


def test_a_damaged_cache_is_refused_by_name(vectors, tmp_path):
    vectors(tmp_path)
    path = next(tmp_path.rglob("vectors.npy"))
    path.write_bytes(b"rubbish")
    with pytest.raises(PclipError, match=r"cannot be read.*delete"):
        vectors(tmp_path)


def test_a_cache_with_another_number_of_rows_is_refused(vectors, tmp_path):
    vectors(tmp_path)
    np.save(next(tmp_path.rglob("vectors.npy")), np.zeros((2, 3), np.float32))
    with pytest.raises(PclipError, match="expected float32 with 300 rows"):
        vectors(tmp_path)


def test_a_foreign_cache_is_refused(vectors, tmp_path):
    vectors(tmp_path)
    next(tmp_path.rglob("cache.json")).write_text('{"key": "other"}')
    with pytest.raises(PclipError, match="damaged or was made from other weights"):
        vectors(tmp_path)


def test_one_flipped_bit_is_found(vectors, tmp_path):
    vectors(tmp_path)
    path = next(tmp_path.rglob("vectors.npy"))
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(PclipError, match="is damaged"):
        vectors(tmp_path)


def test_another_pooling_is_another_cache(cases):
    encoder, (ids, lengths) = cases.MeanEncoder(), cases.token_rows()
    before = cache_module.cache_key(encoder, ids, lengths)
    encoder.pooling = "cls"
    assert cache_module.cache_key(encoder, ids, lengths) != before
