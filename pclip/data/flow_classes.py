"""A flow's class: that of most of its packets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pclip.data.dataset import Dataset
from pclip.data.parts import Rows


def flow_classes(dataset: Dataset, rows: Rows | None = None) -> NDArray[np.int64]:
    """The most frequent class of each flow's packets, the lower number on a tie.

    Args:
        dataset: labels and flows.
        rows: packets that have a say; all of a flow where it is None.

    Returns:
        int64[flows], index into `dataset.classes`; 0 for a flow without such a packet.
    """
    flow = dataset.flows.flow_of_packet
    if rows is None:
        rows = np.flatnonzero(flow >= 0)
    width = len(dataset.classes)
    cells = flow[rows].astype(np.int64) * width + dataset.labels[rows]
    votes = np.bincount(cells, minlength=len(dataset.flows) * width).reshape(-1, width)
    return votes.argmax(axis=1)
