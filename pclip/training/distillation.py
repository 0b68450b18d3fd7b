"""Distillation: a student learns to give the vectors that a frozen packet encoder gives."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from pclip.models.heads import Standardiser, fit_standardiser
from pclip.models.parameters import Params
from pclip.models.student import StudentNet, init_student, token_bytes
from pclip.models.student_config import StudentConfig
from pclip.training.fine_tuning import PacketTokens
from pclip.training.sampling import Sampler
from pclip.training.state import TrainState


class DistillationData(NamedTuple):
    """Distinct inputs and what the teacher makes of them, whole on every device.

    Attributes:
        tokens: ids int32 [n, S] and lengths int32 [n].
        targets: float32 [n, W], the teacher's vectors, standardised.
    """

    tokens: PacketTokens
    targets: Any


class Rows(NamedTuple):
    """Numbers of distinct inputs, int32 [batch]."""

    rows: np.ndarray


class DistillationTask:
    """Train a student on the teacher's standardised vectors z; no label is seen.

        loss = mean of (y - z)^2 + mean of 1 - cos(y, z)

    Channels of a Transformer differ in scale by orders of magnitude; standardised, each counts as
    much as in the heads, which standardise their input too.

    Args:
        config: sizes of the student; its width is the teacher's.
        tokens: distinct inputs.
        vectors: float32 [n, W], the teacher's vectors of them.
        rows: int [m], the inputs to learn from: those of the training part.
        optimiser: an Optax transformation.
        batch_size: inputs a step, over all devices.
        seed: of the batches.
    """

    def __init__(
        self,
        config: StudentConfig,
        tokens: PacketTokens,
        vectors: np.ndarray,
        rows: np.ndarray,
        *,
        optimiser: optax.GradientTransformation,
        batch_size: int,
        seed: int = 0,
    ) -> None:
        if vectors.shape[1] != config.width:
            raise ValueError(
                f"the teacher's vectors have {vectors.shape[1]} numbers, the student's "
                f"{config.width}"
            )
        self.standardiser: Standardiser = fit_standardiser(vectors[rows])
        mean, deviation = (np.asarray(x) for x in self.standardiser)
        self.data = DistillationData(tokens, (vectors - mean) / deviation)
        self._config = config
        self._optimiser = optimiser
        self._batch_size = batch_size
        self._sampler = Sampler(rows, seed=seed)

    def init(self, seed: int) -> TrainState:
        """The student at its initial values."""
        return TrainState.create(init_student(self._config, seed), self._optimiser, seed)

    def batch(self, step: int) -> Rows:
        """Inputs [batch_size] of step `step`."""
        return Rows(self._sampler.draw(step, self._batch_size).astype(np.int32))

    def step(
        self, state: TrainState, data: DistillationData, batch: Rows
    ) -> tuple[TrainState, dict[str, jax.Array]]:
        """One step; metrics: loss, cosine."""
        ids, lengths = (leaf[batch.rows] for leaf in data.tokens)
        targets = data.targets[batch.rows]
        symbols = token_bytes(ids, lengths, self._config.bytes)

        def loss_of(params: Any) -> tuple[jax.Array, jax.Array]:
            y: Any = StudentNet(self._config).apply({"params": params}, symbols)
            cosine = jnp.mean(optax.losses.cosine_similarity(y, targets, epsilon=1e-6))
            return jnp.mean((y - targets) ** 2) + 1 - cosine, cosine

        (loss, cosine), grads = jax.value_and_grad(loss_of, has_aux=True)(state.params)
        return state.advance(grads, self._optimiser), {"loss": loss, "cosine": cosine}

    def finished(self, params: Params) -> Params:
        """Trained parameters whose vectors are the teacher's own, no longer standardised.

        The standardiser's inverse is affine and goes into the last layer.
        """
        last = params["output"]
        mean, deviation = self.standardiser
        return params | {
            "output": {
                "kernel": last["kernel"] * deviation,
                "bias": last["bias"] * deviation + mean,
            }
        }


def agreement(
    found: np.ndarray, expected: np.ndarray, standardiser: Standardiser
) -> dict[str, float]:
    """How near a student comes to its teacher, channels standardised.

    Args:
        found: float32 [n, W], the student's vectors.
        expected: float32 [n, W], the teacher's.
        standardiser: the training part's statistics of the teacher.

    Returns:
        "cosine": mean over the inputs; "r2": 1 - (squared error) / (squared deviation of the
        teacher's vectors from their mean over these inputs), over all channels together.
    """
    mean, deviation = (np.asarray(x, np.float64) for x in standardiser)
    y, z = ((np.asarray(x, np.float64) - mean) / deviation for x in (found, expected))
    norms = np.linalg.norm(y, axis=1) * np.linalg.norm(z, axis=1)
    spread = ((z - z.mean(axis=0)) ** 2).sum()
    return {
        "cosine": float(((y * z).sum(axis=1) / np.maximum(norms, 1e-12)).mean()),
        "r2": float(1 - ((y - z) ** 2).sum() / spread),
    }
