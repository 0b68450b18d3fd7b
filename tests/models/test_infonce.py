from __future__ import annotations

import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pclip.models.infonce import (
    DENOMINATORS,
    DIRECTIONS,
    POSITIVES,
    duplicate_rate,
    info_nce,
)

FORMS = list(itertools.product(DIRECTIONS, DENOMINATORS, POSITIVES))
CAPTIONS = np.array([3, 1, 3, 2, 3, 1])


def vectors(batch=6, width=5, seed=0):
    rng = np.random.default_rng(seed)
    u, v = rng.normal(size=(2, batch, width))
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    return u, v


def naive(u, v, temperature, direction, denominator, positives, captions):
    """The formula term by term, in Python floats."""

    def one_direction(similarity):  # similarity[i][j]: softmax over i for each j
        losses = []
        for j in range(len(u)):
            below = math.exp(similarity[j][j]) if denominator == "with_positive" else 0.0
            negatives = 0
            for i in range(len(u)):
                if i == j or (positives == "mask_duplicates" and captions[i] == captions[j]):
                    continue
                below += math.exp(similarity[i][j])
                negatives += 1
            losses.append(-math.log(math.exp(similarity[j][j]) / below) if negatives else 0.0)
        return sum(losses) / len(losses)

    n = len(u)
    s = [[float(u[i] @ v[j]) / temperature for j in range(n)] for i in range(n)]
    text_to_packet = one_direction(s)
    if direction == "text_to_packet":
        return text_to_packet
    transposed = [[s[i][j] for i in range(n)] for j in range(n)]
    return (text_to_packet + one_direction(transposed)) / 2


@pytest.mark.parametrize(("direction", "denominator", "positives"), FORMS)
def test_every_form_equals_the_formula(direction, denominator, positives):
    u, v = vectors()
    for temperature in (0.07, 1.0):
        found = info_nce(
            jnp.asarray(u),
            jnp.asarray(v),
            temperature,
            direction=direction,
            denominator=denominator,
            positives=positives,
            caption_ids=jnp.asarray(CAPTIONS),
        )
        expected = naive(u, v, temperature, direction, denominator, positives, CAPTIONS)
        np.testing.assert_allclose(found, expected, rtol=2e-5)


def test_the_forms_differ():
    u, v = vectors()
    values = [naive(u, v, 0.5, *form, CAPTIONS) for form in FORMS]
    assert len({round(value, 6) for value in values}) == len(FORMS)


@pytest.mark.parametrize(("direction", "denominator", "positives"), FORMS)
def test_gradients_equal_central_differences(direction, denominator, positives):
    u, v = vectors(width=3)

    def loss(u, v, log_temperature):
        return info_nce(
            u,
            v,
            jnp.exp(log_temperature),
            direction=direction,
            denominator=denominator,
            positives=positives,
            caption_ids=jnp.asarray(CAPTIONS),
        )

    arguments = (jnp.asarray(u), jnp.asarray(v), jnp.asarray(-0.5))
    gradients = jax.jit(jax.grad(loss, argnums=(0, 1, 2)))(*arguments)
    by_u, by_v, by_temperature = (np.asarray(gradient) for gradient in gradients)
    form = (direction, denominator, positives, CAPTIONS)
    h = 1e-5
    for i, k in np.ndindex(u.shape):
        step = np.zeros_like(u)
        step[i, k] = h
        tau = math.exp(-0.5)
        difference = (naive(u + step, v, tau, *form) - naive(u - step, v, tau, *form)) / (2 * h)
        np.testing.assert_allclose(by_u[i, k], difference, atol=2e-5)
        difference = (naive(u, v + step, tau, *form) - naive(u, v - step, tau, *form)) / (2 * h)
        np.testing.assert_allclose(by_v[i, k], difference, atol=2e-5)
    above, below = naive(u, v, math.exp(-0.5 + h), *form), naive(u, v, math.exp(-0.5 - h), *form)
    np.testing.assert_allclose(by_temperature, (above - below) / (2 * h), atol=2e-5)


@pytest.mark.parametrize(("direction", "denominator", "positives"), FORMS)
def test_small_temperatures_do_not_overflow(direction, denominator, positives):
    u, _ = vectors()
    value, gradient = jax.value_and_grad(info_nce)(
        jnp.asarray(u),
        jnp.asarray(-u),
        1e-4,
        direction=direction,
        denominator=denominator,
        positives=positives,
        caption_ids=jnp.asarray(CAPTIONS),
    )
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize("denominator", DENOMINATORS)
def test_pairs_without_negatives_add_nothing(denominator):
    u, v = (jnp.asarray(side) for side in vectors(batch=4))
    value, gradient = jax.value_and_grad(info_nce)(
        u,
        v,
        0.1,
        denominator=denominator,
        positives="mask_duplicates",
        caption_ids=jnp.zeros(4, jnp.int32),
    )
    np.testing.assert_allclose(value, 0, atol=1e-6)
    np.testing.assert_allclose(gradient, 0, atol=1e-6)


def test_distinct_captions_make_masking_idle_and_matching_vectors_win():
    u, v = (jnp.asarray(side) for side in vectors())
    masked = info_nce(u, v, 0.1, positives="mask_duplicates", caption_ids=jnp.arange(6))
    np.testing.assert_allclose(masked, info_nce(u, v, 0.1), rtol=1e-6)
    identity = jnp.eye(6)
    assert info_nce(identity, identity, 0.05) < 1e-6
    np.testing.assert_allclose(info_nce(identity, 0 * identity, 0.05), math.log(6), rtol=1e-6)


def test_runs_under_jit():
    u, v = (jnp.asarray(side) for side in vectors())
    np.testing.assert_allclose(jax.jit(info_nce)(u, v, 0.07), info_nce(u, v, 0.07), rtol=1e-5)


@pytest.mark.parametrize(
    ("ids", "expected"),
    [([1, 2, 3], 0.0), ([1, 1, 2, 3], 0.5), ([4, 4, 4], 1.0), (CAPTIONS, 5 / 6)],
)
def test_duplicate_rate(ids, expected):
    np.testing.assert_allclose(duplicate_rate(jnp.asarray(ids)), expected, rtol=1e-6)


def test_mistakes_are_named():
    u = jnp.eye(4)
    for name in ("direction", "denominator", "positives"):
        with pytest.raises(ValueError, match=f"{name} is 'sideways'"):
            info_nce(u, u, 0.1, **{name: "sideways"})
    with pytest.raises(ValueError, match=r"\(4, 4\) and texts \(3, 4\)"):
        info_nce(u, u[:3], 0.1)
    with pytest.raises(ValueError, match="needs caption_ids"):
        info_nce(u, u, 0.1, positives="mask_duplicates")
    with pytest.raises(ValueError, match=r"caption_ids have shape \(3,\)"):
        info_nce(u, u, 0.1, positives="mask_duplicates", caption_ids=jnp.arange(3))
    with pytest.raises(ValueError, match="temperature is 0"):
        info_nce(u, u, 0.0)
    with pytest.raises(ValueError, match="at least 2 pairs"):
        info_nce(u[:1], u[:1], 0.1, denominator="negatives_only")
    with pytest.raises(ValueError, match=r"expected \[B\]"):
        duplicate_rate(jnp.zeros((2, 2)))
