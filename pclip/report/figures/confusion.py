"""Confusion matrices: what is taken for what."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pclip.report.figures.style import Drawing, drawable, house_style, panels
from pclip.report.plots import Confusion
from pclip.report.systems import SystemLook, ordered

_WHITE_TEXT_ABOVE = 0.55


def draw_confusion(
    split: str, kind: str, matrices: Mapping[str, Confusion], looks: Mapping[str, SystemLook]
) -> Drawing:
    """Confusion matrices of all systems of one kind on one split, rows summing to 100 %.

    Args:
        kind: "zero_shot" (classes) or "reasoning" (groups).
        matrices: system -> confusion counts.
    """
    systems = ordered(matrices)
    size = max(len(matrices[system].labels) for system in systems)
    side = 1.2 + 0.27 * size
    with house_style():
        figure, axes = panels(len(systems), columns=3 if size > 6 else 4, width=side, height=side)
        for axis, system in zip(axes, systems, strict=True):
            confusion = matrices[system]
            counts = np.array(confusion.matrix, dtype=np.float64)
            totals = counts.sum(axis=1, keepdims=True)
            share = np.divide(counts, totals, out=np.zeros_like(counts), where=totals > 0)
            axis.imshow(share, cmap="Blues", vmin=0, vmax=1)
            for i, j in zip(*np.nonzero(counts), strict=True):
                percent = f"{100 * share[i, j]:.0f}"
                axis.text(
                    j, i, percent if percent != "0" else "·", ha="center", va="center",
                    fontsize=6.5, color="white" if share[i, j] > _WHITE_TEXT_ABOVE else "#333333",
                )  # fmt: skip
            labels = [drawable(label) for label in confusion.labels]
            ticks = range(len(labels))
            place = axis.get_subplotspec()
            first = place is None or place.is_first_col()
            axis.set_xticks(
                ticks, labels, rotation=45, ha="right", rotation_mode="anchor", fontsize=7
            )
            axis.set_yticks(ticks, labels if first else [], fontsize=7)
            if first:
                axis.set_ylabel("true")
            axis.set_xlabel("predicted")
            axis.set_title(drawable(looks[system].title), fontsize=8.5)
            axis.tick_params(length=0)
            axis.spines[:].set_visible(False)
    words = "zero-shot naming of packets" if kind == "zero_shot" else "detection by group"
    return Drawing(
        f"confusion_{kind}_{split}",
        f"Confusion, {words}, split {split}",
        f"Percent of each true class (rows) that was given each name (columns) on the test part of "
        f"{split}, {words}, one seed. A dark diagonal is right; a dark column is a name given too "
        "freely; a dot is less than half a percent.",
        figure,
    )
