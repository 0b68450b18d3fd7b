"""Finished parts of a vector cache: files that say what they are part of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import safetensors
import safetensors.numpy

from pclip.errors import PclipError
from pclip.files import write_atomic


@dataclass(frozen=True)
class Blocks:
    """The blocks of one cache, each a safetensors file with the hash of its content.

    Attributes:
        folder: where they are.
        key: of the cache, see `cache_key`.
    """

    folder: Path
    key: str

    def path(self, number: int) -> Path:
        """The file of a block."""
        return self.folder / f"block-{number:05d}.safetensors"

    def left(self) -> list[Path]:
        """All files of blocks in the folder."""
        return sorted(self.folder.glob("block-*.safetensors"))

    def remove(self) -> None:
        """Delete all of them: the vectors are in one file now. The folder's lock is held."""
        for path in self.left():
            path.unlink(missing_ok=True)

    def write(self, number: int, vectors: np.ndarray) -> None:
        """Put float32 [rows, width] on disk, whole or not at all.

        Raises:
            PclipError: the folder cannot be written or the disk is full.
        """
        label = self._label(number, vectors)
        write_atomic(self.path(number), safetensors.numpy.save({"vectors": vectors}, label))

    def read(self, number: int, rows: int) -> np.ndarray:
        """float32 [rows, width] of a block.

        Raises:
            PclipError: the file cannot be read, is damaged, is another cache's or another block.
        """
        path = self.path(number)
        advice = f"delete {self.folder} and run again"
        try:
            with safetensors.safe_open(path, framework="numpy") as file:
                label, names = file.metadata(), list(file.keys())
                vectors = file.get_tensor("vectors") if names == ["vectors"] else np.empty(0)
        except (OSError, safetensors.SafetensorError) as error:
            raise PclipError(f"{path} cannot be read ({error}); {advice}") from error
        if vectors.dtype != np.float32 or vectors.ndim != 2 or len(vectors) != rows:
            raise PclipError(
                f"{path} holds {vectors.dtype} {vectors.shape}, expected float32 with {rows} rows; "
                f"{advice}"
            )
        if label != self._label(number, vectors):
            raise PclipError(
                f"{path} is damaged or was made from other weights or tokens; {advice}"
            )
        return vectors

    def _label(self, number: int, vectors: np.ndarray) -> dict[str, str]:
        return {"key": self.key, "block": str(number), "sha256": digest(vectors)}


def digest(vectors: np.ndarray) -> str:
    """SHA-256 over the numbers of an array, in hexadecimal.

    Vectors of 100,000 packets, 256 wide, take 0.1 s, so a cache is hashed at each start.
    """
    return hashlib.sha256(np.ascontiguousarray(vectors).data).hexdigest()
