"""Recordings: folders of captures with a labels.csv, one or several, read as a dataset."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pclip.data.classes import CLASSES, GROUP_OF_CLASS, GROUPS
from pclip.data.dataset import Dataset
from pclip.data.different_captures import DifferentCaptures
from pclip.data.labels import (
    LabelRule,
    class_of_rules,
    match_label_rules,
    read_label_rules,
    warn_of_unnamed,
    without_compression,
)
from pclip.errors import PclipError
from pclip.packets import PacketTable, flow_table, is_capture_name, read_captures, without_others

logger = logging.getLogger("pclip")

LABELS = "labels.csv"
CAPTURE_FOLDER = "pcap"
"""Where the captures may lie instead, beside labels.csv."""


def load_recording(*folders: str | os.PathLike[str]) -> Dataset:
    """Read folders of captures and their labels.csv, such as `python -m testbed` writes.

    Args:
        folders: each holds labels.csv and, beside it or in a folder `CAPTURE_FOLDER`, captures,
            which are read in the order of their names; files that are none are left out, said.

    Raises:
        PclipError: no labels or captures there, or they cannot be read.
    """
    tables, rules, recordings = [], [], []
    for number, folder in enumerate(map(Path, folders)):
        rules.append(read_label_rules(folder / LABELS))
        tables.append(read_captures(without_others(folder, _captures(folder))))
        _check_captures(folder, tables[-1], rules[-1])
        recordings += [number] * len(tables[-1].captures)
    _check_different(folders, tables)
    matched = [match_label_rules(table, own) for table, own in zip(tables, rules, strict=True)]
    for place, table, own, found in zip(folders, tables, rules, matched, strict=True):
        _check_met(Path(place), table, own, found)
    numbers = np.concatenate(matched).astype(np.int64)
    # Rules are numbered through all recordings; -1, no rule, stays.
    firsts = np.cumsum([0, *(len(own) for own in rules[:-1])])
    lengths = [len(table) for table in tables]
    numbers = np.where(numbers >= 0, numbers + np.repeat(firsts, lengths), -1)
    every_rule = [rule for own in rules for rule in own]
    labels = class_of_rules(every_rule)[numbers]
    tools, tool_of_packet = _tools(every_rule, numbers)
    for array in (labels, tool_of_packet):
        array.setflags(write=False)
    packets = PacketTable.concatenate(tables)
    return Dataset(
        name="+".join(str(folder) for folder in folders),
        packets=packets,
        labels=labels,
        classes=CLASSES,
        groups=GROUPS,
        group_of_class=GROUP_OF_CLASS,
        flows=flow_table(packets),
        tools=tools,
        tool_of_packet=tool_of_packet,
        recording_of_capture=tuple(recordings),
    )


def _check_different(
    folders: Sequence[str | os.PathLike[str]], tables: Sequence[PacketTable]
) -> None:
    captures, before = DifferentCaptures(), 0
    for folder, table in zip(folders, tables, strict=True):
        for number, name in enumerate(table.captures):
            rows = np.flatnonzero(table.capture == number)
            captures.add(before + number, Path(folder) / name, table.take(rows))
        before += len(table.captures)
    captures.check()


def _check_met(
    folder: Path, packets: PacketTable, rules: Sequence[LabelRule], numbers: NDArray[np.int32]
) -> None:
    """A clock that is off by a time zone would make every packet Benign, unnoticed."""
    met = set(np.unique(numbers).tolist())
    unmet = [rule for number, rule in enumerate(rules) if number not in met]
    if rules and len(unmet) == len(rules):
        first, last = (f"{t / 1e9:.0f}" for t in (packets.time_ns.min(), packets.time_ns.max()))
        raise PclipError(
            f"no packet of {folder} fits any of the {len(rules)} rows of {LABELS}: look at times "
            f"(seconds since 1970, UTC; the captures run from {first} to {last}) and addresses"
        )
    if unmet:
        logger.warning(
            "%d of %d rows of %s label no packet; the first is of %s: %s",
            len(unmet), len(rules), folder / LABELS, unmet[0].capture,
            CLASSES[unmet[0].class_index],
        )  # fmt: skip
    if not rules:
        logger.warning("%s has no rows: every packet of %s is Benign", folder / LABELS, folder)


def _captures(folder: Path) -> list[Path]:
    within = folder / CAPTURE_FOLDER
    places = [folder, within] if within.is_dir() else [folder]
    for place in places:
        if files := sorted(p for p in place.iterdir() if is_capture_name(p.name)):
            return files
    raise PclipError(
        f"{folder} holds no capture: expected names such as a.pcap, b.pcapng.gz or c.cap.zst, "
        f"beside {LABELS} or in a folder {CAPTURE_FOLDER}"
    )


def _check_captures(place: Path, packets: PacketTable, rules: Sequence[LabelRule]) -> None:
    """A rule for a capture that is not there would leave an attack unlabelled, unnoticed."""
    there = {without_compression(name) for name in packets.captures}
    missing = sorted({rule.capture for rule in rules} - there)
    none = {without_compression(path.name) for path in _captures(place)} & {*missing}
    if none:
        raise PclipError(
            f"{place / LABELS} labels {', '.join(sorted(none))}, of which {place} holds a file "
            "that is no capture; bring the capture back, or remove its rows"
        )
    if missing:
        raise PclipError(
            f"{place / LABELS} labels {', '.join(missing)}, which {place} does not hold; "
            f"it holds {', '.join(sorted(there))}"
        )
    warn_of_unnamed(place / LABELS, packets.captures, rules)


def _tools(
    rules: Sequence[LabelRule], numbers: NDArray[np.int64]
) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """Names of the tools that left packets, and each packet's."""
    met = [rules[number] for number in np.unique(numbers[numbers >= 0])]
    programs: dict[int, set[str]] = {}
    for rule in met:
        programs.setdefault(rule.class_index, set()).add(rule.tool)

    def name(rule: LabelRule) -> str:
        alone = len(programs.get(rule.class_index, ())) == 1
        return f"{rule.tool}, {rule.mode}" if alone and rule.mode else rule.tool

    names = tuple(sorted({name(rule) for rule in met} - {""}))
    index = {own: position for position, own in enumerate(names)}
    of_rule = np.array([*(index.get(name(rule), -1) for rule in rules), -1], np.int32)
    return names, of_rule[numbers]
