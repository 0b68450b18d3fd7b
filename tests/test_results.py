"""The committed results are those of the configs as they stand, made by the command they state."""

from __future__ import annotations

import importlib
import json
import shlex
from pathlib import Path

import pytest

from experiments.results import ENCODER_RUNS
from pclip.data import SPLITS

ROOT = Path(__file__).resolve().parents[1]
EVERY = sorted(path.parent for path in (ROOT / "results").glob("*/results.json"))
# Those of the two questions; experiments with the encoders have stages and results of their own.
FOLDERS = [folder for folder in EVERY if folder.name not in ENCODER_RUNS]


def command_of(folder: Path) -> list[str]:
    return shlex.split((folder / "command.txt").read_text())


def config_of(folder: Path) -> dict:
    """What the command's config file gives today, as JSON has it."""
    (word,) = [w for w in command_of(folder) if w.startswith("--config=")]
    name, _, variant = word.removeprefix("--config=configs/").partition(":")
    module = importlib.import_module(f"configs.{name.removesuffix('.py')}")
    return json.loads(json.dumps(module.get_config(variant).to_dict()))


def read(folder: Path, name: str) -> dict:
    return json.loads((folder / name).read_text())


def test_there_are_results_on_every_split():
    assert {"reproduce"} <= {folder.name for folder in FOLDERS}
    measured = {split for folder in FOLDERS for split in read(folder, "results.json")["splits"]}
    assert measured == set(SPLITS)


def test_reproduce_took_no_longer_than_the_readme_says():
    assert read(ROOT / "results" / "reproduce", "timing.json")["total_seconds"] < 15 * 60


@pytest.mark.parametrize("folder", EVERY, ids=lambda folder: folder.name)
def test_the_config_is_todays_and_the_command_overrides_nothing(folder):
    assert not [word for word in command_of(folder) if word.startswith("--config.")]
    assert read(folder, "config.json") == config_of(folder)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_stage_and_every_curve_belongs_to_the_config(folder):
    config = read(folder, "config.json")
    stages = list(read(folder, "timing.json")["stages"])
    assert {"embed/packets", "embed/captions", "embed/prompts", "embed/concepts"} <= set(stages)
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    curves = [json.loads(line)["run"] for line in lines]
    seen = set()
    for name in {*stages, *curves} - {"inputs", "cost"}:
        split, *rest = name.split("/")
        if split == "embed":
            continue
        assert int(rest[0]) < config["seeds"][split], name
        seen.add((split, int(rest[0])))
        if rest[1].startswith("scarcity-"):
            assert float(rest[1].removeprefix("scarcity-")) in config["scarcity"]["fractions"], name
    assert seen == {(split, i) for split, n in config["seeds"].items() for i in range(n)}


@pytest.mark.parametrize("folder", EVERY, ids=lambda folder: folder.name)
def test_results_name_the_commits_of_the_run(folder):
    results, environment = read(folder, "results.json"), read(folder, "environment.json")
    assert results["commit"] == ", ".join(environment["commits"])
    assert not any("dirty" in commit or commit == "unknown" for commit in environment["commits"])


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_results_name_the_seeds_of_the_run(folder):
    results = read(folder, "results.json")
    for split, content in results["splits"].items():
        assert len(content["seeds"]) == read(folder, "config.json")["seeds"][split]
