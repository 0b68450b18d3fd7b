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
TELLERS = {
    "encoder": "the encoder with its head",
    "neighbours": "counts of the training packets, and the bytes that the neighbours show",
    "frequency": "counts of the training packets alone",
}
"""Who tells the masked bigrams of held-out packets, in the order of the table."""


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
    steps = fields.count(found.get("steps"), f"{FILE}: steps")
    places = fields.count(found.get("token_places"), f"{FILE}: token_places")
    hours = (timing.total_seconds or 0.0) / 3600
    return "\n\n".join(
        [
            "## Pre-training",
            f"Command: {code(command)}",
            f"{steps:,} steps of batches with {places:,} token places in all (padding counted), "
            f"{hours:.1f} hours on {escape(timing.device or 'a device that was not kept')}, "
            f"commit {code(fields.text(found.get('commit'), f'{FILE}: commit'))}, weights "
            f"sha256 {code(fields.text(found.get('sha256'), f'{FILE}: sha256')[:12] + '…')}.",
            table(Table("", ("packets", "distinct", "tokens", "pairs of one burst"), tuple(rows))),
            table(_source_table(found)),
            table(_told_table(found)),
            "*Of held-out packets, after the last step; the standard error is over batches. A "
            "pre-trained encoder that is no better than counts has learned little of what packets "
            "say; what its vectors are worth is another question, which the probes ask.*",
        ]
    )


def _told_table(found: Mapping[str, Any]) -> Table:
    where = f"{FILE}: held_out"
    held_out = fields.mapping(found.get("held_out"), where)
    rows = []
    for name, words in TELLERS.items():
        scores = fields.mapping(held_out.get(name), f"{where}.{name}")
        lengths = fields.mapping(scores.get("by_length"), f"{where}.{name}.by_length")
        of_lengths = {f" (to {n} positions)": score for n, score in lengths.items()}
        for suffix, score in {"": scores.get("bigrams"), **of_lengths}.items():
            rows.append((f"masked bigrams{suffix}", words, *_cells(score, f"{where}.{name}")))
    rows.sort(key=lambda row: (len(row[0]), row[0]))
    encoder = fields.mapping(held_out.get("encoder"), f"{where}.encoder")
    if "origin" in encoder:
        cells = _cells(encoder["origin"], f"{where}.encoder.origin")
        rows.append(("same origin (guessing: 0.69, 50 %)", TELLERS["encoder"], *cells))
    return Table("", ("task", "told by", "cross entropy (nats)", "right"), tuple(rows))


def _cells(score: object, where: str) -> tuple[str, str]:
    values = fields.mapping(score, where)
    loss, error, right = (
        fields.number(values.get(name), f"{where}.{name}") for name in ("loss", "error", "right")
    )
    return f"{loss:.2f} ± {error:.2f}", f"{100 * right:.1f} %"


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
