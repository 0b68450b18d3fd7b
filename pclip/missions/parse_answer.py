"""What an answer says: a list of phrases, or which phrases go with which concept.

Nothing here decides what is a good word; that is `words` and `growth`. What is read as chatter
(sentences around the answer) is left out, because it names no word.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import product

from pclip.missions.answer_lines import answer_lines
from pclip.missions.answer_outline import Line, has_letters
from pclip.missions.words import SameWords, single_word

MAX_PHRASES = 2_000
_LONGEST_PHRASE = 3  # words; more is a sentence
_PARENTHESES = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
# White space is single in all that these see, and stripped after: none of them begins with a run
# of it, which would take quadratic time.
_GLOSS = re.compile(r":|\s[-\u2013\u2014=]\s|\u2014|->|=>|\u2192|\u27f6|\u21d2")
# "flood -> flooding -> burst" in a cell of a table: concepts that go together.
_CHAIN = re.compile(r"\s[-\u2013\u2014]\s|->|=>|\u2192|\u27f6|\u21d2")
# Headings of columns that say something about a row and list no words.
_REMARKS = """
category categories class confidence definition description example examples explanation group
meaning note notes reason relation relationship relevance score theme type why
"""
_ASIDE = frozenset(_REMARKS.split())
_SEPARATORS = re.compile(r"[,;\u2022\u00b7|\u3001]|\s(?:and|or|&|/)\s")
_LEAD = re.compile(
    r"^(?:the\s+)?(?:associated|related)\s+(?:words?|terms?|vocabular\w+)\s*(?:are|is|include|:)*\s*"
    r"|^(?:and|or|such as|including|like)\s+",
    re.IGNORECASE,
)
# "For flood, associated words are a, b" and "Flood is associated with a and b".
_SENTENCE = re.compile(
    r"^(?:for|with|to)?\s*(?P<concept>\w+(?:-\w+)*)\W+(?:is|are|can be|may be)?\s*"
    r"(?:the\s+)?(?:commonly\s+|often\s+|closely\s+)?(?:associated|related|linked|goes|go)"
    r"(?:\s+(?:words?|terms?|vocabular\w+))?\s*(?:are|is|include|includes|with|to|:)\s*:?\s*"
    r"(?P<words>.+)$",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s")
_INTRODUCTION = re.compile(r"\b(?:are|is|include|includes|including|such as|like|be)\b:?\s(?=\S)")


@dataclass(frozen=True)
class Associations:
    """What an answer to the second prompt says.

    Args:
        pairs: (concept, phrase), in the order of the answer.
        unattached: phrases that stand under no concept.
    """

    pairs: tuple[tuple[str, str], ...]
    unattached: tuple[str, ...]


def parse_list(text: str) -> list[str]:
    """The phrases that an answer lists, in its order, each once.

    The items of a list are read where there is one (numbered before bulleted, the outermost level),
    else the first cells of a table, else lines of one short phrase, else what commas separate.
    Of "flood: too many packets" the phrase is "flood".
    """
    lines = answer_lines(text)
    readings = [_items(lines), _table(lines), _short_lines(lines), _comma_lists(lines)]
    # A single item among sentences is an accident, unless no reading finds more.
    phrases = next((r for r in readings if len(r) > 1), next(filter(None, readings), []))
    return list(dict.fromkeys(phrases))[:MAX_PHRASES]


def parse_associations(text: str, concepts: Sequence[str]) -> Associations:
    """The phrases that an answer names for each of some concepts.

    Read are "flood: a, b", "flood -> a, b", rows of a table, a concept as a heading with items
    below it, the same as JSON, sentences such as "flood is associated with a and b", and
    "a: flood" where only what follows is a concept. Lines that stand beside the first concept in
    the answer's outline are concepts; "botnet" as an item below "flood" is an item.
    """
    reader = _AssociationReader(concepts)
    for line in answer_lines(text, reader.names_concept):
        reader.read(line)
    return Associations(
        tuple(reader.pairs),
        tuple(dict.fromkeys(reader.unattached))[:MAX_PHRASES],
    )


class _AssociationReader:
    """Goes down the outline of an answer and keeps which concepts it is under."""

    def __init__(self, concepts: Sequence[str]) -> None:
        self._known = SameWords(concepts)
        self._under: tuple[str, ...] = ()
        self._style: tuple[str, int] | None = None
        # Once a concept has stood first, "Method: guessing, cracking" is a remark on concepts.
        self._concept_first = False
        self._column: int | None = None
        self._aside: list[int] = []
        # Their keys in order, each once; bounded, for a line may name n concepts with n words.
        self.pairs: dict[tuple[str, str], None] = {}
        self.unattached: list[str] = []

    def names_concept(self, text: str) -> bool:
        """Whether a text names concepts and nothing else."""
        return bool(self._concepts(text))

    def read(self, line: Line) -> None:
        if line.cells:
            self._row(line.cells)
            return
        before, after = _split_gloss(line.text)
        concepts = self._concepts(before)
        beside = self._style in (None, line.style)
        if not self.pairs and line.kind in ("#", "1") and not self._is_below(line):
            beside = True  # what stood before was a list of the concepts
        if concepts and beside:
            self._style, self._under = line.style, concepts
            self._concept_first = True
            self._pair(concepts, after)
        elif self._sentences(line):
            pass
        elif not self._concept_first and not self._is_below(line) and self._concepts(after):
            self._pair(self._concepts(after), before)
        elif self._is_below(line):
            self._pair(self._under, before)
        else:
            self._under = ()
            named = after if _is_listing(after) else before
            heads = line.kind in ("#", "*") and not after
            if not heads and (line.kind in ("-", "1") or named is after or _is_item_list(line)):
                self.unattached += _phrases(named)

    def _row(self, cells: Sequence[str]) -> None:
        """Read a row of a table: columns before that of the concepts number or group the rows.

        Where columns beside it name concepts too, the words behind them are of all of these.
        Columns whose heading is of `_ASIDE` are remarks.
        """
        named = [self._concepts(_CHAIN.sub(", ", cell)) for cell in cells]
        if self._column is None:
            self._column = next((i for i, found in enumerate(named) if found), None)
        if self._column is None:
            self._aside = [i for i, cell in enumerate(cells) if cell.strip().lower() in _ASIDE]
            return
        behind = self._column
        while behind < len(named) and named[behind]:
            behind += 1
        concepts = [word for found in named[self._column : behind] for word in found]
        self._concept_first |= bool(concepts)
        words = [cell for i, cell in enumerate(cells) if i >= behind and i not in self._aside]
        self._pair(concepts, ", ".join(words))

    def _is_below(self, line: Line) -> bool:
        """Whether a line is an item of the concept that was named last."""
        if not self._under or self._style is None or line.style == self._style:
            return False
        if line.kind == "#" or (line.kind == "" and not _is_item_list(line)):
            return False
        return line.kind in ("-", "1", "") or line.indent > self._style[1]

    def _sentences(self, line: Line) -> bool:
        """Read a line of prose; False where no sentence of it names a concept's words."""
        read = False
        for sentence in _SENTENCE_END.split(line.text):
            if found := _SENTENCE.match(sentence):
                read |= self._pair(self._concepts(found["concept"]), found["words"])
        return read

    def _concepts(self, text: str) -> tuple[str, ...]:
        """The concepts that a text names, () where it names anything else."""
        phrases = _phrases(text)
        words = [single_word(phrase) for phrase in phrases]
        found = [self._known.find(word) for word in words if word]
        if not phrases or len(found) < len(phrases):
            return ()
        return tuple(dict.fromkeys(word for word in found if word)) if all(found) else ()

    def _pair(self, concepts: Collection[str], text: str) -> bool:
        """Keep the phrases of a text for some concepts; False where either are missing."""
        phrases = _phrases(text)
        if len(phrases) == 1:
            phrases = _alternatives(phrases[0])
        for pair in product(dict.fromkeys(concepts), phrases):
            if len(self.pairs) == MAX_PHRASES:
                break
            self.pairs.setdefault(pair)
        return bool(concepts and phrases)


