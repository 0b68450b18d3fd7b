"""Tables of a run as plain cells: RESULTS.md, report.html and the terminal show the same ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pclip.report.paper_numbers import NOT_IN_THE_TEXT, PAPER_DATASET, paper_number
from pclip.report.results import COST_FIELDS, Results, SplitResults, SystemScores
from pclip.report.run_files import Timing
from pclip.report.scores import Score
from pclip.report.systems import ordered

NOT_MEASURED = "-"
# What the terminal shows of a score table; the files show every metric.
SUMMARY_METRICS = (
    "macro_top1",
    "macro_top5",
    "macro_top1_without_icmp_flood",
    "mauc",
    "mauc_anomaly",
    "mauc_without_icmp_flood",
)
PAPER_COLUMN = f"paper ({PAPER_DATASET})"
_WINDOW_SYSTEMS = ("gnn", "temporal")
_TOKEN_SYSTEMS = ("et_bert", "frozen_packet_encoder")

_TITLES = {"zero_shot": "Zero-shot naming of packets", "reasoning": "Detection by group"}
_METRIC_TITLES = {
    "macro_top1": "macro top-1",
    "macro_top5": "macro top-5",
    "macro_top1_without_icmp_flood": "top-1 without ICMP Flood",
    "macro_top5_without_icmp_flood": "top-5 without ICMP Flood",
    "validation_macro_top1": "validation top-1",
    "validation_macro_top5": "validation top-5",
    "validation_mauc": "validation mAUC",
    "mauc": "mAUC",
    "mauc_anomaly": "mAUC, attacks only",
    "mauc_without_icmp_flood": "mAUC without ICMP Flood",
    "mauc_anomaly_without_icmp_flood": "mAUC, attacks only, without ICMP Flood",
    "macro_f1": "macro F1",
    "macro_f1_without_icmp_flood": "macro F1 without ICMP Flood",
    "accuracy": "accuracy",
    "share": "share",
}

# On a terminal these go first, then the paper's column where more than so many are left.
WIDE = (
    *(title for metric, title in _METRIC_TITLES.items() if metric.endswith("without_icmp_flood")),
    *(_METRIC_TITLES[metric] for metric in ("macro_f1", "accuracy")),
    "MACs and FLOPs of",
    "all parameters",
    "FLOPs",
)
MOST_COLUMNS = 5


@dataclass(frozen=True)
class Table:
    """Cells as text, not yet escaped for any format."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def metric_title(metric: str) -> str:
    """A metric's name in words."""
    return _METRIC_TITLES.get(metric, metric)


def ordered_metrics(rows: Sequence[Mapping[str, Score]]) -> list[str]:
    """Metrics that occur in `rows`: the known order first, others by alphabet."""
    known = list(_METRIC_TITLES)
    named = {metric for row in rows for metric in row}
    return sorted(named, key=lambda m: (known.index(m) if m in known else len(known), m))


def _cell(score: Score | None) -> str:
    return NOT_MEASURED if score is None else str(score)


def _seconds(timing: Timing | None, split: str, system: str) -> str:
    spent = timing.seconds(split, system) if timing else None
    return NOT_MEASURED if spent is None else f"{spent:.0f}"


def score_table(
    kind: str,
    title: str,
    split: str,
    systems: Mapping[str, SystemScores],
    timing: Timing | None = None,
    only: Sequence[str] | None = None,
) -> Table:
    """One row a system, one column a metric, then the paper's number and the seconds.

    Args:
        kind: "zero_shot" or "reasoning".
        timing: None leaves the column of seconds out.
        only: metrics to show; None shows all.
    """
    metrics = ordered_metrics([system.metrics for system in systems.values()])
    metrics = [metric for metric in metrics if only is None or metric in only]
    leading = "macro_top1" if kind == "zero_shot" else "mauc"
    rows = []
    for name in ordered(systems):
        row = [name, *(_cell(systems[name].metrics.get(metric)) for metric in metrics)]
        row.append(paper_number(kind, name, leading))
        if timing is not None:
            row.append(_seconds(timing, split, name))
        rows.append(tuple(row))
    columns = ("system", *map(metric_title, metrics), f"{PAPER_COLUMN}, {metric_title(leading)}")
    return Table(
        title, (*columns, "seconds, all seeds") if timing is not None else columns, tuple(rows)
    )


def scarcity_table(
    title: str, scarcity: Mapping[str, Mapping[str, Score]], budget: str = ""
) -> Table:
    """One row a system and share of the training part: mAUC on the whole test part.

    Args:
        budget: epochs at the greatest and the smallest share, in words; "" where not known.
    """
    rows = tuple(
        (
            system,
            f"{100 * float(share):g} %",
            str(scarcity[system][share]),
            paper_number("scarcity", system, share),
        )
        for system in ordered(scarcity)
        for share in sorted(scarcity[system], key=float, reverse=True)
    )
    title = f"{title} ({budget})" if budget else title
    return Table(title, ("system", "share of the training part", "mAUC", PAPER_COLUMN), rows)


