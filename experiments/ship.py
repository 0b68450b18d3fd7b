r"""A finished run's heads and detector as a model folder, such as the package's own pclip-mini.

    python -m experiments.ship --workdir=runs/paper --split=round --seed=0 \
        --out=pclip/weights/pclip-mini
"""

from __future__ import annotations

import argparse

from experiments import script
from pclip.serving.shipping import export_run


def main() -> None:
    """Parse the command line, export, say what was written."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--workdir", required=True, help="folder of a finished run")
    parser.add_argument("--split", default="round", help="which split's training to ship")
    parser.add_argument("--seed", type=int, default=0, help="which of its seeds")
    parser.add_argument("--out", required=True, help="the model folder, named as the model")
    words = parser.parse_args()
    manifest = export_run(words.workdir, words.split, words.seed, words.out)
    print(f"{manifest.name}: {words.out} (weights sha256 {manifest.weights_sha256})")


if __name__ == "__main__":
    script.run(main)
