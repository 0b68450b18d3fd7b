"""Bars: scores class by class, and what a system costs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from pclip.report.figures.style import (
    MUTED,
    Drawing,
    drawable,
    house_style,
    legend_below,
    new_figure,
    panels,
    value_grid,
)
from pclip.report.results import SystemScores
from pclip.report.systems import SystemLook, ordered

Looks = Mapping[str, SystemLook]
_LITERATURE_COLOUR = "#8A8A8A"


def draw_per_class(
    name: str,
    title: str,
    systems: Mapping[str, SystemScores],
    labels: Sequence[str],
    looks: Looks,
    *,
    metric: str,
    axis_label: str,
    caption: str,
) -> Drawing:
    """One group of bars a class (or group), one bar a system, whiskers of one deviation.

    Args:
        labels: order of the classes; those that only `systems` name follow.
        metric: name inside `per_class`, such as "recall".
    """
    shown = [
        system
        for system in ordered(systems)
        if any(metric in row for row in systems[system].per_class.values())
    ]
    named = {label for system in shown for label in systems[system].per_class}
    order = [label for label in labels if label in named] + sorted(named.difference(labels))
    width = 0.82 / max(1, len(shown))
    with house_style():
        figure = new_figure(max(6.0, 0.9 + len(order) * (0.35 + 0.11 * len(shown))), 3.2)
        axis = figure.subplots()
        for turn, system in enumerate(shown):
            look = looks[system]
            for row, label in enumerate(order):
                score = systems[system].per_class.get(label, {}).get(metric)
                if score is None:
                    continue
                place = row - 0.41 + (turn + 0.5) * width
                axis.bar(place, score.mean, 0.92 * width, color=look.colour)
                if score.std is not None:
                    axis.errorbar(
                        place, score.mean, score.std, color="#222222", elinewidth=0.8, capsize=1.2
                    )
                if score.mean < 0.004:
                    # A bar of no height looks like a bar that was not measured.
                    axis.plot(place, 0.006, "_", color=look.colour, ms=5, mew=1.6)
        slant: dict[str, Any] = (
            {"rotation": 30, "ha": "right", "rotation_mode": "anchor"} if len(order) > 5 else {}
        )
        axis.set_xticks(range(len(order)), [drawable(label) for label in order], **slant)
        axis.tick_params(axis="x", length=0)
        axis.set_xlim(-0.55, len(order) - 0.45)
        axis.set_ylim(0, 1.04)
        axis.set_ylabel(axis_label)
        value_grid(axis, "y")
        handles = [Patch(color=looks[system].colour) for system in shown]
        legend_below(figure, handles, [drawable(looks[system].title) for system in shown], 4)
    return Drawing(name, title, caption, figure)


def _quantity(value: float) -> str:
    for unit, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:.3g} {name}"
    return f"{value:.3g}"


def _cost_panel(
    axis: Axes, rows: Sequence[tuple[str, float, str, bool]], label: str, names: bool
) -> None:
    positive = [value for _, value, _, _ in rows if value > 0]
    floor = 10 ** math.floor(math.log10(min(positive))) / 2 if positive else 0.5
    for place, (_, value, colour, literature) in enumerate(rows):
        if value > 0:
            # Dots on stems: on a logarithmic axis the length of a bar depends on where it starts.
            axis.plot([floor, value], [place, place], color="#D9D9D9", lw=1.2, zorder=1)
            axis.plot(
                value,
                place,
                "o",
                color=colour,
                ms=6,
                mfc="white" if literature else colour,
                mew=1.5,
            )
        shown = _quantity(value) if not math.isnan(value) else "not counted"
        axis.annotate(
            shown, (value if value > 0 else floor, place), xytext=(7, 0),
            textcoords="offset points", va="center", fontsize=8, color=MUTED,
        )  # fmt: skip
    axis.set_xscale("log")
    axis.set_xlim(floor, max(positive, default=1.0) * 12)
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.set_yticks(range(len(rows)), [drawable(row[0]) for row in rows])
    if not names:
        axis.tick_params(axis="y", labelleft=False)
    axis.tick_params(axis="y", length=0)
    axis.xaxis.set_major_formatter(lambda value, _: _quantity(value))
    axis.xaxis.set_minor_formatter(lambda value, _: "")
    axis.set_title(label)
    value_grid(axis, "x")


def draw_cost(
    cost: Mapping[str, Mapping[str, float]],
    literature: Mapping[str, Mapping[str, float]],
    looks: Looks,
) -> Drawing:
    """Trainable parameters and multiply-accumulates of each system (counterpart of Figure 8).

    Args:
        cost: system -> params_trainable, macs, ... as this run counted them.
        literature: the same of systems this run did not count, by title; drawn hollow.
    """
    counted = [
        (looks[system].title, cost[system], looks[system].colour, False) for system in ordered(cost)
    ]
    quoted = [(title, entry, _LITERATURE_COLOUR, True) for title, entry in literature.items()]
    with house_style():
        figure, axes = panels(
            2, columns=2, width=4.4, height=0.26 * (len(counted) + len(quoted)) + 0.9
        )
        titles = (("params_trainable", "trainable parameters"), ("macs", "multiply-accumulates"))
        for axis, (key, label) in zip(axes, titles, strict=True):
            rows = [
                (title, entry.get(key, math.nan), colour, hollow)
                for title, entry, colour, hollow in [*counted, *quoted]
            ]
            _cost_panel(axis, rows, label, names=axis is axes[0])
    return Drawing(
        "cost",
        "Cost",
        "Parameters that are trained and multiply-accumulates for one forward pass, on "
        "logarithmic axes: of gnn and temporal for one window, of ET-BERT for one packet of 128 "
        "tokens, of gnn+... for one window and the encoding of one new packet. "
        "Filled: counted in this run; hollow: as the literature counts it. The "
        "frozen packet encoder runs before the detection heads and is not in their rows. "
        "(Counterpart of the paper's Figure 8.)",
        figure,
    )
