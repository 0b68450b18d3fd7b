"""The detector: mission graphs for each packet, a temporal model over the window, a verdict."""

from __future__ import annotations

from dataclasses import asdict

import jax
import jax.numpy as jnp
from flax import linen as nn

from pclip.models.graph_plan import MissionGraph
from pclip.models.hierarchical_gnn import HierarchicalGNN
from pclip.models.mlp import MLP
from pclip.models.temporal import TemporalSizes, TemporalTransformer

BENIGN = 0


class Detector(nn.Module):
    """Logits over {Benign, missions} at every step of a window of packets.

        X_t = [x_e of mission 1; ...; x_e of mission M]      [M D]
        logits_t = MLP(Transformer(X_1, ..., X_t))

    Without missions X_t is the packet vector itself: the temporal-only row.

    Attributes:
        missions: compiled missions, one graph each.
        num_classes: Benign, index 0, and the attack classes.
        dim: D, width of a mission's vector.
        propagate: "carry" or "released", see `HierarchicalGNN`.
        impl: "dense" or "jraph", see `HierarchicalGNN`.
        temporal: sizes of the temporal model; `PAPER_SIZE` has 12 layers.
        head_hidden: hidden widths of the MLP head; () is MissionGNN's linear map.

    Source: section 3.4, Figure 4b; MissionGNN (Yun et al., 2025).
    """

    missions: tuple[MissionGraph, ...]
    num_classes: int
    dim: int = 8
    propagate: str = "carry"
    impl: str = "dense"
    temporal: TemporalSizes = TemporalSizes()
    head_hidden: tuple[int, ...] = (128,)

    def setup(self) -> None:
        """Name the parts: graph_MISSION, context, head."""
        # A dict attribute names its modules graph_MISSION.
        self.graph = {
            mission.name: HierarchicalGNN(mission, self.dim, self.propagate, self.impl)
            for mission in self.missions
        }
        self.context = TemporalTransformer(**asdict(self.temporal))
        self.head = MLP(self.num_classes, self.head_hidden, self.temporal.dropout)

    def __call__(
        self,
        packets: jax.Array,
        concepts: tuple[jax.Array, ...],
        mask: jax.Array,
        train: bool = False,
    ) -> jax.Array:
        """Give the logits of every step.

        Args:
            packets: packet vectors in the joint space [B, A, E]; what stands at padding is ignored.
            concepts: for each mission its concepts' text vectors [n_m, E].
            mask: bool[B, A], True at packets, False at the padding on the left.
            train: batch statistics (collection `batch_stats` is updated) and dropout.

        Returns:
            [B, A, num_classes]; rows at padding are of no meaning.

        Raises:
            ValueError: not one concept matrix a mission, or shapes that do not fit.
        """
        if packets.ndim != 3 or mask.shape != packets.shape[:2]:
            raise ValueError(f"packets {packets.shape} and mask {mask.shape}: expected [B, A, E]")
        batch, window, width = packets.shape
        known = jnp.where(mask[..., None], packets, 0.0)
        steps = self.reason(known.reshape(-1, width), concepts, mask.reshape(-1), train)
        return self.judge(steps.reshape(batch, window, -1), mask, train)

    def reason(
        self,
        packets: jax.Array,
        concepts: tuple[jax.Array, ...],
        mask: jax.Array,
        train: bool = False,
    ) -> jax.Array:
        """Give X_t of packets by themselves; without batch statistics no packet sees another.

        Args:
            packets: [N, E].
            concepts: for each mission its concepts' text vectors [n_m, E].
            mask: bool[N], False at padding.
            train: batch statistics.

        Returns:
            [N, M D], or the packets where there are no missions.

        Raises:
            ValueError: not one concept matrix a mission.
        """
        if len(concepts) != len(self.missions):
            raise ValueError(
                f"{len(concepts)} concept matrices for {len(self.missions)} missions, expected one "
                "each"
            )
        if not self.missions:
            return packets
        answers = [
            self.graph[mission.name](packets, texts, mask, train)
            for mission, texts in zip(self.missions, concepts, strict=True)
        ]
        return jnp.concatenate(answers, axis=-1)

    def judge(
        self, steps: jax.Array, mask: jax.Array, train: bool = False, last_only: bool = False
    ) -> jax.Array:
        """Give the logits of windows of X_t, [B, A, M D or E].

        Returns:
            [B, A, num_classes], with `last_only` the last step's alone, [B, 1, num_classes].
        """
        encoded = self.context(steps, mask, deterministic=not train, last_only=last_only)
        return self.head(encoded, train)


def verdict(logits: jax.Array) -> jax.Array:
    """Class probabilities of each window: the softmax of its last step.

    Args:
        logits: [B, A, C], windows padded on the left.

    Returns:
        [B, C].
    """
    return jax.nn.softmax(logits[:, -1], axis=-1)
