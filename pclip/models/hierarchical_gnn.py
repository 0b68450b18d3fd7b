"""Reasoning over one mission's graph: from the packet, through the concepts, to one vector."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from flax import linen as nn

from pclip.models.graph_plan import MissionGraph, plan_steps
from pclip.models.level_norm import LevelNorm
from pclip.models.linear import Linear
from pclip.models.message_passing_dense import reason_dense
from pclip.models.message_passing_jraph import reason_jraph

IMPLEMENTATIONS = ("dense", "jraph")


class HierarchicalGNN(nn.Module):
    """Hierarchical message passing of section 3.4.

        H^k   = X^{k-1} W_k + b_k             W_1: E -> D, later D -> D
        m_vu  = H^k_v * H^k_u                 elementwise, for (u -> v) in E_k
        O^k_v = mean of m_vu over E_k
        X^k_v = ELU(BatchNorm(O^k_v)) for v in level k;   X^k_v = H^k_v elsewhere     ("carry")
        X^k   = ELU(BatchNorm(O^k)) at every node, O^k = 0 outside hop k              ("released")

    X^0 is the packet vector at the sensor, the text vectors at the concepts and 0 at the embedding
    node, whose X^K is the output. In "released" a concept past level 1 is overwritten before it is
    ever read, so its text has no influence at all; "carry" mends that.

    Attributes:
        mission: compiled mission, read for `steps`, `level_sizes`, `num_nodes` and `name` only.
        dim: D.
        propagate: "carry" (statistics over the nodes of level k) or "released" (the public
            MissionGNN code: statistics over all nodes, zeros included).
        impl: "dense" (compiled form) or "jraph" (reference on `jraph.GraphsTuple`); the two share
            parameters and agree to 1e-5.

    Source: section 3.4; MissionGNN (Yun et al., 2025), github c0510gy/MissionGNN.
    """

    mission: MissionGraph
    dim: int = 8
    propagate: str = "carry"
    impl: str = "dense"

    @nn.compact
    def __call__(
        self, packets: jax.Array, concepts: jax.Array, mask: jax.Array, train: bool = False
    ) -> jax.Array:
        """Reason over every packet.

        Args:
            packets: packet vectors in the joint space [N, E].
            concepts: text vectors of the mission's concepts [num_nodes - 2, E].
            mask: bool[N], False at padding; it does not enter the BatchNorm statistics.
            train: use the batch's statistics and update collection `batch_stats`.

        Returns:
            [N, dim]; rows at padding are of no meaning.

        Raises:
            ValueError: an unknown form, or shapes that do not fit each other or the mission.
        """
        if self.impl not in IMPLEMENTATIONS:
            raise ValueError(f"impl is {self.impl!r}, expected one of {IMPLEMENTATIONS}")
        plan = plan_steps(self.mission, self.propagate)
        num_concepts = self.mission.num_nodes - 2
        if packets.ndim != 2 or concepts.shape != (num_concepts, packets.shape[1]):
            raise ValueError(
                f"packets {packets.shape} and concepts {concepts.shape}: expected [N, E] and "
                f"[{num_concepts}, E] for mission {self.mission.name!r}"
            )
        if mask.shape != packets.shape[:1]:
            raise ValueError(f"mask {mask.shape} does not fit packets {packets.shape}")
        linears = [Linear(self.dim, name=f"linear_{k}") for k in range(1, len(plan) + 1)]
        norms = [LevelNorm(name=f"norm_{k}") for k in range(1, len(plan) + 1)]

        # The graph's own nodes are projected once; the sensor's row is the packets', put in later.
        blank = jnp.zeros((1, concepts.shape[1]), concepts.dtype)
        fixed = linears[0](jnp.concatenate([blank, concepts, blank]))
        sensor = linears[0](packets).T
        reason = reason_dense if self.impl == "dense" else reason_jraph
        carry = self.propagate == "carry"
        return reason(plan, fixed, sensor, mask, linears[1:], norms, carry=carry, train=train).T
