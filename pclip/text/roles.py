"""Roles of slots: what tells two numbers of one unit apart, and the words that say it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Role:
    """What a number is about, beside its unit.

    Attributes:
        said: a place of a sentence that says it.
        opposite: the role that it must not be mistaken for; empty where there is none. A role
            with an opposite is said by single words.
    """

    said: re.Pattern[str]
    opposite: str = ""


def _role(said: str, opposite: str = "") -> Role:
    return Role(re.compile(rf"\b(?:{said})(?![\w'-])", re.IGNORECASE), opposite)


# "An average of" and "the mean payload" speak of the number, "this average flow" does not.
_AVERAGED = (
    "across|amount|arithmetic|as|at|backward|between|content|distance|fill|for|forward|gap|in|"
    "inter-arrival|inter-packet|interarrival|interval|is|length|of|over|packet|pause|payload|"
    "payloads|per|quantity|separation|size|space|spacing|time|volume|wait|within"
)
_MEAN = (
    "averages|averaged|averaging|(?<=on )average|(?<=in the )mean|"
    rf"(?:average|mean)(?=\W*$|[,;:)]| <(?:[A-Z]+_)?MEAN_| (?:{_AVERAGED})\b)"
)
# "Between packets" is a gap, "between both ends" is not.
_BETWEEN_PACKETS = (
    "between (?:(?:adjacent|all|any|backward|consecutive|each|every|forward|individual|its|"
    "neighbou?ring|separate|single|successive|the|their) ){0,3}(?:packets?|them|<PACKETS>)"
)
_GAP = (
    rf"{_BETWEEN_PACKETS}|apart(?! from)|gaps?|intervals?|spacing|spaced|inter-?arrival|"
    "inter-packet|separates|separated|separation|separating|pauses?|successive|consecutive"
)

ROLES: Mapping[str, Role] = {
    "forward": _role("forwards?|onward|initiator|initiator's|outbound|outgoing", "backward"),
    "backward": _role(
        "backwards?|back|reverse|return|returned|returning|returns|responder|responder's|inbound|"
        "incoming",
        "forward",
    ),
    "largest": _role("largest|biggest|maximum|longest|heaviest|upper", "smallest"),
    "smallest": _role("smallest|minimum|shortest|lightest|tiniest|lower", "largest"),
    "mean": _role(_MEAN),
    "gap": _role(_GAP),
}
