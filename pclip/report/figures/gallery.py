"""All figures that a run has data for, in the order of the report."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pclip.report.budget import scarcity_note
from pclip.report.curve_data import learning_curves
from pclip.report.figures.bars import draw_cost, draw_per_class
from pclip.report.figures.confusion import draw_confusion
from pclip.report.figures.curves import Looks, draw_learning_curves, draw_roc, draw_scarcity
from pclip.report.figures.distribution import draw_class_distribution
from pclip.report.figures.missions import draw_mission
from pclip.report.figures.style import Drawing, save
from pclip.report.figures.words import draw_words
from pclip.report.paper_numbers import LITERATURE_COST
from pclip.report.plots import CONFUSION_KINDS
from pclip.report.results import SystemScores, split_order
from pclip.report.run_files import Run
from pclip.report.systems import looks

_ZERO_SHOT_CAPTION = (
    "Zero-shot score on the validation part during training, mean over seeds with a band of one "
    "standard deviation. Compare how fast the lines rise and how much they shake. Without heads "
    "the map is random and fixed: chance by construction. (Counterpart of the paper's Figure 7.)"
)
_DETECTION_CAPTION = (
    "Mean one-vs-rest ROC AUC on the validation part while the detectors train, mean over seeds "
    "with a band of one standard deviation."
)


def _systems_of(run: Run) -> set[str]:
    names = set(run.results.cost)
    for split in run.results.splits.values():
        names.update(split.zero_shot, split.reasoning, split.scarcity)
    for table in (*run.plots.confusion.values(), *run.plots.roc.values()):
        names.update(table)
    for metric in ("validation_macro_top1", "validation_macro_top5", "validation_mauc"):
        for systems in learning_curves(run.metrics, metric).values():
            names.update(systems)
    return names


def _learning(run: Run, look: Looks) -> Iterator[Drawing]:
    zero_shot = {
        "validation_macro_top1": "macro top-1",
        "validation_macro_top5": "macro top-5",
    }
    for name, title, metrics, caption in (
        ("learning_curves", "Learning curves, zero-shot", zero_shot, _ZERO_SHOT_CAPTION),
        (
            "learning_curves_detection",
            "Learning curves, detection",
            {"validation_mauc": "mAUC"},
            _DETECTION_CAPTION,
        ),
    ):
        curves = {metric: learning_curves(run.metrics, metric) for metric in metrics}
        if any(curves.values()):
            yield draw_learning_curves(
                curves, look, name=name, title=title, metrics=metrics, caption=caption
            )


def _has(systems: dict[str, SystemScores], metric: str) -> bool:
    return any(metric in row for system in systems.values() for row in system.per_class.values())


def _per_class(run: Run, look: Looks) -> Iterator[Drawing]:
    for split, results in run.results.splits.items():
        if _has(dict(results.zero_shot), "recall"):
            yield draw_per_class(
                f"per_class_zero_shot_{split}",
                f"Zero-shot recall by class, split {split}",
                results.zero_shot, run.plots.classes, look,
                metric="recall", axis_label="top-1 recall",
                caption=f"Share of each class's test packets named rightly, split {split}; "
                "whiskers: one standard deviation over seeds. Look for classes at 0 or 1: with few "
                "distinct inputs a class is all or nothing.",
            )  # fmt: skip
        if _has(dict(results.reasoning), "auc"):
            yield draw_per_class(
                f"per_class_reasoning_{split}",
                f"Detection AUC by group, split {split}",
                results.reasoning, run.plots.groups, look,
                metric="auc", axis_label="one-vs-rest ROC AUC",
                caption=f"ROC AUC of each group against all others, split {split}; whiskers: one "
                "standard deviation over seeds; 0.5 is guessing. mAUC is the mean of these.",
            )  # fmt: skip


def draw_all(run: Run) -> Iterator[Drawing]:
    """Draw what the run has data for; nothing for what is absent."""
    look = looks(_systems_of(run))
    plots, splits = run.plots, run.results.splits
    if plots.class_distribution:
        yield draw_class_distribution(plots.class_distribution, plots.classes)
    yield from _learning(run, look)
    yield from _per_class(run, look)
    for split in sorted(plots.confusion, key=split_order):
        for kind in CONFUSION_KINDS:
            matrices = {s: c for s, c in plots.confusion[split].items() if c.kind == kind}
            if matrices:
                yield draw_confusion(split, kind, matrices, look)
    for split in sorted(plots.roc, key=split_order):
        if any(plots.roc[split].values()):
            yield draw_roc(split, plots.roc[split], plots.groups, look)
    scarcity = {name: split.scarcity for name, split in splits.items() if split.scarcity}
    if scarcity:
        budget = {name: scarcity_note(run, name) for name in scarcity}
        yield draw_scarcity(scarcity, look, budget)
    if run.results.cost:
        yield draw_cost(run.results.cost, LITERATURE_COST, look)
    for mission in plots.missions:
        yield draw_mission(mission)
    if plots.words:
        yield draw_words(plots.missions, plots.words)


def write_figures(run: Run, folder: str | os.PathLike[str]) -> list[Path]:
    """Write every figure of a run as PNG and SVG into `folder`; the same run, the same bytes.

    Returns:
        The files, in the order of the report.

    Raises:
        PclipError: the folder cannot be written.
    """
    return [path for drawing in draw_all(run) for path in save(drawing, Path(folder))]
