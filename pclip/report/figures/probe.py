"""Probes as bars: what each representation reaches."""

from __future__ import annotations

from pathlib import Path

from pclip.report.figures.bars import draw_per_class
from pclip.report.figures.style import Drawing
from pclip.report.probe import read_probe
from pclip.report.results import SystemScores
from pclip.report.systems import looks


def draw_probe(folder: Path) -> Drawing:
    """Macro F1: a group of bars for each split and probe, a bar for each representation.

    Raises:
        PclipError: results.json is not there or not a probe's.
    """
    results = read_probe(folder)
    names = dict.fromkeys(name for split in results.splits.values() for name in split.systems)
    systems = {
        name: SystemScores(
            metrics={},
            per_class={
                f"{split_name}, {probe}": {"f1": metrics["macro_f1"]}
                for split_name, split in results.splits.items()
                for probe, metrics in split.systems[name][results.part].items()
            },
        )
        for name in names
    }
    labels = list(dict.fromkeys(label for s in systems.values() for label in s.per_class))
    return draw_per_class(
        "probe",
        f"Probes of representations, {results.part} part",
        systems,
        labels,
        looks(systems),
        metric="f1",
        axis_label="macro F1",
        caption="Macro F1 of simple classifiers on frozen representations of single packets; "
        "whiskers: one standard deviation over seeds. What a pre-trained encoder adds is its bar "
        "against those of random weights and of counted bytes.",
    )
