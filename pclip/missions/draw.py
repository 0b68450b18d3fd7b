"""The mission graphs as a figure: sensor on the left, one column a level, embedding node right."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pclip.errors import PclipError
from pclip.files import atomic_path
from pclip.missions.compile import SENSOR_NODE, CompiledMission, compile_mission
from pclip.missions.mission import Mission

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FORMATS = (".png", ".svg")

_PANEL_SIZE = (12.0, 5.6)  # inches
_DPI = 150
_SWEEPS = 8
_LABEL_CHARACTERS, _TITLE_CHARACTERS = 15, 18  # that fit at full size
_HALF_LABEL = 0.062  # half a word box, as a part of the panel's width
_COLUMN_SPAN = (0.05, 0.95)
_PALEST = 0.86  # how far the palest word is from its accent towards white
_FULL_SCORE = 6.0  # relevance whose word has the accent itself
# Okabe-Ito: told apart by readers with any colour vision.
_ACCENTS = ("#0072B2", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#E69F00")
_INK = "#22282f"
_FAINT = "#6b7480"
_PAPER = "#ffffff"


def draw_missions(
    missions: Sequence[Mission],
    path: str | os.PathLike[str],
    readout: str = "last",
    scores: Sequence[Mapping[str, float]] | None = None,
) -> None:
    """Draw missions as layered graphs, one panel each, from top to bottom.

    The same missions give the same bytes: no date, fixed identifiers, fixed order.

    Args:
        missions: what to draw, at least one.
        path: file to write, `.png` or `.svg`.
        readout: which concepts have an edge into the embedding node, as in `compile_mission`.
        scores: for each mission its concepts' relevance (`quality.measure`): it stands beside the
            words and decides how full their colour is; without it the level does.

    Raises:
        PclipError: no mission, another suffix, or the file cannot be written.
    """
    # Imported here: matplotlib costs a quarter of a second that training need not pay.
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        raise PclipError(f"{path}: found suffix {suffix!r}, expected one of {', '.join(FORMATS)}")
    if not missions:
        raise PclipError("no mission to draw: expected at least one")

    with matplotlib.rc_context(
        {"svg.hashsalt": "pclip", "svg.fonttype": "path", "font.family": "DejaVu Sans"}
    ):
        width, height = _PANEL_SIZE
        figure = Figure(figsize=(width, height * len(missions)), dpi=_DPI, facecolor=_PAPER)
        FigureCanvasAgg(figure)
        panels = figure.subplots(len(missions), 1, squeeze=False)[:, 0]
        figure.subplots_adjust(left=0.01, right=0.99, bottom=0.008, top=0.995, hspace=0.02)
        for i, (axes, mission) in enumerate(zip(panels, missions, strict=True)):
            graph = compile_mission(mission, readout)
            accent = _ACCENTS[i % len(_ACCENTS)]
            _draw_panel(axes, graph, mission.title, accent, scores[i] if scores else None)
        metadata = {"Software": None} if suffix == ".png" else {"Date": None}
        with atomic_path(path) as scratch:
            figure.savefig(scratch, format=suffix[1:], metadata=metadata)


def order_levels(graph: CompiledMission) -> list[list[int]]:
    """Order the nodes of each level so that few edges cross.

    Barycentre rule: a node moves to the mean position of its neighbours in the level before and,
    on the way back, in the level behind; a few sweeps settle.

    Returns:
        Node numbers of levels 0..C + 1, each from top to bottom.

    Source: Sugiyama, Tagawa, Toda 1981.
    """
    levels = [list(graph.level_nodes(k)) for k in range(len(graph.level_sizes) + 2)]
    parents: dict[int, list[int]] = {}
    children: dict[int, list[int]] = {}
    for senders, receivers in graph.steps[:-1]:
        for u, v in zip(senders, receivers, strict=True):
            parents.setdefault(v, []).append(u)
            children.setdefault(u, []).append(v)
    concept_levels = range(1, len(levels) - 1)
    for _ in range(_SWEEPS):
        for k in [*concept_levels, *reversed(concept_levels)]:
            _sort_by_neighbours(levels, k, parents)
        for k in reversed(concept_levels):
            _sort_by_neighbours(levels, k, children)
    return levels


def _sort_by_neighbours(
    levels: list[list[int]], level: int, neighbours: dict[int, list[int]]
) -> None:
    height = {node: (i + 0.5) / len(nodes) for nodes in levels for i, node in enumerate(nodes)}

    def barycentre(node: int) -> float:
        heights = [height[other] for other in neighbours.get(node, [node])]
        return sum(heights) / len(heights)

    levels[level].sort(key=barycentre)


def _draw_panel(
    axes: Axes,
    graph: CompiledMission,
    title: str,
    accent: str,
    scores: Mapping[str, float] | None,
) -> None:
    from matplotlib.colors import to_rgb

    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.axis("off")
    levels = order_levels(graph)
    columns = np.linspace(*_COLUMN_SPAN, len(levels))
    place: dict[int, tuple[float, float]] = {}
    for x, nodes in zip(columns, levels, strict=True):
        for i, node in enumerate(nodes):
            place[node] = (float(x), 0.9 - 0.87 * (i + 0.5) / len(nodes))

    color = np.array(to_rgb(accent))
    for senders, receivers in graph.steps:
        for u, v in zip(senders, receivers, strict=True):
            into_or_out = u == SENSOR_NODE or v == graph.embedding_node
            _draw_edge(axes, place[u], place[v], accent, 0.35 if into_or_out else 0.6)

    depth = len(graph.level_sizes)
    for level, nodes in enumerate(levels[1:-1], start=1):
        for node in nodes:
            word = graph.concepts[node - 1]
            if scores is None:
                # From the accent itself at the key concepts to a pale tint at the last expansion.
                tint = 0.0 if depth == 1 else _PALEST * ((level - 1) / (depth - 1)) ** 0.6
                text = word
            else:
                tint = _PALEST * (1 - float(np.clip(scores[word] / _FULL_SCORE, 0, 1)))
                text = f"{word}  {scores[word]:.1f}"
            fill = tuple(float(c) for c in color + (1 - color) * tint)
            ink = _PAPER if tint < 0.4 else _INK
            _draw_word(axes, place[node], text, fill, ink, accent, bold=level == 1)
        _head(axes, columns[level], "key concepts" if level == 1 else f"expansion {level - 1}")
    _draw_terminal(axes, place[SENSOR_NODE], "sensor", "packet", _INK, _PAPER)
    _draw_terminal(axes, place[graph.embedding_node], "embedding", "", accent, _PAPER)
    edges = sum(
        u != SENSOR_NODE and v != graph.embedding_node
        for senders, receivers in graph.steps
        for u, v in zip(senders, receivers, strict=True)
    )
    size = f"{len(graph.concepts)} concepts, {edges} edges"
    axes.text(0.996, 0.945, size, color=_FAINT, fontsize=10, ha="right", va="center")
    axes.text(
        0.004,
        0.955,
        title,
        color=accent,
        fontsize=_fitting(17, title, _TITLE_CHARACTERS),
        fontweight="bold",
        va="center",
    )
    if scores is not None:
        key = "number and colour:\nrelevance, in standard deviations\nabove unrelated words"
        axes.text(0.004, 0.02, key, color=_FAINT, fontsize=8.5, va="bottom")


def _fitting(fontsize: float, text: str, characters: int) -> float:
    """A size at which `text` takes no more room than so many characters at `fontsize`."""
    return fontsize * min(1.0, characters / max(len(text), 1))


def _head(axes: Axes, x: float, text: str) -> None:
    axes.text(x, 0.945, text, color=_FAINT, fontsize=10, ha="center", va="center")


def _draw_edge(
    axes: Axes, tail: tuple[float, float], head: tuple[float, float], color: str, alpha: float
) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Outline

    (x0, y0), (x1, y1) = tail, head
    x0 += _HALF_LABEL if x0 > _COLUMN_SPAN[0] else 0.0
    x1 -= _HALF_LABEL if x1 < _COLUMN_SPAN[1] else 0.0
    bend = 0.5 * (x1 - x0)
    curve = Outline(
        [(x0, y0), (x0 + bend, y0), (x1 - bend, y1), (x1, y1)],
        [Outline.MOVETO, Outline.CURVE4, Outline.CURVE4, Outline.CURVE4],
    )
    axes.add_patch(
        PathPatch(curve, facecolor="none", edgecolor=color, alpha=alpha, linewidth=1.1, zorder=1)
    )


def _draw_word(
    axes: Axes,
    place: tuple[float, float],
    word: str,
    fill: tuple[float, ...],
    ink: str,
    border: str,
    *,
    bold: bool,
) -> None:
    from matplotlib.patches import FancyBboxPatch

    x, y = place
    height = 0.036
    box = FancyBboxPatch(
        (x - _HALF_LABEL, y - height / 2),
        2 * _HALF_LABEL,
        height,
        boxstyle="round,pad=0,rounding_size=0.008",
        mutation_aspect=_PANEL_SIZE[0] / _PANEL_SIZE[1],
        facecolor=fill,
        edgecolor=border,
        linewidth=0.8,
        zorder=2,
    )
    axes.add_patch(box)
    weight = "bold" if bold else "normal"
    axes.text(
        x,
        y,
        word,
        color=ink,
        fontsize=_fitting(9.5, word, _LABEL_CHARACTERS),
        fontweight=weight,
        ha="center",
        va="center_baseline",
        zorder=3,
    )


def _draw_terminal(
    axes: Axes, place: tuple[float, float], name: str, below: str, fill: str, ring: str
) -> None:
    x, y = place
    axes.plot([x], [y], "o", markersize=26, color=fill, markeredgecolor=ring, mew=2.5, zorder=4)
    axes.text(x, y - 0.065, name, color=_INK, fontsize=10.5, fontweight="bold", ha="center")
    if below:
        axes.text(x, y - 0.1, below, color=_FAINT, fontsize=9.5, ha="center")
