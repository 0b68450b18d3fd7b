"""Windows: the packets that came before each packet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pclip.data.dataset import Dataset
from pclip.data.parts import Part
from pclip.data.splits import Split

WINDOW_LENGTH = 30
"""A = 30 packets (section 3.4)."""


def context_majority(dataset: Dataset, windows: NDArray[np.int32]) -> float:
    """How far the packets around a packet give its class away.

    Args:
        dataset: what the windows were made from.
        windows: int32[m, length], from `window_indices`.

    Returns:
        Share of windows whose other packets are mostly of the last one's class (on a tie the class
        of the lower number counts; without other packets there is no majority), 0 for none.
    """
    if not len(windows):
        return 0.0
    classes = len(dataset.classes)
    labels = np.where(windows >= 0, dataset.labels[np.maximum(windows, 0)], -1)
    counts = np.stack([(labels[:, :-1] == c).sum(axis=1) for c in range(classes)], axis=1)
    named = np.where(counts.any(axis=1), counts.argmax(axis=1), -1)
    return float((named == labels[:, -1]).mean())


def window_indices(
    dataset: Dataset, split: Split, part: Part, length: int = WINDOW_LENGTH
) -> NDArray[np.int32]:
    """Row numbers of each packet's window, oldest first, hosts interleaved as they came.

    A window holds the packet and those before it in its capture, by time and then by record
    number. Where `split.contexts_cross` these are any usable packets of the capture; otherwise
    only packets of the same part.

    Args:
        dataset: what the split was made from.
        split: from `make_split`.
        part: "train", "validation" or "test".
        length: A, packets of a window.

    Returns:
        int32[m, length], m packets of the part in the order of `split.<part>`; the last column is
        the packet itself, -1 stands where the capture had no earlier packet (left padding).

    Raises:
        ValueError: no such part, or length < 1.
    """
    if length < 1:
        raise ValueError(f"length={length}; a window holds at least its own packet")
    packets = dataset.packets
    targets = split.part(part)
    pool = np.flatnonzero(packets.usable) if split.contexts_cross else targets
    pool = pool[np.lexsort((packets.index[pool], packets.time_ns[pool], packets.capture[pool]))]
    position = np.full(len(packets), -1, np.int64)
    position[pool] = np.arange(len(pool))
    if not len(targets):
        return np.empty((0, length), np.int32)
    places = position[targets][:, None] + np.arange(1 - length, 1)
    windows = pool[np.maximum(places, 0)]
    same_capture = packets.capture[windows] == packets.capture[targets][:, None]
    return np.where((places >= 0) & same_capture, windows, -1).astype(np.int32)
