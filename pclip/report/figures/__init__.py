"""Figures of a run: data in, drawings with captions out, written as PNG and SVG.

In: a `pclip.report.run_files.Run`. Out: `Drawing` values (name, title, caption, figure) and their
files. Called by the HTML report, by `make results` and by whoever wants one figure alone: each
`draw_*` takes plain data.
"""

from pclip.report.figures.bars import draw_cost, draw_per_class
from pclip.report.figures.confusion import draw_confusion
from pclip.report.figures.curves import draw_learning_curves, draw_roc, draw_scarcity
from pclip.report.figures.distribution import draw_class_distribution
from pclip.report.figures.gallery import draw_all, write_figures
from pclip.report.figures.missions import draw_mission
from pclip.report.figures.style import Drawing, save
from pclip.report.figures.words import draw_words

__all__ = [
    "Drawing",
    "draw_all",
    "draw_class_distribution",
    "draw_confusion",
    "draw_cost",
    "draw_learning_curves",
    "draw_mission",
    "draw_per_class",
    "draw_roc",
    "draw_scarcity",
    "draw_words",
    "save",
    "write_figures",
]
