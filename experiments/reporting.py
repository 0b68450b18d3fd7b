"""What every experiment does with its config: run it, write the report, print the table."""

from __future__ import annotations

from pathlib import Path

from ml_collections import ConfigDict

from configs import paper
from pclip.errors import PclipError
from pclip.report import summary_table, write_report
from pclip.runs import run


def run_and_report(config: ConfigDict, workdir: Path) -> None:
    """Do what is left of the run and leave its results, figures and report in `workdir`."""
    try:
        # Overrides of the command line come after the config file has said what it leaves out.
        config = paper.stated(config)
    except (AttributeError, KeyError) as error:
        missing = str(error.args[0]).splitlines()[0].strip("'\"")
        raise PclipError(
            f"the config has no field {missing}, which configs/paper.py has; begin with "
            "paper.full_protocol()"
        ) from error
    results = run(config, workdir)
    page = workdir / "report.html"
    made_from = workdir / "results.json"
    if not page.exists() or page.stat().st_mtime < made_from.stat().st_mtime:
        write_report(workdir)
    print(summary_table(results))
    print(f"results: {made_from}   report: {page}")
