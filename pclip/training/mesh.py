"""The device mesh: one axis, `data`; batches are split along it, everything else is replicated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import jax
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

Tree = TypeVar("Tree")


def data_mesh(devices: Sequence[jax.Device] | None = None) -> Mesh:
    """A mesh over `devices` (all of this process's world where None) with the axis "data"."""
    chosen = list(jax.devices() if devices is None else devices)
    # Explicit axes, today's default, refuse a plain InfoNCE; Auto lets the compiler place it.
    return jax.make_mesh(
        (len(chosen),), ("data",), axis_types=(AxisType.Auto,), devices=tuple(chosen)
    )


def replicate(mesh: Mesh, tree: Tree) -> Tree:
    """Put every leaf whole on each device."""
    return jax.device_put(tree, NamedSharding(mesh, PartitionSpec()))


def split_batch(mesh: Mesh, tree: Tree) -> Tree:
    """Split every leaf's first axis along "data".

    Raises:
        ValueError: a leaf's first axis is not a multiple of the number of devices.
    """
    devices = mesh.devices.size
    for leaf in jax.tree.leaves(tree):
        if leaf.shape[0] % devices:
            raise ValueError(
                f"a batch of {leaf.shape[0]} cannot be split over {devices} devices: "
                "choose a batch size that is a multiple"
            )
    return jax.device_put(tree, NamedSharding(mesh, PartitionSpec("data")))


def compile_step(step: Callable[..., Any], mesh: Mesh) -> Callable[..., Any]:
    """Compile `step(state, data, batch) -> (state, metrics)` for `mesh`.

    The state comes and goes replicated, the batch is split; the reductions over the batch
    (InfoNCE's denominators, BatchNorm's statistics) are therefore global over the devices.
    """
    whole, split = NamedSharding(mesh, PartitionSpec()), NamedSharding(mesh, PartitionSpec("data"))
    return jax.jit(
        step, in_shardings=(whole, whole, split), out_shardings=(whole, whole), donate_argnums=0
    )
