"""Alignment: linear heads trained by InfoNCE on vectors of frozen encoders (section 3.3)."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from pclip.models.heads import (
    Standardiser,
    init_heads,
    project_packets,
    project_texts,
    temperature_of,
)
from pclip.models.infonce import duplicate_rate, info_nce
from pclip.training.sampling import Sampler
from pclip.training.state import TrainState


class AlignmentData(NamedTuple):
    """Frozen vectors, whole on every device.

    Attributes:
        packets: float32 [distinct inputs, packet width].
        texts: float32 [distinct captions, text width].
        standardiser: statistics of the training part's packet vectors, or None.
    """

    packets: Any
    texts: Any
    standardiser: Standardiser | None


class Pairs(NamedTuple):
    """(packet, caption) pairs by number, int32 [n] each."""

    packets: np.ndarray
    captions: np.ndarray


class AlignmentTask:
    """Train the heads on pairs of packet vectors and caption vectors.

    Args:
        data: frozen vectors.
        pairs: the training pairs.
        classes: int [n], the class of each pair (used by balanced sampling only).
        heads: "packet" or "both"; "none" has nothing to train.
        optimiser: an Optax transformation.
        batch_size: pairs a step, over all devices.
        temperature: tau, or its start where it is learned.
        learn_temperature: train tau too.
        infonce: "symmetric" or "text_to_packet".
        denominator: "with_positive" or "negatives_only".
        positives: "diagonal" or "mask_duplicates".
        sampling: "natural" or "balanced".
        seed: of the batches.
    """

    def __init__(
        self,
        data: AlignmentData,
        pairs: Pairs,
        classes: np.ndarray,
        *,
        heads: str,
        optimiser: optax.GradientTransformation,
        batch_size: int,
        temperature: float,
        learn_temperature: bool = False,
        infonce: str = "symmetric",
        denominator: str = "with_positive",
        positives: str = "diagonal",
        sampling: str = "natural",
        seed: int = 0,
    ) -> None:
        self.data = data
        self._pairs = pairs
        self._heads = heads
        self._optimiser = optimiser
        self._batch_size = batch_size
        self._temperature = temperature
        self._learn_temperature = learn_temperature
        self._loss_form = {
            "direction": infonce,
            "denominator": denominator,
            "positives": positives,
        }
        self._sampler = Sampler(
            np.arange(len(pairs.packets)), seed=seed, mode=sampling, classes=classes
        )

    def init(self, seed: int) -> TrainState:
        """Heads at their initial values; the joint space is as wide as the texts."""
        packet_width, text_width = self.data.packets.shape[1], self.data.texts.shape[1]
        params = init_heads(
            jax.random.PRNGKey(seed),
            packet_width,
            text_width,
            text_width,
            self._heads,
            learn_temperature=self._learn_temperature,
            temperature=self._temperature,
        )
        return TrainState.create(params, self._optimiser, seed)

    def batch(self, step: int) -> Pairs:
        """Pairs [batch_size] of step `step`."""
        chosen = self._sampler.draw(step, self._batch_size)
        return Pairs(self._pairs.packets[chosen], self._pairs.captions[chosen])

    def step(
        self, state: TrainState, data: AlignmentData, batch: Pairs
    ) -> tuple[TrainState, dict[str, jax.Array]]:
        """One step; metrics: loss, duplicate_rate (captions that the batch holds twice), tau."""

        captions = jnp.asarray(batch.captions)

        def loss_of(params: Any) -> jax.Array:
            u = project_packets(params, data.packets[batch.packets], standardiser=data.standardiser)
            v = project_texts(params, data.texts[captions])
            tau = temperature_of(params, self._temperature)
            return info_nce(u, v, tau, caption_ids=captions, **self._loss_form)

        loss, grads = jax.value_and_grad(loss_of)(state.params)
        metrics = {
            "loss": loss,
            "duplicate_rate": duplicate_rate(captions),
            "temperature": temperature_of(state.params, self._temperature),
        }
        return state.advance(grads, self._optimiser), metrics
