"""Whether the words around each slot still say its role, and no other slot's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from pclip.text.roles import ROLES
from pclip.text.slots import SLOT, SLOTS
from pclip.text.unit_context import RATES, clause_behind

_WORD = re.compile(r"<[A-Z_]+>|[A-Za-z][A-Za-z'-]*")
_AVERAGE = re.compile(r"\b(?:average|averages|averaged|averaging|mean)\b", re.IGNORECASE)
_AVERAGE_BEFORE = re.compile(rf"{_AVERAGE.pattern}(?: of)? $", re.IGNORECASE)
_AVERAGE_BEHIND = re.compile(r"(?: of payload)? (?:averaged|in the mean|on average)\b")
_TOTAL = re.compile(r"\b(?:in all|in total|altogether|all told|overall|total|combined|together)\b")
_COMPARED = re.compile(
    r"\b(?:above|below|beyond|over|under|than|near) (?:an? |the |its |their )?(?:average|mean)\b"
)


def opposites_kept(sentence: str) -> bool:
    """Whether words such as forward and backward come in the order of the slots they belong to.

    Each word of a direction (or of largest and smallest) belongs to the slots of that direction.
    Runs of one direction count once, so that "<A> packets forward with <B> bytes forward" is as
    good as one word for both. A sentence with a direction that no slot has is refused.
    """
    for role, other in _PAIRS:
        slots = _roles_in_order(SLOT.findall(sentence), (role, other))
        words = _words_in_order(sentence, (role, other))
        if slots != words:
            return False
    return True


def roles_kept(sentence: str) -> bool:
    """Whether each slot of a role without an opposite is said to have it."""
    slots = [slot for slot in SLOT.finditer(sentence) if SLOTS[slot[1]].unit]
    return all(
        _is_said(sentence, slot, slots, role)
        for slot in slots
        for role in SLOTS[slot[1]].roles
        if not ROLES[role].opposite
    )


def averages_kept(sentence: str) -> bool:
    """Whether no average is a total or compared with another, and nothing else is an average."""
    if _COMPARED.search(sentence):
        return False
    slots = [slot for slot in SLOT.finditer(sentence) if SLOTS[slot[1]].unit]
    averaged = False
    for slot in slots:
        kind, after = SLOTS[slot[1]], sentence[slot.end() :]
        if "mean" in kind.roles:
            averaged = True
            if _TOTAL.search(clause_behind(after)):
                return False
        elif kind.unit in RATES:
            averaged = True  # over the time of the flow
        elif kind.unit is not None:
            end = kind.unit.behind(after)
            if (
                _AVERAGE.search(after[:end])
                or _AVERAGE_BEFORE.search(sentence[: slot.start()])
                or _AVERAGE_BEHIND.match(after[end:])
            ):
                return False
    return averaged or not _AVERAGE.search(sentence)


_PAIRS = tuple(
    (name, role.opposite) for name, role in ROLES.items() if role.opposite and name > role.opposite
)


def _lower_words(sentence: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(sentence) if not word.startswith("<")]


def _is_said(sentence: str, slot: re.Match[str], slots: Sequence[re.Match[str]], role: str) -> bool:
    """Whether `role` is said near a slot: between the slots before and behind that lack it."""
    others = [other for other in slots if role not in SLOTS[other[1]].roles]
    start = max((other.end() for other in others if other.end() < slot.start()), default=0)
    stop = min(
        (other.start() for other in others if other.start() > slot.end()), default=len(sentence)
    )
    return any(start <= said.start() < stop for said in ROLES[role].said.finditer(sentence))


def _words_in_order(sentence: str, pair: tuple[str, str]) -> list[str]:
    found = [
        role for word in _lower_words(sentence) for role in pair if ROLES[role].said.fullmatch(word)
    ]
    return [role for role, _ in groupby(found)]


def _roles_in_order(names: Iterable[str], pair: tuple[str, str]) -> list[str]:
    found = [role for name in names for role in pair if role in SLOTS[name].roles]
    return [role for role, _ in groupby(found)]
