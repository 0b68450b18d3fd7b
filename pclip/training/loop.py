"""One loop for every task: draw, step, log, evaluate, save; resume from the newest checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh

from pclip.errors import PclipError
from pclip.progress import progress
from pclip.training.checkpoints import Checkpoints
from pclip.training.mesh import compile_step, replicate, split_batch
from pclip.training.metrics_log import MetricsLog
from pclip.training.state import TrainState

Evaluate = Callable[[TrainState], dict[str, float]]


class Task(Protocol):
    """What a training task offers the loop; `data` is replicated, a batch is split."""

    data: Any

    def init(self, seed: int) -> TrainState:
        """The state before the first step."""
        ...

    def batch(self, step: int) -> Any:
        """Step `step`'s batch, a pytree of arrays; a pure function of the step."""
        ...

    def step(self, state: TrainState, data: Any, batch: Any) -> tuple[TrainState, dict]:
        """One pure training step, with scalar metrics."""
        ...


def fit(
    task: Task,
    *,
    steps: int,
    seed: int,
    mesh: Mesh,
    folder: Path | None = None,
    log: Path | None = None,
    run: str = "run",
    log_every: int = 50,
    evaluate: Evaluate | None = None,
    evaluate_every: int = 0,
    save_every: int = 500,
    description: str = "training",
    on_save: Callable[[int], None] | None = None,
) -> TrainState:
    """Train `task` for `steps` steps and return the last state.

    With a `folder` the state is saved every `save_every` steps and at the end, and a run that
    was killed goes on from the newest whole checkpoint. Batches and random keys depend on
    (seed, step) alone, so that the end is the same, bit for bit.

    Args:
        task: what to train.
        steps: optimiser steps in all.
        seed: of initialisation; the task's sampler has its own.
        mesh: devices along "data".
        folder: checkpoints' folder; None keeps nothing.
        log: path of metrics.jsonl; None logs nothing.
        run: the name in the log.
        log_every: steps between two log lines of the training metrics.
        evaluate: validation metrics of a state.
        evaluate_every: steps between two evaluations; 0 for never.
        save_every: steps between two checkpoints.
        description: words before the progress bar.
        on_save: called with the step after each checkpoint.

    Returns:
        The state after `steps` steps.

    Raises:
        PclipError: a checkpoint does not fit, the disk is full, or the loss is not finite.
    """
    state = replicate(mesh, task.init(seed))
    data = replicate(mesh, task.data)
    step_fn = compile_step(task.step, mesh)
    checkpoints = Checkpoints(folder) if folder is not None else None
    try:
        if checkpoints and checkpoints.latest is not None:
            state = checkpoints.restore(state)
        start = int(state.step)
        metrics = MetricsLog(log, run, start) if log is not None and start < steps else None
        try:
            progressing = progress(
                range(start, steps),
                description=description,
                total=steps,
                unit="step",
                initial=start,
            )
            for step in progressing:
                state, values = step_fn(state, data, split_batch(mesh, task.batch(step)))
                done = step + 1
                last = done == steps
                log_now, save_now = last or done % log_every == 0, last or done % save_every == 0
                if log_now or save_now:
                    # Looked at before saving: a resumed run could not leave a diverged state.
                    scalars = _finite(jax.device_get(values), run, done)
                    _finite({"parameters": _magnitude(state.params)}, run, done)
                if metrics and log_now:
                    metrics.write(done, scalars)
                if metrics and evaluate and evaluate_every and (last or done % evaluate_every == 0):
                    metrics.write(done, evaluate(state))
                if checkpoints and save_now:
                    checkpoints.save(state)
                    if on_save:
                        on_save(done)
            if metrics:
                metrics.write_tensorboard()
        finally:
            if metrics:
                metrics.close()
    finally:
        if checkpoints:
            checkpoints.close()
    return state


@jax.jit
def _magnitude(params: Any) -> jax.Array:
    """Sum of absolute values: no number as soon as one parameter is none."""
    return sum((jnp.abs(leaf).sum() for leaf in jax.tree.leaves(params)), jnp.zeros(()))


def _finite(values: dict[str, Any], run: str, step: int) -> dict[str, float]:
    """`values` as floats, or an error that names the first that is no number."""
    numbers = {name: float(value) for name, value in values.items()}
    for name, value in numbers.items():
        if not np.isfinite(value):
            raise PclipError(
                f"{run}: {name} is {value} at step {step}; "
                "lower the learning rate or look at the data"
            )
    return numbers
