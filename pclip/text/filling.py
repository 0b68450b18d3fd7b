"""Slotted sentences filled with the values of many flows at once.

A table of a million flows has a few hundred distinct rounded values a slot. So values are rounded
as arrays, each distinct one is written once, and a row's sentence is one `%` of a format.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pclip.text.slot_values import SlotType, Values, article
from pclip.text.slots import SLOT, SLOTS

_ARTICLE = re.compile(r"(?:^|(?<=[ (]))(A|a)n? $")


@dataclass(frozen=True)
class SlotColumn:
    """The values of one slot for all flows of a table.

    Attributes:
        known: bool[n], whether the flow has such a value.
        texts: each distinct value as text.
        text_of_flow: int64[n], index into `texts`; meaningless where not known.
    """

    known: npt.NDArray[np.bool_]
    texts: tuple[str, ...]
    text_of_flow: npt.NDArray[np.int64]

    @classmethod
    def of(cls, name: str, columns: Mapping[str, npt.NDArray]) -> SlotColumn:
        """Read a slot's columns.

        Args:
            name: one of `SLOTS`.
            columns: CICFlowMeter columns, each of n numbers.
        """
        slot = SLOTS[name]
        read = (np.asarray(columns[column], dtype=np.float64) for column in slot.columns)
        values: Values = slot.values(*read)
        known = ~np.isnan(values)
        distinct, inverse = np.unique(slot.type.rounded(values[known]), return_inverse=True)
        text_of_flow = np.zeros(len(values), dtype=np.int64)
        text_of_flow[known] = inverse
        return cls(known, tuple(map(slot.type.written, distinct.tolist())), text_of_flow)


@dataclass(frozen=True)
class _Gap:
    """A slot of a sentence with the words that change with its value.

    Attributes:
        name: the slot's.
        article: "a" or "A" where the sentence has an indefinite article before the slot.
        first: whether the sentence begins with it.
        plural, singular: what follows, up to its unit's end, after a count of many and of one.
    """

    name: str
    type: SlotType
    article: str
    first: bool
    plural: str
    singular: str

    def written(self, value: str) -> str:
        """The gap with a value put in: "an 8.0", "1 packet"."""
        lead = self.article + article(value)[1:] + " " if self.article else ""
        if self.first:
            value = value[0].upper() + value[1:]
        return lead + value + (self.singular if self.type.counted and value == "1" else self.plural)


class Sentence:
    """A slotted sentence, taken apart once.

    Args:
        text: a slotted template or a paraphrase of one; each slot once.

    Raises:
        KeyError: a slot that is not in `SLOTS`.
    """

    def __init__(self, text: str) -> None:
        gaps, literals = [], []
        rest = text
        while slot := SLOT.search(rest):
            before, after = rest[: slot.start()], rest[slot.end() :]
            indefinite = _ARTICLE.search(before)
            if indefinite:
                before = before[: indefinite.start()]
            kind = SLOTS[slot[1]]
            end = kind.unit.behind(after) if kind.unit else 0
            plural = singular = after[:end]
            if kind.unit and kind.unit.plural:
                singular = re.sub(rf"\b{kind.unit.plural}\b", kind.unit.singular, plural)
            gaps.append(
                _Gap(
                    slot[1],
                    kind.type,
                    indefinite[1] if indefinite else "",
                    rest is text and not before and not indefinite,
                    plural,
                    singular,
                )
            )
            literals.append(before.replace("%", "%%"))
            rest = after[end:]
        self._gaps = tuple(gaps)
        self._format = "%s".join([*literals, rest.replace("%", "%%")])

    def fill(self, columns: Mapping[str, SlotColumn], flows: npt.NDArray[np.int64]) -> list[str]:
        """The sentence for some flows.

        Args:
            columns: the sentence's slots.
            flows: int64[m], flows for which all of them are known.

        Returns:
            m sentences.
        """
        parts = []
        for gap in self._gaps:
            column = columns[gap.name]
            numbers = column.text_of_flow[flows]
            # A group of flows needs few of the table's texts.
            used, inverse = np.unique(numbers, return_inverse=True)
            texts = np.array([gap.written(column.texts[i]) for i in used.tolist()], dtype=object)
            parts.append(texts[inverse].tolist())
        return [self._format % row for row in zip(*parts, strict=True)]


def slot_columns(names: Sequence[str], columns: Mapping[str, npt.NDArray]) -> dict[str, SlotColumn]:
    """`SlotColumn.of` each of `names`."""
    return {name: SlotColumn.of(name, columns) for name in names}
