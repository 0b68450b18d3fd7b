"""Labelled packets as a stream: classes by folders, by flows of CSVs, or by rows of rules."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pclip.data.classes import BENIGN, GROUP_NAME_OF_CLASS
from pclip.data.clock_offset import estimate_clock_offset
from pclip.data.description import DatasetDescription
from pclip.data.flow_csv import read_flow_csv
from pclip.data.flow_csv_layout import label_key
from pclip.data.folder_groups import groups_of_names
from pclip.data.join_labels import LabelJoiner
from pclip.data.labels import match_label_rules, read_label_rules, warn_of_unnamed
from pclip.data.recording import LABELS
from pclip.errors import PclipError
from pclip.packets import PacketTable, iter_captures, without_others

MOST_CLASSES = 127
"""Labels are int8."""
CLOCK_PACKETS, MOST_CLOCK_CAPTURES = 200_000, 200
"""Read to find a clock's offset: packets in all, and the captures that they are of."""

Labelled = Iterator[tuple[PacketTable, NDArray[np.int16]]]


class LabelStream(Protocol):
    """Packets with labels.

    Attributes:
        captures: the files, in the order that chunks number them.
        names: classes, by label.
        groups: class -> group.
    """

    captures: Sequence[Path]
    names: tuple[str, ...]
    groups: Mapping[str, str]

    def labelled(self) -> Labelled:
        """Chunks of packets with int16 labels, -1 for none."""

    def report(self) -> list[str]:
        """What came of it, once the stream has ended."""


class FolderStream:
    """Every packet of a capture is of the class of its folder.

    Raises:
        PclipError: a capture without a class, or too many classes.
    """

    def __init__(self, description: DatasetDescription, folder: Path, captures: list[Path]) -> None:
        self.captures: Sequence[Path] = captures
        found = [description.class_of_capture(folder, path) for path in captures]
        # Spellings of one name are one class, called as it is first.
        first: dict[str, str] = {}
        classes = [first.setdefault(label_key(name), name) for name in found]
        self.names: tuple[str, ...] = tuple(dict.fromkeys(classes))
        if len(self.names) > MOST_CLASSES:
            raise PclipError(
                f"{folder} holds {len(self.names)} classes, expected at most {MOST_CLASSES}; "
                "put several into one folder"
            )
        own = {} if description.classes else groups_of_names(self.names, folder)
        self.groups: Mapping[str, str] = own | dict(description.groups)
        self._code = np.array([self.names.index(name) for name in classes], np.int16)

    def labelled(self) -> Labelled:
        """As `LabelStream`."""
        for packets in iter_captures(self.captures):
            yield packets, self._code[packets.capture]

    def report(self) -> list[str]:
        """Nothing: a folder leaves no packet without a class."""
        return []


def clock_sample(captures: Sequence[Path]) -> PacketTable:
    """First packets of captures, evenly many of each and never many in all."""
    chosen = captures[:: -(-len(captures) // MOST_CLOCK_CAPTURES)]
    share = CLOCK_PACKETS // len(chosen)
    return PacketTable.concatenate(
        [next(iter_captures([path], chunk_packets=share)) for path in chosen]
    )


class FlowStream:
    """A packet is of the class of the flow that covers it.

    Raises:
        PclipError: CSVs are missing or cannot be read, no clock offset is clear, or no flow covers
            a packet.
    """

    def __init__(self, description: DatasetDescription, folder: Path, captures: list[Path]) -> None:
        self.captures: Sequence[Path] = captures
        self._folder = folder
        csvs = description.files(folder, description.csvs, "flow CSV")
        layout = dataclasses.replace(description.layout, labels=tuple(description.classes))
        flows = read_flow_csv(csvs, layout).relabelled(description.classes)
        offset, reading = description.clock_offset_s, description.day_and_month
        if offset is None:
            clock = estimate_clock_offset(clock_sample(captures), flows)
            offset, reading = clock.offset_s, clock.day_and_month
        self._joiner = LabelJoiner(
            flows,
            clock_offset_s=offset,
            day_and_month=reading,
            tolerance_s=description.tolerance_s,
            ambiguous=description.ambiguous,
            unmatched=description.unmatched,
        )
        self.names: tuple[str, ...] = self._joiner.label_names
        self.groups: Mapping[str, str] = description.groups

    def labelled(self) -> Labelled:
        """As `LabelStream`."""
        for packets in iter_captures(self.captures):
            yield packets, self._joiner.join(packets)[0]
        report = self._joiner.report()
        if not report.matched:
            raise PclipError(
                f"no packet of {self._folder} is covered by any of {report.flows:,} flows: look "
                "at the days of captures and CSVs and at the clock (utc_offset_s, timestamps and "
                "clock_offset_s of the description; clock_offset_s=None finds it)"
            )

    def report(self) -> list[str]:
        """Lines of the `JoinReport`."""
        return self._joiner.report().lines()


class RuleStream:
    """A packet is of the class of the first row of labels.csv that holds for it, else Benign.

    Raises:
        PclipError: labels.csv is missing or wrong, or labels no packet.
    """

    def __init__(self, description: DatasetDescription, folder: Path, captures: list[Path]) -> None:
        self.captures: Sequence[Path] = captures
        self._path = folder / LABELS
        self.groups: Mapping[str, str] = {BENIGN: BENIGN} | dict(
            description.groups or GROUP_NAME_OF_CLASS
        )
        self.names: tuple[str, ...] = tuple(self.groups)
        self._rules = read_label_rules(self._path, self.groups)
        self._met = np.zeros(len(self._rules), bool)
        warn_of_unnamed(self._path, [path.name for path in captures], self._rules)

    def labelled(self) -> Labelled:
        """As `LabelStream`."""
        # Number -1, no rule, is the last.
        classes = np.array([*(rule.class_index for rule in self._rules), 0], np.int16)
        for packets in iter_captures(self.captures):
            found = match_label_rules(packets, self._rules)
            self._met[np.unique(found[found >= 0])] = True
            yield packets, classes[found]
        if not self._met.any():
            raise PclipError(
                f"no packet fits any of the {len(self._rules)} rows of {self._path}: look at "
                "captures' names, times (seconds since 1970, UTC) and addresses"
            )

    def report(self) -> list[str]:
        """How many rows labelled packets."""
        return [f"{self._met.sum()} of {len(self._rules)} rows of {LABELS} label packets"]


def label_stream(description: DatasetDescription, folder: Path) -> LabelStream:
    """The stream that a description asks for; files that are no captures are left out, said."""
    files = description.files(folder, description.captures, "capture")
    captures = without_others(folder, files)
    if description.labels_from == "folder":
        return FolderStream(description, folder, captures)
    if description.labels_from == "rules":
        return RuleStream(description, folder, captures)
    return FlowStream(description, folder, captures)
