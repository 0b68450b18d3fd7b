"""Whether each unit stands right behind its slot, and the words around make no other one of it."""

from __future__ import annotations

import re

from pclip.text.slots import SLOT, SLOTS, Slot
from pclip.text.units import BYTES_PER_SECOND, PACKETS_PER_SECOND

RATES = (PACKETS_PER_SECOND, BYTES_PER_SECOND)
"""The units that a time may stand beside."""

# An adjective such as brief has a noun behind it that can last, or a verb before it.
_NOUN_BEHIND = re.compile(
    r" (?:<PROTOCOL>|(?!(?:duration|interval|length|lifespan|lifetime|period|span|time)\b)[a-z]+)"
)
_PREDICATE = re.compile(r"\b(?:is|was|being|remains|as) $", re.IGNORECASE)
_TIME = "(?:(?:micro|milli|nano)?second|minute|hour|day|week|month|year)"
# "Each minute" makes a rate of what is none; "every second" may introduce what is one.
_PACE = re.compile(
    rf"\b(?:(?:per|an?|each|every) (?:\w+ )?{_TIME}|hourly|daily)\b"
    r"(?!(?:(?<=each second)|(?<=every second))"
    r"(?:[^<;:.]|<PROTOCOL>|<LIFETIME>)*<(?:PACKET|BYTE)_RATE>)",
    re.IGNORECASE,
)
# Behind a number and its unit these make another quantity of it: "seconds per packet".
_RATIO = re.compile(r"\b(?:per|apiece|ago|from now)\b")
_PER_PACKET = re.compile(r"\bper (?:\w+ )?packet\b")
_OF_EACH = re.compile(
    r"(?:^|\b(?:for|in|inside|of|on|to|with))(?: of payload)? (?:an?|each|every) (?:\w+ )?packet\b|"
    r"\beach$|\bapart\b|\bbetween (?:(?:all|its|the) )?(?:packets\b|$)"
)


def units_kept(sentence: str) -> bool:
    """Whether each unit stands right behind its slot, and nothing makes another one of it."""
    for slot in SLOT.finditer(sentence):
        before, after = sentence[: slot.start()], sentence[slot.end() :]
        if before and not before.endswith((" ", "(")):
            return False
        kind = SLOTS[slot[1]]
        if kind.unit is None:
            if re.match(r"[\w-]", after):
                return False
            if kind.adjective and (
                before.endswith("> ")
                or not (_NOUN_BEHIND.match(after) or _PREDICATE.search(before))
            ):
                return False
        elif not kind.unit.behind(after) or _is_ratio(kind, after[kind.unit.behind(after) :]):
            return False
    return not _PACE.search(_without_rates(sentence))


def _is_ratio(slot: Slot, rest: str) -> bool:
    """Whether the clause behind a number and its unit makes it one of each packet, or the like."""
    behind = clause_behind(rest)
    if "mean" in slot.roles:
        return bool(_RATIO.search(_PER_PACKET.sub("", behind)))
    return bool(_RATIO.search(behind) or _OF_EACH.search(behind))


def clause_behind(text: str) -> str:
    """The part of `text`, which follows a slot, before the next slot or punctuation."""
    return re.split(r"[<,;:.()]", text, maxsplit=1)[0]


def _without_rates(sentence: str) -> str:
    """The sentence without the units of its rates."""
    parts, end = [], 0
    for slot in SLOT.finditer(sentence):
        parts.append(sentence[end : slot.end()])
        unit = SLOTS[slot[1]].unit
        end = slot.end() + (unit.behind(sentence[slot.end() :]) if unit in RATES else 0)
    return "".join([*parts, sentence[end:]])
