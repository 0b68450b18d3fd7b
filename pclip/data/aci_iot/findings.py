"""What was met while the data was prepared: counted wherever it arises, added up in any order."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pclip.errors import PclipError
from pclip.files import write_atomic

REPORT = "report.json"
SECTION = "/"
"""Between a count's section and its name, as in labels/Port Scan."""


@dataclass(frozen=True)
class Findings:
    """Of one part of the data; `+` is the same for parts in any order.

    Attributes:
        counts: section/name -> how many.
        lowest, highest: float64[columns], of what the part holds; None where it holds no measures.
        used: int64, rows of the flow CSV that gave a packet its label, ascending; None where there
            is no join.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    lowest: NDArray[np.float64] | None = None
    highest: NDArray[np.float64] | None = None
    used: NDArray[np.int64] | None = None

    def __add__(self, other: Findings) -> Findings:
        total = Counter(self.counts)
        total.update(other.counts)
        return Findings(
            {name: count for name, count in sorted(total.items()) if count},
            _either(np.minimum, self.lowest, other.lowest),
            _either(np.maximum, self.highest, other.highest),
            _either(np.union1d, self.used, other.used),
        )


def added(parts: Iterable[Findings]) -> Findings:
    """The sum of all parts."""
    return reduce(Findings.__add__, parts, Findings())


def tally(section: str, words: Iterable[str]) -> dict[str, int]:
    """How often each word occurs, as counts of `section`."""
    return {f"{section}{SECTION}{word}": count for word, count in Counter(words).items()}


def sections(counts: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """Counts by section."""
    found: dict[str, dict[str, int]] = {}
    for name, count in counts.items():
        section, own = name.split(SECTION, 1)
        found.setdefault(section, {})[own] = count
    return found


def write_report(folder: Path, report: Mapping[str, Any]) -> None:
    """Save the report in `folder`."""
    write_atomic(folder / REPORT, json.dumps(report, indent=1, sort_keys=True) + "\n")


def read_report(folder: Path) -> dict[str, Any]:
    """Read it again.

    Raises:
        PclipError: it is not there or not whole.
    """
    try:
        return json.loads((folder / REPORT).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PclipError(
            f"{folder} holds no readable {REPORT} ({error}); remove the folder and prepare the "
            "data again"
        ) from error


def _either(function: Any, one: NDArray | None, other: NDArray | None) -> NDArray | None:
    if one is None or other is None:
        return other if one is None else one
    return function(one, other)
