"""Tensors of a torch file: what its pickle says of them, and the arrays that follow from it.

Every bound is checked before memory is taken.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import as_strided

from pclip.errors import PclipError

MAX_AXES = 8
_BFLOAT16 = "bf16"
_SHOWN = 60

STORAGE_TYPES = {
    "DoubleStorage": "f8",
    "FloatStorage": "f4",
    "HalfStorage": "f2",
    "BFloat16Storage": "bf16",
    "LongStorage": "i8",
    "IntStorage": "i4",
    "ShortStorage": "i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "u1",
}
"""Name in torch -> NumPy's code of the numbers; "bf16", which it lacks, see `decode_storage`."""


@dataclass(frozen=True)
class Storage:
    """A row of numbers that stands elsewhere in the file.

    Attributes:
        key: its name in the file.
        kind: value of `STORAGE_TYPES`.
        numel: how many numbers.
    """

    key: str
    kind: str
    numel: int


@dataclass(frozen=True)
class TensorView:
    """A tensor: which numbers of a storage, in which order.

    Attributes:
        storage: where the numbers are.
        offset: the first one.
        shape: size of each axis.
        strides: numbers from one entry of an axis to the next.
    """

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def shown(value: object) -> str:
    """A value from a file as a message shows it: its kind, or the beginning of a string."""
    if isinstance(value, str):
        return repr(value if len(value) <= _SHOWN else value[:_SHOWN] + "...")
    if isinstance(value, (bool, int, float, type(None))):
        return f"{value!r}"
    return f"a {type(value).__name__.lstrip('_')}"


def storage_bytes(storage: Storage) -> int:
    """Size of a storage.

    Args:
        storage: its description.

    Returns:
        Bytes.
    """
    itemsize = 2 if storage.kind == _BFLOAT16 else np.dtype(storage.kind).itemsize
    return storage.numel * itemsize


def decode_storage(
    raw: np.ndarray, storage: Storage, byte_order: Literal["little", "big"]
) -> np.ndarray:
    """The numbers of a storage.

    Args:
        raw: uint8 [storage_bytes(storage)].
        storage: its description.
        byte_order: "little" or "big", of the file.

    Returns:
        [numel] in the machine's byte order; bfloat16 becomes float32, which holds it exactly.
    """
    code = "u2" if storage.kind == _BFLOAT16 else storage.kind
    numbers = raw.view(np.dtype(code).newbyteorder(byte_order))
    if byte_order != sys.byteorder:
        numbers = numbers.astype(code)
    if storage.kind == _BFLOAT16:
        # bfloat16 is the upper half of a float32.
        return (numbers.astype(np.uint32) << 16).view(np.float32)
    return numbers


def tensor_array(key: str, view: TensorView, numbers: np.ndarray, source: str) -> np.ndarray:
    """The array that a tensor is, without a copy.

    Args:
        key: the tensor's name, for the message.
        view: its description.
        numbers: [numel] of its storage.
        source: the file's name, for the message.

    Returns:
        A read-only array of `view.shape`.

    Raises:
        PclipError: no entries, more axes than a weight has, an entry outside the storage, or more
            entries than the storage has (one number spread over a shape would fill the memory).
    """
    count = math.prod(view.shape)
    # Where an axis has one entry its stride says nothing and may be anything.
    strides = [
        stride if size > 1 else 0 for size, stride in zip(view.shape, view.strides, strict=True)
    ]
    last = view.offset + sum(
        (size - 1) * stride for size, stride in zip(view.shape, strides, strict=True)
    )
    if not 0 < count <= numbers.size or last >= numbers.size or len(view.shape) > MAX_AXES:
        raise PclipError(
            f"{source}: tensor {shown(key)} of shape {_listed(view.shape)} and strides "
            f"{_listed(view.strides)} from {view.offset} on does not lie in its storage of "
            f"{numbers.size:,} numbers; the file is damaged or made to harm"
        )
    return as_strided(
        numbers[view.offset :],
        view.shape,
        [stride * numbers.itemsize for stride in strides],
        writeable=False,
    )


def _listed(numbers: tuple[int, ...]) -> str:
    more = ", ..." if len(numbers) > MAX_AXES else ""
    return f"({', '.join(map(str, numbers[:MAX_AXES]))}{more})"
