"""Zero-shot classification: a packet is named by the text it lies nearest to (section 4.4)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def normalise(vectors: np.ndarray) -> np.ndarray:
    """Vectors [n, width] at unit length; a zero vector stays zero."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(norms > 0, norms, 1)


def class_vectors(prompt_vectors: np.ndarray, prompts_per_class: Sequence[int]) -> np.ndarray:
    """One vector a class: the mean of its prompts' unit vectors, at unit length.

    Args:
        prompt_vectors: float [sum(prompts_per_class), width], class by class, in the joint space.
        prompts_per_class: how many prompts each class has.

    Returns:
        float [classes, width].
    """
    if sum(prompts_per_class) != len(prompt_vectors):
        raise ValueError(
            f"{len(prompt_vectors)} prompt vectors, but classes list {sum(prompts_per_class)}"
        )
    ends = np.cumsum(prompts_per_class)
    unit = normalise(prompt_vectors)
    means = [unit[e - n : e].mean(axis=0) for e, n in zip(ends, prompts_per_class, strict=True)]
    return normalise(np.stack(means))


def similarities(packet_vectors: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Cosines float [n, classes] of unit packet vectors [n, width] and class vectors."""
    return np.asarray(packet_vectors) @ np.asarray(classes).T
