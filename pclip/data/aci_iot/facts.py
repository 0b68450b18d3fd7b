"""What ACI-IoT-2023 is: columns, classes, groups, where it comes from.

Source: Bastian, Bierbrauer, McKenzie, Nack, "ACI IoT Network Traffic Dataset 2023", IEEE DataPort,
doi 10.21227/qacj-3x32; the groups are those of PacketCLIP, section 4.2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pclip.data.classes import CLASSES, GROUP_NAME_OF_CLASS, GROUPS
from pclip.packets import FLOW_COLUMNS as MEASURED_COLUMNS

NAME = "ACI-IoT-2023"
DOI = "10.21227/qacj-3x32"
HOMEPAGE = f"https://doi.org/{DOI}"
LICENSE = (
    "ACI-IoT-2023 is its authors' and is given under the terms of IEEE DataPort, which whoever "
    "downloads it accepts there; it does not ship with pclip."
)
CITATION = """@data{qacj-3x32-23,
  title = {ACI IoT Network Traffic Dataset 2023},
  author = {Bastian, Nathaniel and Bierbrauer, David and McKenzie, Morgan and Nack, Emily},
  publisher = {IEEE Dataport},
  doi = {10.21227/qacj-3x32},
  url = {https://dx.doi.org/10.21227/qacj-3x32},
  year = {2023}
}"""

LEFT_OUT_BY_PAPER: dict[str, str] = {
    "Ping Sweep": "Reconnaissance",
    # Between two hosts to read what they say. Of the paper's groups, reconnaissance is the nearest:
    # it collects, and neither denies a service nor guesses passwords. Five flows in all.
    "ARP Spoofing": "Reconnaissance",
}
"""Classes that the paper's ten leave out -> the group that they get where all twelve are asked."""

ALL_CLASSES: tuple[str, ...] = (*CLASSES, *LEFT_OUT_BY_PAPER)
CLASS_SETS: dict[str, tuple[str, ...]] = {"paper": CLASSES, "all": ALL_CLASSES}

CONNECTION_TYPES: tuple[str, ...] = ("wired", "wireless")
RECORDED = ("2023-10", "2023-11")
"""Months of the captures: a Timestamp outside of them has day and month swapped."""

TARGET_COLUMNS: tuple[str, ...] = ("Label", "Connection Type")
FLOW_COLUMNS: tuple[str, ...] = (*MEASURED_COLUMNS, *TARGET_COLUMNS)
"""The flow CSV's 85 columns in their order and spelling."""

IDENTITY_COLUMNS: tuple[str, ...] = ("Flow ID", "Src IP", "Dst IP", "Timestamp")
"""Words, not measures; who and when is not to be learnt."""
MEASURE_COLUMNS: tuple[str, ...] = tuple(
    name for name in FLOW_COLUMNS if name not in (*IDENTITY_COLUMNS, *TARGET_COLUMNS)
)
"""The 79 columns of numbers."""
RATE_COLUMNS: tuple[str, ...] = ("Flow Bytes/s", "Flow Packets/s")
IDLE_COLUMNS: tuple[str, ...] = ("Idle Mean", "Idle Max", "Idle Min")
"""Some hold microseconds since 1970 instead of a span: a leak of absolute time."""
LONGEST_IDLE_US = 1e12
"""Eleven days: no span in a capture, and far below a clock of this century."""

PAYLOAD_COLUMNS: tuple[str, ...] = (
    "srcip", "sport", "dstip", "dsport", "protocol_m", "sttl", "total_len", "payload", "stime",
    "label",
)  # fmt: skip
"""Columns of the payload CSV, in whatever order; others are not read."""


def group_of_class(classes: tuple[str, ...]) -> NDArray[np.int8]:
    """int8[classes]: index into `GROUPS` of each."""
    names = GROUP_NAME_OF_CLASS | LEFT_OUT_BY_PAPER
    groups = np.array([GROUPS.index(names[name]) for name in classes], np.int8)
    groups.setflags(write=False)
    return groups
