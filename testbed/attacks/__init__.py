"""What can be done to whom: every tool and mode by class, as data with bounds."""

from testbed.attacks import brute_force, dos, reconnaissance
from testbed.attacks.tool import (
    MOST_PACKETS_PER_SECOND,
    MOST_SECONDS,
    TAIL_SECONDS,
    Target,
    Tool,
)

TOOLS: tuple[Tool, ...] = (*reconnaissance.TOOLS, *dos.TOOLS, *brute_force.TOOLS)
LABELS: tuple[str, ...] = tuple(dict.fromkeys(tool.label for tool in TOOLS))

__all__ = [
    "LABELS",
    "MOST_PACKETS_PER_SECOND",
    "MOST_SECONDS",
    "TAIL_SECONDS",
    "TOOLS",
    "Target",
    "Tool",
]
