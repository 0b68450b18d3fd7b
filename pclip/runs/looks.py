"""Every look at a test part, written down before it is taken: one for each finished recipe."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from pclip.errors import PclipError

KEY = ("recipe", "split", "seed")
"""What must not occur twice."""


class Looks:
    """Looks at test parts: a run's own, and those of all runs.

    Lines are added and never changed. A run that was stopped between a look and its scores may
    finish that look, since nobody has seen them; any other run of the same recipe is refused.

    Args:
        own: the run's file, JSON lines.
        shared: the file of all runs, which the run's own are added to; None keeps them apart.
        purpose: what this run's looks are for.
    """

    def __init__(self, own: Path, shared: Path | None, purpose: str) -> None:
        self._own = own
        self._shared = shared
        self._purpose = purpose

    def take(self, look: Mapping[str, Any]) -> None:
        """Write a look down.

        Args:
            look: the fields of `KEY`, and what else belongs to the recipe.

        Raises:
            PclipError: the recipe has had its look in another run; a file cannot be read or
                written.
        """
        mine = _find(self._own, look)
        if self._shared is None:
            if mine is None:
                _add(self._own, self._dated(look))
            return
        with _locked(self._shared):
            before = _find(self._shared, look)
            if mine is None and before is not None:
                raise PclipError(
                    f"{look.get('representation', look['recipe'])} had its look at the test part "
                    f"of {look['split']}, seed {look['seed']}, on {before.get('date')} for "
                    f"{before.get('purpose')!r} ({self._shared}); read its scores where they are, "
                    "compare on validation with --config.test=False, or, to reproduce a look, keep "
                    "a list of your own with --config.looks=FILE"
                )
            if mine is None:
                mine = self._dated(look)
                _add(self._own, mine)
            if before is None:
                _add(self._shared, mine)

    def _dated(self, look: Mapping[str, Any]) -> dict[str, Any]:
        date = datetime.now(UTC).isoformat(timespec="seconds")
        return {"date": date, "purpose": self._purpose, **look}


def _find(path: Path, look: Mapping[str, Any]) -> dict[str, Any] | None:
    """The line of `path` that has the look's key; None where there is none."""
    if not path.exists():
        return None
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise PclipError(f"{path} cannot be read ({error}); it holds the looks taken") from error
    for number, line in enumerate(lines, 1):
        try:
            found = json.loads(line)
            key = [found[name] for name in KEY]
        except (ValueError, KeyError, TypeError) as error:
            raise PclipError(
                f"{path}, line {number} is no look: expected an object with {', '.join(KEY)}; "
                "bring the file back, or remove the line if it was cut short"
            ) from error
        if key == [look[name] for name in KEY]:
            return dict(found)
    return None


def _add(path: Path, look: Mapping[str, Any]) -> None:
    line = json.dumps(look, sort_keys=True) + "\n"
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise PclipError(f"cannot write {path}: {error.strerror}; no look was taken") from error


def _locked(path: Path) -> IO[str]:
    """Hold off other runs until the file is closed; it is made where it is missing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = open(path, "a", encoding="utf-8")  # noqa: SIM115 (the caller closes it)
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError as error:
        raise PclipError(
            f"cannot write {path}: {error.strerror}; name a file for the looks of all runs with "
            "--config.looks=..."
        ) from error
    return file
