"""Message passing compiled to small matrices: the batch is spent only where the packet reached.

All messages into v share H_v, so their mean is H_v times the mean of the H_u. Values that vary with
the packet are [nodes, D, N], in blocks that were updated together; the others are [nodes, D].
"""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from pclip.models.graph_plan import GraphStep, mean_weights
from pclip.models.level_norm import LevelNorm
from pclip.models.linear import Linear


def reason_dense(
    plan: Sequence[GraphStep],
    fixed: jax.Array,
    sensor: jax.Array,
    mask: jax.Array,
    linears: Sequence[Linear],
    norms: Sequence[LevelNorm],
    *,
    carry: bool,
    train: bool,
) -> jax.Array:
    """Run the steps of `plan`.

    Args:
        plan: K steps.
        fixed: H^1 of all nodes [num_nodes, D], as far as it does not depend on the packet.
        sensor: H^1 of the sensor [D, N].
        mask: bool[N], valid positions.
        linears: the maps W_2..W_K.
        norms: BatchNorm of steps 1..K.
        carry: `propagate="carry"`; otherwise "released".
        train: passed to the norms.

    Returns:
        X^K of the embedding node [D, N].
    """
    num_nodes = fixed.shape[0]
    blocks = {plan[0].blocks[0]: sensor[None]}
    for index, (step, norm) in enumerate(zip(plan, norms, strict=True)):
        if index > 0:
            linear = linears[index - 1]
            fixed = linear(fixed)
            blocks = {nodes: linear(blocks[nodes], axis=-2) for nodes in step.blocks}
        messages = _own_values(step, fixed, blocks) * _mean_of_senders(step, blocks)
        zero_nodes = 0 if carry else num_nodes - len(step.updated)
        scale, shift = norm(messages, mask, train, zero_nodes)
        blocks[step.updated] = jax.nn.elu(scale * messages + shift)
        if not carry:
            fixed = jnp.broadcast_to(jax.nn.elu(shift[:, 0]), fixed.shape)
    return blocks[plan[-1].updated][0]


def _mean_of_senders(step: GraphStep, blocks: dict[tuple[int, ...], jax.Array]) -> jax.Array:
    """Mean of H_u over the edges into each updated node, [updated, D, N]."""
    total = None
    for nodes, values in blocks.items():
        weights = mean_weights(step, nodes)
        if weights.any():
            part = jnp.einsum("vu,udn->vdn", weights.astype(values.dtype), values)
            total = part if total is None else total + part
    assert total is not None  # plan_steps refuses a step without senders
    return total


def _own_values(
    step: GraphStep, fixed: jax.Array, blocks: dict[tuple[int, ...], jax.Array]
) -> jax.Array:
    """H_v of each updated node: [updated, D, 1] if none depends on the packet, else with N."""
    held = {node: values[i] for nodes, values in blocks.items() for i, node in enumerate(nodes)}
    if not held.keys() & set(step.updated):
        return fixed[np.asarray(step.updated)][:, :, None]
    shape = next(iter(held.values())).shape
    return jnp.stack(
        [held.get(node, jnp.broadcast_to(fixed[node][:, None], shape)) for node in step.updated]
    )
