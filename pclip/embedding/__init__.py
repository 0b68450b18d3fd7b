"""Embedding: frozen encoders applied once to each distinct input, kept on disk.

In: an encoder (anything with `params`, `sha256` and a pure `apply_pooled(params, ids, lengths)`)
and token rows, or packets. Out: packets' tokens in an encoder's vocabulary; one pooled vector a
row, float32, memory-mapped. Training, evaluation, runs and serving call it; it imports packets,
models and data at most.
"""

from pclip.embedding.cache import cached_vectors
from pclip.embedding.distinct import Distinct, distinct_rows
from pclip.embedding.encode import FrozenEncoder, encode
from pclip.embedding.packet_tokens import packet_tokens
from pclip.embedding.precision import compute_dtype, computing_in

__all__ = [
    "Distinct",
    "FrozenEncoder",
    "cached_vectors",
    "compute_dtype",
    "computing_in",
    "distinct_rows",
    "encode",
    "packet_tokens",
]
