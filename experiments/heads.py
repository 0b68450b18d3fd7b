"""Figure 7: zero-shot accuracy during training, by heads on the encoders.

python -m experiments.heads --config=configs/heads.py --workdir=runs/heads
"""

from experiments.reporting import run_and_report
from pclip.runs.command import main

if __name__ == "__main__":
    main(run_and_report, __doc__)
