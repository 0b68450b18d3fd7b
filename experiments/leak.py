"""Scores by what a model may see of a packet's bytes.

python -m experiments.leak --config=configs/leak.py --workdir=runs/leak_nameless
"""

from experiments.reporting import run_and_report
from pclip.runs.command import main

if __name__ == "__main__":
    main(run_and_report, __doc__)
