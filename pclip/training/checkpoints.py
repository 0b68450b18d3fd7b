"""Orbax checkpoints of a `TrainState`: whole or absent, the newest one found again."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import jax
import numpy as np
import orbax.checkpoint as ocp

from pclip.errors import PclipError
from pclip.training.state import TrainState


class Checkpoints:
    """The checkpoints of one training run.

    Args:
        folder: where they live, a sub-folder a step; Orbax renames a finished one into place.
        keep: how many of the newest stay.
    """

    def __init__(self, folder: Path, keep: int = 1) -> None:
        options = ocp.CheckpointManagerOptions(max_to_keep=keep, enable_async_checkpointing=False)
        self._folder = Path(folder).absolute()
        try:
            self._manager = ocp.CheckpointManager(self._folder, options=options)
        except OSError as error:
            raise PclipError(f"cannot write checkpoints to {folder}: {error.strerror}") from error

    @property
    def latest(self) -> int | None:
        """The newest whole checkpoint's step, None where there is none."""
        return self._manager.latest_step()

    def save(self, state: TrainState) -> None:
        """Write `state` under its step.

        Raises:
            PclipError: the disk is full or the folder cannot be written.
        """
        needed = sum(np.asarray(leaf).nbytes for leaf in jax.tree.leaves(state))
        free = shutil.disk_usage(self._folder).free
        if free < needed:
            # Asked beforehand, since Orbax's threads meet a full disk with pages of tracebacks.
            raise PclipError(
                f"cannot write a checkpoint to {self._folder}: it takes {needed:,} bytes, "
                f"{free:,} are free; earlier ones are intact"
            )
        try:
            self._manager.save(int(state.step), args=ocp.args.StandardSave(state._asdict()))
        except (OSError, ValueError) as error:
            # Orbax reports a full disk as either of the two; the step's folder stays unnamed.
            raise PclipError(
                f"cannot write a checkpoint to {self._folder}: {_headline(error)}; "
                "earlier ones are intact"
            ) from error

    def restore(self, like: TrainState) -> TrainState:
        """The newest checkpoint, placed and typed as `like`.

        Raises:
            PclipError: there is none, or it was made from another model.
        """
        if self.latest is None:
            raise PclipError(f"no checkpoint in {self._folder}")
        target: Any = jax.tree.map(ocp.utils.to_shape_dtype_struct, like._asdict())
        try:
            saved = self._manager.restore(self.latest, args=ocp.args.StandardRestore(target))
        except (ValueError, KeyError, OSError) as error:
            raise PclipError(
                f"the checkpoint {self._folder}/{self.latest} does not fit this model: "
                f"{_headline(error)}; choose another --workdir or delete it"
            ) from error
        return TrainState(**saved)

    def close(self) -> None:
        """Release Orbax's threads."""
        self._manager.close()


def _headline(error: Exception) -> str:
    """The first line of Orbax's message; the others list every leaf."""
    return str(error).split("\n", maxsplit=1)[0]
