"""What a detector costs: multiply-accumulates of one window, part by part."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from pclip.models.detector import Detector
from pclip.models.graph_plan import MissionGraph, plan_steps
from pclip.models.temporal import TemporalSizes


@dataclass(frozen=True)
class DetectorMacs:
    """Multiply-accumulates of a detector's forward pass; "FLOPs" are twice as many.

    Matrix products and messages only: normalisation, activations and softmax are left out, as the
    literature that these numbers are compared with leaves them out.

    Attributes:
        concepts: projecting the concepts' text vectors, once for a whole batch.
        graphs: all missions' graphs, for each packet.
        temporal: the temporal Transformer with its input projection, for each window.
        head: the MLP head at every step of a window.
        window: A, packets in a window.
    """

    concepts: int
    graphs: int
    temporal: int
    head: int
    window: int

    @property
    def per_window(self) -> int:
        """Everything that one window needs, the batch's share of `concepts` left out."""
        return self.window * self.graphs + self.temporal + self.head

    @property
    def per_packet(self) -> float:
        """`per_window` / A."""
        return self.per_window / self.window


def detector_macs(detector: Detector, embedding_width: int, window: int = 30) -> DetectorMacs:
    """Count the multiply-accumulates of a detector.

    A linear map of one vector counts inputs x outputs; a message counts D (the product is
    accumulated into the mean); attention counts all A x A pairs, the causal mask notwithstanding,
    because all are computed. The graphs are counted as `impl="dense"` runs them: values that do not
    depend on the packet are computed once, values that nothing reads any more are not computed.

    Args:
        detector: the module; it needs no parameters.
        embedding_width: E, width of packet and concept vectors.
        window: A.

    Returns:
        The counts.

    Raises:
        ValueError: `window` is not positive.
    """
    if window < 1:
        raise ValueError(f"window is {window}, expected at least 1")
    concepts = graphs = 0
    for mission in detector.missions:
        fixed, varying = _graph_macs(mission, detector.propagate, embedding_width, detector.dim)
        concepts += fixed
        graphs += varying
    width = len(detector.missions) * detector.dim or embedding_width
    sizes = detector.temporal
    layers = (sizes.width, *detector.head_hidden, detector.num_classes)
    head = sum(inputs * outputs for inputs, outputs in pairwise(layers))
    return DetectorMacs(
        concepts=concepts,
        graphs=graphs,
        temporal=window * width * sizes.width + transformer_macs(sizes, window),
        head=window * head,
        window=window,
    )


def transformer_macs(sizes: TemporalSizes, window: int) -> int:
    """Multiply-accumulates of the Transformer's blocks over one window, without input projection.

    layers (A (4 W^2 + 2 W F) + 2 A^2 W)
    """
    maps = 4 * sizes.width**2 + 2 * sizes.width * sizes.ff
    return sizes.layers * (window * maps + 2 * window**2 * sizes.width)


def _graph_macs(
    mission: MissionGraph, propagate: str, embedding_width: int, dim: int
) -> tuple[int, int]:
    """Of one graph: what the batch needs once, and what each packet needs."""
    fixed = varying = 0
    inputs = embedding_width
    for step in plan_steps(mission, propagate):
        dependent = {node for block in step.blocks for node in block}
        fixed += mission.num_nodes * inputs * dim
        varying += len(dependent) * inputs * dim + len(step.senders) * dim
        inputs = dim
    return fixed, varying
