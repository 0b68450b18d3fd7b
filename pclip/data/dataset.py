"""A dataset: packets, their classes, what was run to make them, and their flows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pclip.packets import FlowTable, PacketTable


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled packets.

    Attributes:
        name: as given to `load`.
        packets: n rows, also those that take no part in learning (`packets.usable` is False).
        labels: int8[n], index into `classes`.
        classes: class names.
        groups: names of the classes' groups (section 4.2); all but the first have a mission.
        group_of_class: int8[classes], index into `groups`.
        flows: flow table of `packets`.
        tools: what attacked: programs, and modes of a program that is a class's only one.
        tool_of_packet: int32[n], index into `tools`, -1 for benign packets and where labels.csv
            names no tools.
        recording_of_capture: for each of `packets.captures` the number of its recording.
        notes: what was counted while it was read: matches, what was left out, in sentences.
    """

    name: str
    packets: PacketTable
    labels: NDArray[np.int8]
    classes: tuple[str, ...]
    groups: tuple[str, ...]
    group_of_class: NDArray[np.int8]
    flows: FlowTable
    tools: tuple[str, ...]
    tool_of_packet: NDArray[np.int32]
    recording_of_capture: tuple[int, ...]
    notes: tuple[str, ...] = ()

    @property
    def group_labels(self) -> NDArray[np.int8]:
        """int8[n]: index into `groups` of each packet."""
        return self.group_of_class[self.labels]

    @property
    def recording_of_packet(self) -> NDArray[np.int64]:
        """int64[n]: number of each packet's recording."""
        return np.array(self.recording_of_capture, np.int64)[self.packets.capture]
