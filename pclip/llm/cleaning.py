"""Text of a language model made harmless to whoever's terminal or page shows it."""

from __future__ import annotations

import re
import unicodedata

# A sequence that moves a terminal's cursor, sets its title or colours it goes as a whole; without
# its first character "[31m" would stay behind. ECMA-48: CSI; OSC, DCS, SOS, PM and APC up to their
# terminator, which a hostile answer may leave out: then up to the end of the line; then the rest.
_TERMINAL_SEQUENCE = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"
    "|(?:\x1b[\\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\\\|\x9c)?"
    "|\x1b[ -/]*[0-~]?"
)
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Control, format (bidirectional marks, zero-width characters, tags), halves of surrogate pairs and
# private use: nothing that a reader could see.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co"})
_KEPT = frozenset("\n\t")


def clean(text: str) -> str:
    """Drop what a reader cannot see: control characters, terminal sequences, bidirectional marks.

    Line ends become newlines, tabs stay. Nothing else changes: no case, no spaces, no quotes.
    `clean(clean(text)) == clean(text)`.
    """
    text = _TERMINAL_SEQUENCE.sub("", _LINE_ENDS.sub("\n", text))
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return "".join(
        character
        for character in text
        if character in _KEPT or unicodedata.category(character) not in _UNSEEN
    )
