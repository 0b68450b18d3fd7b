"""Whole flows dealt out to the parts, class by class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pclip.data.dataset import Dataset
from pclip.data.flow_classes import flow_classes
from pclip.data.parts import PARTS, Rows


def deal_flows(
    dataset: Dataset,
    rows: Rows,
    generator: np.random.Generator,
    *,
    validation: float,
    test: float,
) -> NDArray[np.int8]:
    """Part of each packet: flows of each class are dealt out, whole.

    A flow's class is that of most of the packets to divide. From two flows of a class on one is
    for test, from three on one for validation, where their shares are not 0.

    Args:
        dataset: labels and flows.
        rows: packets to divide, each of a flow.
        generator: of the draw.
        validation, test: shares of each class's flows.

    Returns:
        int8[len(rows)], index into `PARTS`.
    """
    flows, flow = np.unique(dataset.flows.flow_of_packet[rows], return_inverse=True)
    class_of_flow = flow_classes(dataset, rows)[flows]
    part_of_flow = np.zeros(len(flows), np.int8)
    for number in range(len(dataset.classes)):
        own = generator.permutation(np.flatnonzero(class_of_flow == number))
        held = _count(len(own), test, at_least_one_of=2)
        validated = _count(len(own), validation, at_least_one_of=3)
        part_of_flow[own[:held]] = PARTS.index("test")
        part_of_flow[own[held : held + validated]] = PARTS.index("validation")
    return part_of_flow[flow]


def _count(flows: int, share: float, at_least_one_of: int) -> int:
    return max(round(flows * share), 1 if share and flows >= at_least_one_of else 0)
