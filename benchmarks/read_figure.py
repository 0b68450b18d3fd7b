"""The figure of the reading benchmark: packets a second on a logarithmic axis."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.timing import rounded
from pclip.files import atomic_path

OURS, THEIRS = "#0072b2", "#999999"


def draw(rates: Mapping[str, float], path: Path) -> None:
    """Horizontal bars, fastest on top, as SVG; the same numbers give the same file."""
    names = sorted(rates, key=lambda name: rates[name])
    figure = Figure(figsize=(6.4, 0.4 * len(names) + 0.9), layout="constrained")
    axes = figure.subplots()
    values = [rates[name] for name in names]
    colours = [OURS if name.startswith("pclip") else THEIRS for name in names]
    bars = axes.barh(names, values, color=colours)
    axes.bar_label(bars, [rounded(value) for value in values], padding=3, fontsize=9)
    axes.set_xscale("log")
    axes.set_xlim(min(values) / 3, max(values) * 6)
    axes.set_xlabel("packets with their header fields, per second (more is better)")
    axes.spines[["top", "right"]].set_visible(False)
    with (
        mpl.rc_context({"svg.hashsalt": "pclip", "svg.fonttype": "none"}),
        atomic_path(path) as scratch,
    ):
        figure.savefig(scratch, format="svg", metadata={"Date": None})
