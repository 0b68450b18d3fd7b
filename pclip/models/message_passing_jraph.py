"""Message passing on one `jraph.GraphsTuple` with the batch on a trailing axis: the reference."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import jraph
import numpy as np

from pclip.models.graph_plan import SENSOR, GraphStep
from pclip.models.level_norm import LevelNorm
from pclip.models.linear import Linear


def reason_jraph(
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
    """Run the steps of `plan`, every node holding a value for every packet.

    Arguments and result as in `pclip.models.message_passing_dense.reason_dense`.
    """
    nodes = jnp.broadcast_to(fixed[:, :, None], (*fixed.shape, sensor.shape[1]))
    graph = step_graph(plan[0], nodes.at[SENSOR].set(sensor))
    for index, (step, norm) in enumerate(zip(plan, norms, strict=True)):
        if index > 0:
            graph = step_graph(step, linears[index - 1](graph.nodes, axis=-2))
        means = mean_messages(graph)
        if carry:
            level = np.asarray(step.updated)
            scale, shift = norm(means[level], mask, train)
            nodes = graph.nodes.at[level].set(jax.nn.elu(scale * means[level] + shift))
        else:
            scale, shift = norm(means, mask, train)
            nodes = jax.nn.elu(scale * means + shift)
        graph = graph._replace(nodes=nodes)
    return graph.nodes[-1]


def step_graph(step: GraphStep, nodes: jax.Array) -> jraph.GraphsTuple:
    """One step's graph: node features [num_nodes, D, N], the edges E_k without features."""
    # As plain constants the indices are folded through every gather and scatter while compiling.
    senders, receivers = jax.lax.optimization_barrier(
        (jnp.asarray(step.senders, jnp.int32), jnp.asarray(step.receivers, jnp.int32))
    )
    return jraph.GraphsTuple(
        nodes=nodes,
        edges=None,
        senders=senders,
        receivers=receivers,
        n_node=jnp.asarray([nodes.shape[0]], jnp.int32),
        n_edge=jnp.asarray([len(step.senders)], jnp.int32),
        globals=None,
    )


def mean_messages(graph: jraph.GraphsTuple) -> jax.Array:
    """Mean of H_v * H_u over the edges into each node, [num_nodes, D, N]; 0 without edges."""
    messages = graph.nodes[graph.receivers] * graph.nodes[graph.senders]
    return jraph.segment_mean(messages, graph.receivers, num_segments=graph.nodes.shape[0])
