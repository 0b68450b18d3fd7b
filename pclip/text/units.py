"""Units of slots: the words that follow a number and must stay right behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# What may stand between a number and its unit: "5 forward packets", "1,200 payload bytes".
_BETWEEN = (
    "forward|backward|total|overall|combined|payload|data|application|individual|separate|"
    "average|mean|TCP|network"
)
_PER_SECOND = "(?:per|each|every|a) second"


@dataclass(frozen=True)
class Unit:
    """What a number counts or measures.

    Attributes:
        text: the unit as templates and prompts spell it.
        spelling: regular expression of its admitted spellings behind a space.
        hyphenated: the same behind a hyphen, where it is singular: "a 6-packet flow", but never
            "6 packet"; empty for none.
        plural: the noun in it that a count of 1 puts into the singular; empty for none.
        singular: that noun, so changed.
    """

    text: str
    spelling: str
    hyphenated: str = ""
    plural: str = ""
    singular: str = ""
    _behind: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        between = rf"(?: (?:{_BETWEEN})){{0,2}}"
        hyphenated = f"|-(?:{self.hyphenated})" if self.hyphenated else ""
        pattern = rf"(?:{between} (?:{self.spelling}){hyphenated})(?![A-Za-z-])"
        object.__setattr__(self, "_behind", re.compile(pattern))

    def behind(self, text: str) -> int:
        """How many characters of `text`, which follows a slot, are the unit; 0 if it is not."""
        found = self._behind.match(text)
        return found.end() if found else 0


SECONDS = Unit("seconds", "seconds", "second")
MILLISECONDS = Unit("milliseconds", "milliseconds", "millisecond")
PERCENT = Unit("percent", "percent|per cent", "percent")
PACKETS = Unit("packets", "packets", "packet", "packets", "packet")
BYTES = Unit("bytes", "bytes", "byte", "bytes", "byte")
PACKETS_PER_SECOND = Unit("packets per second", f"packets {_PER_SECOND}")
BYTES_PER_SECOND = Unit("bytes per second", f"bytes(?: of payload)? {_PER_SECOND}")


def flags(name: str) -> Unit:
    """Packets with a TCP flag, such as "SYN flags"."""
    return Unit(f"{name} flags", f"{name}(?: flags)?", "", "flags", "flag")
