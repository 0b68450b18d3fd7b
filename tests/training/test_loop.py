from __future__ import annotations

import json

import jax
import numpy as np
import pytest

from pclip.errors import PclipError
from pclip.training import data_mesh, fit

KINDS = ("alignment", "detection", "dense", "fine_tuning")
STEPS = 8


class Killed(BaseException):
    """What no handler of ours may catch."""


def train(toys, kind, home, *, task=None, **changes):
    settings = {
        "steps": STEPS,
        "seed": 3,
        "mesh": data_mesh(),
        "folder": home / "checkpoints",
        "log": home / "metrics.jsonl",
        "run": f"toy/{kind}",
        "log_every": 1,
        "save_every": 3,
    }
    return fit(task or toys.make(kind), **settings | changes)


@pytest.mark.parametrize("kind", KINDS)
def test_a_killed_run_ends_as_an_uninterrupted_one(toys, tmp_path, kind):
    whole = train(toys, kind, tmp_path / "whole")

    def kill_at(step):
        def on_save(saved):
            if saved == step:
                raise Killed

        return on_save

    parts = tmp_path / "parts"
    with pytest.raises(Killed):
        train(toys, kind, parts, on_save=kill_at(3))
    with pytest.raises(Killed):
        train(toys, kind, parts, on_save=kill_at(6))
    resumed = train(toys, kind, parts)

    toys.assert_identical(resumed._asdict(), whole._asdict())
    ours = (parts / "metrics.jsonl").read_bytes()
    assert ours == (tmp_path / "whole" / "metrics.jsonl").read_bytes()
    steps = [json.loads(line)["step"] for line in ours.decode().splitlines()]
    assert sorted(set(steps)) == list(range(1, STEPS + 1))


def test_steps_after_the_checkpoint_are_logged_once(toys, tmp_path):
    def evaluate_until(step):
        def evaluate(state):
            if int(state.step) == step:
                raise Killed
            return {"validation": float(state.step)}

        return evaluate

    whole = train(toys, "dense", tmp_path / "whole", evaluate=evaluate_until(-1), evaluate_every=1)
    parts = tmp_path / "parts"
    with pytest.raises(Killed):
        # The checkpoint is of step 3, the log goes on to step 5.
        train(toys, "dense", parts, evaluate=evaluate_until(5), evaluate_every=1)
    assert '"step": 5' in (parts / "metrics.jsonl").read_text()
    resumed = train(toys, "dense", parts, evaluate=evaluate_until(-1), evaluate_every=1)
    toys.assert_identical(resumed._asdict(), whole._asdict())
    assert (parts / "metrics.jsonl").read_bytes() == (
        tmp_path / "whole" / "metrics.jsonl"
    ).read_bytes()


def test_a_finished_run_is_restored_without_a_step(toys, tmp_path):
    whole = train(toys, "dense", tmp_path)
    log = (tmp_path / "metrics.jsonl").read_bytes()
    task = toys.make("dense")
    task.batch = None  # a step would call it
    again = train(toys, "dense", tmp_path, task=task)
    toys.assert_identical(again._asdict(), whole._asdict())
    assert (tmp_path / "metrics.jsonl").read_bytes() == log


def test_seeds_and_steps_decide_everything(toys):
    def result(**changes):
        settings = {"steps": 3, "seed": 0, "mesh": data_mesh()}
        return fit(toys.make("dense"), **settings | changes)

    toys.assert_identical(result()._asdict(), result()._asdict())
    other = toys.leaves(result(seed=1).params)
    assert any((leaf != other[path]).any() for path, leaf in toys.leaves(result().params).items())


def test_evaluation_and_logging_come_when_asked_for(toys, tmp_path):
    seen = []

    def evaluate(state):
        seen.append(int(state.step))
        return {"score": 1.0}

    train(toys, "dense", tmp_path, log_every=3, evaluate=evaluate, evaluate_every=5)
    assert seen == [5, 8]
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines if line["name"] == "loss"] == [3, 6, 8]
    assert {line["run"] for line in lines} == {"toy/dense"}


def test_a_loss_that_is_no_number_names_run_and_step(toys, tmp_path):
    task = toys.make("dense")
    task.data = task.data._replace(vectors=np.full_like(task.data.vectors, np.nan))
    with pytest.raises(PclipError, match=r"toy/dense: loss is nan at step 1;.*learning rate"):
        train(toys, "dense", tmp_path, task=task)


def test_a_diverged_state_is_never_saved(toys, tmp_path):
    # Between two log lines nobody looks at the loss, but a checkpoint would keep what it led to.
    task = toys.make("dense")
    task.data = task.data._replace(vectors=np.full_like(task.data.vectors, np.nan))
    with pytest.raises(PclipError, match="at step 3"):
        train(toys, "dense", tmp_path, task=task, log_every=50)
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == []
    with pytest.raises(PclipError, match=f"at step {STEPS}"):
        train(
            toys, "dense", tmp_path, task=task, log=None, folder=None, log_every=50, save_every=50
        )


def test_parameters_that_are_no_numbers_are_never_saved(toys, tmp_path):
    # The loss is that of the parameters before the step: it is the last to notice.
    task = toys.make("dense")
    step = task.step

    def diverge(state, data, batch):
        state, metrics = step(state, data, batch)
        return state._replace(params=jax.tree.map(lambda p: p + np.inf, state.params)), metrics

    task.step = diverge
    with pytest.raises(PclipError, match="parameters is inf at step 1"):
        train(toys, "dense", tmp_path, task=task, save_every=1)
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == []


def test_frozen_data_is_not_donated_to_the_steps(toys):
    task = toys.make("alignment")
    before = jax.tree.map(np.array, task.data)
    fit(task, steps=2, seed=0, mesh=data_mesh())
    toys.assert_identical(task.data, before)
