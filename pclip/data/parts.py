"""The parts of a split, in their order."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = ("train", "validation", "test")
Rows = NDArray[np.int64]
"""Row numbers of packets."""
