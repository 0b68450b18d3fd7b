"""Distil the packet encoder into a student that a router can run; see configs/distil.py.

python -m experiments.distil --config=configs/distil.py --workdir=runs/distil
"""

from __future__ import annotations

from pathlib import Path

from ml_collections import ConfigDict

from configs import paper
from pclip.report.distillation import distillation_table
from pclip.runs.command import main
from pclip.runs.distillation import distil


def run(config: ConfigDict, workdir: Path) -> None:
    """Do what is left of the run, print its table."""
    results = distil(paper.stated(config), workdir)
    print(distillation_table(results))
    print(f"results: {workdir / 'results.json'}   students: {workdir / 'students'}")


if __name__ == "__main__":
    main(run, __doc__)
