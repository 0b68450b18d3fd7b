"""One caption per flow: label, description and, for attacks, key concepts."""

from __future__ import annotations

from collections.abc import Sequence

from pclip.errors import PclipError

CAPTION_PREFIX = "A network traffic of"


def caption(label: str, description: str, concepts: Sequence[str] = ()) -> str:
    """Put a caption together: "A network traffic of LABEL. DESCRIPTION Related concepts: A, B."

    Args:
        label: class name.
        description: a sentence of `describe`, or a paraphrase of one.
        concepts: key concepts of the label's mission; none for benign traffic.

    Raises:
        PclipError: empty label or description.

    Source: PacketCLIP section 3.2.
    """
    for name, text in (("label", label), ("description", description)):
        if not text.strip():
            raise PclipError(f"caption: found an empty {name}, expected text")
    sentence = f"{CAPTION_PREFIX} {label}. {description}"
    return f"{sentence} Related concepts: {', '.join(concepts)}." if concepts else sentence
