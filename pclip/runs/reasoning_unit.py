"""Units of detection: one system on one split, trained, then measured in the paper's groups."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import numpy as np
from jax.sharding import Mesh
from ml_collections import ConfigDict

from pclip.evaluation import (
    classify_packets,
    classify_vectors,
    confusion_plot,
    detect_windows,
    detection_scores,
    fit_predict,
    mean_auc,
    per_class_auc,
    roc_plot,
    weighted_rows,
    zero_shot_scores,
)
from pclip.models.detector import Detector
from pclip.models.mlp import MLP
from pclip.models.packet_encoder import load_packet_encoder
from pclip.models.temporal import TemporalSizes
from pclip.runs.alignment_unit import JointSpace
from pclip.runs.parts import Parts
from pclip.runs.workdir import Workdir
from pclip.training.dense import DenseTask
from pclip.training.detection import DetectionTask, Windows
from pclip.training.fine_tuning import FineTuningTask
from pclip.training.loop import Evaluate, fit
from pclip.training.optimiser import paper_adam, warmup_adam
from pclip.training.state import TrainState

# Systems that classify one packet's vector in the joint space; the detectors see windows of them.
SINGLE_PACKET = ("dnn", "xgboost", "lightgbm")
DETECTORS = ("gnn", "temporal")


class TrainedDetector(NamedTuple):
    """A detector and what it judges windows with, in the order of `detect_windows`.

    Attributes:
        model: the detector.
        variables: its "params" and "batch_stats".
        packets: float32 [distinct inputs, width], packet vectors in the joint space.
        concepts: for each mission float32 [concepts, width], in the joint space.
    """

    model: Detector
    variables: dict[str, Any]
    packets: np.ndarray
    concepts: tuple[np.ndarray, ...]


def make_detector(config: ConfigDict, parts: Parts, system: str) -> Detector:
    """The detector "gnn", or "temporal": the same without graphs."""
    c = config.detector
    return Detector(
        missions=parts.inputs.compiled if system == "gnn" else (),
        num_classes=len(parts.inputs.dataset.groups),
        dim=c.dim,
        propagate=c.propagate,
        impl=c.impl,
        temporal=TemporalSizes(**c.temporal.to_dict()),
    )


class Reasoning:
    """One detection system on one split.

    Args:
        system: "gnn", "temporal", "dnn", "xgboost", "lightgbm" or "et_bert_finetuned".
        parts: the split, or a fraction of it.
        space: the joint space whose packet vectors the system sees; None for
            "et_bert_finetuned", which reads tokens.
        config: the experiment's config.
        workdir: the run's folder.
        mesh: devices to train on.
        name: the unit's name, such as "round/0/gnn".
    """

    def __init__(
        self,
        system: str,
        parts: Parts,
        space: JointSpace | None,
        config: ConfigDict,
        workdir: Workdir,
        mesh: Mesh,
        name: str,
    ) -> None:
        self._system = system
        self._parts = parts
        self._space = space
        self._config = config
        self._workdir = workdir
        self._mesh = mesh
        self._name = name

    def measure(self) -> dict[str, Any]:
        """Scores on validation and, once, on test; for a classifier of classes zero-shot's too."""
        dataset = self._parts.inputs.dataset
        found: dict[str, Any] = {}
        if self._system == "et_bert_finetuned":
            by_class = self._fine_tuned()
            labels = self._parts.labels("test")
            found["class_values"] = zero_shot_scores(by_class["test"], labels, dataset.classes)
            found["class_confusion"] = confusion_plot(
                "zero_shot", by_class["test"], labels, dataset.classes
            )
            members = np.eye(len(dataset.groups))[dataset.group_of_class]
            answers = {part: p @ members for part, p in by_class.items()}
        elif self._system in DETECTORS:
            answers = self._detector()
        else:
            answers = self._single_packet()
        test, groups = answers["test"], self._parts.groups("test")
        values = detection_scores(
            test, groups, self._parts.labels("test"), dataset.groups, dataset.classes
        )
        values |= self._validation(answers["validation"])
        return found | {
            "values": values,
            "confusion": confusion_plot("reasoning", test, groups, dataset.groups),
            "roc": roc_plot(test, groups, dataset.groups),
        }

    def _validation(self, answers: np.ndarray) -> dict[str, float]:
        aucs = per_class_auc(answers, self._parts.groups("validation"))
        return {"validation_mauc": mean_auc(aucs)} if aucs else {}

    def _joint(self) -> np.ndarray:
        if self._space is None:
            raise ValueError(f"{self._system} needs a joint space")
        return self._space.packets(self._parts.inputs.packet_vectors)

    def trained(self) -> TrainedDetector:
        """The detector after its last step, trained now or restored from its last checkpoint.

        Raises:
            ValueError: the system is not one of `DETECTORS`.
        """
        if self._system not in DETECTORS:
            raise ValueError(f"{self._system!r} is not a detector, expected one of {DETECTORS}")
        c, parts = self._config.detector, self._parts
        model = make_detector(self._config, parts, self._system)
        joint = self._joint()
        assert self._space is not None
        vectors = parts.inputs.concepts(parts.seed) if self._system == "gnn" else ()
        concepts = tuple(self._space.texts(v) for v in vectors)
        task = DetectionTask(
            model,
            joint,
            concepts,
            Windows(parts.windows("train"), parts.groups("train").astype(np.int32)),
            optimiser=paper_adam(c.learning_rate, c.b1, c.b2, c.eps),
            batch_size=c.batch_size,
            benign_weight=c.benign_weight,
            smoothing=c.smoothing,
            localisation=c.localisation,
            sampling=c.sampling,
            seed=parts.seed,
        )

        def detector(state: TrainState) -> TrainedDetector:
            variables = {"params": state.params, **state.statistics}
            return TrainedDetector(model, variables, joint, concepts)

        def evaluate(state: TrainState) -> dict[str, float]:
            answers = detect_windows(*detector(state), parts.windows("validation"))
            return self._validation(answers)

        return detector(self._fit(task, c, evaluate))

    def _detector(self) -> dict[str, np.ndarray]:
        found = self.trained()
        return {
            part: detect_windows(*found, self._parts.windows(part))
            for part in ("validation", "test")
        }

    def _single_packet(self) -> dict[str, np.ndarray]:
        parts, joint = self._parts, self._joint()
        classes = len(parts.inputs.dataset.groups)
        if self._system == "dnn":
            c = self._config.dense
            model = MLP(classes, tuple(c.hidden))
            task = DenseTask(
                model,
                joint,
                parts.samples("train", groups=True),
                optimiser=paper_adam(c.learning_rate),
                batch_size=c.batch_size,
                seed=parts.seed,
            )
            state = self._fit(task, c)
            by_input = classify_vectors(model, state.params, joint)
            return {part: by_input[parts.inputs_of(part)] for part in ("validation", "test")}
        rows = weighted_rows(parts.inputs_of("train"), parts.groups("train"))
        # One answer for each distinct input, handed to all packets that share it.
        asked = {
            part: np.unique(parts.inputs_of(part), return_inverse=True)
            for part in ("validation", "test")
        }
        answers = fit_predict(
            self._system,
            (joint[rows.inputs], rows.labels, rows.counts),
            tuple(joint[distinct] for distinct, _ in asked.values()),
            classes,
            parts.seed,
            self._config.trees.rounds,
        )
        return {
            part: answer[inverse]
            for (part, (_, inverse)), answer in zip(asked.items(), answers, strict=True)
        }

    def _fine_tuned(self) -> dict[str, np.ndarray]:
        c, parts = self._config.fine_tuning, self._parts
        encoder = load_packet_encoder(c.encoder)
        tokens = parts.inputs.tokens_for(encoder, self._config.packet.bytes, c.tokens)
        task = FineTuningTask(
            encoder,
            len(parts.inputs.dataset.classes),
            tokens,
            parts.samples("train"),
            optimiser=warmup_adam(c.learning_rate, c.steps, c.warmup),
            batch_size=c.batch_size,
            seed=parts.seed,
        )
        state = self._fit(task, c)
        answers = {}
        for part in ("validation", "test"):
            distinct, inverse = np.unique(parts.inputs_of(part), return_inverse=True)
            found = classify_packets(
                task.model, state.params, tokens.ids[distinct], tokens.lengths[distinct]
            )
            answers[part] = found[inverse].astype(np.float64)
        return answers

    def _fit(self, task: Any, c: ConfigDict, evaluate: Evaluate | None = None) -> TrainState:
        state = fit(
            task,
            steps=c.steps,
            seed=self._parts.seed,
            mesh=self._mesh,
            folder=self._workdir.checkpoints(self._name),
            log=self._workdir.log,
            run=self._name,
            evaluate=evaluate,
            evaluate_every=c.get("evaluate_every", 0),
            save_every=c.get("save_every", c.steps),
            description=self._name,
        )
        return jax.tree.map(np.asarray, state)
