"""One table over all runs: what the same systems reach on each split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pclip.report.results import Results, SplitResults, split_order
from pclip.report.scores import Score
from pclip.report.tables import NOT_MEASURED, Table

# Column -> (part of a split's results, system, metric).
COLUMNS = {
    "seen bytes": ("controls", "overlap", "share"),
    "named by context": ("controls", "context_majority", "share"),
    "zero-shot top-1, packet": ("zero_shot", "packet", "macro_top1"),
    "zero-shot top-1, both": ("zero_shot", "both", "macro_top1"),
    "mAUC, gnn": ("reasoning", "gnn", "mauc"),
    "mAUC, temporal": ("reasoning", "temporal", "mauc"),
    "mAUC, lightgbm": ("reasoning", "lightgbm", "mauc"),
    "mAUC, logistic_window": ("controls", "logistic_window", "mauc"),
}

WITHOUT_FLOOD = " without ICMP Flood"
"""Ends the name of a column's score over the other classes: a flood of pings is one flow."""


def side_by_side(runs: Sequence[tuple[str, Results]]) -> Table:
    """A row for each split of each run, the split that flatters least first.

    Args:
        runs: (name, results).
    """
    found = [
        (split_order(split), position, (split, name, *_cells(results.splits[split])))
        for position, (name, results) in enumerate(runs)
        for split in results.splits
    ]
    rows = tuple(row for _, _, row in sorted(found, key=lambda item: item[:2]))
    return Table("The splits beside each other", ("split", "run", *COLUMNS), rows)


def scores_of(split: SplitResults) -> dict[str, Score]:
    """Column -> score, of the columns that were measured on the split; also without ICMP Flood."""
    scores: dict[str, Score] = {}
    for column, (part, system, metric) in COLUMNS.items():
        if part == "controls":
            metrics: Mapping[str, Score] = split.controls.get(system, {})
        else:
            systems = split.zero_shot if part == "zero_shot" else split.reasoning
            metrics = systems[system].metrics if system in systems else {}
        if metric in metrics:
            scores[column] = metrics[metric]
        if f"{metric}_without_icmp_flood" in metrics:
            scores[column + WITHOUT_FLOOD] = metrics[f"{metric}_without_icmp_flood"]
    return scores


def _cells(split: SplitResults) -> list[str]:
    scores = scores_of(split)
    return [str(scores.get(column, NOT_MEASURED)) for column in COLUMNS]
