"""Flows, tools and a recording never met in training.

python -m experiments.unseen --config=configs/unseen.py --workdir=runs/unseen_recording
"""

from experiments.reporting import run_and_report
from pclip.runs.command import main

if __name__ == "__main__":
    main(run_and_report, __doc__)
