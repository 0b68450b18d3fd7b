"""Learning curves out of metrics.jsonl: mean and deviation over seeds, step by step."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pclip.report.run_files import Metrics

HEADS = "heads="


@dataclass(frozen=True)
class Curve:
    """A metric during training.

    Args:
        steps: steps at which every seed has a value, ascending.
        seeds: values by seed at those steps, [seeds][steps].
    """

    steps: tuple[int, ...]
    seeds: tuple[tuple[float, ...], ...]

    @property
    def mean(self) -> tuple[float, ...]:
        """Mean over seeds at each step."""
        return tuple(statistics.fmean(values) for values in zip(*self.seeds, strict=True))

    @property
    def std(self) -> tuple[float, ...]:
        """Sample standard deviation over seeds at each step; 0 for one seed."""
        if len(self.seeds) < 2:
            return (0.0,) * len(self.steps)
        return tuple(_deviation(values) for values in zip(*self.seeds, strict=True))


def _deviation(values: Sequence[float]) -> float:
    mean = statistics.fmean(values)
    return (sum((value - mean) ** 2 for value in values) / (len(values) - 1)) ** 0.5


def system_of(run: str) -> tuple[str, str, str] | None:
    """Split, seed and system of a run's name: "round/0/heads=both" -> round, 0, both."""
    parts = run.split("/")
    if len(parts) != 3:
        return None
    return parts[0], parts[1], parts[2].removeprefix(HEADS)


def learning_curves(metrics: Metrics, name: str) -> dict[str, dict[str, Curve]]:
    """Curves of the metric `name`: split -> system -> curve.

    Runs whose names are not SPLIT/SEED/SYSTEM, and systems whose seeds share fewer than two
    steps, have no curve.
    """
    values: dict[str, dict[str, dict[str, Mapping[int, float]]]] = {}
    for run, by_name in metrics.items():
        place = system_of(run)
        if place is not None and name in by_name:
            split, seed, system = place
            values.setdefault(split, {}).setdefault(system, {})[seed] = by_name[name]
    curves: dict[str, dict[str, Curve]] = {}
    for split, systems in values.items():
        for system, seeds in systems.items():
            shared = sorted(set.intersection(*(set(points) for points in seeds.values())))
            if len(shared) < 2:
                continue
            rows = tuple(tuple(seeds[seed][step] for step in shared) for seed in sorted(seeds))
            curves.setdefault(split, {})[system] = Curve(tuple(shared), rows)
    return curves
