"""Files of tensors that `torch.save` wrote, read without torch and without running their pickle."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pclip.errors import PclipError
from pclip.models.torch_legacy import read_legacy
from pclip.models.torch_storage import TensorView, shown, tensor_array
from pclip.models.torch_zip import read_zip

MAX_SHARING = 2
"""Tensors may share a storage, as tied word tables do; a thousand layers in one may not."""

_CONTAINERS = {b"PK\x03\x04": read_zip, b"\x80": read_legacy}


def read_torch_file(path: Path) -> dict[str, np.ndarray]:
    """Tensors of a `.bin` or `.pt` file with a dict of tensors in it.

    Args:
        path: the file.

    Returns:
        Key -> array as in the file, read-only; bfloat16 as float32.

    Raises:
        PclipError: unreadable, not whole, not of torch, or with anything in it but tensors by name.
    """
    source = str(path)
    try:
        with open(path, "rb") as file:
            beginning = file.read(4)
        for mark, read in _CONTAINERS.items():
            if beginning.startswith(mark):
                value, storages = read(path)
                break
        else:
            begins = f"begins with {beginning!r}" if beginning else "is empty"
            raise PclipError(
                f"{source} {begins}, as no file of torch.save; expected a checkpoint in the format "
                "of torch"
            )
    except OSError as error:
        raise PclipError(f"cannot read {source}: {error.strerror or error}") from error
    if not isinstance(value, dict):
        raise PclipError(
            f"{source} holds {shown(value)}, expected a dict of tensors; save model.state_dict()"
        )
    tensors = {}
    for key, view in value.items():
        if not isinstance(key, str) or not isinstance(view, TensorView):
            raise PclipError(
                f"{source} holds {shown(view)} under {shown(key)}, expected tensors alone; save "
                "model.state_dict()"
            )
        tensors[key] = tensor_array(key, view, storages[view.storage.key], source)
    taken = sum(tensor.nbytes for tensor in tensors.values())
    there = sum(numbers.nbytes for numbers in storages.values())
    if taken > MAX_SHARING * there:
        raise PclipError(
            f"{source} makes {taken:,} bytes of tensors from {there:,} bytes of numbers, expected "
            f"at most {MAX_SHARING} times as many; was it made to fill the memory?"
        )
    return tensors
