"""Files as `torch.save` writes them, written without torch: zip archives and the old container."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

STORAGE_NAMES = {
    "f8": "DoubleStorage",
    "f4": "FloatStorage",
    "f2": "HalfStorage",
    "i8": "LongStorage",
    "i4": "IntStorage",
    "i2": "ShortStorage",
    "i1": "CharStorage",
    "u1": "ByteStorage",
}


def text(value: str) -> bytes:
    """BINUNICODE."""
    content = value.encode()
    return b"X" + struct.pack("<I", len(content)) + content


def integer(value: int) -> bytes:
    """LONG1."""
    content = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(content)]) + content


def counts(values: Iterable[int]) -> bytes:
    """A tuple of integers."""
    return b"(" + b"".join(map(integer, values)) + b"t"


def name(module: str, attribute: str) -> bytes:
    """GLOBAL."""
    return f"c{module}\n{attribute}\n".encode()


def storage(key: str, kind: str, numel: int, *, legacy: bool = False) -> bytes:
    """A persistent id, of a type such as FloatStorage."""
    parts = text("storage") + name("torch", kind) + text(key) + text("cpu") + integer(numel)
    return b"(" + parts + (b"N" if legacy else b"") + b"tQ"


def tensor(of: bytes, offset: int, shape: Iterable[int], strides: Iterable[int]) -> bytes:
    """A call of _rebuild_tensor_v2."""
    hooks = name("collections", "OrderedDict") + b")R"
    arguments = of + integer(offset) + counts(shape) + counts(strides) + b"\x89" + hooks
    return name("torch._utils", "_rebuild_tensor_v2") + b"(" + arguments + b"tR"


def pickled(value: bytes) -> bytes:
    """A whole pickle of protocol 2."""
    return b"\x80\x02" + value + b"."


def items(values: Mapping[str, bytes]) -> bytes:
    """An OrderedDict whose `_metadata` is set, as that of `state_dict()`."""
    ordered = name("collections", "OrderedDict") + b")R"
    pairs = b"".join(text(key) + value for key, value in values.items())
    return ordered + b"(" + pairs + b"u" + b"}" + text("_metadata") + ordered + b"sb"


def state_dict(tensors: Mapping[str, np.ndarray], *, legacy: bool = False) -> bytes:
    """The pickle of arrays, each with a storage of its own: keys "0", "1", ..."""
    return pickled(
        items(
            {
                key: tensor(
                    storage(
                        str(place), STORAGE_NAMES[array.dtype.str[1:]], array.size, legacy=legacy
                    ),
                    0,
                    array.shape,
                    [stride // array.itemsize for stride in array.strides],
                )
                for place, (key, array) in enumerate(tensors.items())
            }
        )
    )


def write_zip(
    path: Path,
    pickle: bytes,
    storages: Iterable[bytes],
    *,
    byte_order: bytes | None = b"little",
    compression: int = zipfile.ZIP_STORED,
) -> None:
    """The container since torch 1.6."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("model/data.pkl", pickle)
        if byte_order is not None:
            archive.writestr("model/byteorder", byte_order)
        for place, content in enumerate(storages):
            archive.writestr(f"model/data/{place}", content)
        archive.writestr("model/version", "3\n")


def write_legacy(path: Path, pickle: bytes, storages: Mapping[str, np.ndarray]) -> None:
    """The container before torch 1.6."""
    machine = b"}" + text("little_endian") + b"\x88s"
    keys = b"](" + b"".join(map(text, storages)) + b"e"
    heads = (integer(0x1950A86A20F9469CFC6C), integer(1001), machine)
    content = b"".join(map(pickled, heads)) + pickle + pickled(keys)
    for array in storages.values():
        content += struct.pack("<q", array.size) + array.tobytes()
    path.write_bytes(content)


def save(path: Path, tensors: Mapping[str, np.ndarray], *, legacy: bool = False) -> None:
    """What torch.save(state_dict, path) leaves."""
    pickle = state_dict(tensors, legacy=legacy)
    if legacy:
        write_legacy(path, pickle, {str(n): array for n, array in enumerate(tensors.values())})
    else:
        write_zip(path, pickle, (array.tobytes() for array in tensors.values()))
