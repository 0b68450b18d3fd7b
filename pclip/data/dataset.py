"""Datasets by name: packets, their classes and their flows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pclip.data.classes import CLASSES, GROUP_OF_CLASS, GROUPS
from pclip.data.labels import apply_label_rules, read_label_rules
from pclip.errors import PclipError
from pclip.packets import FlowTable, PacketTable, flow_table, read_captures


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
    """

    name: str
    packets: PacketTable
    labels: NDArray[np.int8]
    classes: tuple[str, ...]
    groups: tuple[str, ...]
    group_of_class: NDArray[np.int8]
    flows: FlowTable

    @property
    def group_labels(self) -> NDArray[np.int8]:
        """int8[n]: index into `groups` of each packet."""
        return self.group_of_class[self.labels]


def load_testbed() -> Dataset:
    """Read the built-in capture: 21 files, one a phase, in the order of their names."""
    folder = Path(str(resources.files("pclip.data") / "testbed"))
    packets = read_captures(sorted(folder.glob("*.pcap.xz")))
    labels = apply_label_rules(packets, read_label_rules(folder / "labels.csv"))
    labels.setflags(write=False)
    return Dataset(
        name="testbed",
        packets=packets,
        labels=labels,
        classes=CLASSES,
        groups=GROUPS,
        group_of_class=GROUP_OF_CLASS,
        flows=flow_table(packets),
    )


LOADERS: dict[str, Callable[[], Dataset]] = {"testbed": load_testbed}
DATASETS: tuple[str, ...] = tuple(LOADERS)


@cache
def load(name: str = "testbed") -> Dataset:
    """A dataset by name, read once per process; treat its arrays as read-only.

    Args:
        name: one of `DATASETS`.

    Raises:
        PclipError: no such dataset.
    """
    if name not in LOADERS:
        raise PclipError(f"no dataset named {name!r}; known datasets: {', '.join(DATASETS)}")
    return LOADERS[name]()