def controls_table(title: str, controls: Mapping[str, Mapping[str, Score]]) -> Table:
    """One row a control, one column a metric; the paper has no such rows."""
    metrics = ordered_metrics(list(controls.values()))
    rows = tuple(
        (name, *(_cell(controls[name].get(metric)) for metric in metrics), NOT_IN_THE_TEXT)
        for name in ordered(controls)
    )
    return Table(title, ("control", *map(metric_title, metrics), PAPER_COLUMN), rows)


def per_class_table(title: str, metric: str, systems: Mapping[str, SystemScores]) -> Table | None:
    """One row a class, one column a system; None where no system has scores per class."""
    names = [s for s in ordered(systems) if any(metric in r for r in systems[s].per_class.values())]
    labels = list(dict.fromkeys(label for s in names for label in systems[s].per_class))
    rows = tuple(
        (label, *(_cell(systems[s].per_class.get(label, {}).get(metric)) for s in names))
        for label in labels
    )
    return Table(title, ("", *names), rows) if names else None


def _counted_for(system: str, window: int | None) -> str:
    """What one forward pass of a system takes in."""
    size = "one window" if window is None else f"one window of {window} packets"
    if system.startswith("gnn+"):
        return f"{size} and the encoding of one new packet"
    if system.startswith(_WINDOW_SYSTEMS):
        return size
    if system.startswith(_TOKEN_SYSTEMS):
        return "one packet of 128 tokens"
    return "one packet"


def cost_table(cost: Mapping[str, Mapping[str, float]], window: int | None = None) -> Table:
    """Parameters, multiply-accumulates and floating-point operations of each system.

    Args:
        window: packets of a detector's window; None where it is not known.
    """
    rows = []
    for name in ordered(cost):
        counted = (cost[name].get(key) for key in COST_FIELDS)
        cells = [NOT_MEASURED if value is None else f"{value:,.0f}" for value in counted]
        said = [paper_number("cost", name, key) for key in ("params_trainable", "macs")]
        said = [text for text in said if text != NOT_IN_THE_TEXT] or [NOT_IN_THE_TEXT]
        rows.append((name, _counted_for(name, window), *cells, "; ".join(said)))
    columns = (
        "system",
        "MACs and FLOPs of",
        "trainable parameters",
        "all parameters",
        "MACs",
        "FLOPs",
        PAPER_COLUMN,
    )
    return Table("Cost", columns, tuple(rows))


def _further_tables(name: str, split: SplitResults, budget: str) -> list[Table]:
    tables = []
    if split.scarcity:
        tables.append(scarcity_table(f"Less training data, split {name}", split.scarcity, budget))
    if split.controls:
        tables.append(controls_table(f"Controls, split {name}", split.controls))
    return tables


def split_tables(
    name: str,
    split: SplitResults,
    timing: Timing | None = None,
    only: Sequence[str] | None = None,
    budget: str = "",
) -> list[Table]:
    """All tables of one split; parts that were not measured have none.

    Args:
        budget: epochs of the scarcity rows, in words.
    """
    tables = [
        score_table(kind, f"{_TITLES[kind]}, split {name}", name, systems, timing, only)
        for kind, systems in (("zero_shot", split.zero_shot), ("reasoning", split.reasoning))
        if systems
    ]
    return [*tables, *_further_tables(name, split, budget)]


def class_tables(name: str, split: SplitResults) -> list[Table]:
    """Scores class by class of one split."""
    zero_shot = per_class_table(
        f"Zero-shot recall by class, split {name}", "recall", split.zero_shot
    )
    reasoning = per_class_table(f"Detection AUC by group, split {name}", "auc", split.reasoning)
    return [table for table in (zero_shot, reasoning) if table is not None]


def summary_tables(results: Results) -> list[Table]:
    """The main scores only: split by split, the honest one first, then the cost."""
    tables = [
        narrowed(table)
        for name, split in results.splits.items()
        for table in split_tables(name, split, only=SUMMARY_METRICS)
    ]
    return [*tables, narrowed(cost_table(results.cost))] if results.cost else tables


def narrowed(table: Table) -> Table:
    """A table without the columns that a terminal has no room for."""
    kept = [i for i, column in enumerate(table.columns) if column not in WIDE]
    if PAPER_COLUMN in table.columns and len(kept) > MOST_COLUMNS:
        kept.remove(table.columns.index(PAPER_COLUMN))
    return Table(
        table.title,
        tuple(table.columns[i] for i in kept),
        tuple(tuple(row[i] for i in kept) for row in table.rows),
    )
