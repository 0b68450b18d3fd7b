"""A small student and packets for it, as tokens made by their definition."""

from __future__ import annotations

import itertools

import numpy as np

from pclip.models.student import Student, init_student
from pclip.models.student_config import StudentConfig
from pclip.packets.tokens import CLS_ID, FIRST_BIGRAM_ID

SMALL = StudentConfig(
    width=6, bytes=24, byte_width=3, patch=4, patch_width=7, squeezed=5, hidden=(9, 8)
)


def small_student() -> Student:
    return Student.of("small", SMALL, init_student(SMALL, 0), "random weights")


def tokens_of(packets: list[bytes], size: int) -> tuple[np.ndarray, np.ndarray]:
    """Token rows: [CLS], then a pair for each two neighbours."""
    ids = np.zeros((len(packets), size), np.int32)
    lengths = np.empty(len(packets), np.int32)
    for row, packet in enumerate(packets):
        pairs = [FIRST_BIGRAM_ID + 256 * a + b for a, b in itertools.pairwise(packet)]
        tokens = [CLS_ID, *pairs][:size]
        ids[row, : len(tokens)] = tokens
        lengths[row] = len(tokens)
    return ids, lengths


def random_packets(number: int, seed: int = 0) -> list[bytes]:
    rng = np.random.default_rng(seed)
    return [rng.bytes(int(size)) for size in rng.integers(2, 30, number)]
