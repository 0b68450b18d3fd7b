"""Sentences about one flow: templates whose gaps are facts."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter

from pclip.text.facts import FACTS, columns_of

# Forward and backward are CICFlowMeter's: the initiator is the side that sent the first packet.
TEMPLATES: tuple[str, ...] = (
    "This {protocol} flow lasts {duration} and carries {forward_packets} forward "
    "and {backward_packets} back.",
    "Over {protocol}, the initiator sends {forward_volume}; "
    "the responder returns {backward_volume}.",
    "The {protocol} conversation proceeds at {packet_rate} and shows {flags}.",
    "Within {duration}, this {protocol} exchange moves {transfer}.",
    "In this {protocol} flow {balance}, with {spacing}.",
    "The flow is {lifetime} and uses {protocol}; it consists of {packets} with {flags}.",
    "In this {protocol} traffic {sizes}.",
    "A total of {packets} over {protocol} spans {duration}, at {packet_rate} and {byte_rate}.",
    "The {protocol} session sends out {forward_volume} and brings back {backward_volume}, "
    "with {spacing}.",
    "Seen as a whole, the {protocol} flow is {lifetime}: {balance}, at {packet_rate}.",
)

_FACTS_OF_TEMPLATE: tuple[tuple[str, ...], ...] = tuple(
    tuple(dict.fromkeys(name for _, name, _, _ in Formatter().parse(template) if name))
    for template in TEMPLATES
)

COLUMNS_OF_TEMPLATE: tuple[tuple[str, ...], ...] = tuple(
    columns_of(names) for names in _FACTS_OF_TEMPLATE
)
"""The flow columns that each template reads."""


def describe(row: Mapping[str, float | str], template: int) -> str:
    """Describe one flow in a sentence without addresses, ports, absolute times or label.

    Numbers have two significant digits, so that flows of a kind share a sentence. Values that
    are not finite or negative (CICFlowMeter writes both) become words.

    Args:
        row: CICFlowMeter columns -> values; times in microseconds, lengths in bytes.
        template: index into `TEMPLATES`.

    Returns:
        One sentence.

    Raises:
        PclipError: a column that the template reads is missing or not a number.
        ValueError: no such template.

    Source: PacketCLIP section 3.2, step 2 (tabular data to template-based text).
    """
    if not 0 <= template < len(TEMPLATES):
        raise ValueError(f"template {template}: expected 0..{len(TEMPLATES) - 1}")
    phrases = {name: FACTS[name].of(row) for name in _FACTS_OF_TEMPLATE[template]}
    return TEMPLATES[template].format_map(phrases)
