"""What a parser is to the campaign: seeds, and how a batch of damaged inputs is put through."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pclip.errors import PclipError
from tests.fuzz.mutate import Mutator, Seed


@dataclass
class Parser(ABC):
    """Something that reads bytes.

    Attributes:
        name: as on the command line.
        seeds: well-formed inputs.
        words: strings to insert, see `Mutator`.
    """

    name: str
    seeds: Sequence[Seed]
    words: Sequence[bytes] = ()
    refused: int = field(default=0, init=False)
    """Inputs that ended in a PclipError."""

    def mutator(self) -> Mutator:
        return Mutator(self.seeds, self.words)

    @staticmethod
    def _write(path: Path, case: bytes) -> None:
        """As a new file: where an old one is cut and written, ext4 waits for the disk."""
        path.unlink(missing_ok=True)
        path.write_bytes(case)

    def _refuse(self, path: Path, error: PclipError) -> None:
        """Count an input that was refused; the message has to name the file, and be printable."""
        self.refused += 1
        str(error).encode()
        if path.name not in str(error):
            raise AssertionError(f"the file is not named: {error}")

    @abstractmethod
    def run(self, cases: Sequence[bytes], folder: Path) -> None:
        """Put inputs through; any exception is a finding.

        Args:
            cases: the inputs.
            folder: for files.
        """
