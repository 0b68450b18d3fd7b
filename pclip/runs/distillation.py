"""Distillation of a packet encoder: the student trained, then measured as its teacher is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import jax
import numpy as np
from ml_collections import ConfigDict

from pclip.data import SPLITS
from pclip.embedding import FrozenEncoder, cached_vectors
from pclip.evaluation import detect_windows, detection_scores
from pclip.models import (
    Int8Student,
    Student,
    StudentConfig,
    count_parameters,
    encoder_macs,
    quantise,
    student_macs,
    write_student,
)
from pclip.packets import bigram_tokens
from pclip.runs.alignment_unit import Alignment
from pclip.runs.check_data import check_data
from pclip.runs.check_distillation_config import check_distillation_config
from pclip.runs.inputs import Inputs, prepare
from pclip.runs.parts import CALIBRATION, Parts
from pclip.runs.reasoning_unit import Reasoning
from pclip.runs.results import SCHEMA, spread
from pclip.runs.workdir import Workdir
from pclip.training import DistillationTask, TrainState, data_mesh, fit
from pclip.training.distillation import agreement
from pclip.training.fine_tuning import PacketTokens
from pclip.training.optimiser import warmup_adam

ENCODERS = ("teacher", "student", "int8")
DROP_IN = "_in_teachers_place"
"""Behind an encoder's name: the teacher's heads and detector on its vectors, not trained again."""
CALIBRATION_INPUTS = 4_096
SCORES = ("macro_top1", "mauc")


def distil(config: ConfigDict, path: str | Path) -> dict[str, Any]:
    """Do what is left of a distillation and write its results.

    Args:
        config: a locked config such as configs/distil.py gives.
        path: the workdir. Run again with the same config, it resumes.

    Returns:
        The content of results.json: for each split and encoder its size, its cost and its scores,
        and the points of macro top-1 and mAUC that are lost against the teacher.

    Raises:
        PclipError: the workdir cannot be used, or the config asks for what does not exist.
    """
    check_distillation_config(config)
    if not (Path(path) / "results.json").exists():
        check_data(config)
    with Workdir(path, config.to_dict()) as workdir:
        return Distillation(config, workdir).run()


class Distillation:
    """The units of one config: for each split and seed a student, then every encoder's scores.

    Args:
        config: the experiment's config.
        workdir: the run's folder, open.
    """

    def __init__(self, config: ConfigDict, workdir: Workdir) -> None:
        self._config = config
        self._workdir = workdir
        self._mesh = data_mesh()
        self._prepared: Inputs | None = None

    def run(self) -> dict[str, Any]:
        """Do the units that are missing, assemble the results, write them."""
        c = self._config
        splits: dict[str, Any] = {}
        for split in (name for name in SPLITS if c.seeds[name]):
            seeds = range(c.seeds[split])
            splits[split] = summarise(
                [self._workdir.unit(f"{split}/{s}/distil", self._work(split, s)) for s in seeds]
            )
        about = self._workdir.unit("inputs", self._describe)
        results = {
            "schema": SCHEMA,
            "config": c.name,
            "commit": ", ".join(self._workdir.environment["commits"]),
            "reductions": list(c.reductions),
            "splits": splits,
            **about,
        }
        self._workdir.write_json("results.json", results)
        return results

    def _inputs(self) -> Inputs:
        if self._prepared is None:
            self._prepared = prepare(
                self._config, self._workdir.path / "vectors", self._mesh, self._workdir.timed
            )
            self._workdir.same_data(self._prepared.fingerprint())
        return self._prepared

    @cached_property
    def _bigrams(self) -> PacketTokens:
        """What students read: arithmetic ids, whichever vocabulary the teacher's tokens are in."""
        c, inputs = self._config.packet, self._inputs()
        packets = inputs.dataset.packets.take(inputs.packet_of_input)
        found = bigram_tokens(packets, c.bytes, c.tokens)
        return PacketTokens(found.ids, found.lengths)

    def _describe(self) -> dict[str, Any]:
        inputs, sizes = self._inputs(), self._sizes()
        teacher = inputs.packet_encoder
        macs = {
            "teacher": encoder_macs(teacher.config, self._config.packet.tokens),
            "student": student_macs(sizes),
        }
        return {
            "dataset": inputs.dataset.name,
            "encoders": {
                "packet": {"name": teacher.name, "sha256": teacher.sha256, "note": teacher.note},
            },
            "cost": {name: {"macs": n, "flops": 2 * n} for name, n in macs.items()},
        }

    def _sizes(self) -> StudentConfig:
        c = self._config
        return StudentConfig(
            width=self._inputs().packet_encoder.config.width,
            bytes=c.packet.tokens,
            **{name: c.student[name] for name in ("byte_width", "patch", "patch_width")},
            squeezed=c.student.squeezed,
            hidden=tuple(c.student.hidden),
        )

    def _work(self, split: str, seed: int) -> Any:
        return lambda: self._measure(split, seed)

    def _measure(self, split: str, seed: int) -> dict[str, Any]:
        """One split and seed: the students, their agreement with the teacher, all scores."""
        inputs, name = self._inputs(), f"{split}/{seed}"
        parts = Parts.of(inputs, split, seed, self._config.detector.window)
        found: dict[str, Any] = {"agreement": {}, "bytes": {}, "parameters": {}, "scores": {}}
        task = self._task(parts)
        student = self._student(task, parts, f"{name}/student")
        calibrating = calibration_inputs(parts)
        small = quantise(student, *(x[calibrating] for x in self._bigrams))
        # Packets look alike: what the student was trained on says nothing of others.
        validation = np.setdiff1d(parts.inputs_of("validation"), parts.inputs_of("train"))
        teacher = inputs.packet_encoder
        found["parameters"]["teacher"] = count_parameters(teacher.params)
        found["bytes"]["teacher"] = _nbytes(teacher.params)
        encoders: dict[str, Parts] = {"teacher": parts}
        for form, encoder in (("student", student), ("int8", small)):
            vectors = self._vectors(encoder)
            # Heads and detectors see vectors only; whose they are is said by the unit's name.
            encoders[form] = replace(parts, inputs=replace(inputs, packet_vectors=vectors))
            found["agreement"][form] = agreement(
                vectors[validation], inputs.packet_vectors[validation], task.standardiser
            )
            found["parameters"][form] = count_parameters(encoder.params)
            found["bytes"][form] = self._write(encoder, f"{name}/{form}")
        for key, scores in self._scores(encoders, name):
            found["scores"][key] = scores
        found["bytes"]["heads_and_detector"] = self._downstream_bytes
        return found

    def _task(self, parts: Parts) -> DistillationTask:
        c, inputs = self._config.student, parts.inputs
        return DistillationTask(
            self._sizes(),
            self._bigrams,
            inputs.packet_vectors,
            np.unique(parts.inputs_of("train")),
            optimiser=warmup_adam(c.learning_rate, c.steps, c.warmup),
            batch_size=c.batch_size,
            seed=parts.seed,
        )

    def _student(self, task: DistillationTask, parts: Parts, name: str) -> Student:
        c, inputs, sizes = self._config.student, parts.inputs, self._sizes()
        rows = np.unique(parts.inputs_of("validation"))
        tokens = [x[rows] for x in self._bigrams]

        def student_of(state: TrainState) -> Student:
            teacher = inputs.packet_encoder
            note = f"distilled from {teacher.name} ({teacher.note}) on {inputs.dataset.name}"
            params = jax.device_get(task.finished(state.params))
            return Student.of(f"student of {teacher.name}", sizes, params, note)

        def evaluate(state: TrainState) -> dict[str, float]:
            student = student_of(state)
            vectors = np.asarray(jax.jit(student.apply_pooled)(student.params, *tokens))
            found = agreement(vectors, inputs.packet_vectors[rows], task.standardiser)
            return {f"validation_{key}": value for key, value in found.items()}

        state = fit(
            task,
            steps=c.steps,
            seed=parts.seed,
            mesh=self._mesh,
            folder=self._workdir.checkpoints(name),
            log=self._workdir.log,
            run=name,
            evaluate=evaluate,
            evaluate_every=c.evaluate_every,
            save_every=c.save_every,
            description=name,
        )
        return student_of(state)

    def _vectors(self, encoder: FrozenEncoder) -> np.ndarray:
        folder = self._workdir.path / "vectors"
        found = cached_vectors(encoder, *self._bigrams, folder, self._mesh, what="packets")
        return np.asarray(found)

    def _write(self, student: Student | Int8Student, name: str) -> int:
        """The student's folder; its bytes. A run that was killed behind it finds it there."""
        folder = self._workdir.path / "students" / name
        if not folder.exists():
            write_student(folder, student)
        return sum(path.stat().st_size for path in folder.iterdir())

    _downstream_bytes: int

    def _scores(
        self, encoders: dict[str, Parts], name: str
    ) -> Iterator[tuple[str, dict[str, float]]]:
        """Heads and detector trained on each encoder's vectors; then the teacher's on the rest."""
        kind = self._config.detector.heads
        for form, parts in encoders.items():
            common = (self._config, self._workdir, self._mesh)
            alignment = Alignment(parts, kind, *common, f"{name}/{form}/heads={kind}")
            space = alignment.space()
            reasoning = Reasoning("gnn", parts, space, *common, f"{name}/{form}/gnn")
            yield form, _chosen(alignment.measure(), reasoning.measure())
            if form == "teacher":
                teachers_space, detector = space, reasoning.trained()
                self._downstream_bytes = _nbytes(
                    (space.params, space.standardiser, detector.variables, detector.concepts)
                )
                continue
            aligned = Alignment(parts, kind, *common, f"{name}/{form}", space=teachers_space)
            packets = teachers_space.packets(parts.inputs.packet_vectors)
            dataset = parts.inputs.dataset
            answers = detect_windows(*detector._replace(packets=packets), parts.windows("test"))
            values = detection_scores(
                answers, parts.groups("test"), parts.labels("test"), dataset.groups, dataset.classes
            )
            yield form + DROP_IN, _chosen(aligned.measure(), {"values": values})


