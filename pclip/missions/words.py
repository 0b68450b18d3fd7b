"""What counts as a single word, and as the same word: concepts are told apart by it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

MIN_CHARS, MAX_CHARS = 2, 24

WORD = re.compile(rf"[a-z][a-z0-9]{{{MIN_CHARS - 1},{MAX_CHARS - 1}}}")
_HYPHENS = re.compile("[-\u2010\u2011\u2012\u2013]")
_APOSTROPHES = re.compile("['\u2019]")
# Words in -s that are no plurals, though they are other words without it: "do", "http", "id".
_NO_PLURALS = frozenset({"ddos", "dns", "dos", "ftps", "https", "ids", "means", "news", "tls"})


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
    """The one likeliest singular of a word, for its stem; `SameWords` looks at all of them.

    Only for comparing: "dns" becomes "dn", which nobody sees. Endings -ss, -us and -is are kept.
    """
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def singulars(word: str) -> tuple[str, ...]:
    """The word and what it may be the plural of, likeliest first, as its ending alone can tell.

    "caches" may be of "cache" or of "cach"; "dns" and other names are of nothing.
    """
    if word in _NO_PLURALS or not word.endswith("s") or word.endswith("ss"):
        return (word,)
    found = [word]
    if len(word) > 4 and word.endswith("ies"):
        found.append(word[:-3] + "y")
    if len(word) > 4 and word.endswith(("ses", "shes", "ches", "xes", "zes", "oes")):
        found.append(word[:-2])
    return (*found, word[:-1])


class SameWords:
    """Words of which none is the plural of another, nor both of one word.

    Args:
        words: added in their order.
    """

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._word_of: dict[str, str] = {}
        for word in words:
            self.add(word)

    def find(self, word: str) -> str | None:
        """The word that was added and is this one, its plural or its singular; else None."""
        return next((self._word_of[x] for x in singulars(word) if x in self._word_of), None)

    def add(self, word: str) -> str:
        """The word that `find` gives, this one if there was none."""
        found = self.find(word)
        if found is None:
            self._word_of |= dict.fromkeys(singulars(word), word)
        return found or word
