"""Our encoders beside PyTorch's: the same checkpoint, the same batch, every hidden state.

    python -m benchmarks.parity

makes random models in PyTorch (UER-py's arithmetic, transformers' BERT and RoBERTa), tiny and of
base size, reads their checkpoints and prints the largest differences; exit code 1 where one is
beyond its tolerance. Takes a minute and needs the extra `parity`.
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import jax
import numpy as np

from pclip.errors import PclipError
from pclip.models.checkpoints import read_checkpoint
from pclip.models.encoder import hidden_states
from pclip.models.encoder_config import EncoderConfig
from pclip.models.pooling import pool

HIDDEN_TOLERANCE = 2e-5
POOLED_TOLERANCE = 1e-5
SEEDS = range(5)


@dataclass(frozen=True)
class Difference:
    """Largest absolute differences at tokens.

    Attributes:
        hidden: of the embedding's output and of each layer's.
        pooled: of the mean over tokens.
    """

    hidden: tuple[float, ...]
    pooled: float

    @property
    def within(self) -> bool:
        """Whether all are within their tolerances."""
        return max(self.hidden) <= HIDDEN_TOLERANCE and self.pooled <= POOLED_TOLERANCE


def checkpoint_path(folder: Path) -> Path:
    """What `read_checkpoint` takes: a UER file in the folder, or the folder itself."""
    return folder if (folder / "config.json").exists() else folder / "model.bin"


def difference(folder: Path, heads: int) -> Difference:
    """Hold a checkpoint as we read it against its reference.npz.

    Args:
        folder: made by `benchmarks.reference_models.write_reference`.
        heads: attention heads, which a UER file does not tell.
    """
    checkpoint = read_checkpoint(checkpoint_path(folder), heads=heads)
    reference = np.load(folder / "reference.npz")
    ids, lengths = reference["ids"], reference["lengths"]
    mask = np.arange(ids.shape[1]) < lengths[:, None]

    @jax.jit
    def run(params: dict) -> tuple[tuple[jax.Array, ...], jax.Array]:
        states = hidden_states(checkpoint.config, params, ids, reference["segments"], mask)
        return states, pool(states[-1], mask, "mean")

    states, mean = run(checkpoint.params)
    if len(states) != len(reference["hidden"]):
        raise PclipError(f"{folder}: {len(states)} states, {len(reference['hidden'])} in PyTorch")
    return Difference(
        tuple(
            float(np.abs(ours - theirs)[mask].max())
            for ours, theirs in zip(states, reference["hidden"], strict=True)
        ),
        float(np.abs(mean - reference["mean"]).max()),
    )


def main() -> int:
    """Print the table; 1 where something is beyond its tolerance, 2 without PyTorch."""
    if importlib.util.find_spec("torch") is None:
        print("this needs PyTorch: pip install -c constraints.txt -e '.[parity]'", file=sys.stderr)
        return 2
    from benchmarks.reference_models import BASE, KINDS, TINY, write_reference

    def measure(kind: str, sizes: EncoderConfig, seed: int) -> Difference:
        with tempfile.TemporaryDirectory() as folder:
            write_reference(kind, Path(folder), seed, sizes)
            return difference(Path(folder), sizes.heads)

    fine = True
    print(
        f"{'checkpoint':<12}{'size':<8}{'models':>8}{'embedding':>12}{'layers':>10}{'pooled':>10}"
    )
    for name, sizes, seeds in (("tiny", TINY, SEEDS), ("base", BASE, SEEDS[:1])):
        for kind in KINDS:
            found = [measure(kind, sizes, seed) for seed in seeds]
            fine &= all(one.within for one in found)
            print(
                f"{kind:<12}{name:<8}{len(found):>8}"
                f"{max(one.hidden[0] for one in found):>12.1e}"
                f"{max(max(one.hidden[1:]) for one in found):>10.1e}"
                f"{max(one.pooled for one in found):>10.1e}",
                flush=True,
            )
    print(f"tolerance: {HIDDEN_TOLERANCE:.0e} in each hidden state, {POOLED_TOLERANCE:.0e} pooled")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
