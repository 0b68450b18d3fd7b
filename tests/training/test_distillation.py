from __future__ import annotations

import jax
import numpy as np
import optax
import pytest
from sklearn.metrics import r2_score

from pclip.models.heads import fit_standardiser
from pclip.models.student import Student
from pclip.training import DistillationTask, data_mesh, fit
from pclip.training.distillation import agreement
from pclip.training.fine_tuning import PacketTokens
from tests.models.made_students import SMALL, tokens_of

# Bytes of eight values only, so that a hundred packets show what a byte means.
PACKETS = [bytes(row) for row in np.random.default_rng(0).integers(0, 8, (300, 12))]
TOKENS = PacketTokens(*tokens_of(PACKETS, 24))
TRAIN = np.arange(200)


def teacher_vectors() -> np.ndarray:
    """Channels of very different scales, each a simple function of the first bytes."""
    first = (TOKENS.ids[:, 1] - 5) >> 8
    angles = first[:, None] / 2 * np.array([1.0, 2.0, 3.0])
    both = np.concatenate([np.sin(angles), np.cos(angles)], axis=1)
    return (both * 10.0 ** np.arange(-3, 3) + 5).astype(np.float32)


def make(**changes) -> DistillationTask:
    settings = {"optimiser": optax.adam(5e-3), "batch_size": 32, "seed": 1} | changes
    return DistillationTask(SMALL, TOKENS, teacher_vectors(), TRAIN, **settings)


def student_of(task, state) -> Student:
    return Student.of("s", SMALL, task.finished(jax.device_get(state.params)), "distilled")


def vectors(student: Student) -> np.ndarray:
    return np.asarray(student.apply_pooled(student.params, *TOKENS))


def test_the_student_learns_the_teachers_own_vectors():
    task, expected = make(optimiser=optax.adam(2e-2)), teacher_vectors()
    before = agreement(
        vectors(student_of(task, task.init(0)))[200:], expected[200:], task.standardiser
    )
    state = fit(task, steps=600, seed=0, mesh=data_mesh())
    found = vectors(student_of(task, state))
    after = agreement(found[200:], expected[200:], task.standardiser)
    assert before["r2"] < 0.1
    assert after["r2"] > 0.9
    assert after["cosine"] > 0.95
    # The teacher's own scale: a mean that is off is off by little of its channel's deviation.
    off = (found.mean(axis=0) - expected.mean(axis=0)) / expected.std(axis=0)
    np.testing.assert_allclose(off, 0, atol=0.2)


def test_a_resumed_run_ends_with_the_same_bits(tmp_path, toys):
    whole = fit(make(), steps=6, seed=0, mesh=data_mesh())
    fit(make(), steps=3, seed=0, mesh=data_mesh(), folder=tmp_path / "c")
    again = fit(make(), steps=6, seed=0, mesh=data_mesh(), folder=tmp_path / "c")
    toys.assert_identical(again.params, whole.params)


def test_only_the_rows_given_are_learnt_from():
    drawn = np.concatenate([make().batch(step).rows for step in range(50)])
    assert set(drawn.tolist()) <= set(TRAIN.tolist())
    others = teacher_vectors()
    others[200:] += 100
    task = DistillationTask(SMALL, TOKENS, others, TRAIN, optimiser=optax.sgd(1), batch_size=8)
    np.testing.assert_array_equal(task.standardiser.mean, make().standardiser.mean)


def test_agreement_is_scikit_learns_r2():
    rng = np.random.default_rng(0)
    z, y = rng.normal(size=(2, 50, 4))
    standardiser = fit_standardiser(z)
    scaled = [(x - standardiser.mean) / standardiser.deviation for x in (z, y)]
    found = agreement(y, z, standardiser)
    assert found["r2"] == pytest.approx(
        r2_score(*scaled, multioutput="variance_weighted"), abs=1e-6
    )
    assert agreement(z, z, standardiser)["cosine"] == pytest.approx(1)


def test_a_teacher_of_another_width_is_an_error():
    with pytest.raises(ValueError, match="vectors have 5 numbers, the student's 6"):
        DistillationTask(
            SMALL, TOKENS, np.zeros((300, 5)), TRAIN, optimiser=optax.sgd(1), batch_size=8
        )
