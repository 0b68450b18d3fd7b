"""Figure 9: detection from less and less training data.

python -m experiments.scarcity --config=configs/scarcity.py --workdir=runs/scarcity
"""

from experiments.reporting import run_and_report
from pclip.runs.command import main

if __name__ == "__main__":
    main(run_and_report, __doc__)
