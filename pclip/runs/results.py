"""results.json and plots.json from the results of the units."""

from __future__ import annotations

from typing import Any

import numpy as np

SCHEMA = 1
# Beyond this the last digits are noise of no interest, and files get long.
DIGITS = 6

Unit = dict[str, Any]


def spread(values: list[float], fixed: bool = False) -> dict[str, float | int | bool]:
    """Mean, sample standard deviation (absent for one value) and number of values.

    `fixed` marks a value that draws nothing: another seed would give it again.
    """
    found: dict[str, float | int | bool] = {
        "mean": round(float(np.mean(values)), DIGITS),
        "n": len(values),
    }
    if len(values) > 1:
        found["std"] = round(float(np.std(values, ddof=1)), DIGITS)
    if fixed:
        found["fixed"] = True
    return found


def summarise(units: list[Unit], key: str = "values") -> dict[str, Any]:
    """Metrics over seeds; "a/b/c" names become nested mappings.

    A metric that some seeds lack (a class absent from their part) is over those that have it.
    """
    names = dict.fromkeys(name for unit in units for name in unit[key])
    fixed = all(unit.get("fixed", False) for unit in units)
    nested: dict[str, Any] = {}
    for name in names:
        *path, last = name.split("/")
        place = nested
        for step in path:
            place = place.setdefault(step, {})
        place[last] = spread([unit[key][name] for unit in units if name in unit[key]], fixed)
    return nested


def assemble(
    config: dict[str, Any],
    commit: str,
    about: Unit,
    splits: dict[str, Any],
    costs: dict[str, Any],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """results.json (schema 1) and plots.json.

    Args:
        config: the resolved config.
        commit: the commits that the run was made with.
        about: the unit "inputs".
        splits: SPLIT -> {"seeds": [int], "units": {NAME: [one result a seed]}}.
        costs: the unit "cost".

    Returns:
        Two JSON values; no timings, so that a resumed run gives the same bytes.
    """
    results: dict[str, Any] = {
        "schema": SCHEMA,
        "dataset": about["dataset"],
        "config": config["name"],
        "commit": commit,
        "seeds": list(range(max(len(split["seeds"]) for split in splits.values()))),
        "encoders": about["encoders"],
        "reductions": list(config["reductions"]),
        "inputs": {
            key: about[key] for key in ("packets", "skipped", "distinct_inputs", "captions")
        },
        "splits": {},
        "cost": costs,
    }
    plots: dict[str, Any] = {
        "classes": about["classes"],
        "groups": about["groups"],
        "missions": about["missions"],
        # Runs that began before words were counted have none.
        "words": about.get("words", []),
        "class_distribution": {},
        "confusion": {},
        "roc": {},
    }
    for name, split in splits.items():
        units = split["units"]
        results["splits"][name] = _split_results(split["seeds"], units)
        first = {unit: found[0] for unit, found in units.items()}
        plots["class_distribution"][name] = first["packets"]["class_distribution"]
        plots["confusion"][name] = _confusions(first)
        plots["roc"][name] = {unit: found["roc"] for unit, found in first.items() if "roc" in found}
    return results, plots


def _split_results(seeds: list[int], units: dict[str, list[Unit]]) -> dict[str, Any]:
    packets = units["packets"][0]
    out: dict[str, Any] = {
        "seeds": seeds,
        "hashes": [unit["hash"] for unit in units["packets"]],
        "contexts_cross": packets["contexts_cross"],
        "packets": packets["packets"],
        "held_out": [unit["held_out"] for unit in units["packets"] if unit["held_out"]],
        "zero_shot": {},
        "reasoning": {},
        "scarcity": {},
        "controls": {},
    }
    for name, found in units.items():
        if name.startswith("heads="):
            out["zero_shot"][name.removeprefix("heads=")] = summarise(found)
        elif name.startswith("control-"):
            out["controls"][name.removeprefix("control-")] = summarise(found)
        elif name.startswith("scarcity-"):
            share, system = name.removeprefix("scarcity-").split("/", 1)
            values = [unit["values"]["mauc"] for unit in found]
            out["scarcity"].setdefault(system, {})[share] = spread(values)
        elif name != "packets":
            out["reasoning"][name] = summarise(found)
            if "class_values" in found[0]:
                out["zero_shot"][name] = summarise(found, "class_values")
    return {key: value for key, value in out.items() if value not in ({}, [])}


def _confusions(first: dict[str, Unit]) -> dict[str, Any]:
    found = {}
    for name, unit in first.items():
        if "confusion" in unit:
            found[name.removeprefix("heads=")] = unit["confusion"]
        if "class_confusion" in unit:
            found[f"{name} (classes)"] = unit["class_confusion"]
    return found
