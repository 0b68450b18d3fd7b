"""Optimisers by config: the paper's Adam, and warm-up for fine-tuning."""

from __future__ import annotations

import optax


def paper_adam(
    learning_rate: float, b1: float = 0.9, b2: float = 0.8, eps: float = 1e-6
) -> optax.GradientTransformation:
    """Adam as the paper sets it (section 4.1: 5e-4, 0.9, 0.8, 1e-6)."""
    return optax.adam(learning_rate, b1=b1, b2=b2, eps=eps)


def warmup_adam(
    learning_rate: float, steps: int, warmup: float = 0.1
) -> optax.GradientTransformation:
    """Adam with linear warm-up over the first `warmup` share of `steps`, then linear decay to 0.

    Source: the released fine-tuning recipe of ET-BERT (lr 2e-5, warm-up 0.1).
    """
    rise = max(1, round(steps * warmup))
    schedule = optax.join_schedules(
        [
            optax.linear_schedule(0.0, learning_rate, rise),
            optax.linear_schedule(learning_rate, 0.0, max(1, steps - rise)),
        ],
        [rise],
    )
    return optax.adam(schedule)
