"""The full protocol on the built-in capture: all systems, 3 seeds, one split a run.

python -m experiments.paper --config=configs/paper.py --workdir=runs/paper
"""

from experiments.reporting import run_and_report
from pclip.runs.command import main

if __name__ == "__main__":
    main(run_and_report, __doc__)
