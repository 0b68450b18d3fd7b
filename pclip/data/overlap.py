"""How much of a test part was seen in training, byte by byte."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pclip.data.splits import Split


def overlap_share(token_ids: NDArray[np.integer], split: Split) -> float:
    """Share of the test packets whose token row occurs among the training packets.

    |{i in test : ids_i in {ids_j : j in train}}| / |test|, 0 for an empty test part.

    Args:
        token_ids: int[n, L], one row a packet of the dataset, padding included.
        split: row numbers into `token_ids`.

    Returns:
        A share between 0 and 1.
    """
    if not len(split.test):
        return 0.0
    seen = {row.tobytes() for row in token_ids[split.train]}
    return float(np.mean([row.tobytes() in seen for row in token_ids[split.test]]))
