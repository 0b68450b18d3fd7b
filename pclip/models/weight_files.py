"""Files with the weights of one model: single, or in shards beside an index."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from pclip.errors import PclipError
from pclip.models.bert_config import read_json_object
from pclip.models.safetensors_file import read_safetensors
from pclip.models.torch_file import read_torch_file

_READERS: dict[str, Callable[[Path], dict[str, np.ndarray]]] = {
    ".safetensors": read_safetensors,
    ".bin": read_torch_file,
    ".pt": read_torch_file,
    ".pth": read_torch_file,
}
SINGLE_FILES = ("model.safetensors", "pytorch_model.bin")
"""In a Hugging Face folder, the better first; each may instead be an index of shards."""


def read_weight_file(path: Path) -> dict[str, np.ndarray]:
    """Tensors of one file, by its suffix.

    Args:
        path: `.safetensors`, or `.bin`, `.pt`, `.pth` of torch.

    Returns:
        Key -> array.

    Raises:
        PclipError: another suffix, or a file that is not whole and of its kind.
    """
    reader = _READERS.get(path.suffix)
    if reader is None:
        raise PclipError(f"{path} is no file of weights; expected one of {', '.join(_READERS)}")
    return reader(path)


def weight_files(folder: Path) -> tuple[tuple[Path, ...], dict[str, str] | None]:
    """The files with the weights of a Hugging Face folder.

    Args:
        folder: with model.safetensors or pytorch_model.bin, or one of the two with
            `.index.json` behind its name and the shards that it lists.

    Returns:
        The files; and, of shards, the name of the shard that holds each key.

    Raises:
        PclipError: none of the four is there, or an index that names files outside the folder.
    """
    for name in SINGLE_FILES:
        if (folder / name).exists():
            return (folder / name,), None
        index = folder / f"{name}.index.json"
        if index.exists():
            shards = read_json_object(index).get("weight_map")
            suffix = Path(name).suffix
            if (
                not isinstance(shards, dict)
                or not shards
                or not all(_is_shard(shard, suffix) for shard in shards.values())
            ):
                raise PclipError(
                    f"{index}: weight_map is no map from tensors to {suffix} files beside it; "
                    "fetch it again"
                )
            return tuple(folder / shard for shard in sorted(set(shards.values()))), shards
    raise PclipError(
        f"cannot read {folder / SINGLE_FILES[0]}: No such file; nor is there {SINGLE_FILES[1]}, "
        "or an index.json of shards"
    )


def _is_shard(name: object, suffix: str) -> bool:
    """Whether an index may name it: a plain file name, which cannot leave the folder."""
    return (
        isinstance(name, str)
        and Path(name).name == name
        and name.isprintable()
        and name.endswith(suffix)
    )


def read_weight_files(
    files: tuple[Path, ...], shards: dict[str, str] | None
) -> dict[str, np.ndarray]:
    """Tensors of all files of a folder.

    Args:
        files: first result of `weight_files`.
        shards: its second.

    Returns:
        Key -> array.

    Raises:
        PclipError: a file that is not whole, or a shard with other tensors than the index says.
    """
    tensors: dict[str, np.ndarray] = {}
    for path in files:
        found = read_weight_file(path)
        if shards is not None:
            listed = {key for key, shard in shards.items() if shard == path.name}
            if listed != found.keys():
                odd = min(listed ^ found.keys())
                raise PclipError(
                    f"{path} {'lacks' if odd in listed else 'holds'} {odd!r}, the index beside it "
                    "says otherwise; fetch both again"
                )
        tensors |= found
    return tensors


def files_sha256(files: tuple[Path, ...]) -> str:
    """Hash of the files of one model.

    Args:
        files: at least one.

    Returns:
        Of one file its sha256; of several the sha256 of what `sha256sum` prints for their names.

    Raises:
        PclipError: a file cannot be read.
    """
    digests = {}
    for path in files:
        try:
            with open(path, "rb") as file:
                digests[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise PclipError(f"cannot read {path}: {error.strerror or error}") from error
    if len(digests) == 1:
        return next(iter(digests.values()))
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
    return hashlib.sha256(lines.encode()).hexdigest()
