"""Optimisers by config: the paper's Adam, and warm-up for fine-tuning."""

from __future__ import annotations

from typing import Any

import jax
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


def trapezoid_adamw(
    learning_rate: float,
    steps: int,
    *,
    warmup: float = 0.02,
    decay: float = 0.2,
    weight_decay: float = 0.01,
    clip: float = 1.0,
) -> optax.GradientTransformation:
    """AdamW whose rate rises linearly, stays, and falls linearly to 0 at the end.

    Up to where it begins to fall, a longer run takes the same steps. The bias, LayerNorm and table
    leaves do not decay: matrices do.

    Args:
        learning_rate: the highest.
        steps: of the whole run.
        warmup, decay: shares of `steps`.
        weight_decay: of matrices.
        clip: largest norm of a gradient.

    Source: Hu et al. 2024 (MiniCPM), section 4.1, for the schedule.
    """
    rise, fall = max(1, round(steps * warmup)), max(1, round(steps * decay))
    schedule = optax.join_schedules(
        [
            optax.linear_schedule(0.0, learning_rate, rise),
            optax.constant_schedule(learning_rate),
            optax.linear_schedule(learning_rate, 0.0, fall),
        ],
        [rise, steps - fall],
    )

    def matrices(params: Any) -> Any:
        return jax.tree_util.tree_map_with_path(lambda path, _: path[-1].key == "kernel", params)

    return optax.chain(
        optax.clip_by_global_norm(clip),
        optax.adamw(schedule, b2=0.98, weight_decay=weight_decay, mask=matrices),
    )