def _items(lines: Sequence[Line]) -> list[str]:
    for kind in ("1", "-"):
        items = [line for line in lines if line.kind == kind and line.text]
        if items:
            outermost = min(line.indent for line in items)
            heads = [_split_gloss(x.text) for x in items if x.indent == outermost]
            if len(heads) > 1 or kind == "-":
                return [phrase for head, _ in heads for phrase in _phrases(head)]
    return []


def _table(lines: Sequence[Line]) -> list[str]:
    rows = [line.cells for line in lines if line.cells]
    if len(rows) < 2:
        return []
    # The column of words: the first in which most cells are single words; a header goes with it.
    for column in zip(*(row for row in rows[1:] if len(row) == len(rows[0])), strict=True):
        words = [cell for cell in column if single_word(cell)]
        if 2 * len(words) > len(column):
            return list(column)
    return []


def _short_lines(lines: Sequence[Line]) -> list[str]:
    heads = [_split_gloss(line.text)[0] for line in lines if line.kind in ("", "*")]
    texts = [text.rstrip(".,;") for text in heads]
    return [text for text in texts if single_word(text)]


def _comma_lists(lines: Sequence[Line]) -> list[str]:
    text = max((line.text for line in lines), key=lambda text: len(_phrases(text)), default="")
    _, after = _split_gloss(text)
    text = after if len(_phrases(after)) > 1 else text
    if not _is_listing(text):
        text = _INTRODUCTION.split(text, maxsplit=1)[-1]
    return _phrases(text)


def _split_gloss(text: str) -> tuple[str, str]:
    """What stands before the first colon, arrow or dash of a line, and what behind."""
    found = _GLOSS.search(text)
    if not found:
        return text, ""
    return text[: found.start()].rstrip(), text[found.end() :].lstrip()


def _phrases(text: str) -> list[str]:
    """The phrases of an enumeration, without parentheses, lead-ins and full stops."""
    text = text.strip()
    if text.startswith("[") and text.endswith("]") and text.count("[") == 1 and has_letters(text):
        text = text[1:-1]  # a list in a programming language's brackets, no remark
    text = _LEAD.sub("", " ".join(_PARENTHESES.sub(" ", text).split()))
    found = []
    for piece in _SEPARATORS.split(text):
        phrase = _LEAD.sub("", piece.strip()).strip(" .!?\t{}[]'")
        if phrase:
            found.append(phrase)
    return found


def _alternatives(phrase: str) -> list[str]:
    """The words of "surge/deluge"; a phrase that is not words with strokes between stays one."""
    words = phrase.split("/")
    return words if all(map(single_word, words)) else [phrase]


def _is_listing(text: str) -> bool:
    phrases = _phrases(text)
    return len(phrases) > 1 and all(len(p.split()) <= _LONGEST_PHRASE for p in phrases)


def _is_item_list(line: Line) -> bool:
    """Whether a line enumerates, or is one short phrase, rather than a sentence."""
    before, _ = _split_gloss(line.text)
    return _is_listing(line.text) or (
        len(before.split()) <= _LONGEST_PHRASE and not line.text.endswith((".", "!", "?"))
    )
