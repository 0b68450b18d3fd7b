"""The splits `round` and `recording`: tested on another attacker, later; on another recording."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from pclip.data.dataset import Dataset
from pclip.data.parts import PARTS, Part, Rows
from pclip.errors import PclipError

LAB_ROUND = re.compile(r"round([1-4])_")
"""How `python -m testbed` names what it records; another attacker and other victims in round 4."""
PART_OF_LAB_ROUND: dict[str, Part] = {
    "1": "train",
    "2": "train",
    "3": "validation",
    "4": "test",
}
# Of the first recording of the testbed.
HALVED_CAPTURE = "benign_3"
ROUND_1, ROUND_2 = "_1", "_2"
TRAIN_FIFTHS = 4
"""Of a round-1 phase's packets in order of time; the last fifth is for validation. A fifth of the
clock would be the quiet tail after the attack, without a packet of six classes."""


def by_round(dataset: Dataset) -> list[Rows]:
    """Rows of training, validation and test."""
    return _by_round(dataset, range(len(dataset.packets.captures)))


def _by_round(dataset: Dataset, captures: Iterable[int]) -> list[Rows]:
    parts: dict[Part, list[Rows]] = {name: [] for name in PARTS}
    for number in captures:
        for part, rows in _of_capture(dataset, number).items():
            parts[part].append(rows)
    return [np.concatenate([np.empty(0, np.int64), *parts[name]]) for name in PARTS]


def by_recording(dataset: Dataset) -> list[Rows]:
    """Rows of training, validation and test; the first recording's test part is left out."""
    if len(set(dataset.recording_of_capture)) < 2:
        raise PclipError(
            f"the split recording needs two recordings, and {dataset.name} is one; join them, as "
            "in --config.dataset=testbed+recordings/8"
        )
    # The others need no rounds: all of them is for test.
    train, validation, _ = _by_round(
        dataset, (i for i, number in enumerate(dataset.recording_of_capture) if number == 0)
    )
    others = dataset.packets.usable & (dataset.recording_of_packet > 0)
    return [train, validation, np.flatnonzero(others)]


def _of_capture(dataset: Dataset, number: int) -> dict[Part, Rows]:
    packets = dataset.packets
    rows = np.flatnonzero(packets.usable & (packets.capture == number))
    rows = rows[np.lexsort((packets.index[rows], packets.time_ns[rows]))]
    name = packets.captures[number]
    phase = name.split(".", maxsplit=1)[0]
    if lab := LAB_ROUND.match(phase):
        return {PART_OF_LAB_ROUND[lab[1]]: rows}
    found: dict[Part, Rows] = {}
    if phase == HALVED_CAPTURE and len(rows):
        elapsed = packets.time_ns[rows] - packets.time_ns[rows[0]]
        # Twice the elapsed time against the whole: integers leave no rounding to argue about.
        late = 2 * elapsed >= elapsed[-1]
        found["test"] = rows[late]
        rows = rows[~late]
    elif phase.endswith(ROUND_2):
        return {"test": rows}
    elif not phase.endswith(ROUND_1):
        raise PclipError(
            f"capture {name} of {dataset.name} belongs to no round: its name should end in "
            f"{ROUND_1} or {ROUND_2}, or begin with round1_ to round4_; use the split "
            "random or flow"
        )
    trained = len(rows) * TRAIN_FIFTHS // 5
    return found | {"train": rows[:trained], "validation": rows[trained:]}