def calibration_inputs(parts: Parts, most: int = CALIBRATION_INPUTS) -> np.ndarray:
    """Training inputs that the int8 form is measured on: a random sample of the distinct ones.

    Distinct inputs are numbered by time, and classes come in blocks: the first ones would leave
    some classes out.

    Returns:
        int32 [at most `most`], ascending.
    """
    inputs = np.unique(parts.inputs_of("train"))
    rng = np.random.default_rng((parts.seed, CALIBRATION))
    return np.sort(rng.choice(inputs, min(most, len(inputs)), replace=False))


def _chosen(*units: dict[str, Any]) -> dict[str, float]:
    return {key: unit["values"][key] for unit in units for key in SCORES if key in unit["values"]}


def _nbytes(tree: Any) -> int:
    return sum(np.asarray(leaf).nbytes for leaf in jax.tree.leaves(tree))


def summarise(units: list[dict[str, Any]]) -> dict[str, Any]:
    """Scores over the seeds, and the points of each that are lost against the teacher's."""
    first = units[0]
    scores: dict[str, Any] = {}
    for name in first["scores"]:
        scores[name] = {
            key: spread([unit["scores"][name][key] for unit in units]) for key in SCORES
        }
        for key in SCORES if name != "teacher" else ():
            lost = [100 * (u["scores"]["teacher"][key] - u["scores"][name][key]) for u in units]
            scores[name][f"{key}_points_lost"] = spread(lost)
    agreements = {
        form: {key: spread([unit["agreement"][form][key] for unit in units]) for key in found}
        for form, found in first["agreement"].items()
    }
    return {
        "seeds": list(range(len(units))),
        "agreement": agreements,
        "parameters": first["parameters"],
        "bytes": first["bytes"],
        "scores": scores,
    }
