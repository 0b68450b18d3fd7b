"""Frozen encoders on a user's inputs: few rows, nothing cached, no time to compile much."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import jax
import numpy as np
from jax.sharding import Mesh
from numpy.typing import NDArray

from pclip.embedding import FrozenEncoder, compute_dtype, computing_in, encode
from pclip.embedding.encode import LENGTHS, plan_batches
from pclip.progress import progress
from pclip.training.mesh import data_mesh

ROWS_WORTH_COMPILING = 64
"""Fewer rows of one padded length are padded further: compiling for them would take longer."""


def encode_rows(
    encoder: FrozenEncoder, ids: NDArray[np.int32], lengths: NDArray[np.int32], what: str
) -> NDArray[np.float32]:
    """Pooled vectors of token rows.

    Args:
        encoder: a frozen encoder.
        ids: int32 [n, longest], n > 0 distinct rows, zero-padded on the right.
        lengths: int32 [n].
        what: what a row is, in the plural ("packets"), for the progress bar.

    Returns:
        float32 [n, width].
    """
    batches = plan_batches(padded_lengths(lengths))
    encoder = computing_in(encoder, compute_dtype(_mesh()))
    found = progress(
        encode(encoder, ids, lengths, batches, _mesh()),
        description=f"encoding {what}",
        total=len(ids),
        unit=f" {what}",
        size=len,
    )
    in_order = np.concatenate(list(found))
    vectors = np.empty_like(in_order)
    vectors[np.concatenate([batch.rows for batch in batches])] = in_order
    return vectors


def padded_lengths(lengths: NDArray[np.int32]) -> NDArray[np.int64]:
    """The length that each row is padded to: one of `LENGTHS`, as few of them as pays.

    A length that fewer than `ROWS_WORTH_COMPILING` rows have is given up for the next longer one.
    """
    padded = np.asarray(LENGTHS)[np.searchsorted(LENGTHS, lengths)]
    for short, longer in pairwise(np.unique(padded)):
        rows = padded == short
        if rows.sum() < ROWS_WORTH_COMPILING:
            padded[rows] = longer
    return padded


@lru_cache(maxsize=1)
def _mesh() -> Mesh:
    return data_mesh(jax.local_devices())
