"""How many packets of each class each part of each split holds."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.lines import Line2D

from pclip.report.figures.style import (
    GRID,
    MUTED,
    Drawing,
    drawable,
    house_style,
    legend_below,
    panels,
    value_grid,
)
from pclip.report.results import split_order

_PARTS = {"train": ("#0072B2", "o"), "validation": ("#E69F00", "s"), "test": ("#333333", "D")}


def draw_class_distribution(
    distribution: Mapping[str, Mapping[str, Mapping[str, int]]], classes: tuple[str, ...]
) -> Drawing:
    """Packets by class on a logarithmic axis, one panel a split, one mark a part.

    Marks and not bars: on a logarithmic axis the length of a bar says nothing.

    Args:
        distribution: split -> part -> class -> packets.
        classes: order from top to bottom; classes that only `distribution` names follow.
    """
    splits = sorted(distribution, key=split_order)
    named = {label for parts in distribution.values() for row in parts.values() for label in row}
    order = [*classes, *sorted(named.difference(classes))]
    parts = [part for part in _PARTS if any(part in distribution[split] for split in splits)]
    with house_style():
        figure, axes = panels(
            len(splits),
            columns=3,
            width=3.1,
            height=0.27 * len(order) + 1.0,
            extra=0.3,
            sharey=True,
        )
        for axis, split in zip(axes, splits, strict=True):
            axis.set_title(drawable(split))
            axis.set_xscale("log")
            for row, label in enumerate(order):
                counts = [distribution[split].get(part, {}).get(label, 0) for part in parts]
                seen = [n for n in counts if n > 0]
                if seen:
                    axis.plot([min(seen), max(seen)], [row, row], color=GRID, lw=2.4, zorder=1)
                for part, n in zip(parts, counts, strict=True):
                    colour, marker = _PARTS[part]
                    if n > 0:
                        axis.plot(n, row, marker, color=colour, ms=5.5, mec="white", mew=0.6)
            axis.set_yticks(range(len(order)), [drawable(label) for label in order])
            axis.set_ylim(len(order) - 0.5, -0.5)
            axis.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
            axis.xaxis.set_minor_formatter(lambda value, _: "")
            axis.set_xlabel("packets (logarithmic)", color=MUTED)
            axis.tick_params(axis="y", length=0)
            value_grid(axis, "x")
        handles = [
            Line2D([], [], ls="", marker=_PARTS[part][1], color=_PARTS[part][0]) for part in parts
        ]
        if parts:
            legend_below(figure, handles, parts, 3)
    return Drawing(
        "class_distribution",
        "Class distribution",
        "Packets of each class in the parts of each split, on a logarithmic axis. Benign traffic "
        "outweighs every attack, so plain accuracy would reward naming it: all scores here are "
        "means over classes. (Counterpart of the paper's Figure 5.)",
        figure,
    )
