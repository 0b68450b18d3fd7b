"""What counts as a single word, and as the same word: concepts are told apart by it."""

from __future__ import annotations

import re
import unicodedata

MIN_CHARS, MAX_CHARS = 2, 24

WORD = re.compile(rf"[a-z][a-z0-9]{{{MIN_CHARS - 1},{MAX_CHARS - 1}}}")
_HYPHENS = re.compile("[-\u2010\u2011\u2012\u2013]")
_APOSTROPHES = re.compile("['\u2019]")


def single_word(phrase: str) -> str | None:
    """A phrase as a concept is written: lower case, Latin letters and digits; None if it cannot be.

    Compatibility forms and accents are resolved. A hyphen between two parts goes ("packet-storm"
    becomes the paper's "packetstorm"), a possessive 's too; a phrase with spaces or with more
    hyphens is no single word.
    """
    text = unicodedata.normalize("NFKD", phrase.strip())
    text = "".join(c for c in text if not unicodedata.combining(c)).lower()
    text = _APOSTROPHES.sub("'", text).removesuffix("'s").replace("'", "")
    parts = _HYPHENS.split(text)
    if len(parts) > 2 or not all(parts):
        return None
    word = "".join(parts)
    return word if WORD.fullmatch(word) else None


def singular(word: str) -> str:
    """What a word and its plural have in common: two concepts that share it are one.

    Only for comparing: "dns" becomes "dn", which nobody sees. Endings -ss, -us and -is are kept.
    """
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
