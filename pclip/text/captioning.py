"""One caption for each flow of a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from pclip.errors import PclipError
from pclip.text.bank import Bank, load_bank
from pclip.text.caption_style import CaptionStyle
from pclip.text.filling import Sentence, SlotColumn, slot_columns
from pclip.text.slots import SLOT, SLOTS
from pclip.text.slotted_templates import SLOTTED_TEMPLATES

CAPTION_PREFIX = "A network traffic of"
CONCEPTS_PER_CAPTION = 3
NOTHING_KNOWN = "Nothing about this flow could be measured."
"""The description of a flow that lacks a value for every template."""

CAPTION_COLUMNS: tuple[str, ...] = tuple(
    dict.fromkeys(
        column
        for template in SLOTTED_TEMPLATES
        for name in SLOT.findall(template)
        for column in SLOTS[name].columns
    )
)
"""The CICFlowMeter columns that captions read."""

# Streams of random numbers apart from each other, so that a switch of one leaves the rest alone.
_PHRASING_STREAM, _CONCEPT_STREAM = 2, 3
_ROWS_AT_ONCE = 65_536

Numbers = npt.NDArray[np.int64]


def caption_texts(
    columns: Mapping[str, npt.NDArray],
    labels: npt.NDArray[np.str_],
    concepts_of_label: Mapping[str, Sequence[str]],
    seed: int,
    style: CaptionStyle | None = None,
    bank: Bank | None = None,
) -> list[str]:
    """Write a caption for each flow.

    "A network traffic of LABEL. DESCRIPTION Related concepts: A, B, C." The template of a flow is
    drawn among those for which it has all values, its phrasing among the template and its
    paraphrases, and its concepts among those of its label. All draws are made from the seed and
    the number of the row alone: more rows behind it change nothing for it, and the switches of
    `style` change nothing but what they name.

    Args:
        columns: `CAPTION_COLUMNS`, each of n numbers.
        labels: str[n], class name of each flow.
        concepts_of_label: class name -> key concepts of its mission; classes that are absent or
            have none (benign) get a caption without concepts.
        seed: not negative.
        style: what captions consist of; None for the paper's.
        bank: phrasings of the templates; None for the shipped ones.

    Returns:
        n captions.

    Raises:
        PclipError: a column is missing or no numbers, or a negative seed.
        ValueError: the number of labels differs from the number of flows.

    Source: PacketCLIP section 3.2, steps 2 to 5.
    """
    _check_arguments(columns, labels, seed)
    style = CaptionStyle() if style is None else style
    texts = _descriptions(columns, len(labels), seed, style, load_bank() if bank is None else bank)
    if style.policy == "label_free":
        return texts
    classes, class_of_flow = np.unique(labels, return_inverse=True)
    leads = [f"{CAPTION_PREFIX} {name}. " for name in classes.tolist()]
    lead_of_flow = [leads[c] for c in class_of_flow.tolist()]
    if not style.concepts:
        return [lead + text for lead, text in zip(lead_of_flow, texts, strict=True)]
    words = [tuple(concepts_of_label.get(name, ())) for name in classes.tolist()]
    # Of all classes, not of those that occur: rows added behind may bring in a class with more.
    widest = max(map(len, concepts_of_label.values()), default=0)
    tails = _concept_lists(class_of_flow, words, widest, seed)
    return [a + b + c for a, b, c in zip(lead_of_flow, texts, tails, strict=True)]


def _check_arguments(
    columns: Mapping[str, npt.NDArray], labels: npt.NDArray[np.str_], seed: int
) -> None:
    if seed < 0:
        raise PclipError(f"caption seed: found {seed}, expected a number that is not negative")
    missing = [column for column in CAPTION_COLUMNS if column not in columns]
    if missing:
        raise PclipError(
            f"flow table: no column {', '.join(missing)}; expected CICFlowMeter's columns, "
            "spelt as it does"
        )
    for column in CAPTION_COLUMNS:
        shape = np.shape(columns[column])
        if shape != np.shape(labels):
            raise ValueError(f"flow_labels {np.shape(labels)} and flow column {column} {shape}")


@dataclass(frozen=True)
class _Phrased:
    """A template taken apart: its slots, and its phrasings."""

    slots: tuple[str, ...]
    sentences: tuple[Sentence, ...] = field(repr=False)


def _descriptions(
    columns: Mapping[str, npt.NDArray], flows: int, seed: int, style: CaptionStyle, bank: Bank
) -> list[str]:
    phrased = [
        _Phrased(
            tuple(SLOT.findall(entry.template)),
            tuple(map(Sentence, entry.all if style.paraphrases else entry.all[:1])),
        )
        for entry in bank.templates
    ]
    values = slot_columns(
        list(dict.fromkeys(name for entry in phrased for name in entry.slots)),
        {column: _numbers(columns, column) for column in CAPTION_COLUMNS},
    )
    draws = np.random.default_rng([seed, _PHRASING_STREAM]).random((flows, 2))
    texts = np.full(flows, NOTHING_KNOWN, dtype=object)
    template_of_flow = _draw_templates(phrased, values, draws[:, 0])
    for template, entry in enumerate(phrased):
        members = np.flatnonzero(template_of_flow == template)
        chosen = (draws[members, 1] * len(entry.sentences)).astype(np.int64)
        for number, rows in _groups(chosen, members):
            texts[rows] = entry.sentences[number].fill(values, rows)
    return texts.tolist()


def _numbers(columns: Mapping[str, npt.NDArray], name: str) -> npt.NDArray[np.float64]:
    try:
        return np.asarray(columns[name]).astype(np.float64)
    except (TypeError, ValueError):
        wrong = next(value for value in np.asarray(columns[name]).tolist() if not _is_number(value))
        raise PclipError(
            f"flow table: {name} holds {ascii(wrong)[:60]}, expected a number"
        ) from None


def _is_number(value: object) -> bool:
    try:
        float(value)  # type: ignore[arg-type]  # whatever a table holds
    except (TypeError, ValueError):
        return False
    return True


def _draw_templates(
    phrased: Sequence[_Phrased], values: Mapping[str, SlotColumn], draws: npt.NDArray[np.float64]
) -> Numbers:
    """int64[n]: a template for each flow among those whose slots it knows; -1 where there is none.

    A template without slots fits every flow.
    """
    fits = np.ones((len(phrased), len(draws)), dtype=np.bool_)
    for template, entry in enumerate(phrased):
        for name in entry.slots:
            fits[template] &= values[name].known
    counts = np.cumsum(fits, axis=0, dtype=np.int16)
    wanted = (draws * counts[-1]).astype(np.int16)  # so many of those that fit go before it
    found = np.argmax(counts > wanted, axis=0)
    return np.where(counts[-1] > 0, found, -1)


def _groups(keys: Numbers, members: Numbers) -> Iterator[tuple[int, Numbers]]:
    """(key, those of `members` that have it), by ascending key."""
    order = np.argsort(keys, kind="stable")
    distinct, first = np.unique(keys[order], return_index=True)
    if len(distinct):
        yield from zip(distinct.tolist(), np.split(members[order], first[1:]), strict=True)


def _concept_lists(
    class_of_flow: Numbers, words_of_class: Sequence[Sequence[str]], widest: int, seed: int
) -> list[str]:
    """For each flow " Related concepts: A, B, C.", or "" where its class has no concepts.

    `widest` numbers are drawn a row, as many as any class has concepts.
    """
    lists = np.full(len(class_of_flow), "", dtype=object)
    rng = np.random.default_rng([seed, _CONCEPT_STREAM])
    # In blocks: a row's draws depend on those before it alone, and memory stays bounded.
    for start in range(0, len(class_of_flow), _ROWS_AT_ONCE):
        block = class_of_flow[start : start + _ROWS_AT_ONCE]
        draws = rng.random((len(block), widest))
        for number, words in enumerate(words_of_class):
            rows = np.flatnonzero(block == number)
            if words and len(rows):
                lists[start + rows] = _drawn(words, draws[rows, : len(words)])
    return lists.tolist()


def _drawn(words: Sequence[str], draws: npt.NDArray[np.float64]) -> list[str]:
    """The words with the smallest draws of each row, in the mission's order, as a sentence."""
    number = min(CONCEPTS_PER_CAPTION, len(words))
    chosen = np.sort(np.argsort(draws, axis=1)[:, :number], axis=1)
    codes = chosen @ (len(words) ** np.arange(number))
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    texts = [
        f" Related concepts: {', '.join(words[i] for i in row)}." for row in chosen[first].tolist()
    ]
    return [texts[i] for i in inverse.tolist()]
