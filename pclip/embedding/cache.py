"""Vectors on disk, named by what made them: the encoder's weights and the tokens."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from jax.sharding import Mesh

from pclip.embedding.blocks import Blocks, digest
from pclip.embedding.encode import (
    LENGTHS,
    TOKENS_PER_BATCH,
    Batch,
    FrozenEncoder,
    encode,
    plan_batches,
)
from pclip.embedding.lock import locked
from pclip.embedding.precision import compute_dtype, computing_in
from pclip.errors import PclipError
from pclip.files import atomic_path, write_atomic
from pclip.progress import progress

# Rows between two writes: what a kill can cost, against the number of files.
BLOCK_ROWS = 2048
# To be raised when an encoder's arithmetic or the form of the files changes.
CACHE_VERSION = 2


def cache_key(encoder: FrozenEncoder, ids: np.ndarray, lengths: np.ndarray) -> str:
    """SHA-256 over what makes the vectors and how they are cut into blocks, in hexadecimal."""
    recipe = (
        CACHE_VERSION,
        encoder.sha256,
        encoder.config,
        getattr(encoder, "pooling", "mean"),
        (BLOCK_ROWS, TOKENS_PER_BATCH, LENGTHS),
    )
    hashed = hashlib.sha256(repr(recipe).encode())
    for array in (ids, lengths):
        hashed.update(f"{array.dtype.str}{array.shape}".encode())
        hashed.update(np.ascontiguousarray(array).data)
    return hashed.hexdigest()


def cached_vectors(
    encoder: FrozenEncoder,
    ids: np.ndarray,
    lengths: np.ndarray,
    folder: Path,
    mesh: Mesh,
    *,
    what: str,
    dtype: str | None = None,
    on_block: Callable[[], None] | None = None,
) -> np.ndarray:
    """Pooled vectors of all rows, from `folder` or computed into it.

    Rows are written in blocks of whole batches; a run that was killed goes on with the first
    block that is missing and ends with the same bytes, since blocks do not depend on each other.
    Of several processes that want the same vectors one computes and the others wait; if it is
    killed, the next one goes on where it stopped.

    Args:
        encoder: a frozen encoder.
        ids: int32 [n, longest] token ids, n > 0; pass distinct rows.
        lengths: int32 [n].
        folder: where caches live; a sub-folder is named by `cache_key`.
        mesh: devices along the axis "data".
        what: what a row is, in the plural ("packets"), for the progress bar and its rate.
        dtype: what the encoder computes in; the devices' choice where None, see `compute_dtype`.
        on_block: called after each block is on disk.

    Returns:
        float32 [n, width], memory-mapped, read-only.

    Raises:
        PclipError: the cache on disk is damaged or another one's, or cannot be written; a vector
            is not finite.
    """
    encoder = computing_in(encoder, dtype or compute_dtype(mesh))
    key = cache_key(encoder, ids, lengths)
    home = Path(folder) / key[:16]
    final, files = home / "vectors.npy", Blocks(home, key)
    if not final.exists():
        with locked(home, "encodes into"):
            # Another process may have finished while this one waited.
            if not final.exists():
                _compute(encoder, ids, lengths, files, mesh, what, on_block)
    vectors = _open(final, key, len(ids))
    # A run that was killed behind the rename has left them; a folder may be for reading only.
    if files.left() and os.access(home, os.W_OK):
        with locked(home, "encodes into"):
            files.remove()
    return vectors


def _compute(
    encoder: FrozenEncoder,
    ids: np.ndarray,
    lengths: np.ndarray,
    files: Blocks,
    mesh: Mesh,
    what: str,
    on_block: Callable[[], None] | None,
) -> None:
    """Encode the blocks that are missing and join all of them; the folder's lock is held."""
    for scratch in files.folder.glob(".part-*"):
        scratch.unlink()
    blocks = _blocks(plan_batches(lengths), BLOCK_ROWS)
    missing = [i for i in range(len(blocks)) if not files.path(i).exists()]
    work = [batch for i in missing for batch in blocks[i]]
    vectors = progress(
        encode(encoder, ids, lengths, work, mesh),
        description=f"encoding {what}",
        total=len(ids),
        unit=f" {what}",
        initial=len(ids) - sum(len(batch.rows) for batch in work),
        size=len,
    )
    for i in missing:
        block = np.concatenate([next(vectors) for _ in blocks[i]])
        if not np.isfinite(block).all():
            raise PclipError(
                f"the encoder makes vectors that are not finite of {what}: it has damaged weights, "
                "or token ids beyond its vocabulary; nothing of them was stored"
            )
        files.write(i, block)
        if on_block:
            on_block()
    _join(files, blocks, len(ids))


def _blocks(batches: list[Batch], rows: int) -> list[list[Batch]]:
    """Runs of batches that hold about `rows` rows each."""
    blocks: list[list[Batch]] = [[]]
    for batch in batches:
        if sum(len(b.rows) for b in blocks[-1]) >= rows:
            blocks.append([])
        blocks[-1].append(batch)
    return blocks


def _join(files: Blocks, blocks: list[list[Batch]], count: int) -> None:
    """All blocks as one file in the order of the rows, one block in memory at a time."""
    rows_of = [np.concatenate([batch.rows for batch in block]) for block in blocks]
    width = files.read(0, len(rows_of[0])).shape[1]
    form = {"descr": "<f4", "fortran_order": False, "shape": (count, width)}
    with atomic_path(files.folder / "vectors.npy") as scratch:
        # Written through the file, not a memory map: of a full disk a map tells by SIGBUS.
        with open(scratch, "wb") as file:
            np.lib.format.write_array_header_1_0(file, form)
            start = file.tell()
            for i, rows in enumerate(rows_of):
                for row, vector in zip(rows.tolist(), files.read(i, len(rows)), strict=True):
                    file.seek(start + row * vector.nbytes)
                    file.write(vector.data)
        # First the note, then the vectors: where there are vectors, there is their note.
        meta = {"key": files.key, "sha256": digest(_mapped(scratch))}
        write_atomic(files.folder / "cache.json", json.dumps(meta) + "\n")
    files.remove()


def _mapped(path: Path) -> np.ndarray:
    # Not np.load, which takes a zip for a folder of arrays.
    return np.lib.format.open_memmap(path, mode="r")


def _open(path: Path, key: str, rows: int) -> np.ndarray:
    """The finished vectors, or a `PclipError` if the file is not what its name promises."""
    advice = f"delete {path.parent} and run again"
    try:
        vectors = _mapped(path)
    except (OSError, ValueError) as error:
        raise PclipError(f"the vector cache {path} cannot be read ({error}); {advice}") from error
    if vectors.ndim != 2 or len(vectors) != rows or vectors.dtype != np.float32:
        raise PclipError(
            f"the vector cache {path} holds {vectors.dtype} {vectors.shape}, "
            f"expected float32 with {rows} rows; {advice}"
        )
    note = path.parent / "cache.json"
    try:
        meta = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PclipError(f"{note} cannot be read ({error}); {advice}") from error
    if meta != {"key": key, "sha256": digest(vectors)}:
        raise PclipError(
            f"the vector cache {path} is damaged or was made from other weights or tokens; {advice}"
        )
    return vectors
