"""The fine-tuning baseline: ET-BERT and its classifier trained whole on labelled packets."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from pclip.models.classifier import PacketClassifier, init_classifier
from pclip.models.packet_encoder import PacketEncoder
from pclip.training.dense import LabelledInputs
from pclip.training.sampling import Sampler
from pclip.training.state import TrainState


class PacketTokens(NamedTuple):
    """Distinct token rows: ids int32 [d, length] and lengths int32 [d]."""

    ids: np.ndarray
    lengths: np.ndarray


class FineTuningTask:
    """Train a packet encoder and a classifier on it, by cross entropy.

    Args:
        encoder: where the encoder's weights start.
        classes: number of classes.
        tokens: distinct token rows.
        samples: the training samples.
        optimiser: an Optax transformation.
        batch_size: samples a step, over all devices.
        seed: of the batches and of the classifier's initial values.

    Source: ET-BERT (Lin et al., 2022), fine-tuning/run_classifier.py.
    """

    def __init__(
        self,
        encoder: PacketEncoder,
        classes: int,
        tokens: PacketTokens,
        samples: LabelledInputs,
        *,
        optimiser: optax.GradientTransformation,
        batch_size: int,
        seed: int = 0,
    ) -> None:
        self.data = tokens
        self.model = PacketClassifier(encoder.config, classes)
        self._encoder = encoder
        self._classes = classes
        self._samples = samples
        self._optimiser = optimiser
        self._batch_size = batch_size
        self._sampler = Sampler(np.arange(len(samples.inputs)), seed=seed)

    def init(self, seed: int) -> TrainState:
        """The encoder's weights and a fresh classifier."""
        params = init_classifier(self._encoder, self._classes, seed)
        return TrainState.create(jax.tree.map(jnp.asarray, params), self._optimiser, seed)

    def batch(self, step: int) -> LabelledInputs:
        """Samples [batch_size] of step `step`."""
        chosen = self._sampler.draw(step, self._batch_size)
        return LabelledInputs(self._samples.inputs[chosen], self._samples.labels[chosen])

    def step(
        self, state: TrainState, data: PacketTokens, batch: LabelledInputs
    ) -> tuple[TrainState, dict[str, jax.Array]]:
        """One step; metrics: loss."""

        def loss_of(params: Any) -> jax.Array:
            logits = self.model.apply(
                {"params": params},
                data.ids[batch.inputs],
                data.lengths[batch.inputs],
                deterministic=False,
                rngs={"dropout": jax.random.fold_in(state.key, state.step)},
            )
            return optax.softmax_cross_entropy_with_integer_labels(logits, batch.labels).mean()

        loss, grads = jax.value_and_grad(loss_of)(state.params)
        return state.advance(grads, self._optimiser), {"loss": loss}
