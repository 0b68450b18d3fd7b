from __future__ import annotations

import numpy as np
import pytest

from pclip.evaluation import class_vectors, similarities
from pclip.evaluation.zero_shot import normalise


def test_class_vectors_and_similarities_against_loops():
    rng = np.random.default_rng(0)
    prompts, counts = rng.normal(size=(6, 4)), [1, 3, 2]
    packets = normalise(rng.normal(size=(5, 4)))
    found = class_vectors(prompts, counts)
    start, expected = 0, []
    for count in counts:
        total = np.zeros(4)
        for row in prompts[start : start + count]:
            total += row / np.sqrt((row * row).sum())
        expected.append(total / np.sqrt((total * total).sum()))
        start += count
    np.testing.assert_allclose(found, expected)
    scores = similarities(packets, found)
    for i, packet in enumerate(packets):
        for c, vector in enumerate(expected):
            assert scores[i, c] == pytest.approx(sum(packet[k] * vector[k] for k in range(4)))


def test_a_long_prompt_vector_weighs_no_more():
    prompts = np.array([[1.0, 0.0], [0.0, 1.0]])
    scaled = prompts * [[100.0], [1.0]]
    np.testing.assert_allclose(class_vectors(scaled, [2]), class_vectors(prompts, [2]))


def test_a_zero_vector_stays_zero():
    np.testing.assert_array_equal(normalise(np.zeros((1, 3))), np.zeros((1, 3)))


def test_counts_must_add_up():
    with pytest.raises(ValueError, match="6 prompt vectors, but classes list 5"):
        class_vectors(np.ones((6, 2)), [2, 3])
