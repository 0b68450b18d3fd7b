"""Whether the words around each slot still say what it stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

from pclip.text.roles import ROLES
from pclip.text.slots import SLOT, SLOTS

_WORD = re.compile(r"<[A-Z_]+>|[A-Za-z][A-Za-z'-]*")

# What may follow a number and its unit so that no verb agrees with them: ends of clauses,
# prepositions, conjunctions, adverbs. A participle may too, of any verb.
_NO_VERB = re.compile(
    r"(?:a|about|across|after|all|along|altogether|among|an|and|apart|apiece|as|at|average|away|"
    r"backwards?|before|between|but|by|collectively|combined|during|each|every|for|forwards?|from|"
    r"in|inside|into|its|long|made|of|off|on|onward|or|out|outbound|over|overall|per|plus|"
    r"respectively|seen|sent|shown|spread|than|the|then|through|throughout|to|together|total|"
    r"towards?|under|using|via|when|whereas|while|wide|with|within|worth)(?![\w'-])"
)
# What stands behind one of these is no subject, so a verb that follows agrees with another word.
_PREPOSITION = re.compile(
    r"\b(?:of|with|in|across|over|by|from|at|to|between|among|within|through|for|per|"
    r"\w{3,}ing) $",
    re.IGNORECASE,
)
_PARTICIPLE = re.compile(r"\w{2,}(?:ed|ing)")
# An adjective such as brief has a noun behind it that can last, or a verb before it.
_NOUN_BEHIND = re.compile(
    r" (?:<PROTOCOL>|(?!(?:duration|interval|length|lifespan|lifetime|period|span|time)\b)[a-z]+)"
)
_PREDICATE = re.compile(r"\b(?:is|was|being|remains|as) $", re.IGNORECASE)
# Before a number these agree with it: "there are <PACKETS> packets".
_PLURAL_BEFORE = re.compile(r"\b(?:are|were|have|these|those)(?: (?:a total of|in total))? $")
# "a 6-packet flow", but not "a 6 packets flow".
_ARTICLE_BEFORE = re.compile(r"\ban? $", re.IGNORECASE)
_PLURAL_BEHIND = re.compile(r"^(?:are|were|have|do|that|which|who)\b")


def units_kept(sentence: str) -> bool:
    """Whether each unit stands right behind its slot, and nothing is glued to a slot."""
    for slot in SLOT.finditer(sentence):
        before, after = sentence[: slot.start()], sentence[slot.end() :]
        if before and not before.endswith((" ", "(")):
            return False
        unit = SLOTS[slot[1]].unit
        if unit is None:
            if re.match(r"[\w-]", after):
                return False
            if SLOTS[slot[1]].adjective and (
                before.endswith("> ")
                or not (_NOUN_BEHIND.match(after) or _PREDICATE.search(before))
            ):
                return False
        elif not unit.behind(after):
            return False
    return True


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
    """Whether each slot of a role without an opposite has a word of it in the sentence."""
    words = set(_lower_words(sentence))
    return all(
        ROLES[role].words & words
        for name in SLOT.findall(sentence)
        for role in SLOTS[name].roles
        if not ROLES[role].opposite
    )


def no_verb_agrees(sentence: str) -> bool:
    """Whether the sentence is as grammatical for a count of one as for many."""
    for slot in SLOT.finditer(sentence):
        kind = SLOTS[slot[1]]
        if kind.unit is None:
            continue
        before, after = sentence[: slot.start()], sentence[slot.end() :]
        if _ARTICLE_BEFORE.search(before) and not after.startswith("-"):
            return False
        if not kind.type.counted:
            continue
        if _PLURAL_BEFORE.search(before):
            return False
        rest = after[kind.unit.behind(after) :].lstrip()
        if _PLURAL_BEHIND.match(rest):
            return False
        following = re.match(r"[a-z'-]+", rest)
        if following is None or _NO_VERB.match(rest) or _PREPOSITION.search(before):
            continue
        if not _PARTICIPLE.fullmatch(following[0]):
            return False
    return True


_PAIRS = tuple(
    (name, role.opposite) for name, role in ROLES.items() if role.opposite and name > role.opposite
)


def _lower_words(sentence: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(sentence) if not word.startswith("<")]


def _words_in_order(sentence: str, pair: tuple[str, str]) -> list[str]:
    found = [role for word in _lower_words(sentence) for role in pair if word in ROLES[role].words]
    return [role for role, _ in groupby(found)]


def _roles_in_order(names: Iterable[str], pair: tuple[str, str]) -> list[str]:
    found = [role for name in names for role in pair if role in SLOTS[name].roles]
    return [role for role, _ in groupby(found)]
