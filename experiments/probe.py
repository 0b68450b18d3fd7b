"""Does pre-training help? Probes on packet vectors, beside random weights and counted bytes.

python -m experiments.probe --config=configs/probe.py --workdir=runs/probe
"""

from __future__ import annotations

from pathlib import Path

from ml_collections import ConfigDict

from pclip.report import probe_summary
from pclip.runs.command import main
from pclip.runs.probe import run_probe


def probe(config: ConfigDict, workdir: Path) -> None:
    """Do what is left of the run and print its tables."""
    print(probe_summary(run_probe(config, workdir)))
    print(f"results: {workdir / 'results.json'}")


if __name__ == "__main__":
    main(probe, __doc__)
