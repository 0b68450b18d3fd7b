"""Flows in words: paraphrases asked or replayed and checked, captions, Figures 3 and 6.

python -m experiments.describe --config=configs/describe.py --workdir=runs/describe
"""

from __future__ import annotations

from pathlib import Path

from ml_collections import ConfigDict

from pclip.report import description_summary, write_description
from pclip.runs.command import main
from pclip.runs.describe import describe_flows


def describe(config: ConfigDict, workdir: Path) -> None:
    """Make the bank and the captions, write the page, print its tables."""
    found = describe_flows(config, workdir)
    page = write_description(workdir)
    print(description_summary(found))
    print(f"bank: {config.bank or workdir / 'paraphrases.json'}   page: {page}")


if __name__ == "__main__":
    main(describe, __doc__)
