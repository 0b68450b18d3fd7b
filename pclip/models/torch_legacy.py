"""The container before torch 1.6: five pickles, then the storages.

    magic number, protocol, facts of the machine, the object, keys of the storages;
    for each key: int64 count, then so many numbers

Counts and numbers are little-endian, whatever the machine that wrote them.

Source: torch/serialization.py, `_legacy_save`; torch/csrc/serialization.cpp.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from pclip.errors import PclipError
from pclip.models.torch_pickle import MAX_PICKLE_BYTES, load_pickle
from pclip.models.torch_storage import Storage, decode_storage, shown, storage_bytes

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_COUNT_BYTES = 8


def read_legacy(path: Path) -> tuple[Any, dict[str, np.ndarray]]:
    """What a file of the old container holds.

    Args:
        path: the file.

    Returns:
        The value that its fourth pickle describes, and the numbers of the storages by key.

    Raises:
        PclipError: not whole, or not as torch writes it.
        OSError: the file cannot be read.
    """
    source = str(path)
    storages: dict[str, Storage] = {}
    values = []
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        place = 0
        for number in range(5):
            file.seek(place)
            value, named, used = load_pickle(file.read(MAX_PICKLE_BYTES), source)
            if number == 0 and value != _MAGIC:
                raise PclipError(
                    f"{source} begins with {shown(value)}, expected the magic number of torch: is "
                    "it a file that torch.save wrote?"
                )
            if number == 3:
                storages = named
            elif named:
                raise PclipError(f"{source} holds a storage outside its object; fetch it again")
            values.append(value)
            place += used
        _, protocol, _, value, keys = values
        if protocol != _PROTOCOL:
            raise PclipError(f"{source}: protocol {shown(protocol)}, expected {_PROTOCOL}")
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            raise PclipError(f"{source}: its keys of storages are no strings; fetch it again")
        if len(keys) != len(storages) or set(keys) != set(storages):
            raise PclipError(f"{source} holds other storages than its object names; fetch it again")
        numbers = {}
        for key in keys:
            count = storage_bytes(storages[key])
            if place + _COUNT_BYTES + count > size:
                raise PclipError(
                    f"{source} ends after {size:,} bytes, expected {count:,} of the storage "
                    f"{shown(key)} from {place + _COUNT_BYTES:,} on; fetch it again"
                )
            file.seek(place)
            there = int.from_bytes(file.read(_COUNT_BYTES), "little", signed=True)
            if there != storages[key].numel:
                raise PclipError(
                    f"{source}: storage {shown(key)} has {there:,} numbers, its object says "
                    f"{storages[key].numel:,}; fetch it again"
                )
            raw = np.fromfile(file, np.uint8, count)
            numbers[key] = decode_storage(raw, storages[key], "little")
            place += _COUNT_BYTES + count
    if place != size:
        raise PclipError(f"{source} has {size - place:,} bytes behind its last storage")
    return value, numbers
