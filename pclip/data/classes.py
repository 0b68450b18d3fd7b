"""The classes and their groups: the only place that names them.

Source: section 4.2 (groups) and ACI-IoT-2023 (spelling); Ping Sweep and ARP Spoofing are left out
as in the paper.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BENIGN = "Benign"
GROUPS: tuple[str, ...] = (BENIGN, "DoS", "Reconnaissance", "Brute Force")
GROUP_NAME_OF_CLASS: dict[str, str] = {
    BENIGN: BENIGN,
    "OS Scan": "Reconnaissance",
    "Vulnerability Scan": "Reconnaissance",
    "Port Scan": "Reconnaissance",
    "ICMP Flood": "DoS",
    "Slowloris": "DoS",
    "SYN Flood": "DoS",
    "UDP Flood": "DoS",
    "DNS Flood": "DoS",
    "Dictionary Attack": "Brute Force",
}
CLASSES: tuple[str, ...] = tuple(GROUP_NAME_OF_CLASS)
GROUP_OF_CLASS: NDArray[np.int8] = np.array(
    [GROUPS.index(group) for group in GROUP_NAME_OF_CLASS.values()], np.int8
)
"""int8[10]: index into `GROUPS` of each class."""

GROUP_OF_CLASS.setflags(write=False)
