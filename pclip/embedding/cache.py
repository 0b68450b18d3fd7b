"""Vectors on disk, named by what made them: the encoder's weights and the tokens."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from jax.sharding import Mesh

from pclip.embedding.encode import (
    LENGTHS,
    TOKENS_PER_BATCH,
    Batch,
    FrozenEncoder,
    encode,
    plan_batches,
)
from pclip.errors import PclipError
from pclip.files import atomic_path, write_atomic
from pclip.progress import progress

# Rows between two writes: what a kill can cost, against the number of files.
BLOCK_ROWS = 2048
# To be raised when an encoder's arithmetic changes.
CACHE_VERSION = 1


def cache_key(encoder: FrozenEncoder, ids: np.ndarray, lengths: np.ndarray) -> str:
    """SHA-256 over what makes the vectors and how they are cut into blocks, in hexadecimal."""
    recipe = (
        CACHE_VERSION,
        encoder.sha256,
        encoder.config,
        getattr(encoder, "pooling", "mean"),
        (BLOCK_ROWS, TOKENS_PER_BATCH, LENGTHS),
    )
    digest = hashlib.sha256(repr(recipe).encode())
    for array in (ids, lengths):
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def cached_vectors(
    encoder: FrozenEncoder,
    ids: np.ndarray,
    lengths: np.ndarray,
    folder: Path,
    mesh: Mesh,
    *,
    description: str,
    on_block: Callable[[], None] | None = None,
) -> np.ndarray:
    """Pooled vectors of all rows, from `folder` or computed into it.

    Rows are written in blocks of whole batches; a run that was killed goes on with the first
    block that is missing and ends with the same bytes, since blocks do not depend on each other.

    Args:
        encoder: a frozen encoder.
        ids: int32 [n, longest] token ids; pass distinct rows.
        lengths: int32 [n].
        folder: where caches live; a sub-folder is named by `cache_key`.
        mesh: devices along the axis "data".
        description: words before the progress bar.
        on_block: called after each block is on disk.

    Returns:
        float32 [n, width], memory-mapped, read-only.

    Raises:
        PclipError: the cache on disk is damaged, or cannot be written.
    """
    key = cache_key(encoder, ids, lengths)
    home = Path(folder) / key[:16]
    final = home / "vectors.npy"
    if not final.exists():
        blocks = _blocks(plan_batches(lengths), BLOCK_ROWS)
        missing = [i for i in range(len(blocks)) if not _block_path(home, i).exists()]
        work = [batch for i in missing for batch in blocks[i]]
        vectors = progress(
            encode(encoder, ids, lengths, work, mesh),
            description=description,
            total=len(work),
            unit="batch",
        )
        for i in missing:
            block = np.concatenate([next(vectors) for _ in blocks[i]])
            with atomic_path(_block_path(home, i)) as scratch:
                np.save(scratch, block)
            if on_block:
                on_block()
        _join(home, blocks, len(ids), key)
    return _open(final, key, len(ids))


def _blocks(batches: list[Batch], rows: int) -> list[list[Batch]]:
    """Runs of batches that hold about `rows` rows each."""
    blocks: list[list[Batch]] = [[]]
    for batch in batches:
        if sum(len(b.rows) for b in blocks[-1]) >= rows:
            blocks.append([])
        blocks[-1].append(batch)
    return blocks


def _block_path(home: Path, number: int) -> Path:
    return home / f"block-{number:05d}.npy"


def _join(home: Path, blocks: list[list[Batch]], rows: int, key: str) -> None:
    vectors: np.ndarray | None = None
    for i, block in enumerate(blocks):
        part = np.load(_block_path(home, i), allow_pickle=False)
        if vectors is None:
            vectors = np.empty((rows, part.shape[1]), np.float32)
        vectors[np.concatenate([batch.rows for batch in block])] = part
    assert vectors is not None
    # First the note, then the vectors: where there are vectors, there is their note.
    meta = {"key": key, "sha256": _digest(vectors)}
    write_atomic(home / "cache.json", json.dumps(meta) + "\n")
    with atomic_path(home / "vectors.npy") as scratch:
        np.save(scratch, vectors)
    for i in range(len(blocks)):
        _block_path(home, i).unlink(missing_ok=True)


def _open(path: Path, key: str, rows: int) -> np.ndarray:
    """The finished vectors, or a `PclipError` if the file is not what its name promises."""
    advice = f"delete {path.parent} and run again"
    try:
        vectors = np.load(path, mmap_mode="r", allow_pickle=False)
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
    if meta != {"key": key, "sha256": _digest(vectors)}:
        raise PclipError(
            f"the vector cache {path} is damaged or was made from other weights or tokens; {advice}"
        )
    return vectors


def _digest(vectors: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(vectors).data).hexdigest()
