"""Whether a slotted sentence is as grammatical for a count of one as for many."""

from __future__ import annotations

import re

from pclip.text.slots import SLOT, SLOTS

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
# Before a number these agree with it: "there are <PACKETS> packets".
_PLURAL_BEFORE = re.compile(r"\b(?:are|were|have|these|those)(?: (?:a total of|in total))? $")
# "a 6-packet flow", but not "a 6 packets flow".
_ARTICLE_BEFORE = re.compile(r"\ban? $", re.IGNORECASE)
_PLURAL_BEHIND = re.compile(r"^(?:are|were|have|do|that|which|who)\b")
# "<PACKETS> packets in this flow are", "<PACKETS> packets, all of which are": the verb has moved
# away from the number. What stands behind "where" or "whose" has another subject.
_PLURAL_AFTER = re.compile(
    r"(?:(?!\b(?:although|and|as|because|but|if|since|when|where|whereas|while|whose)\b)"
    r"[^,;:<]|<PROTOCOL>|<LIFETIME>)*"
    r"(?:, (?:\w+ ){0,2}(?:which|that|who)(?: (?:all|both|together))?)? (?:are|were|have|do)\b"
)
# "a <PACKETS>-packet flow", but not "carries <PACKETS>-packet in total".
_NOUN_BEHIND = re.compile(rf",? (?:<|(?!{_NO_VERB.pattern})[A-Za-z])")


def no_verb_agrees(sentence: str) -> bool:
    """Whether the sentence is as grammatical for a count of one as for many."""
    for slot in SLOT.finditer(sentence):
        kind = SLOTS[slot[1]]
        if kind.unit is None:
            continue
        before, after = sentence[: slot.start()], sentence[slot.end() :]
        rest = after[kind.unit.behind(after) :]
        if _ARTICLE_BEFORE.search(before) and not after.startswith("-"):
            return False
        if after.startswith("-") and not _NOUN_BEHIND.match(rest):
            return False
        if not kind.type.counted or after.startswith("-"):
            continue
        if _PLURAL_BEFORE.search(before):
            return False
        if _PLURAL_AFTER.match(rest):
            return False
        rest = rest.lstrip()
        if _PLURAL_BEHIND.match(rest):
            return False
        following = re.match(r"[a-z'-]+", rest)
        if following is None or _NO_VERB.match(rest) or _PREPOSITION.search(before):
            continue
        if not _PARTICIPLE.fullmatch(following[0]):
            return False
    return True
