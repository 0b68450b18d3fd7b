from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from pclip.models.detection_loss import class_weights, decaying_threshold, detection_loss

B, A, C = 6, 5, 4
LABELS = np.array([0, 2, 1, 0, 3, 2])
MASK = np.arange(A)[None] >= np.array([0, 1, 4, 2, 0, 3])[:, None]
WEIGHTS = np.array([0.5, 2.0, 1.5, 3.0])


def logits_of(seed=0):
    return np.random.default_rng(seed).normal(scale=2.0, size=(B, A, C)).astype(np.float32)


def naive(logits, labels, mask, weights, benign_weight, smoothing, threshold):
    def softmax(row):
        terms = [math.exp(x) for x in row]
        return [term / sum(terms) for term in terms]

    entropy = weight = encouragement = windows = jumps = pairs = 0.0
    for b in range(len(logits)):
        last = softmax(logits[b][-1])
        if mask[b][-1]:
            label = labels[b]
            if threshold is not None and label > 0 and last[0] >= threshold:
                label = 0
            entropy += weights[label] * -math.log(last[label])
            weight += weights[label]
            encouragement += 1 - last[0]
            windows += 1
        for t in range(1, len(logits[b])):
            if mask[b][t] and mask[b][t - 1]:
                jumps += (softmax(logits[b][t])[0] - softmax(logits[b][t - 1])[0]) ** 2
                pairs += 1
    return (
        (entropy / weight if weight else 0)
        + benign_weight * (encouragement / windows if windows else 0)
        + smoothing * (jumps / pairs if pairs else 0)
    )


@pytest.mark.parametrize("threshold", [None, 1.0, 0.3, 0.0])
@pytest.mark.parametrize(("benign_weight", "smoothing"), [(0.0, 0.0), (0.7, 0.0), (0.0, 0.9)])
def test_equals_the_formula(threshold, benign_weight, smoothing):
    logits = logits_of()
    found = detection_loss(
        jnp.asarray(logits),
        jnp.asarray(LABELS),
        jnp.asarray(MASK),
        WEIGHTS,
        benign_weight=benign_weight,
        smoothing=smoothing,
        localisation_threshold=threshold,
    )
    expected = naive(logits, LABELS, MASK, WEIGHTS, benign_weight, smoothing, threshold)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_localisation_relabels_some_windows_here():
    """Otherwise the test above would say nothing about it."""
    values = {
        threshold: naive(logits_of(), LABELS, MASK, WEIGHTS, 0, 0, threshold)
        for threshold in (None, 1.0, 0.3, 0.0)
    }
    assert values[None] == values[1.0]
    assert len(set(values.values())) == 3


def test_the_gradient_is_that_of_the_formula():
    logits = logits_of(1)

    def loss(logits):
        return detection_loss(
            logits,
            jnp.asarray(LABELS),
            jnp.asarray(MASK),
            WEIGHTS,
            benign_weight=0.3,
            smoothing=0.4,
            localisation_threshold=0.2,
        )

    gradient = np.asarray(jax.jit(jax.grad(loss))(jnp.asarray(logits)))
    exact = logits.astype(np.float64)
    h = 1e-5
    for index in np.ndindex(B, A, C):
        step = np.zeros_like(exact)
        step[index] = h
        above = naive(exact + step, LABELS, MASK, WEIGHTS, 0.3, 0.4, 0.2)
        below = naive(exact - step, LABELS, MASK, WEIGHTS, 0.3, 0.4, 0.2)
        np.testing.assert_allclose(gradient[index], (above - below) / (2 * h), atol=1e-5)


def test_padding_changes_nothing_even_if_it_is_not_a_number():
    """Padded steps, and whole windows that fill up a batch."""
    logits = jnp.asarray(logits_of())
    expected = detection_loss(logits, jnp.asarray(LABELS), jnp.asarray(MASK), WEIGHTS)
    filled = jnp.where(MASK[..., None], logits, jnp.nan)
    filled = jnp.concatenate([filled, jnp.full((2, A, C), jnp.nan)])
    labels = jnp.concatenate([jnp.asarray(LABELS), jnp.array([3, 0])])
    mask = jnp.concatenate([jnp.asarray(MASK), jnp.zeros((2, A), bool)])
    found = detection_loss(filled, labels, mask, WEIGHTS, localisation_threshold=1.0)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_an_empty_batch_is_zero():
    logits = jnp.asarray(logits_of())
    value, gradient = jax.jit(jax.value_and_grad(detection_loss))(
        logits, jnp.asarray(LABELS), jnp.zeros((B, A), bool), WEIGHTS
    )
    assert value == 0
    np.testing.assert_array_equal(gradient, 0)


def test_class_weights_are_the_balanced_ones():
    labels = np.random.default_rng(0).choice(4, size=200, p=[0.7, 0.2, 0.07, 0.03])
    expected = compute_class_weight("balanced", classes=np.arange(4), y=labels)
    np.testing.assert_allclose(class_weights(labels, 4), expected, rtol=1e-6)
    weights = class_weights(labels, 4)
    np.testing.assert_allclose(weights[labels].sum(), 200, rtol=1e-5)


def test_class_weights_of_absent_classes_are_finite():
    np.testing.assert_allclose(class_weights(np.array([1, 1, 3]), 4), [1, 3 / 8, 1, 3 / 4])


def test_the_threshold_decays_by_one_factor_a_step():
    tau = 1.0
    for step in range(4):
        np.testing.assert_allclose(decaying_threshold(step), tau, rtol=1e-6)
        tau *= 0.9999
    np.testing.assert_allclose(decaying_threshold(jnp.asarray(3000)), 0.9999**3000, rtol=1e-3)


def test_mistakes_are_named():
    logits = jnp.asarray(logits_of())
    labels, mask = jnp.asarray(LABELS), jnp.asarray(MASK)
    with pytest.raises(ValueError, match=r"labels \(5,\)"):
        detection_loss(logits, labels[1:], mask, WEIGHTS)
    with pytest.raises(ValueError, match=r"mask \(6, 4\)"):
        detection_loss(logits, labels, mask[:, 1:], WEIGHTS)
    with pytest.raises(ValueError, match=r"class_weights \(3,\)"):
        detection_loss(logits, labels, mask, WEIGHTS[1:])
    with pytest.raises(ValueError, match=r"labels are 0\.\.3, expected values in 0\.\.2"):
        class_weights(LABELS, 3)
    with pytest.raises(ValueError, match="labels are none"):
        class_weights(np.array([], int), 3)
