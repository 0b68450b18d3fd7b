"""What a language model is asked for a mission graph: the paper's two prompts, and repairs of ours.

All are one line of one message, so that any model can be asked. Nothing stands in them but the
event's name and words that a language model gave.
"""

from __future__ import annotations

from collections.abc import Sequence

ASKED_PER_CONCEPT = 5


def key_concepts_prompt(event: str, number: int) -> str:
    """The paper's first prompt, for `number` key concepts of an event ("SYN Flood attack").

    Source: PacketCLIP section 3.1, verbatim.
    """
    return (
        f"List {number} typical vocabularies to represent {event}? "
        "Note: Everything should be a single word."
    )


def expansion_prompt(words: Sequence[str]) -> str:
    """The paper's second prompt, for the words of the graph so far, level by level.

    Source: PacketCLIP section 3.1, verbatim; the paper writes K where the words stand here.
    """
    return f"What are associated words with vocabularies in set K = {{{', '.join(words)}}}?"


def more_key_concepts_prompt(event: str, number: int, words: Sequence[str]) -> str:
    """Repair: the first prompt brought too few words that can be used."""
    others = f", none of them among {', '.join(words)}" if words else ""
    return (
        f"List {number} other typical vocabularies to represent {event}{others}. Everything must "
        "be a single word without spaces. Write the words alone, separated by commas."
    )


def missing_words_prompt(event: str, concepts: Sequence[str], words: Sequence[str]) -> str:
    """Repair: these concepts brought no associated word that is single and new."""
    return (
        f"The topic is {event}. List {ASKED_PER_CONCEPT} associated words for each word of the set "
        f"{{{', '.join(concepts)}}}. Everything must be a single word, and none may be in the set "
        f"{{{', '.join(words)}}}. Write one line for each word of the first set: the word, a "
        "colon, its associated words separated by commas."
    )


def missing_parents_prompt(event: str, concepts: Sequence[str], words: Sequence[str]) -> str:
    """Repair: these words came without saying which concept each is associated with."""
    return (
        f"The topic is {event}. Which words of the set {{{', '.join(words)}}} are associated with "
        f"each word of the set K = {{{', '.join(concepts)}}}? Write one line for each word of K: "
        "the word, a colon, its associated words of the first set separated by commas."
    )
