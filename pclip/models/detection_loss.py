"""The loss of the detector: last step's cross entropy, encouragement, smoothing, localisation."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from pclip.models.detector import BENIGN

THRESHOLD_DECAY = 0.9999


def detection_loss(
    logits: jax.Array,
    labels: jax.Array,
    mask: jax.Array,
    class_weights: jax.Array | np.ndarray,
    *,
    benign_weight: float = 1e-3,
    smoothing: float = 1e-3,
    localisation_threshold: jax.Array | float | None = None,
) -> jax.Array:
    """Loss of a batch of windows.

        CE + lambda_1 mean(1 - p_benign) + lambda_2 mean (a_t - a_{t-1})^2,      a = 1 - p_benign

    CE is the cross entropy of each window's last step as torch weighs it,
    sum_b w_{y_b} ce_b / sum_b w_{y_b}. The mean of 1 - p_benign is also over last steps, one for
    each window: the released MissionGNN puts out no other step. The smoothing mean is over all
    pairs of consecutive steps of the batch that are both valid, 0 where there is none. With a
    localisation threshold tau, an attack window whose last step has p_benign >= tau counts as
    benign in CE, in its label and its weight; no gradient flows through that choice.

    Windows whose last step is masked are padding of the batch and count nowhere.

    Args:
        logits: [B, A, C], class 0 benign.
        labels: int[B], of each window's last packet.
        mask: bool[B, A], True at packets.
        class_weights: [C], see `class_weights`.
        benign_weight: lambda_1.
        smoothing: lambda_2 (ours: the released code has no such term).
        localisation_threshold: tau_k, see `decaying_threshold`; None leaves labels alone.

    Returns:
        The loss, a scalar.

    Raises:
        ValueError: shapes that do not fit.

    Source: section 3.4; MissionGNN (Yun et al., 2025), github c0510gy/MissionGNN, train.py.
    """
    batch, window, classes = logits.shape
    if labels.shape != (batch,) or mask.shape != (batch, window):
        raise ValueError(
            f"labels {labels.shape} and mask {mask.shape} do not fit logits {logits.shape}"
        )
    if class_weights.shape != (classes,):
        raise ValueError(f"class_weights {class_weights.shape}, expected ({classes},)")
    counts = mask[:, -1].astype(logits.dtype)
    log_p = jax.nn.log_softmax(logits, axis=-1)
    # At padding the logits mean nothing and may be anything: their gradient must be 0, not NaN.
    abnormality = jnp.where(mask, 1.0 - jnp.exp(log_p[..., BENIGN]), 0.0)

    if localisation_threshold is not None:
        p_benign = jax.lax.stop_gradient(jnp.exp(log_p[:, -1, BENIGN]))
        labels = jnp.where(p_benign >= localisation_threshold, BENIGN, labels)
    chosen = jnp.take_along_axis(log_p[:, -1], labels[:, None], axis=-1)[:, 0]
    weights = jnp.asarray(class_weights, logits.dtype)[labels] * counts
    loss = _ratio(-jnp.sum(weights * jnp.where(counts > 0, chosen, 0.0)), jnp.sum(weights))

    loss += benign_weight * _ratio(jnp.sum(abnormality[:, -1]), jnp.sum(counts))

    pairs = mask[:, 1:] & mask[:, :-1]
    jumps = jnp.where(pairs, abnormality[:, 1:] - abnormality[:, :-1], 0.0)
    return loss + smoothing * _ratio(jnp.sum(jumps**2), jnp.sum(pairs))


def class_weights(labels: np.ndarray, num_classes: int) -> np.ndarray:
    """Weights n / (C n_c) that make every class count alike.

    Args:
        labels: int[n], of the training windows.
        num_classes: C.

    Returns:
        float32[C]; 1 for a class that does not occur (it is never looked up for a given label, but
        localisation may turn a window benign in a training part without benign windows).

    Raises:
        ValueError: a label outside 0..C-1, or no labels.
    """
    labels = np.asarray(labels)
    if labels.size == 0 or labels.min() < 0 or labels.max() >= num_classes:
        found = f"{labels.min()}..{labels.max()}" if labels.size else "none"
        raise ValueError(f"labels are {found}, expected values in 0..{num_classes - 1}")
    counts = np.bincount(labels, minlength=num_classes)
    weights = labels.size / (num_classes * np.maximum(counts, 1))
    return np.where(counts > 0, weights, 1.0).astype(np.float32)


def decaying_threshold(step: jax.Array | int, decay: float = THRESHOLD_DECAY) -> jax.Array:
    """Localisation threshold of a step: tau_0 = 1, tau_{k+1} = decay tau_k.

    Args:
        step: k, from 0.
        decay: factor a step.

    Returns:
        decay^k, a scalar.

    Source: MissionGNN, config.py (threshold_start 1.0, threshold_decay 0.9999).
    """
    return jnp.asarray(decay, jnp.float32) ** step


def _ratio(total: jax.Array, count: jax.Array) -> jax.Array:
    """Total / count, and 0 where nothing was counted."""
    return jnp.where(count > 0, total / jnp.where(count > 0, count, 1), 0.0)
