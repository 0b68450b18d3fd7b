"""The split `tool`: tested on what attacks with programs, or modes, never met in training."""

from __future__ import annotations

import numpy as np

from pclip.data.classes import BENIGN
from pclip.data.dataset import Dataset
from pclip.data.deal_flows import deal_flows
from pclip.data.parts import PARTS, Rows
from pclip.errors import PclipError

NO_TOOL, NO_PART = -2, -1
"""A class without a tool held out; packets that take no part."""
BENIGN_VALIDATION, BENIGN_TEST = 0.08, 0.20
ATTACK_VALIDATION = 0.10
LEAST_SHARE = 0.02
"""Of its class's packets that a tool must have made to be held out: fewer measure nothing."""


def held_out_tools(dataset: Dataset, seed: int) -> dict[str, str]:
    """Class -> the tool that is for test alone: the next one, in order of names, with each seed.

    Raises:
        PclipError: labels.csv names no tools, or a class was made by fewer than two.
    """
    if not dataset.tools:
        raise PclipError(
            f"the split tool needs to know which tool made which packet, and the labels of "
            f"{dataset.name} have no column tool; use the split random, flow or round"
        )
    chosen = {}
    for number, name in enumerate(dataset.classes):
        own = dataset.tool_of_packet[(dataset.labels == number) & dataset.packets.usable]
        if name == BENIGN or not len(own):
            continue
        counts = np.bincount(own[own >= 0], minlength=len(dataset.tools))
        enough = [dataset.tools[i] for i in np.flatnonzero(counts >= LEAST_SHARE * len(own))]
        if len(enough) < 2:
            raise PclipError(
                f"the split tool needs two tools in each class, and {name} in {dataset.name} has "
                f"{', '.join(enough) or 'none'}; use the split random, flow or round"
            )
        chosen[name] = enough[seed % len(enough)]
    return chosen


def by_tool(dataset: Dataset, seed: int) -> list[Rows]:
    """Rows of training, validation and test.

    What a tool that is held out for one class did in another is in no part: training is not to
    meet the tool, and the test part is to hold one tool of each class. Flows are whole but where
    tools, or an attack and something harmless, share one: ICMP has no ports to tell them apart by,
    and such a flow is cut between them.

    Raises:
        PclipError: see `held_out_tools`, or nothing of a class is left for training.
    """
    held_of_class = np.full(len(dataset.classes), NO_TOOL)
    for name, tool in held_out_tools(dataset, seed).items():
        held_of_class[dataset.classes.index(name)] = dataset.tools.index(tool)
    generator = np.random.default_rng(seed)
    rows = np.flatnonzero(dataset.packets.usable)
    labels, tools = dataset.labels[rows], dataset.tool_of_packet[rows]
    benign = labels == dataset.classes.index(BENIGN)
    met = ~benign & ~np.isin(tools, held_of_class)
    part = np.where(tools == held_of_class[labels], PARTS.index("test"), NO_PART).astype(np.int8)
    for chosen, validation, test in (
        (benign, BENIGN_VALIDATION, BENIGN_TEST),
        (met, ATTACK_VALIDATION, 0.0),
    ):
        part[chosen] = deal_flows(
            dataset, rows[chosen], generator, validation=validation, test=test
        )
    parts = [rows[part == number] for number in range(len(PARTS))]
    left = set(dataset.labels[parts[0]].tolist())
    lost = [n for i, n in enumerate(dataset.classes) if i not in left and i in dataset.labels[rows]]
    if lost:
        raise PclipError(
            f"the split tool of seed {seed} leaves nothing of {', '.join(lost)} in {dataset.name} "
            "for training; use another seed"
        )
    return parts
