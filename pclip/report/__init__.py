"""Reports: figures, report.html, RESULTS.md and the table at the end of a run.

In: run folders (results.json, plots.json, metrics.jsonl, timing.json, config.json,
environment.json). Out: files, the same bytes for the same folders. Reads run files only: no other
room is imported, so a report can be made anywhere, from folders that came from anywhere. Called by
experiments, `make results` and the command line.
"""

from pclip.report.console import description_summary, probe_summary, summary_table
from pclip.report.description import write_description
from pclip.report.figures import Drawing, draw_all, write_figures
from pclip.report.html_report import render_html, write_report
from pclip.report.results import Results, parse_results
from pclip.report.results_md import write_results_md
from pclip.report.run_files import Run, read_run
from pclip.report.scores import Difference, Score, compare

__all__ = [
    "Difference",
    "Drawing",
    "Results",
    "Run",
    "Score",
    "compare",
    "description_summary",
    "draw_all",
    "parse_results",
    "probe_summary",
    "read_run",
    "render_html",
    "summary_table",
    "write_description",
    "write_figures",
    "write_report",
    "write_results_md",
]
