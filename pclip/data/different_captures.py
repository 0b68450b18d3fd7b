"""The same capture twice, whatever it is called, would test on what it trained on."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from pclip.errors import PclipError
from pclip.packets import PacketTable


class DifferentCaptures:
    """Holds captures against each other by the times and lengths of their packets."""

    def __init__(self) -> None:
        self._captures: dict[int, tuple[Path, Any]] = {}

    def add(self, number: int, path: Path, packets: PacketTable) -> None:
        """The next rows of a capture; it may come in several chunks."""
        if len(packets):
            _, digest = self._captures.setdefault(number, (path, hashlib.sha256()))
            # Row by row, so that a capture in chunks is what it is in one piece.
            digest.update(np.stack([packets.time_ns, packets.length], axis=1).tobytes())

    def check(self) -> None:
        """Compare the captures, which must be whole by now; those without packets are left out.

        Raises:
            PclipError: two are the same.
        """
        seen: dict[bytes, Path] = {}
        for path, digest in self._captures.values():
            what = digest.digest()
            if what in seen:
                raise PclipError(
                    f"{path} and {seen[what]} are the same capture; remove one, or join different "
                    "recordings"
                )
            seen[what] = path
