"""One look for every figure, and files of it with the same bytes on every run."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pclip.files import atomic_path
from pclip.report.systems import one_line

INK = "#222222"
MUTED = "#6B6B6B"
GRID = "#E3E3E3"
PNG_DPI = 160
LONGEST_LABEL = 32

_SETTINGS: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#8A8A8A",
    "axes.grid": False,
    "axes.labelcolor": INK,
    "axes.labelsize": 9,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "figure.facecolor": "white",
    "figure.titlesize": 11,
    # The font that matplotlib itself brings: the same letters on every machine.
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "lines.markersize": 5,
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "pclip",
    "text.color": INK,
    # Names come from files: a dollar sign in one is a dollar sign, not mathematics.
    "text.parse_math": False,
    "xtick.color": INK,
    "xtick.labelsize": 8.5,
    "ytick.color": INK,
    "ytick.labelsize": 8.5,
}


@dataclass(frozen=True)
class Drawing:
    """A figure with its file name (no suffix), its title and a caption saying what to see."""

    name: str
    title: str
    caption: str
    figure: Figure


@contextlib.contextmanager
def house_style() -> Iterator[None]:
    """Draw and save with the project's settings, whatever the user's own are."""
    with mpl.rc_context():
        # A personal matplotlibrc must not change the bytes.
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        yield


def new_figure(width: float, height: float) -> Figure:
    """A figure of `width` x `height` inches that lays itself out."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def panels(
    count: int, *, columns: int, width: float, height: float, extra: float = 0.0, **share: Any
) -> tuple[Figure, list[Axes]]:
    """A figure of `count` panels of `width` x `height` inches in at most `columns` columns.

    Args:
        extra: further height in inches, for a legend below.
        share: `sharex`, `sharey` as for `subplots`.
    """
    rows = -(-count // columns)
    # As even as the number of rows allows: four panels at most three abreast are two by two.
    columns = -(-count // rows)
    figure = new_figure(width * columns, height * rows + extra)
    grid = figure.subplots(rows, columns, squeeze=False, **share)
    axes = [axis for row in grid for axis in row]
    for unused in axes[count:]:
        unused.set_axis_off()
    return figure, axes[:count]


def legend_below(
    figure: Figure, handles: Sequence[Any], labels: Sequence[str], columns: int
) -> None:
    """One legend for all panels, under them."""
    figure.legend(
        handles, labels, loc="outside lower center", ncols=min(columns, len(labels)),
        columnspacing=1.6, handlelength=2.2,
    )  # fmt: skip


def value_grid(axis: Axes, which: Literal["x", "y"]) -> None:
    """Light lines across the axis that carries values ("x" or "y")."""
    axis.grid(axis=which, color=GRID)
    axis.tick_params(axis=which, length=0)


@functools.cache
def _letters() -> frozenset[int]:
    font = font_manager.get_font(font_manager.findfont("DejaVu Sans"))
    return frozenset(font.get_charmap())


def drawable(label: str) -> str:
    """A label cut to LONGEST_LABEL; letters the font lacks become the replacement sign."""
    line = one_line(label)
    line = line if len(line) <= LONGEST_LABEL else line[: LONGEST_LABEL - 1] + "…"
    return "".join(
        sign if ord(sign) in _letters() else "\N{REPLACEMENT CHARACTER}" for sign in line
    )


def file_name(name: str) -> str:
    """A drawing's name as a file name: names of splits come from files and may hold anything."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", name)[:80]


def save(drawing: Drawing, folder: Path) -> list[Path]:
    """Write NAME.png and NAME.svg into `folder`; equal drawings give equal bytes.

    Raises:
        PclipError: the folder cannot be written.
    """
    written = []
    with house_style():
        for suffix, metadata in (
            ("png", {"Software": None}),
            ("svg", {"Date": None, "Creator": None}),
        ):
            path = folder / f"{file_name(drawing.name)}.{suffix}"
            with atomic_path(path) as scratch:
                drawing.figure.savefig(scratch, format=suffix, dpi=PNG_DPI, metadata=metadata)
            written.append(path)
    return written
