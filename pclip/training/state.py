"""Training state: an explicit pytree, all that a checkpoint has to hold."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax


class TrainState(NamedTuple):
    """What changes from step to step.

    Attributes:
        step: int32 scalar, steps done.
        params: trained parameters.
        statistics: running statistics (BatchNorm), {} where there are none.
        optimiser: the Optax state.
        key: the root random key; a step uses `fold_in(key, step)`, so that a resumed run draws
            what an uninterrupted one would.
    """

    step: jax.Array
    params: Any
    statistics: Any
    optimiser: Any
    key: jax.Array

    @classmethod
    def create(
        cls,
        params: Any,
        optimiser: optax.GradientTransformation,
        seed: int,
        statistics: Any = None,
    ) -> TrainState:
        """The state before the first step."""
        return cls(
            step=jnp.zeros((), jnp.int32),
            params=params,
            statistics={} if statistics is None else statistics,
            optimiser=optimiser.init(params),
            key=jax.random.PRNGKey(seed),
        )

    def advance(
        self, grads: Any, optimiser: optax.GradientTransformation, statistics: Any = None
    ) -> TrainState:
        """One optimiser step along `grads`."""
        updates, state = optimiser.update(grads, self.optimiser, self.params)
        return TrainState(
            step=self.step + 1,
            params=optax.apply_updates(self.params, updates),
            statistics=self.statistics if statistics is None else statistics,
            optimiser=state,
            key=self.key,
        )
