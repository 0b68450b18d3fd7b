"""results.json of a probe experiment from its units."""

from __future__ import annotations

from typing import Any

from pclip.runs.results import SCHEMA, Unit, summarise

KIND = "probe"


def assemble_probe(
    config: dict[str, Any],
    commits: list[str],
    about: Unit,
    bounds: dict[str, list[Unit]],
    trials: dict[str, dict[str, list[Unit]]],
) -> dict[str, Any]:
    """results.json, schema 1, of the kind "probe".

    Args:
        config: the resolved config.
        commits: those that the run was made with.
        about: the units "inputs" and "representations" as one.
        bounds: SPLIT -> a unit a seed: PART -> {"values": upper bounds}.
        trials: SPLIT -> SYSTEM -> a unit a seed: PART -> {"values": ..., "settings": ...}.

    Returns:
        A JSON value; no timings, so that a resumed run gives the same bytes.
    """
    parts = ("validation", "test") if config["test"] else ("validation",)
    splits: dict[str, Any] = {}
    for split, systems in trials.items():
        splits[split] = {
            "packets": about["packets"][split],
            "bound": {part: _scores(bounds[split], part) for part in parts},
            "systems": {
                name: {
                    **{part: _scores(units, part) for part in parts},
                    "settings": [unit["validation"]["settings"] for unit in units],
                }
                for name, units in systems.items()
            },
        }
    return {
        "schema": SCHEMA,
        "kind": KIND,
        "dataset": about["dataset"],
        "config": config["name"],
        "commit": ", ".join(commits),
        "packet": config["packet"],
        "encoder": config["encoder"],
        "packets_per_class": config["packets_per_class"],
        "distinct_inputs": about["distinct_inputs"],
        "representations": about["representations"],
        "splits": splits,
    }


def _scores(units: list[Unit], part: str) -> dict[str, Any]:
    """Metrics over seeds, those of a probe below its name."""
    return summarise([{"values": unit[part]["values"], "fixed": unit["fixed"]} for unit in units])
