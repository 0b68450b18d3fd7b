"""Splits by packet, flow, round, tool and recording, each a function of (dataset, name, seed)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from pclip.data.dataset import Dataset
from pclip.data.deal_flows import deal_flows
from pclip.data.parts import PARTS, Part, Rows
from pclip.data.split_by_round import by_recording, by_round
from pclip.data.split_by_tool import by_tool
from pclip.errors import PclipError

SPLITS: tuple[str, ...] = ("round", "tool", "recording", "flow", "random")
FIXED_SPLITS: tuple[str, ...] = ("round", "recording")
"""Those that every seed has alike."""
VALIDATION_SHARE = 0.08
TEST_SHARE = 0.20


@dataclass(frozen=True, eq=False)
class Split:
    """Row numbers of the packets of each part, ascending.

    Attributes:
        name: one of `SPLITS`.
        seed: what it was drawn from; those in `FIXED_SPLITS` do not depend on it.
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
              round 4. Of the first recording of the testbed: training is round 1 and the first
              half (by the clock) of benign_3, validation the last fifth (packets in order of
              time) of each of these captures, test round 2 and the second half of benign_3.
    `tool`    test: of each attack class what one tool did, another with each seed; what these
              tools did in other classes takes no part. The flows of the tools left are divided
              90/10 % into training and validation, benign flows 72/8/20 %.
    `recording` training and validation of `round` in the first recording; test: all others,
              whatever their captures are called.

    Args:
        dataset: packets with labels and flows.
        name: one of `SPLITS`.
        seed: of the draw; ignored by those in `FIXED_SPLITS`.

    Raises:
        PclipError: no such split, or one that the dataset has not the captures, tools or
            recordings for.
    """
    if name == "random":
        parts = _random(dataset, np.random.default_rng(seed))
    elif name == "flow":
        parts = _by_flow(dataset, np.random.default_rng(seed))
    elif name == "round":
        parts = by_round(dataset)
    elif name == "recording":
        parts = by_recording(dataset)
    elif name == "tool":
        parts = by_tool(dataset, seed)
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
    part = deal_flows(dataset, rows, generator, validation=VALIDATION_SHARE, test=TEST_SHARE)
    return [rows[part == number] for number in range(len(PARTS))]
