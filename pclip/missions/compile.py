"""From a mission to the index arrays that message passing runs on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pclip.errors import PclipError
from pclip.missions.mission import Mission

READOUTS = ("last", "all")
SENSOR_NODE = 0

Step = tuple[tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True)
class CompiledMission:
    """A mission with sensor and embedding node, as tuples of node numbers.

    Tuples only, so that it hashes and can be a static attribute of a Flax module. Nodes: 0 is the
    sensor, then the concepts level by level, last the embedding node. With C concept levels there
    are K = C + 1 steps (C = N + 1 after N expansions, so K = N + 2); step k holds the edges into
    level k, step C + 1 those into the embedding node.

    Attributes:
        name: the mission's name.
        concepts: the words of nodes 1..len(concepts).
        level_sizes: number of concepts of each of the C levels.
        steps: (senders, receivers) of steps 1..K, ordered by receiver, then sender.
        readout: which concepts have an edge into the embedding node, "last" level or "all".

    Source: PacketCLIP section 3.4.
    """

    name: str
    concepts: tuple[str, ...]
    level_sizes: tuple[int, ...]
    steps: tuple[Step, ...]
    readout: str

    @property
    def num_nodes(self) -> int:
        """Concepts, sensor and embedding node."""
        return len(self.concepts) + 2

    @property
    def num_steps(self) -> int:
        """K: one step into each concept level and one into the embedding node."""
        return len(self.steps)

    @property
    def embedding_node(self) -> int:
        """Number of the embedding node, the last one."""
        return len(self.concepts) + 1

    def level_nodes(self, level: int) -> range:
        """Nodes of a level: 0 the sensor, 1..C the concepts, C + 1 the embedding node.

        Raises:
            ValueError: there is no such level.
        """
        sizes = (1, *self.level_sizes, 1)
        if not 0 <= level < len(sizes):
            raise ValueError(f"level {level} of mission {self.name}: expected 0..{len(sizes) - 1}")
        first = sum(sizes[:level])
        return range(first, first + sizes[level])

    def adjacency(self, step: int) -> npt.NDArray[np.float32]:
        """Matrix that takes the mean over the incoming edges of a step.

        A[v, u] = 1 / |{w : (w -> v) in E_k}| for (u -> v) in E_k, else 0.

        Args:
            step: k, 1..K.

        Returns:
            float32[num_nodes, num_nodes], receivers in rows; rows without edges are zero.

        Raises:
            ValueError: there is no such step.
        """
        if not 1 <= step <= self.num_steps:
            raise ValueError(f"step {step} of mission {self.name}: expected 1..{self.num_steps}")
        senders, receivers = self.steps[step - 1]
        edges = np.zeros((self.num_nodes, self.num_nodes), dtype=np.float32)
        edges[receivers, senders] = 1.0
        in_degree = edges.sum(axis=1, keepdims=True)
        return edges / np.maximum(in_degree, 1.0)


def compile_mission(mission: Mission, readout: str = "last") -> CompiledMission:
    """Add sensor and embedding node to a mission and number its nodes.

    Args:
        mission: a validated mission.
        readout: "last": only the last concept level has edges into the embedding node;
            "all": every concept has.

    Raises:
        PclipError: an unknown readout.

    Source: PacketCLIP section 3.1 ("related concept nodes also project edges to an embedding
        node"); which concepts these are the paper leaves open.
    """
    if readout not in READOUTS:
        raise PclipError(f"readout {readout!a}: expected one of {', '.join(READOUTS)}")
    node_of = {word: node for node, word in enumerate(mission.concepts, start=1)}
    embedding_node = len(node_of) + 1
    level_of = {word: k for k, level in enumerate(mission.levels, start=1) for word in level}

    steps = [_step((SENSOR_NODE, node_of[word]) for word in mission.key_concepts)]
    for k in range(2, len(mission.levels) + 1):
        steps.append(_step((node_of[u], node_of[v]) for u, v in mission.edges if level_of[v] == k))
    read = mission.levels[-1] if readout == "last" else mission.concepts
    steps.append(_step((node_of[word], embedding_node) for word in read))

    return CompiledMission(
        name=mission.name,
        concepts=mission.concepts,
        level_sizes=tuple(len(level) for level in mission.levels),
        steps=tuple(steps),
        readout=readout,
    )


def _step(edges: Iterable[tuple[int, int]]) -> Step:
    ordered = sorted(edges, key=lambda edge: (edge[1], edge[0]))
    return tuple(u for u, _ in ordered), tuple(v for _, v in ordered)
