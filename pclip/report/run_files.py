"""A run folder read into one value: results, plot data, metrics, timing, configuration."""

from __future__ import annotations

import json
import logging
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pclip.errors import PclipError
from pclip.report import fields
from pclip.report.plots import Plots, parse_plots
from pclip.report.results import Results, parse_results

_log = logging.getLogger("pclip")

# name of a run ("round/0/heads=both") -> name of a metric -> step -> value
Metrics = Mapping[str, Mapping[str, Mapping[int, float]]]


@dataclass(frozen=True)
class Timing:
    """Seconds by stage ("round/0/gnn"), in all, and what they were spent on."""

    stages: Mapping[str, float] = field(default_factory=dict)
    total_seconds: float | None = None
    device: str | None = None
    cores: int | None = None

    def seconds(self, split: str, system: str) -> float | None:
        """Seconds of one system on one split, all seeds together; None where none were kept."""
        ends = (system, f"heads={system}")
        spent = [
            seconds
            for stage, seconds in self.stages.items()
            if stage.split("/", 2)[0] == split and stage.split("/", 2)[-1] in ends
        ]
        return math.fsum(spent) if spent else None


@dataclass(frozen=True)
class Run:
    """What a run left behind.

    Args:
        absent: parts that are not there, in words, in a fixed order.
    """

    results: Results
    plots: Plots = field(default_factory=Plots)
    metrics: Metrics = field(default_factory=dict)
    timing: Timing = field(default_factory=Timing)
    config: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    absent: tuple[str, ...] = ()


def parse_timing(content: object, file: str = "timing.json") -> Timing:
    """Check the content of a timing.json.

    Raises:
        PclipError: a field that is not what it must be, by name.
    """
    root = fields.mapping(content, file)
    stages = fields.mapping(root.get("stages", {}), f"{file}: stages")
    total, device, cores = (root.get(key) for key in ("total_seconds", "device", "cores"))
    return Timing(
        stages={name: fields.number(s, f"{file}: stages.{name}") for name, s in stages.items()},
        total_seconds=None if total is None else fields.number(total, f"{file}: total_seconds"),
        device=None if device is None else fields.text(device, f"{file}: device"),
        cores=None if cores is None else fields.count(cores, f"{file}: cores"),
    )


def read_metrics(path: Path) -> Metrics:
    """Read metrics.jsonl; where a resumed run wrote a step twice the later value counts.

    A last line cut short by a kill is left out with a warning.

    Raises:
        PclipError: another line that is not a metric, by its number.
    """
    metrics: dict[str, dict[str, dict[int, float]]] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    except (OSError, UnicodeDecodeError) as error:
        raise PclipError(f"cannot read {path}: {error}.") from error
    for position, line in enumerate(lines, start=1):
        where = f"{path.name}: line {position}"
        if not line.strip():
            continue
        try:
            entry = fields.mapping(json.loads(line), where)
        except (ValueError, RecursionError) as error:
            if position == len(lines) and not line.endswith("\n"):
                _log.warning("%s is cut short (the run was stopped there); left out", where)
                break
            raise fields.malformed(where, line.strip(), "one JSON object a line") from error
        run, name = (fields.text(entry.get(key), f"{where}: {key}") for key in ("run", "name"))
        step, value = fields.count(entry.get("step"), f"{where}: step"), entry.get("value")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise fields.malformed(f"{where}: value", value, "a number")
        if isinstance(value, int):
            value = fields.number(value, f"{where}: value")
        metrics.setdefault(run, {}).setdefault(name, {})[step] = value
    return metrics


def _absent(run: Run, files: Mapping[str, bool]) -> tuple[str, ...]:
    splits = run.results.splits.values()
    parts = {
        "the configuration (config.json)": files["config.json"],
        "versions and devices (environment.json)": files["environment.json"],
        "seconds (timing.json)": files["timing.json"],
        "zero-shot scores": any(split.zero_shot for split in splits),
        "reasoning (detection) scores": any(split.reasoning for split in splits),
        "scarcity scores": any(split.scarcity for split in splits),
        "controls": any(split.controls for split in splits),
        "cost": bool(run.results.cost),
        "learning curves (metrics.jsonl)": bool(run.metrics),
        "the class distribution (plots.json)": bool(run.plots.class_distribution),
        "confusion matrices (plots.json)": bool(run.plots.confusion),
        "ROC curves (plots.json)": bool(run.plots.roc),
        "mission graphs (plots.json)": bool(run.plots.missions),
        "words of the captions (plots.json)": bool(run.plots.words),
    }
    return tuple(part for part, there in parts.items() if not there)


def read_run(folder: str | os.PathLike[str]) -> Run:
    """Read a run folder (a `--workdir`, or a folder under `results/`).

    Only results.json must be there.

    Raises:
        PclipError: no such folder, no results.json in it, or a file that is not what it must be.
    """
    place = Path(folder)
    if not (place / "results.json").is_file():
        found = "no such folder" if not place.is_dir() else "the folder holds no results.json"
        raise PclipError(
            f"{place}: {found}; a report needs the folder of a finished run. "
            "Give the --workdir of a run that ended, or a folder under results/."
        )
    names = ("results.json", "plots.json", "timing.json", "config.json", "environment.json")
    files = {name: (place / name).is_file() for name in names}
    content = {name: fields.read_json(place / name) for name in names if files[name]}
    metrics_path = place / "metrics.jsonl"
    parts: dict[str, Any] = {
        "results": parse_results(content["results.json"]),
        "plots": parse_plots(content.get("plots.json", {})),
        "timing": parse_timing(content.get("timing.json", {})),
        "config": fields.mapping(content.get("config.json", {}), "config.json"),
        "environment": fields.mapping(content.get("environment.json", {}), "environment.json"),
        "metrics": read_metrics(metrics_path) if metrics_path.is_file() else {},
    }
    return Run(**parts, absent=_absent(Run(**parts), files))
