"""A frozen encoder over many token rows, in batches of like length."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol
from weakref import WeakKeyDictionary

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

# Rows are padded to the next of these, so that few shapes are compiled and little is padded.
LENGTHS = (8, 16, 24, 32, 40, 48, 64, 80, 96, 112, 128, 192, 256, 384, 512)
# Sixteen packets of 128 tokens: larger batches fall out of a CPU's cache and are slower.
TOKENS_PER_BATCH = 2048

Program = Callable[..., jax.Array]


class FrozenEncoder(Protocol):
    """What this room asks of an encoder; a key of weak mappings too, equal to itself alone."""

    @property
    def params(self) -> Any:
        """Its weights, a pytree."""
        ...

    @property
    def config(self) -> Any:
        """Its sizes and conventions; its text form tells two encoders apart."""
        ...

    @property
    def sha256(self) -> str:
        """A hash over the weights."""
        ...

    def apply_pooled(self, params: Any, ids: jax.Array, lengths: jax.Array) -> jax.Array:
        """Pooled vectors [batch, width] of token ids [batch, length]; pure."""
        ...


class Batch(NamedTuple):
    """Row numbers that go through the encoder together, and the length they are padded to."""

    rows: np.ndarray
    length: int


def plan_batches(lengths: np.ndarray, tokens_per_batch: int = TOKENS_PER_BATCH) -> list[Batch]:
    """Group rows by padded length; the same rows always make the same batches.

    Args:
        lengths: int [n], tokens in each row.
        tokens_per_batch: rows x padded length of a batch, at most (one row at least).

    Returns:
        Batches that hold each row exactly once, short rows first.
    """
    longest = int(lengths.max(initial=1))
    if longest > LENGTHS[-1]:
        raise ValueError(f"a row has {longest} tokens, encoders take {LENGTHS[-1]} at most")
    padded = np.asarray(LENGTHS)[np.searchsorted(LENGTHS, np.maximum(lengths, 1))]
    batches = []
    for length in np.unique(padded):
        rows = np.flatnonzero(padded == length)
        size = max(1, tokens_per_batch // int(length))
        batches += [Batch(rows[i : i + size], int(length)) for i in range(0, len(rows), size)]
    return batches


# XLA compiles once for an encoder. Programs go with it, so that they keep no parameters in memory.
_PROGRAMS: WeakKeyDictionary[FrozenEncoder, dict[Mesh, Program]] = WeakKeyDictionary()


def _compiled(encoder: FrozenEncoder, mesh: Mesh) -> Program:
    programs = _PROGRAMS.setdefault(encoder, {})
    if mesh not in programs:
        programs[mesh] = _program(weakref.ref(encoder), mesh)
    return programs[mesh]


def _program(known: weakref.ReferenceType[FrozenEncoder], mesh: Mesh) -> Program:
    def apply(params: Any, ids: jax.Array, lengths: jax.Array) -> jax.Array:
        encoder = known()
        assert encoder is not None, "who calls the program holds its encoder"
        return encoder.apply_pooled(params, ids, lengths)

    whole, split = NamedSharding(mesh, PartitionSpec()), NamedSharding(mesh, PartitionSpec("data"))
    return jax.jit(apply, in_shardings=(whole, split, split), out_shardings=split)


def encode(
    encoder: FrozenEncoder,
    ids: np.ndarray,
    lengths: np.ndarray,
    batches: list[Batch],
    mesh: Mesh,
) -> Iterator[np.ndarray]:
    """Yield the pooled vectors of each batch, in the order of `batches`.

    Args:
        encoder: a frozen encoder.
        ids: int32 [n, longest], zero-padded on the right.
        lengths: int32 [n].
        batches: from `plan_batches`.
        mesh: devices along the axis "data"; a batch is shared among them.

    Yields:
        float32 [len(batch.rows), width].
    """
    forward = _compiled(encoder, mesh)
    params = jax.device_put(encoder.params, NamedSharding(mesh, PartitionSpec()))
    devices = mesh.devices.size
    running: tuple[int, jax.Array] | None = None
    for batch in batches:
        # One shape per padded length: a short last batch repeats its first row.
        size = max(1, TOKENS_PER_BATCH // batch.length)
        size = -(-max(size, len(batch.rows)) // devices) * devices
        rows = np.full(size, batch.rows[0])
        rows[: len(batch.rows)] = batch.rows
        width = min(batch.length, ids.shape[1])
        tokens = np.zeros((size, batch.length), np.int32)
        tokens[:, :width] = ids[rows, :width]
        vectors = forward(params, jnp.asarray(tokens), jnp.asarray(lengths[rows], jnp.int32))
        # The devices work on this batch while the caller gets the one before.
        if running is not None:
            yield _on_host(*running)
        running = len(batch.rows), vectors
    if running is not None:
        yield _on_host(*running)


def _on_host(rows: int, vectors: jax.Array) -> np.ndarray:
    return np.asarray(vectors, np.float32)[:rows]
