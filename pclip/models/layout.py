"""Names of an encoder's tensors in one kind of checkpoint, and the check of a file against them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from pclip.errors import PclipError

_LISTED = 8
_LONGEST_KEY = 120


@dataclass(frozen=True)
class Layout:
    """How one kind of checkpoint names the tensors of an encoder.

    Attributes:
        prefix: what may precede a key.
        optional: keys, without prefix, that a checkpoint may have and the encoder has no use for.
        spellings: from a tensor's key in BERT to the keys, without prefix, that it may have here.
        advice: the last sentence of a message about keys.
    """

    prefix: re.Pattern[str]
    optional: re.Pattern[str]
    spellings: Callable[[str], tuple[str, ...]]
    advice: str


def check_tensors(
    tensors: Mapping[str, np.ndarray],
    required: Mapping[str, tuple[int, ...]],
    layout: Layout,
    source: str,
) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """Hold a checkpoint's tensors against what the encoder needs.

    Args:
        tensors: as in the file.
        required: BERT's key -> shape, of each tensor that the encoder needs.
        layout: the file's names.
        source: the file's name, for the message.

    Returns:
        The required tensors as float32 under BERT's keys, and the sorted keys of the file that
        were ignored (heads of other tasks, buffers).

    Raises:
        PclipError: a key that is missing, unknown, there twice or of another shape, or a value
            that is not a finite number.
    """
    known = {spelling: key for key in required for spelling in layout.spellings(key)}
    found: dict[str, str] = {}  # BERT's key -> the file's
    ignored: list[str] = []
    unexpected: list[str] = []
    twice: list[str] = []
    for full_key in tensors:
        spelling = layout.prefix.sub("", full_key)
        key = known.get(spelling)
        if key is None:
            (ignored if layout.optional.search(spelling) else unexpected).append(full_key)
        elif key in found:
            twice.append(f"{found[key]} and {full_key}")
        else:
            found[key] = full_key

    missing = [layout.spellings(key)[0] for key in required if key not in found]
    misshaped = [
        f"{found[key]} is {tensors[found[key]].shape}, expected {shape}"
        for key, shape in required.items()
        if key in found and tensors[found[key]].shape != shape
    ]

    def refuse_any(words: str, names: list[str]) -> None:
        if names:
            listed = "; ".join(name[:_LONGEST_KEY] for name in names[:_LISTED])
            more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
            raise PclipError(f"{source} {words}: {listed}{more}. {layout.advice}")

    refuse_any("lacks", missing)
    refuse_any("holds unknown tensors", unexpected)
    refuse_any("holds tensors twice", twice)
    refuse_any("holds tensors of another shape", misshaped)
    arrays = {key: _single_precision(tensors[found[key]]) for key in required}
    refuse_any(
        "holds values that are not finite floating-point numbers in",
        [found[key] for key, array in arrays.items() if not np.isfinite(array).all()],
    )
    return arrays, tuple(sorted(ignored))


def _single_precision(tensor: np.ndarray) -> np.ndarray:
    """As float32; infinite where that cannot hold it, NaN where it is no floating-point number."""
    if not np.issubdtype(tensor.dtype, np.floating):
        return np.full(tensor.shape, np.nan, np.float32)
    with np.errstate(over="ignore"):
        return tensor.astype(np.float32, copy=False)
