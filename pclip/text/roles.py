"""Roles of slots: what tells two numbers of one unit apart, and the words that say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Role:
    """What a number is about, beside its unit.

    Attributes:
        words: any one of them says it.
        opposite: the role that it must not be mistaken for; empty where there is none.
    """

    words: frozenset[str]
    opposite: str = ""


def _role(words: str, opposite: str = "") -> Role:
    return Role(frozenset(words.split()), opposite)


ROLES: Mapping[str, Role] = {
    "forward": _role("forward forwards onward initiator initiator's outbound outgoing", "backward"),
    "backward": _role(
        "backward backwards back reverse return returned returning returns responder responder's "
        "inbound incoming",
        "forward",
    ),
    "largest": _role("largest biggest maximum longest heaviest upper", "smallest"),
    "smallest": _role("smallest minimum shortest lightest tiniest lower", "largest"),
    "mean": _role("average averages averaging averaged mean"),
    "gap": _role(
        "between apart gap gaps interval intervals spacing spaced interarrival inter-arrival "
        "inter-packet separate separates separated separation separating pause pauses successive "
        "consecutive"
    ),
}
