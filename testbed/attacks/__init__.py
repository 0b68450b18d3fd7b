"""What can be done to whom: every tool and mode by class, as data with bounds."""

from testbed.attacks import brute_force, dos, reconnaissance
from testbed.attacks.tool import (
    GRACE_SECONDS,
    MOST_OF_AN_ATTACKER,
    MOST_PACKETS_PER_SECOND,
    MOST_SECONDS,
    TAIL_SECONDS,
    Target,
    Tool,
)

GROUPS: dict[str, tuple[Tool, ...]] = {
    "Reconnaissance": reconnaissance.TOOLS,
    "DoS": dos.TOOLS,
    "Brute Force": brute_force.TOOLS,
}
TOOLS: tuple[Tool, ...] = tuple(tool for tools in GROUPS.values() for tool in tools)
GROUP_OF: dict[str, str] = {tool.label: group for group, tools in GROUPS.items() for tool in tools}
LABELS: tuple[str, ...] = tuple(GROUP_OF)

__all__ = [
    "GRACE_SECONDS",
    "GROUPS",
    "GROUP_OF",
    "LABELS",
    "MOST_OF_AN_ATTACKER",
    "MOST_PACKETS_PER_SECOND",
    "MOST_SECONDS",
    "TAIL_SECONDS",
    "TOOLS",
    "Target",
    "Tool",
]
