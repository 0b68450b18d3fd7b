"""Which edges each reasoning step uses, and which nodes depend on the packet by then.

A mission's graph is the same for every packet and only the sensor varies. So at each step a node's
value is either one vector for all packets, or one for each: the plan says which, in NumPy and
before anything is traced, so that the dense path spends the batch on the latter only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

import numpy as np

SENSOR = 0
PROPAGATIONS = ("carry", "released")

Edges = tuple[tuple[int, ...], tuple[int, ...]]


class MissionGraph(Protocol):
    """What the models need of a compiled mission; `pclip.missions.CompiledMission` has it.

    Nodes: 0 the sensor, then the concepts level by level, last the embedding node. `steps` holds,
    for k = 1..C+1, the senders and receivers of the edges into level k (the last: into the
    embedding node). It must be hashable, to be an attribute of a Flax module.
    """

    @property
    def name(self) -> str:
        """Name of the mission."""

    @property
    def level_sizes(self) -> tuple[int, ...]:
        """Number of concepts of each of the C levels."""

    @property
    def steps(self) -> tuple[Edges, ...]:
        """(senders, receivers) of each step."""

    @property
    def num_nodes(self) -> int:
        """Sensor, concepts and embedding node."""


class GraphStep(NamedTuple):
    """One step of message passing.

    Attributes:
        senders: of the edges E_k.
        receivers: of the edges E_k, in the same order.
        updated: the distinct receivers, ascending.
        blocks: nodes whose value depends on the packet before this step, in the groups in which
            earlier steps updated them; a group that neither this step nor a later one reads is
            left out.
    """

    senders: tuple[int, ...]
    receivers: tuple[int, ...]
    updated: tuple[int, ...]
    blocks: tuple[tuple[int, ...], ...]


def plan_steps(mission: MissionGraph, propagate: str) -> tuple[GraphStep, ...]:
    """Lay out the K steps of a mission.

    `carry`: E_k are the mission's own edges into level k, and a node keeps its (projected) value
    until its level's turn comes and afterwards. `released`: E_k is the k-th hop from the sensor,
    that is all edges out of the receivers of hop k - 1 (with readout "all" a concept's edge into
    the embedding node is therefore used one step after the concept was reached), and nodes that
    hop k does not reach lose what they held.

    Args:
        mission: compiled mission.
        propagate: "carry" or "released".

    Returns:
        K steps; the last one updates the embedding node alone.

    Raises:
        ValueError: unknown `propagate`, or a graph that message passing cannot run on: no last
            step into the embedding node, or a message that would not depend on the packet.

    Source: section 3.4; `released`: MissionGNN (Yun et al., 2025), github c0510gy/MissionGNN,
        graph/layers.py: k_hop_subgraph(sensor, k, directed=True).
    """
    if propagate not in PROPAGATIONS:
        raise ValueError(f"propagate is {propagate!r}, expected one of {PROPAGATIONS}")
    edges = mission.steps if propagate == "carry" else _hops(mission.steps)
    embedding = mission.num_nodes - 1
    if len(edges) != len(mission.level_sizes) + 1 or set(edges[-1][1]) != {embedding}:
        raise ValueError(
            f"mission {mission.name!r} has {len(edges)} steps over {len(mission.level_sizes)} "
            f"levels, expected one more than levels, the last into node {embedding}"
        )
    plan = []
    blocks: list[tuple[int, ...]] = [(SENSOR,)]
    for index, (senders, receivers) in enumerate(edges):
        read = {node for later in edges[index:] for side in later for node in side}
        blocks = [block for block in blocks if read.intersection(block)]
        unreached = set(senders).difference(*blocks)
        if unreached:
            raise ValueError(
                f"mission {mission.name!r}, step {index + 1}: nodes {sorted(unreached)} send "
                "before the packet has reached them"
            )
        updated = tuple(sorted(set(receivers)))
        plan.append(GraphStep(senders, receivers, updated, tuple(blocks)))
        blocks = [*blocks, updated] if propagate == "carry" else [updated]
    return tuple(plan)


def mean_weights(step: GraphStep, block: Sequence[int]) -> np.ndarray:
    """Share of each node of `block` in the mean that each updated node takes over its edges.

    Returns:
        float64[len(step.updated), len(block)]; over all blocks the rows sum to 1.
    """
    degree = np.bincount(step.receivers, minlength=max(step.updated) + 1)
    row = {node: i for i, node in enumerate(step.updated)}
    column = {node: i for i, node in enumerate(block)}
    weights = np.zeros((len(row), len(column)))
    for sender, receiver in zip(step.senders, step.receivers, strict=True):
        if sender in column:
            weights[row[receiver], column[sender]] += 1.0 / degree[receiver]
    return weights


def _hops(steps: Iterable[Edges]) -> tuple[Edges, ...]:
    """k-th hop from the sensor, for k = 1..K: every edge out of what hop k - 1 reached."""
    steps = tuple(steps)
    edges = [edge for senders, receivers in steps for edge in zip(senders, receivers, strict=True)]
    reached = {SENSOR}
    hops = []
    for _ in steps:
        hop = [(sender, receiver) for sender, receiver in edges if sender in reached]
        reached = {receiver for _, receiver in hop}
        hops.append((tuple(s for s, _ in hop), tuple(r for _, r in hop)))
    return tuple(hops)
