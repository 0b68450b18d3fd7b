"""Run under 8 simulated devices: train every task on 1 and on 8, and once with `jax.pmap`.

Prints one JSON object: for each comparison the largest difference of any number, and where.
"""

from __future__ import annotations

import json
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from conftest import BATCH, MAKERS, alignment_task, leaves

from pclip.models.heads import project_packets, project_texts, temperature_of
from pclip.training import data_mesh, fit
from pclip.training.mesh import compile_step, replicate, split_batch

KINDS = ("alignment", "detection", "dense")
STEPS = 4


def difference(found: Any, expected: Any) -> list[Any]:
    ours, theirs = leaves(found), leaves(expected)
    assert ours.keys() == theirs.keys()
    gaps = {
        path: float(np.max(np.abs(leaf.astype(np.float64) - theirs[path]), initial=0.0))
        for path, leaf in ours.items()
    }
    worst = max(gaps, key=lambda path: gaps[path])
    return [gaps[worst], worst]


def on_one_and_eight(kind: str) -> dict[str, Any]:
    states = [
        fit(MAKERS[kind](), steps=STEPS, seed=0, mesh=data_mesh(jax.devices()[:count]))
        for count in (1, 8)
    ]
    start = MAKERS[kind]().init(0)
    return {
        "params": difference(states[1].params, states[0].params),
        "statistics": difference(states[1].statistics, states[0].statistics)
        if jax.tree.leaves(states[0].statistics)
        else None,
        "statistics_leaves": len(jax.tree.leaves(states[0].statistics)),
        "moved": difference(states[1].params, start.params),
    }


def pmapped_loss(task: Any, params: Any, data: Any, packets: Any, captions: Any) -> jax.Array:
    """This device's share of the symmetric InfoNCE of the whole batch, written with collectives."""
    u = project_packets(params, data.packets[packets], standardiser=data.standardiser)
    v = project_texts(params, data.texts[captions])
    tau = temperature_of(params)
    rows = jax.lax.axis_index("data") * len(u) + jnp.arange(len(u))
    total = 0.0
    for mine, others in ((u, v), (v, u)):
        logits = mine @ jax.lax.all_gather(others, "data", tiled=True).T / tau
        total -= jax.nn.log_softmax(logits)[jnp.arange(len(u)), rows].mean()
    return total / 2


def against_pmap() -> dict[str, Any]:
    task = alignment_task(positives="diagonal")
    start, batch = task.init(0), task.batch(0)

    def step(state: Any, data: Any, packets: Any, captions: Any) -> tuple[Any, Any, Any]:
        loss, grads = jax.value_and_grad(lambda p: pmapped_loss(task, p, data, packets, captions))(
            state.params
        )
        # The transpose of all_gather has summed what the other devices' rows owe to ours.
        grads = jax.lax.pmean(grads, "data")
        return state.advance(grads, task._optimiser), grads, jax.lax.pmean(loss, "data")

    shards = [np.asarray(part).reshape(8, BATCH // 8) for part in batch]
    pmapped = jax.pmap(step, axis_name="data", in_axes=(None, None, 0, 0))
    state, grads, loss = pmapped(start, task.data, *shards)
    first = jax.tree.map(lambda leaf: np.asarray(leaf[0]), (state.params, grads, loss))

    mesh = data_mesh()
    ours, metrics = compile_step(task.step, mesh)(
        replicate(mesh, task.init(0)), replicate(mesh, task.data), split_batch(mesh, batch)
    )
    # After one step from zero Adam's first moment is (1 - b1) grad.
    our_grads = jax.tree.map(lambda mu: np.asarray(mu) / 0.1, ours.optimiser[0].mu)
    return {
        "params": difference(ours.params, first[0]),
        "grads": difference(our_grads, first[1]),
        "loss": abs(float(metrics["loss"]) - float(first[2])),
        "largest_grad": max(float(np.abs(g).max()) for g in jax.tree.leaves(first[1])),
    }


if __name__ == "__main__":
    found: dict[str, Any] = {"devices": len(jax.devices())}
    found |= {kind: on_one_and_eight(kind) for kind in KINDS}
    found["pmap"] = against_pmap()
    print(json.dumps(found))
