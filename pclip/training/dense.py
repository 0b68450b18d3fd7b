"""The DNN baseline: a dense network on single packet vectors (section 4.5)."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from pclip.models.detection_loss import class_weights
from pclip.models.mlp import MLP
from pclip.training.sampling import Sampler
from pclip.training.state import TrainState


class LabelledInputs(NamedTuple):
    """Numbers of distinct inputs and their labels, int32 [n] each."""

    inputs: np.ndarray
    labels: np.ndarray


class DenseData(NamedTuple):
    """Vectors float32 [distinct inputs, width] and class weights float32 [classes]."""

    vectors: Any
    class_weights: Any


class DenseTask:
    """Train `model` to name the label of a vector, by cross entropy weighted as the detectors' is.

    Args:
        model: the network.
        vectors: float32 [distinct inputs, width].
        samples: the training samples.
        optimiser: an Optax transformation.
        batch_size: samples a step, over all devices.
        seed: of the batches.
    """

    def __init__(
        self,
        model: MLP,
        vectors: np.ndarray,
        samples: LabelledInputs,
        *,
        optimiser: optax.GradientTransformation,
        batch_size: int,
        seed: int = 0,
    ) -> None:
        self.data = DenseData(vectors, class_weights(samples.labels, model.num_classes))
        self._model = model
        self._samples = samples
        self._optimiser = optimiser
        self._batch_size = batch_size
        self._sampler = Sampler(np.arange(len(samples.inputs)), seed=seed)

    def init(self, seed: int) -> TrainState:
        """The network at its initial values."""
        key = jax.random.PRNGKey(seed)
        params = self._model.init(key, jnp.zeros((1, self.data.vectors.shape[1])))["params"]
        return TrainState.create(params, self._optimiser, seed)

    def batch(self, step: int) -> LabelledInputs:
        """Samples [batch_size] of step `step`."""
        chosen = self._sampler.draw(step, self._batch_size)
        return LabelledInputs(self._samples.inputs[chosen], self._samples.labels[chosen])

    def step(
        self, state: TrainState, data: DenseData, batch: LabelledInputs
    ) -> tuple[TrainState, dict[str, jax.Array]]:
        """One step; metrics: loss."""

        def loss_of(params: Any) -> jax.Array:
            logits = self._model.apply(
                {"params": params},
                data.vectors[batch.inputs],
                train=True,
                rngs={"dropout": jax.random.fold_in(state.key, state.step)},
            )
            losses = optax.softmax_cross_entropy_with_integer_labels(logits, batch.labels)
            weights = data.class_weights[batch.labels]
            return jnp.sum(weights * losses) / jnp.sum(weights)

        loss, grads = jax.value_and_grad(loss_of)(state.params)
        return state.advance(grads, self._optimiser), {"loss": loss}
