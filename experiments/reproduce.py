"""Both of the paper's questions on the built-in capture, reduced to minutes.

python -m experiments.reproduce --config=configs/reproduce.py --workdir=runs/reproduce
"""

from experiments.reporting import run_and_report
from pclip.runs.command import main

if __name__ == "__main__":
    main(run_and_report, __doc__)
