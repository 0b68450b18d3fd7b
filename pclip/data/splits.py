"""Splits by packet, by flow and by round, each a function of (dataset, name, seed)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pclip.data.dataset import Dataset
from pclip.errors import PclipError

SPLITS: tuple[str, ...] = ("random", "flow", "round")
FIXED_SPLITS: tuple[str, ...] = ("round",)
"""Those that every seed has alike."""
Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = ("train", "validation", "test")
VALIDATION_SHARE = 0.08
TEST_SHARE = 0.20
HALVED_CAPTURE = "benign_3"
ROUND_1, ROUND_2 = "_1", "_2"
LAB_ROUND = re.compile(r"round([1-4])_")
"""How `python -m testbed` names what it records; another attacker and other victims in round 4."""

PART_OF_LAB_ROUND: dict[str, Part] = {
    "1": "train",
    "2": "train",
    "3": "validation",
    "4": "test",
}
TRAIN_FIFTHS = 4
"""Of a round-1 phase's packets in order of time; the last fifth is for validation. A fifth of the
clock would be the quiet tail after the attack, without a packet of six classes."""

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Split:
    """Row numbers of the packets of each part, ascending.

    Attributes:
        name: one of `SPLITS`.
        seed: what it was drawn from; `round` does not depend on it.
        train, validation, test: int64, row numbers of `dataset.packets`, usable rows only.
        hash: sha256 over the three arrays, to be saved with a run.
        contexts_cross: whether the window of a packet may hold packets of other parts.
    """

    name: str
    seed: int
    train: Rows
    validation: Rows
    test: Rows
    hash: str
    contexts_cross: bool

    def part(self, name: Part) -> Rows:
        """The rows of one part by its name."""
        if name not in PARTS:
            raise ValueError(f"part {name!r}; the parts are {', '.join(PARTS)}")
        return {"train": self.train, "validation": self.validation, "test": self.test}[name]


def make_split(dataset: Dataset, name: str, seed: int = 0) -> Split:
    """Divide the usable packets into training, validation and test.

    `random`  72/8/20 % by packet (the paper's); windows cross the parts.
    `flow`    72/8/20 % of the flows of each class, a flow's class being that of most of its
              packets; from three flows of a class on, each part has at least one.
    `round`   of a recording of the lab: training rounds 1 and 2, validation round 3, test
              round 4. Of the built-in capture: training is round 1 and the first half (by the
              clock) of benign_3, validation the last fifth (packets in order of time) of each
              of these captures, test round 2 and the second half of benign_3.

    Args:
        dataset: packets with labels and flows.
        name: one of `SPLITS`.
        seed: of the draw; ignored by `round`.

    Raises:
        PclipError: no such split, or `round` on a dataset whose captures have no rounds.
    """
    if name == "random":
        parts = _random(dataset, np.random.default_rng(seed))
    elif name == "flow":
        parts = _by_flow(dataset, np.random.default_rng(seed))
    elif name == "round":
        parts = _by_round(dataset)
    else:
        raise PclipError(f"no split named {name!r}; known splits: {', '.join(SPLITS)}")
    train, validation, test = (np.sort(part).astype(np.int64) for part in parts)
    digest = hashlib.sha256()
    for part in (train, validation, test):
        digest.update(len(part).to_bytes(8, "little") + part.astype("<i8").tobytes())
    return Split(name, seed, train, validation, test, digest.hexdigest(), name == "random")


def _random(dataset: Dataset, generator: np.random.Generator) -> list[Rows]:
    rows = generator.permutation(np.flatnonzero(dataset.packets.usable))
    held = round(len(rows) * TEST_SHARE)
    validated = round(len(rows) * VALIDATION_SHARE)
    return [rows[held + validated :], rows[held : held + validated], rows[:held]]


def _by_flow(dataset: Dataset, generator: np.random.Generator) -> list[Rows]:
    rows = np.flatnonzero(dataset.flows.flow_of_packet >= 0)
    flow = dataset.flows.flow_of_packet[rows]
    classes = len(dataset.classes)
    votes = np.bincount(
        flow * classes + dataset.labels[rows], minlength=len(dataset.flows) * classes
    )
    class_of_flow = votes.reshape(-1, classes).argmax(axis=1)
    part_of_flow = np.zeros(len(dataset.flows), np.int8)
    for number in range(classes):
        flows = generator.permutation(np.flatnonzero(class_of_flow == number))
        held = _share(len(flows), TEST_SHARE, at_least_one_of=2)
        validated = _share(len(flows), VALIDATION_SHARE, at_least_one_of=3)
        part_of_flow[flows[:held]] = PARTS.index("test")
        part_of_flow[flows[held : held + validated]] = PARTS.index("validation")
    return [rows[part_of_flow[flow] == number] for number in range(len(PARTS))]


def _share(count: int, share: float, at_least_one_of: int) -> int:
    return max(round(count * share), 1 if count >= at_least_one_of else 0)


def _by_round(dataset: Dataset) -> list[Rows]:
    parts: dict[Part, list[Rows]] = {name: [] for name in PARTS}
    packets = dataset.packets
    usable = packets.usable
    for number, name in enumerate(packets.captures):
        rows = np.flatnonzero(usable & (packets.capture == number))
        rows = rows[np.lexsort((packets.index[rows], packets.time_ns[rows]))]
        phase = name.split(".", maxsplit=1)[0]
        if lab := LAB_ROUND.match(phase):
            parts[PART_OF_LAB_ROUND[lab[1]]].append(rows)
            continue
        if phase == HALVED_CAPTURE and len(rows):
            elapsed = packets.time_ns[rows] - packets.time_ns[rows[0]]
            # Twice the elapsed time against the whole: integers leave no rounding to argue about.
            late = 2 * elapsed >= elapsed[-1]
            parts["test"].append(rows[late])
            rows = rows[~late]
        elif phase.endswith(ROUND_2):
            parts["test"].append(rows)
            continue
        elif not phase.endswith(ROUND_1):
            raise PclipError(
                f"capture {name} of {dataset.name} belongs to no round: its name should end in "
                f"{ROUND_1} or {ROUND_2}, or begin with round1_ to round4_; use the split "
                "random or flow"
            )
        trained = len(rows) * TRAIN_FIFTHS // 5
        parts["train"].append(rows[:trained])
        parts["validation"].append(rows[trained:])
    return [np.concatenate([np.empty(0, np.int64), *parts[name]]) for name in PARTS]
