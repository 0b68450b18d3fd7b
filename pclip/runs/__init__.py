"""Runs: an experiment as units of work that resume, and the files it leaves behind.

In: a config and a workdir. Out: results.json, plots.json, timing.json, metrics.jsonl, checkpoints
and trained heads and detectors. Experiments call `run`; report reads what it leaves. This room
joins training and evaluation, and may import every room but report, serving and the commands.
"""

from pclip.runs.experiment import run
from pclip.runs.workdir import Workdir

__all__ = ["Workdir", "run"]
