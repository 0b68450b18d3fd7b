"""Tensors of safetensors files."""

from __future__ import annotations

from pathlib import Path

import ml_dtypes  # with it NumPy knows bfloat16, and safetensors finds it there
import numpy as np
import safetensors
import safetensors.numpy

from pclip.errors import PclipError

_TYPES = ("F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL")


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
