"""Curves: scores during training, ROC curves, score against the share of training data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes

from pclip.report.curve_data import Curve
from pclip.report.figures.style import (
    MUTED,
    Drawing,
    drawable,
    house_style,
    legend_below,
    panels,
    value_grid,
)
from pclip.report.plots import RocCurve
from pclip.report.results import split_order
from pclip.report.scores import Score
from pclip.report.systems import SystemLook, ordered

Looks = Mapping[str, SystemLook]


def _handles(axes: Sequence[Axes]) -> dict[str, object]:
    found: dict[str, object] = {}
    for axis in axes:
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    return found


def _legend(axes: Sequence[Axes], systems: Sequence[str], looks: Looks) -> None:
    handles = _handles(axes)
    shown = [drawable(looks[system].title) for system in systems]
    shown = [label for label in dict.fromkeys(shown) if label in handles]
    if shown:
        figure = axes[0].get_figure(root=True)
        assert figure is not None
        legend_below(figure, [handles[label] for label in shown], shown, 4)


def draw_learning_curves(
    curves: Mapping[str, Mapping[str, Mapping[str, Curve]]],
    looks: Looks,
    *,
    name: str,
    title: str,
    metrics: Mapping[str, str],
    caption: str,
) -> Drawing:
    """Validation scores during training: a row a metric, a column a split, a line a system.

    Args:
        curves: metric -> split -> system -> curve; the band is one standard deviation over seeds.
        metrics: metric -> label of its axis, in the order of the rows.
        caption: what the reader should see.
    """
    rows = [metric for metric in metrics if curves.get(metric)]
    splits = sorted({split for metric in rows for split in curves[metric]}, key=split_order)
    systems = ordered({s for m in rows for by in curves[m].values() for s in by})
    with house_style():
        figure, axes = panels(
            len(rows) * len(splits), columns=len(splits),
            width=max(3.0, 6.0 / len(splits)), height=2.2, extra=0.35, sharex="col", sharey="row",
        )  # fmt: skip
        for position, axis in enumerate(axes):
            metric, split = rows[position // len(splits)], splits[position % len(splits)]
            for system in systems:
                curve = curves[metric].get(split, {}).get(system)
                if curve is None:
                    continue
                look = looks[system]
                low = [m - s for m, s in zip(curve.mean, curve.std, strict=True)]
                high = [m + s for m, s in zip(curve.mean, curve.std, strict=True)]
                axis.fill_between(curve.steps, low, high, color=look.colour, alpha=0.18, lw=0)
                axis.plot(
                    curve.steps, curve.mean, look.dashes, color=look.colour,
                    label=drawable(look.title),
                )  # fmt: skip
            if position < len(splits):
                axis.set_title(drawable(split))
            if position % len(splits) == 0:
                axis.set_ylabel(metrics[metric])
            if position >= len(splits) * (len(rows) - 1):
                axis.set_xlabel("training step", color=MUTED)
            value_grid(axis, "y")
        _legend(axes, systems, looks)
    return Drawing(name, title, caption, figure)


def draw_roc(
    split: str, curves: Mapping[str, Mapping[str, RocCurve]], groups: Sequence[str], looks: Looks
) -> Drawing:
    """One-vs-rest ROC curves on one split: a panel a group, a line a system.

    Args:
        curves: system -> group -> curve.
        groups: order of the panels; groups that only `curves` names follow.
    """
    named = {group for by_group in curves.values() for group in by_group}
    order = [g for g in groups if g in named] + sorted(named.difference(groups))
    systems = ordered(curves)
    with house_style():
        figure, axes = panels(
            len(order), columns=4, width=2.5, height=2.6, extra=0.55, sharex=True, sharey=True
        )
        for axis, group in zip(axes, order, strict=True):
            axis.plot([0, 1], [0, 1], ":", color="#BBBBBB", lw=1)
            for system in systems:
                curve, look = curves[system].get(group), looks[system]
                if curve is not None:
                    axis.plot(
                        curve.fpr, curve.tpr, look.dashes, color=look.colour, lw=1.5,
                        label=drawable(look.title),
                    )  # fmt: skip
            axis.set_title(drawable(group))
            axis.set_xlim(-0.01, 1.01)
            axis.set_ylim(-0.01, 1.01)
            axis.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
            axis.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
            axis.set_xlabel("false positive rate", color=MUTED)
            axis.grid(color="#EEEEEE")
        axes[0].set_ylabel("true positive rate")
        _legend(axes, systems, looks)
    return Drawing(
        f"roc_{split}",
        f"ROC curves, split {split}",
        f"One group against all others on the test part of {split}, one seed. Nearer to the upper "
        "left corner is better; the dotted diagonal is guessing. Alarms are raised at the far "
        "left, where false positives are few: look there before looking at the area.",
        figure,
    )


def draw_scarcity(
    scarcity: Mapping[str, Mapping[str, Mapping[str, Score]]],
    looks: Looks,
    budget: Mapping[str, str] | None = None,
) -> Drawing:
    """mAUC against the share of the training part that was used (counterpart of Figure 9).

    Args:
        scarcity: split -> system -> share ("0.3") -> score.
        budget: split -> epochs at the greatest and the smallest share, in words.
    """
    splits = sorted(scarcity, key=split_order)
    budgets = "".join(f" Split {s}: {budget[s]}." for s in splits if budget and budget.get(s))
    systems = ordered({system for split in splits for system in scarcity[split]})
    shares = sorted({float(f) for by in scarcity.values() for row in by.values() for f in row})
    with house_style():
        figure, axes = panels(
            len(splits), columns=3, width=max(3.0, 5.5 / len(splits)), height=2.5, extra=0.35,
            sharey=True,
        )  # fmt: skip
        for axis, split in zip(axes, splits, strict=True):
            for system in systems:
                row, look = scarcity[split].get(system, {}), looks[system]
                points = sorted((float(f), score) for f, score in row.items())
                axis.errorbar(
                    [share for share, _ in points], [score.mean for _, score in points],
                    yerr=[score.std or 0.0 for _, score in points], color=look.colour,
                    marker=look.marker, ls=look.dashes, capsize=2.5, elinewidth=1,
                    label=drawable(look.title),
                )  # fmt: skip
            axis.set_title(drawable(split))
            axis.set_xticks(shares, [f"{100 * share:g} %" for share in shares])
            axis.set_xlim(max(shares) + 0.06, min(shares) - 0.06)
            axis.set_xlabel("share of the training part", color=MUTED)
            value_grid(axis, "y")
        axes[0].set_ylabel("mAUC on the whole test part")
        _legend(axes, systems, looks)
    return Drawing(
        "scarcity",
        "Less training data",
        "Mean one-vs-rest ROC AUC when only a share of the training part is used; the test part "
        "stays the same. Bars: one standard deviation over seeds. A level line is robustness "
        f"only where every share was learned to the end.{budgets} "
        "(Counterpart of the paper's Figure 9, which is about ACI-IoT-2023.)",
        figure,
    )
