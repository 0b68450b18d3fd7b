from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import optax
import pytest

from pclip.training.optimiser import paper_adam, warmup_adam


def numpy_adam(x, gradient, steps, rates, b1, b2, eps):
    mean = variance = np.zeros_like(x)
    path = []
    for k in range(1, steps + 1):
        g = gradient(x)
        mean = b1 * mean + (1 - b1) * g
        variance = b2 * variance + (1 - b2) * g * g
        x = x - rates[k - 1] * (mean / (1 - b1**k)) / (np.sqrt(variance / (1 - b2**k)) + eps)
        path.append(x)
    return np.array(path)


def optax_path(optimiser, x, gradient, steps):
    x = jnp.asarray(x)
    state, path = optimiser.init(x), []
    for _ in range(steps):
        updates, state = optimiser.update(jnp.asarray(gradient(np.asarray(x))), state, x)
        x = optax.apply_updates(x, updates)
        path.append(np.asarray(x))
    return np.array(path)


def gradient(x):
    # From 1 down to 1e-7, where eps decides the size of a step.
    scale = np.array([1.0, 1e-2, 1e-5, 1e-7], np.float32)
    return (scale * (2 * x + np.cos(3 * x))).astype(np.float32)


START = np.array([0.7, -1.2, 0.3, 2.0], np.float32)


def test_paper_adam_is_adam_as_section_4_1_sets_it():
    found = optax_path(paper_adam(5e-4), START, gradient, 12)
    expected = numpy_adam(
        START.astype(np.float64), gradient, 12, [5e-4] * 12, b1=0.9, b2=0.8, eps=1e-6
    )
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
    usual = numpy_adam(START.astype(np.float64), gradient, 12, [5e-4] * 12, 0.9, 0.999, 1e-8)
    assert np.abs(found - usual).max() > 1e-5, "the test does not tell the settings apart"


def test_warm_up_rises_to_the_rate_and_falls_to_nothing():
    steps, rate = 20, 1e-3
    # Constant gradients make Adam's step the learning rate itself.
    found = optax_path(warmup_adam(rate, steps, warmup=0.2), np.zeros(1), np.ones_like, steps)
    rates = -np.diff(found[:, 0], prepend=0.0)
    rise = [rate * k / 4 for k in range(4)]
    fall = [rate * (1 - k / 16) for k in range(16)]
    np.testing.assert_allclose(rates, rise + fall, atol=1e-8, rtol=1e-4)


@pytest.mark.parametrize(("steps", "warmup"), [(1, 0.1), (3, 0.0), (5, 1.0)])
def test_short_schedules_are_finite(steps, warmup):
    found = optax_path(warmup_adam(1e-3, steps, warmup), np.zeros(1), np.ones_like, steps + 2)
    assert np.isfinite(found).all()
