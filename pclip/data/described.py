"""Datasets by description: captures streamed, labelled and thinned into a `Dataset`."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pclip.data.classes import BENIGN, GROUPS
from pclip.data.dataset import Dataset
from pclip.data.description import NO_MISSION, OTHER, DatasetDescription
from pclip.data.descriptions import DESCRIPTIONS
from pclip.data.different_captures import DifferentCaptures
from pclip.data.folder_groups import GROUP_FILE
from pclip.data.label_streams import label_stream
from pclip.data.thinning import Thinned
from pclip.errors import PclipError
from pclip.packets import PacketTable, flow_table

logger = logging.getLogger("pclip")


def load_described(
    description: DatasetDescription,
    folder: str | os.PathLike[str],
    *,
    keep_other: bool = False,
    most_packets_per_class: int = 0,
    seed: int = 0,
) -> Dataset:
    """Read a folder as its description says.

    Captures are streamed: no more stands in memory than a chunk and what is kept. Rows without
    decoded IP are left out, and so are packets without a label; `Dataset.notes` counts them.

    Args:
        description: of the dataset.
        folder: what it lies in.
        keep_other: keep classes of no mission, in a group `OTHER`; else they are left out.
        most_packets_per_class: of each capture; 0 for all. See `Thinned` for which.
        seed: of that choice.

    Returns:
        Dataset of the classes that occur, Benign first, then by group.

    Raises:
        PclipError: files are missing, cannot be read, or label nothing; two captures are the same.
    """
    place = Path(folder)
    stream = label_stream(description, place)
    names, groups = stream.names, stream.groups
    outside = np.array([groups[name] == NO_MISSION for name in names], bool)
    thinned = Thinned(most_packets_per_class, seed)
    counts, skipped = np.zeros(len(names) + 1, np.int64), Counter[str]()
    captures = DifferentCaptures()
    for packets, found in stream.labelled():
        if len(packets):
            # A chunk holds rows of one file.
            number = int(packets.capture[0])
            captures.add(number, stream.captures[number], packets)
        skipped.update(packets.describe_skips())
        skipped["no label"] += int((packets.usable & (found < 0)).sum())
        labels = np.where(packets.usable, found, -1).astype(np.int16)
        counts += np.bincount(labels + 1, minlength=len(counts))
        if not keep_other:
            labels[(labels >= 0) & outside[labels]] = -1
        thinned.add(packets, labels)
    captures.check()
    of_class = {name: int(counts[code + 1]) for code, name in enumerate(names)}
    left = {n: c for n, c in of_class.items() if groups[n] == NO_MISSION and c and not keep_other}
    kept, codes = thinned.result()
    if kept is None or not len(kept):
        raise PclipError(
            f"no packet of {place} is left for the dataset {description.name}: "
            + (_said(left, description) if left else "no capture in it holds a decoded IP packet")
        )
    notes = [*stream.report()]
    if left:
        notes.append(_said(left, description))
        logger.warning("%s: %s", place, notes[-1])
    if skips := ", ".join(f"{n:,} {why}" for why, n in skipped.items() if n):
        notes.append(f"packets left out: {skips}")
    if most_packets_per_class:
        notes.append(
            f"at most {most_packets_per_class:,} packets of each class and capture: {len(kept):,} "
            f"of {sum(of_class.values()):,}"
        )
    name = f"{description.name}:{place}"
    return _dataset(name, kept, codes, names, groups, tuple(notes))


def _dataset(
    name: str,
    packets: PacketTable,
    codes: NDArray[np.int16],
    names: tuple[str, ...],
    groups: Mapping[str, str],
    notes: tuple[str, ...],
) -> Dataset:
    met = {names[code] for code in np.unique(codes).tolist()}
    benign = [one for one in names if groups[one] == BENIGN]
    # All that is benign is one class, which is there even where no packet is.
    title = {one: BENIGN if one in benign else one for one in met}
    order = (*GROUPS, NO_MISSION)
    attacks = sorted(
        (one for one in met if one not in benign),
        key=lambda one: (order.index(groups[one]), list(groups).index(one)),
    )
    classes = (BENIGN, *attacks)
    own_groups = (*GROUPS, OTHER) if any(groups[n] == NO_MISSION for n in attacks) else GROUPS
    number = {one: classes.index(title[one]) for one in met}
    of_code = np.array([number.get(one, 0) for one in names], np.int8)
    labels = of_code[codes]
    group_of_class = np.array(
        [0, *(own_groups.index(groups[one] or OTHER) for one in attacks)], np.int8
    )
    tool_of_packet = np.full(len(packets), -1, np.int32)
    for array in (labels, group_of_class, tool_of_packet):
        array.setflags(write=False)
    return Dataset(
        name=name,
        packets=packets,
        labels=labels,
        classes=classes,
        groups=own_groups,
        group_of_class=group_of_class,
        flows=flow_table(packets),
        tools=(),
        tool_of_packet=tool_of_packet,
        recording_of_capture=(0,) * len(packets.captures),
        notes=notes,
    )


def _said(left: Mapping[str, int], description: DatasetDescription) -> str:
    what = ", ".join(f"{name} ({count:,} packets)" for name, count in left.items())
    also = "" if description.classes else f", or give them groups in a {GROUP_FILE}"
    # Only what ships has a name that `load` knows.
    named = DESCRIPTIONS.get(description.name) == description
    keep = f"name the dataset {description.name}/all:FOLDER" if named else "pass keep_other=True"
    return f"left out, of no mission: {what}; {keep} to keep them in a group {OTHER}{also}"
