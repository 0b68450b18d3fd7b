"""Tensors of safetensors files, and the check of those that we wrote ourselves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import ml_dtypes  # with it NumPy knows bfloat16, and safetensors finds it there
import numpy as np
import safetensors
import safetensors.numpy

from pclip.errors import PclipError

_TYPES = ("F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL")
_LISTED = 6


def parse_safetensors(content: bytes, source: str) -> dict[str, np.ndarray]:
    """Tensors of a safetensors file that is in memory.

    Args:
        content: the file's bytes.
        source: its name, for the message.

    Returns:
        Key -> array.

    Raises:
        PclipError: the bytes are not a safetensors file, or hold a type that NumPy lacks.
    """
    try:
        return safetensors.numpy.load(content)
    except safetensors.SafetensorError as error:
        raise PclipError(
            f"{source} is not a whole safetensors file ({error}); fetch it again"
        ) from error
    except KeyError as error:  # the reader's table of types has no such type
        raise PclipError(
            f"{source} holds tensors of type {error.args[0]}, expected F32 or F16; convert the file"
        ) from error


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    """Tensors of a safetensors file on disk, of any size, each read once.

    Args:
        path: the file.

    Returns:
        Key -> array; bfloat16 as float32, which holds it exactly.

    Raises:
        PclipError: unreadable, not a whole safetensors file, or with a type that no weight has.
    """
    tensors = {}
    try:
        with safetensors.safe_open(path, "np") as file:
            for key in file.keys():  # noqa: SIM118 - it is no mapping
                kind = file.get_slice(key).get_dtype()
                if kind not in _TYPES:
                    raise PclipError(
                        f"{path} holds tensors of type {kind}, expected F32, F16 or BF16; convert "
                        "the file"
                    )
                tensor = file.get_tensor(key)
                half = tensor.dtype == ml_dtypes.bfloat16
                tensors[key] = tensor.astype(np.float32) if half else tensor
    except safetensors.SafetensorError as error:
        raise PclipError(
            f"{path} is not a whole safetensors file ({error}); fetch it again"
        ) from error
    except OSError as error:
        raise PclipError(f"cannot read {path}: {error.strerror or error}") from error
    return tensors


def check_exactly(
    tensors: Mapping[str, np.ndarray],
    shapes: Mapping[str, tuple[int, ...]],
    source: str,
    *,
    types: tuple[str, ...],
    advice: str,
) -> None:
    """Hold a file of ours against what it must hold, and nothing else.

    Args:
        tensors: as in the file.
        shapes: name -> shape of each tensor.
        source: the file's name, for the message.
        types: names of the types that a tensor may have.
        advice: the last sentence of a message.

    Raises:
        PclipError: a tensor that is missing, unknown, of another shape or type, or not finite.
    """
    there = [name for name in shapes if name in tensors]
    problems = {
        "lacks": [name for name in shapes if name not in tensors],
        "holds unknown tensors": [ascii(name)[:80] for name in tensors if name not in shapes],
        "holds tensors of another shape": [
            f"{name} is {tensors[name].shape}, expected {shapes[name]}"
            for name in there
            if tensors[name].shape != shapes[name]
        ],
        f"holds other types than {' and '.join(types)} in": [
            name for name in there if tensors[name].dtype.name not in types
        ],
        "holds values that are not finite in": [
            name for name in there if not np.isfinite(tensors[name]).all()
        ],
    }
    for words, names in problems.items():
        refuse_names(names, f"{source} {words}", advice)


def refuse_names(names: list[str], words: str, advice: str) -> None:
    """Raise a PclipError that lists some of the names, if there are any."""
    if names:
        more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
        raise PclipError(f"{words}: {'; '.join(names[:_LISTED])}{more}. {advice}")
