"""Units of alignment: train one kind of heads, save them, measure them zero-shot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh
from ml_collections import ConfigDict

from pclip.evaluation.reports import confusion_plot, zero_shot_scores
from pclip.evaluation.zero_shot import class_vectors, similarities
from pclip.models.heads import (
    Standardiser,
    fit_standardiser,
    fixed_map,
    project_packets,
    project_texts,
)
from pclip.runs.parts import Parts
from pclip.runs.workdir import Workdir
from pclip.training.alignment import AlignmentData, AlignmentTask, Pairs
from pclip.training.loop import fit
from pclip.training.optimiser import paper_adam
from pclip.training.state import TrainState


@dataclass(frozen=True)
class JointSpace:
    """Trained heads with all that a vector passes on its way into the joint space.

    Attributes:
        kind: "none", "packet" or "both".
        params: the heads' parameters.
        standardiser: statistics of packet vectors, or None.
        fixed: the untrained map of kind "none", or None.
    """

    kind: str
    params: Any
    standardiser: Standardiser | None
    fixed: np.ndarray | None

    def packets(self, vectors: np.ndarray) -> np.ndarray:
        """Unit vectors float32 [n, width] of packet vectors [n, packet width]."""
        return np.asarray(_packets(self.params, vectors, self.standardiser, self.fixed))

    def texts(self, vectors: np.ndarray) -> np.ndarray:
        """Unit vectors float32 [n, width] of text vectors [n, text width]."""
        return np.asarray(_texts(self.params, vectors))


@jax.jit
def _packets(params: Any, x: Any, standardiser: Any, fixed: Any) -> jax.Array:
    return project_packets(params, jnp.asarray(x), standardiser=standardiser, fixed=fixed)


@jax.jit
def _texts(params: Any, x: Any) -> jax.Array:
    return project_texts(params, jnp.asarray(x))


class Alignment:
    """Heads of one kind on one split, trained when first asked for.

    Args:
        parts: the split; a fraction of it for scarcity.
        kind: "none", "packet" or "both".
        config: the experiment's config.
        workdir: the run's folder.
        mesh: devices to train on.
        name: the unit's name, such as "round/0/heads-both".
        space: heads that are trained already, on other vectors: they are measured as they are.
    """

    def __init__(
        self,
        parts: Parts,
        kind: str,
        config: ConfigDict,
        workdir: Workdir,
        mesh: Mesh,
        name: str,
        space: JointSpace | None = None,
    ) -> None:
        self._parts = parts
        self._kind = kind
        self._config = config
        self._workdir = workdir
        self._mesh = mesh
        self._name = name
        self._space = space

    def space(self) -> JointSpace:
        """The joint space, trained or restored from its last checkpoint."""
        if self._space is None:
            self._space = self._train()
        return self._space

    def measure(self) -> dict[str, Any]:
        """Zero-shot scores on validation and, once, on test."""
        parts, classes = self._parts, self._parts.inputs.dataset.classes
        scores = self._scores(self.space(), "test")
        labels = parts.labels("test")
        values = zero_shot_scores(scores, labels, classes)
        for key, value in self._validation(self.space()).items():
            values[f"validation_{key}"] = value
        return {
            "values": values,
            "confusion": confusion_plot("zero_shot", scores, labels, classes),
        }

    def _train(self) -> JointSpace:
        parts, c = self._parts, self._config.alignment
        inputs = parts.inputs
        standardiser = (
            fit_standardiser(inputs.packet_vectors[parts.inputs_of("train")])
            if c.standardise
            else None
        )
        widths = inputs.packet_vectors.shape[1], inputs.caption_vectors.shape[1]
        if self._kind == "none":
            return JointSpace("none", {}, standardiser, fixed_map(*widths))
        captions = parts.captions("train")
        paired = captions >= 0
        task = AlignmentTask(
            AlignmentData(inputs.packet_vectors, inputs.caption_vectors, standardiser),
            Pairs(parts.inputs_of("train")[paired], captions[paired]),
            parts.labels("train")[paired],
            heads=self._kind,
            optimiser=paper_adam(c.learning_rate, c.b1, c.b2, c.eps),
            batch_size=c.batch_size,
            temperature=c.temperature,
            learn_temperature=c.learn_temperature,
            infonce=c.infonce,
            denominator=c.denominator,
            positives=c.positives,
            sampling=c.sampling,
            seed=parts.seed,
        )

        def evaluate(state: TrainState) -> dict[str, float]:
            found = self._validation(JointSpace(self._kind, state.params, standardiser, None))
            return {f"validation_{key}": value for key, value in found.items()}

        state = fit(
            task,
            steps=c.steps,
            seed=parts.seed,
            mesh=self._mesh,
            folder=self._workdir.checkpoints(self._name),
            log=self._workdir.log,
            run=self._name,
            evaluate=evaluate,
            evaluate_every=c.evaluate_every,
            save_every=c.save_every,
            description=self._name,
        )
        return JointSpace(self._kind, jax.device_get(state.params), standardiser, None)

    def _scores(self, space: JointSpace, part: str) -> np.ndarray:
        """Cosines of a part's packets and the classes, computed once for each distinct input."""
        inputs = self._parts.inputs
        prompts = class_vectors(space.texts(inputs.prompt_vectors), inputs.prompts_per_class)
        distinct, inverse = np.unique(self._parts.inputs_of(part), return_inverse=True)
        packets = space.packets(inputs.packet_vectors[distinct])
        return similarities(packets, prompts)[inverse]

    def _validation(self, space: JointSpace) -> dict[str, float]:
        scores = self._scores(space, "validation")
        values = zero_shot_scores(
            scores, self._parts.labels("validation"), self._parts.inputs.dataset.classes
        )
        return {key: values[key] for key in ("macro_top1", "macro_top5")}
