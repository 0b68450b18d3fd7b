"""Datasets by name: packets, their classes and their flows."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pclip.data.classes import CLASSES, GROUP_OF_CLASS, GROUPS
from pclip.data.labels import (
    LabelRule,
    apply_label_rules,
    read_label_rules,
    without_compression,
)
from pclip.errors import PclipError
from pclip.packets import FlowTable, PacketTable, flow_table, read_captures

LABELS = "labels.csv"
CAPTURE_SUFFIXES = (".pcap", ".pcap.xz", ".pcap.gz")


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
    """Read the built-in capture: 21 files, one a phase."""
    folder = Path(str(resources.files("pclip.data") / "testbed"))
    return dataclasses.replace(load_recording(folder), name="testbed")


def load_recording(folder: str | os.PathLike[str]) -> Dataset:
    """Read a folder of captures and their labels.csv, such as `python -m testbed` writes.

    Args:
        folder: holds labels.csv and captures ending in one of `CAPTURE_SUFFIXES`, which are read
            in the order of their names.

    Raises:
        PclipError: no labels or captures there, or they cannot be read.
    """
    place = Path(folder)
    rules = read_label_rules(place / LABELS)
    files = sorted(path for path in place.iterdir() if path.name.endswith(CAPTURE_SUFFIXES))
    if not files:
        raise PclipError(
            f"{place} holds no capture: expected names ending in {', '.join(CAPTURE_SUFFIXES)}"
        )
    packets = read_captures(files)
    _check_captures(place, packets, rules)
    labels = apply_label_rules(packets, rules)
    labels.setflags(write=False)
    return Dataset(
        name=str(place),
        packets=packets,
        labels=labels,
        classes=CLASSES,
        groups=GROUPS,
        group_of_class=GROUP_OF_CLASS,
        flows=flow_table(packets),
    )


def _check_captures(place: Path, packets: PacketTable, rules: Sequence[LabelRule]) -> None:
    """A rule for a capture that is not there would leave an attack unlabelled, unnoticed."""
    there = {without_compression(name) for name in packets.captures}
    missing = sorted({rule.capture for rule in rules} - there)
    if missing:
        raise PclipError(
            f"{place / LABELS} labels {', '.join(missing)}, which {place} does not hold; "
            f"it holds {', '.join(sorted(there))}"
        )


LOADERS: dict[str, Callable[[], Dataset]] = {"testbed": load_testbed}
DATASETS: tuple[str, ...] = tuple(LOADERS)


@cache
def load(name: str = "testbed") -> Dataset:
    """A dataset by name or from a folder, read once per process; its arrays are read-only.

    Args:
        name: one of `DATASETS`, or a folder as `load_recording` reads it.

    Raises:
        PclipError: no such dataset or folder, or it cannot be read.
    """
    if name in LOADERS:
        return LOADERS[name]()
    if not Path(name).is_dir():
        raise PclipError(
            f"no dataset named {name!r}; known datasets: {', '.join(DATASETS)}, "
            f"or a folder with {LABELS} and captures"
        )
    return load_recording(name)
