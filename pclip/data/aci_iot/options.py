"""`AciOptions`: how ACI-IoT-2023 is to be prepared."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

from pclip.data.aci_iot.facts import CLASS_SETS
from pclip.errors import PclipError

CAPTURES, PAYLOAD, FLOWS = "captures", "payload", "flows"
MODES: tuple[str, ...] = (CAPTURES, PAYLOAD, FLOWS)
LEAVE_OUT = "leave_out"
UNMATCHED_RULES: tuple[str, ...] = (LEAVE_OUT, "benign")
AMBIGUOUS_RULES: tuple[str, ...] = (LEAVE_OUT, "nearest")
SNAP_LENGTH = 192
MOST_SNAP_LENGTH = 65_535


@dataclass(frozen=True)
class AciOptions:
    """How to prepare; saved beside what was prepared.

    Attributes:
        mode: one of `MODES`: captures labelled by the flow CSV (the paper's packets), the payload
            CSV, or the flow CSV alone.
        classes: "paper" for its ten, "all" for twelve.
        snap_length: bytes that are kept of each frame.
        clock_offset_s: seconds to add to the flow CSV's times; None for estimated (without
            captures there is nothing to estimate it by, and it is 0).
        unmatched: what becomes of IP packets that no flow explains, one of `UNMATCHED_RULES`.
        ambiguous: of those that flows of different labels explain, one of `AMBIGUOUS_RULES`.
        keep_duplicates: whether rows of the flow CSV that repeat another are kept (mode flows).
    """

    mode: str = CAPTURES
    classes: str = "paper"
    snap_length: int = SNAP_LENGTH
    clock_offset_s: float | None = None
    unmatched: str = LEAVE_OUT
    ambiguous: str = LEAVE_OUT
    keep_duplicates: bool = False

    def __post_init__(self) -> None:
        for name, known in (
            ("mode", MODES),
            ("classes", tuple(CLASS_SETS)),
            ("unmatched", UNMATCHED_RULES),
            ("ambiguous", AMBIGUOUS_RULES),
        ):
            if (found := getattr(self, name)) not in known:
                raise PclipError(f"{name} is {found!r}: expected one of {', '.join(known)}")
        if not 1 <= self.snap_length <= MOST_SNAP_LENGTH:
            raise PclipError(
                f"snap_length is {self.snap_length}: expected bytes from 1 to {MOST_SNAP_LENGTH:,}"
            )
        if self.clock_offset_s is not None and not math.isfinite(self.clock_offset_s):
            raise PclipError(
                f"clock_offset_s is {self.clock_offset_s}: expected seconds, or None to estimate"
            )

    @property
    def class_names(self) -> tuple[str, ...]:
        """Classes that take part."""
        return CLASS_SETS[self.classes]

    @property
    def variant(self) -> str:
        """Name of the builder config: the mode, with _all where all classes take part."""
        return variant_name(self.mode, self.classes)

    def to_dict(self) -> dict[str, object]:
        """The fields by name."""
        return dataclasses.asdict(self)


def variant_name(mode: str, classes: str) -> str:
    """Name of a builder config."""
    return mode if classes == "paper" else f"{mode}_{classes}"


VARIANTS: dict[str, tuple[str, str]] = {
    variant_name(mode, classes): (mode, classes) for classes in CLASS_SETS for mode in MODES
}
"""Builder config -> its mode and classes."""
