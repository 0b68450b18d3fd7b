"""A pre-training run for readers: what it read, what it learned, its curve."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pclip.report import fields
from pclip.report.figures.style import Drawing, house_style, new_figure, value_grid
from pclip.report.markdown import code, escape, table
from pclip.report.run_files import parse_timing, read_metrics
from pclip.report.tables import Table

RUN = "pretraining"
FILE = "results.json"
LOSSES = {
    "bigrams": ("masked bigrams, in training", "#9AB7D3", "-"),
    "held_out_bigrams": ("masked bigrams, held-out packets", "#1F5A96", "o-"),
}
TASKS = {
    "held_out_bigrams": "cross entropy of a masked bigram, held-out packets (nats)",
    "held_out_bigrams_right": "masked bigrams told right, held-out packets",
    "held_out_origin": "cross entropy of same-origin prediction, held-out pairs (nats)",
    "held_out_origin_right": "same-origin prediction right, held-out pairs (chance 0.5)",
}


def draw_pretraining(folder: Path) -> Drawing:
    """The loss on training batches and on held-out packets against the step.

    Raises:
        PclipError: the folder's metrics.jsonl is not what it must be.
    """
    metrics = read_metrics(Path(folder) / "metrics.jsonl").get(RUN, {})
    with house_style():
        figure = new_figure(6.0, 3.0)
        axis = figure.subplots()
        for name, (label, colour, look) in LOSSES.items():
            points = sorted(metrics.get(name, {}).items())
            steps, values = [step for step, _ in points], [value for _, value in points]
            axis.plot(steps, values, look, color=colour, label=label, markersize=3.5)
        axis.set_xlabel("training step")
        axis.set_ylabel("cross entropy (nats)")
        value_grid(axis, "y")
        axis.legend()
    return Drawing(
        "pretraining",
        "Pre-training the packet encoder",
        "Cross entropy of masked bigrams. In training it is taken over sampled words, on held-out "
        "packets over the whole vocabulary of 65,536 (guessing: 11.09): the two are not on one "
        "scale.",
        figure,
    )


def pretraining_section(folder: Path, command: str) -> str:
    """The run as a section of RESULTS.md.

    Args:
        folder: of the run's files.
        command: what made them.

    Raises:
        PclipError: results.json or timing.json is not what it must be.
    """
    found = fields.mapping(fields.read_json(Path(folder) / FILE), FILE)
    timing = parse_timing(fields.read_json(Path(folder) / "timing.json"))
    sizes = fields.mapping(found.get("data"), f"{FILE}: data")
    rows = [_size_row(part, sizes) for part in ("train", "held_out")]
    scores = fields.mapping(found.get("held_out"), f"{FILE}: held_out")
    losses = [
        (meaning, f"{fields.number(scores.get(name), f'{FILE}: held_out.{name}'):.3f}")
        for name, meaning in TASKS.items()
    ]
    steps = fields.count(found.get("steps"), f"{FILE}: steps")
    tokens = fields.count(found.get("tokens_seen"), f"{FILE}: tokens_seen")
    hours = (timing.total_seconds or 0.0) / 3600
    return "\n\n".join(
        [
            "## Pre-training",
            f"Command: {code(command)}",
            f"{steps:,} steps of batches with {tokens:,} token places in all (padding counted), "
            f"{hours:.1f} hours on {escape(timing.device or 'a device that was not kept')}, "
            f"commit {code(fields.text(found.get('commit'), f'{FILE}: commit'))}, weights "
            f"sha256 {code(fields.text(found.get('sha256'), f'{FILE}: sha256')[:12] + '…')}.",
            table(Table("", ("packets", "distinct", "tokens", "pairs of one burst"), tuple(rows))),
            table(_source_table(found)),
            table(Table("", ("after the last step", "value"), tuple(losses))),
        ]
    )


def _size_row(part: str, sizes: Mapping[str, Any]) -> tuple[str, ...]:
    where = f"{FILE}: data.{part}"
    own = fields.mapping(sizes.get(part), where)
    counts = [
        fields.count(own.get(name), f"{where}.{name}")
        for name in ("distinct_packets", "tokens", "pairs")
    ]
    return (part.replace("_", " "), *(f"{value:,}" for value in counts))


def _source_table(found: Mapping[str, Any]) -> Table:
    names = ("files", "left_out", "packets", "held_out_packets")
    rows = []
    for i, item in enumerate(fields.sequence(found.get("sources"), f"{FILE}: sources")):
        where = f"{FILE}: sources[{i}]"
        source = fields.mapping(item, where)
        counts = [fields.count(source.get(name), f"{where}.{name}") for name in names]
        rows.append(
            (fields.text(source.get("name"), f"{where}.name"), *(f"{value:,}" for value in counts))
        )
    return Table(
        "", ("source", "captures", "files left out", "packets", "held-out packets"), tuple(rows)
    )
