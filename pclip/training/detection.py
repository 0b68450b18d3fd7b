"""Detection: mission graphs and the temporal model trained on windows of packets (section 3.4)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from pclip.models.detection_loss import class_weights, decaying_threshold, detection_loss
from pclip.models.detector import Detector
from pclip.training.sampling import Sampler
from pclip.training.state import TrainState


class DetectionData(NamedTuple):
    """Frozen vectors in the joint space, whole on every device.

    Attributes:
        packets: float32 [distinct inputs, width].
        concepts: for each mission float32 [concepts, width]; () without graphs.
        class_weights: float32 [classes].
    """

    packets: Any
    concepts: tuple[Any, ...]
    class_weights: Any


class Windows(NamedTuple):
    """Windows of distinct inputs, int32 [n, A], -1 at padding, and their labels, int32 [n]."""

    inputs: np.ndarray
    labels: np.ndarray


@lru_cache(maxsize=16)
def _compiled_init(model: Detector) -> Callable[..., Any]:
    # Operation by operation it takes three times as long as compiled whole.
    return jax.jit(model.init)


class DetectionTask:
    """Train a detector on windows.

    Args:
        model: the detector, with or without mission graphs.
        packets: float32 [distinct inputs, width], packet vectors in the joint space.
        concepts: for each of the model's missions float32 [concepts, width].
        windows: the training windows.
        optimiser: an Optax transformation.
        batch_size: windows a step, over all devices.
        benign_weight: lambda_1 of `detection_loss`.
        smoothing: lambda_2 of `detection_loss`.
        localisation: relabel by MissionGNN's decaying threshold.
        sampling: "natural" or "balanced".
        seed: of the batches.
    """

    def __init__(
        self,
        model: Detector,
        packets: np.ndarray,
        concepts: tuple[np.ndarray, ...],
        windows: Windows,
        *,
        optimiser: optax.GradientTransformation,
        batch_size: int,
        benign_weight: float = 1e-3,
        smoothing: float = 1e-3,
        localisation: bool = False,
        sampling: str = "natural",
        seed: int = 0,
    ) -> None:
        self.data = DetectionData(
            packets, concepts, class_weights(windows.labels, model.num_classes)
        )
        self._model = model
        self._windows = windows
        self._optimiser = optimiser
        self._batch_size = batch_size
        self._benign_weight = benign_weight
        self._smoothing = smoothing
        self._localisation = localisation
        self._sampler = Sampler(
            np.arange(len(windows.labels)), seed=seed, mode=sampling, classes=windows.labels
        )

    def init(self, seed: int) -> TrainState:
        """The detector at its initial values, with its running statistics."""
        window, width = self._windows.inputs.shape[1], self.data.packets.shape[1]
        variables = _compiled_init(self._model)(
            jax.random.PRNGKey(seed),
            jnp.zeros((2, window, width)),
            self.data.concepts,
            jnp.ones((2, window), bool),
        )
        statistics = {"batch_stats": variables.get("batch_stats", {})}
        return TrainState.create(variables["params"], self._optimiser, seed, statistics)

    def batch(self, step: int) -> Windows:
        """Windows [batch_size] of step `step`."""
        chosen = self._sampler.draw(step, self._batch_size)
        return Windows(self._windows.inputs[chosen], self._windows.labels[chosen])

    def step(
        self, state: TrainState, data: DetectionData, batch: Windows
    ) -> tuple[TrainState, dict[str, jax.Array]]:
        """One step; metrics: loss."""
        inputs, labels = jnp.asarray(batch.inputs), jnp.asarray(batch.labels)
        mask = inputs >= 0
        threshold = decaying_threshold(state.step) if self._localisation else None

        def loss_of(params: Any) -> tuple[jax.Array, Any]:
            logits, updated = self._model.apply(
                {"params": params, **state.statistics},
                data.packets[inputs],
                data.concepts,
                mask,
                train=True,
                mutable=["batch_stats"],
                rngs={"dropout": jax.random.fold_in(state.key, state.step)},
            )
            loss = detection_loss(
                logits,
                labels,
                mask,
                data.class_weights,
                benign_weight=self._benign_weight,
                smoothing=self._smoothing,
                localisation_threshold=threshold,
            )
            return loss, {"batch_stats": updated.get("batch_stats", {})}

        (loss, statistics), grads = jax.value_and_grad(loss_of, has_aux=True)(state.params)
        return state.advance(grads, self._optimiser, statistics), {"loss": loss}
