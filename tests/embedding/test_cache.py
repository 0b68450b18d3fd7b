import errno
import os

import numpy as np
import pytest
import safetensors.numpy

from pclip.embedding import cache as cache_module
from pclip.embedding import cached_vectors
from pclip.embedding.blocks import Blocks
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
        found = cached_vectors(encoder, ids, lengths, folder, data_mesh(), what="rows", **options)
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
    assert len(list((tmp_path / "killed").rglob("block-*"))) == 3
    encoded = []
    real = cache_module.encode

    def counting(encoder, ids, lengths, batches, mesh):
        encoded.extend(batches)
        return real(encoder, ids, lengths, batches, mesh)

    monkeypatch.setattr(cache_module, "encode", counting)
    resumed, _ = vectors(tmp_path / "killed")
    np.testing.assert_array_equal(resumed, whole)
    assert 0 < sum(len(batch.rows) for batch in encoded) < 300 - 3 * 40 + 1


def test_blocks_that_a_kill_behind_the_rename_left_are_removed(
    vectors, tmp_path, small_blocks, monkeypatch
):
    def killed(self):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Blocks, "remove", killed)
        with pytest.raises(Killed):
            vectors(tmp_path)
    (done,) = tmp_path.rglob("vectors.npy")
    assert list(done.parent.glob("block-*"))
    before = done.read_bytes()
    monkeypatch.setattr(cache_module, "encode", lambda *_: pytest.fail("encoded again"))
    vectors(tmp_path)
    assert not list(done.parent.glob("block-*"))
    assert done.read_bytes() == before


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


def zip_archive(path):
    np.savez(path.with_suffix(".npz"), vectors=np.zeros((300, 3), np.float32))
    path.with_suffix(".npz").rename(path)


FOREIGN = {
    "a symlink to another cache": lambda path, other: (path.unlink(), path.symlink_to(other)),
    "another cache's file": lambda path, other: path.write_bytes(other.read_bytes()),
    "a cut file": lambda path, other: path.write_bytes(path.read_bytes()[:-4]),
    "an empty file": lambda path, other: path.write_bytes(b""),
    "a zip": lambda path, other: zip_archive(path),
    "objects": lambda path, other: np.save(path, np.array([{}] * 300)),
    "another width": lambda path, other: np.save(path, np.zeros((300, 4), np.float32)),
    "another type": lambda path, other: np.save(path, np.load(path).astype(np.float64)),
    "one dimension": lambda path, other: np.save(path, np.zeros(300, np.float32)),
    "an array beyond any memory": lambda path, other: path.write_bytes(
        path.read_bytes().replace(b"(300, 3)", b"(300, 3000000000000)")
    ),
    "a folder": lambda path, other: (path.unlink(), path.mkdir()),
}


@pytest.mark.parametrize("change", FOREIGN.values(), ids=FOREIGN.keys())
def test_vectors_that_are_not_ours_are_refused(vectors, tmp_path, change):
    vectors(tmp_path / "other", seed=1)
    vectors(tmp_path / "own")
    (path,) = (tmp_path / "own").rglob("vectors.npy")
    change(path, next((tmp_path / "other").rglob("vectors.npy")))
    with pytest.raises(PclipError, match=f"delete {path.parent} and run again"):
        vectors(tmp_path / "own")


def sealed(array, **label):
    return safetensors.numpy.save({"vectors": array}, label)


BLOCKS = {
    "a cut block": lambda own, other: own.write_bytes(own.read_bytes()[:-4]),
    "another block of this cache": lambda own, other: own.write_bytes(
        own.with_name("block-00001.safetensors").read_bytes()
    ),
    "a block of another cache": lambda own, other: own.write_bytes(other.read_bytes()),
    "a symlink to that": lambda own, other: (own.unlink(), own.symlink_to(other)),
    "a symlink to nothing": lambda own, other: (own.unlink(), own.symlink_to("nothing")),
    "a changed number": lambda own, other: own.write_bytes(own.read_bytes()[:-1] + b"\x7f"),
    "no label": lambda own, other: own.write_bytes(sealed(np.zeros((40, 3), np.float32))),
    "another type": lambda own, other: own.write_bytes(sealed(np.zeros((40, 3), np.float16))),
    "another tensor": lambda own, other: own.write_bytes(
        safetensors.numpy.save({"weights": np.zeros((40, 3), np.float32)})
    ),
    "a pickle": lambda own, other: own.write_bytes(b"\x80\x04N."),
}


@pytest.mark.parametrize("change", BLOCKS.values(), ids=BLOCKS.keys())
def test_blocks_that_are_not_ours_never_become_vectors(
    vectors, tmp_path, small_blocks, change, request
):
    def stop():
        if len(list((tmp_path / "own").rglob("block-*"))) == 2:
            raise Killed

    def stop_other():
        raise Killed

    with pytest.raises(Killed):
        vectors(tmp_path / "other", seed=1, on_block=stop_other)
    with pytest.raises(Killed):
        vectors(tmp_path / "own", on_block=stop)
    (own,) = (tmp_path / "own").rglob("block-00000*")
    (other,) = (tmp_path / "other").rglob("block-00000*")
    change(own, other)
    if "nothing" in request.node.name:
        # A name without a file is a missing block, and is encoded.
        found, right = vectors(tmp_path / "own")
        np.testing.assert_allclose(found, right, atol=1e-6)
        return
    with pytest.raises(PclipError, match=f"delete {own.parent} and run again"):
        vectors(tmp_path / "own")
    assert not list((tmp_path / "own").rglob("vectors.npy"))


@pytest.mark.parametrize("file", ["block-00003", "vectors", "cache"])
def test_a_full_disk_leaves_nothing_broken(vectors, tmp_path, small_blocks, monkeypatch, file):
    whole, _ = vectors(tmp_path / "whole")
    real, full = os.replace, []

    def replace(source, target):
        if os.path.basename(target).startswith(file) and not full:
            full.append(target)
            raise OSError(errno.ENOSPC, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(PclipError, match="No space left on device"):
        vectors(tmp_path / "full")
    (home,) = (tmp_path / "full").iterdir()
    assert not list(home.glob(".part-*"))
    assert not (home / "vectors.npy").exists()
    again, _ = vectors(tmp_path / "full")
    np.testing.assert_array_equal(again, whole)


def test_vectors_that_are_not_finite_are_not_stored(cases, tmp_path):
    encoder, (ids, lengths) = cases.MeanEncoder(), cases.token_rows()
    encoder.params = encoder.params.at[7].set(np.nan)
    with pytest.raises(PclipError, match="not finite of rows"):
        cached_vectors(encoder, ids, lengths, tmp_path, data_mesh(), what="rows")
    assert not list(tmp_path.rglob("block-*"))


def test_vectors_are_mapped_and_cannot_be_written(vectors, tmp_path):
    found, _ = vectors(tmp_path)
    assert isinstance(found, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        found[0] = 0


def test_another_pooling_is_another_cache(cases):
    encoder, (ids, lengths) = cases.MeanEncoder(), cases.token_rows()
    before = cache_module.cache_key(encoder, ids, lengths)
    encoder.pooling = "cls"
    assert cache_module.cache_key(encoder, ids, lengths) != before
