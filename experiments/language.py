"""What captions and mission graphs are worth: one of them written in another way.

python -m experiments.language --config=configs/language.py:templates --workdir=runs/templates
"""

from experiments.reporting import run_and_report
from pclip.runs.command import main

if __name__ == "__main__":
    main(run_and_report, __doc__)
