from __future__ import annotations

import importlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from pclip.data import load, make_split, window_indices
from pclip.errors import PclipError
from pclip.runs import run
from pclip.runs.inputs import thinned
from pclip.serving import load as load_model
from pclip.serving.shipping import export_run

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def config():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT))
        c = importlib.import_module("configs.paper").get_config("smoke").unlock()
    c.seeds.round, c.seeds.random = 1, 0
    c.alignment.heads = ["both"]
    c.reasoning = ["gnn"]
    c.controls = []
    c.scarcity.fractions = []
    return c.lock()


@pytest.fixture(scope="module")
def finished(config, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "small"
    run(config, folder)
    return folder


@pytest.fixture(scope="module")
def shipped(finished, tmp_path_factory):
    before = (finished / "timing.json").read_bytes()
    out = tmp_path_factory.mktemp("shipped") / "small-model"
    manifest = export_run(finished, "round", 0, out)
    assert (finished / "timing.json").read_bytes() == before
    return manifest, out


@pytest.mark.slow
def test_the_manifest_says_where_it_comes_from(shipped, finished, config):
    manifest, _ = shipped
    assert manifest.name == "small-model"
    origin = manifest.origin
    assert (origin.config, origin.dataset, origin.split, origin.seed) == (
        ("paper", "testbed", "round", 0)
    )
    assert origin.commit == json.loads((finished / "environment.json").read_text())["commits"][0]
    unit = json.loads((finished / "units/round/0/gnn.json").read_text())
    assert origin.measured["mauc"] == unit["values"]["mauc"]
    assert set(origin.measured) == {"mauc", "mauc_anomaly", "macro_top1", "macro_top5"}
    assert manifest.groups == ("Benign", "DoS", "Reconnaissance", "Brute Force")
    assert manifest.detector.window == config.detector.window
    assert manifest.heads.temperature == pytest.approx(config.alignment.temperature)
    assert "random weights" in manifest.limits[0]


@pytest.mark.slow
def test_the_model_judges_as_the_run_did(shipped, finished, config):
    """The run's own scores, from the shipped model on the run's own test windows."""
    _, out = shipped
    dataset = thinned(load("testbed"), config.most_packets_per_class)
    split = make_split(dataset, "round", 0)
    model = load_model(out)
    windows = window_indices(dataset, split, "test", config.detector.window)
    # Serving sees a capture as it is; given only the packets of the part, windows are the part's.
    found = model.detect(dataset.packets.take(split.test))
    assert len(found.packets) == len(windows) == len(found.probabilities)
    matrix = np.zeros((4, 4), int)
    labels = dataset.group_labels[split.test]
    np.add.at(matrix, (labels, found.probabilities.argmax(axis=1)), 1)
    unit = json.loads((finished / "units/round/0/gnn.json").read_text())
    difference = np.abs(matrix - np.array(unit["confusion"]["matrix"])).sum()
    assert difference <= 2  # rounding may move a packet from one cell to another


@pytest.mark.slow
def test_another_division_of_the_data_is_refused(finished, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(finished, folder)
    unit = folder / "units/round/0/packets.json"
    unit.write_text(json.dumps(json.loads(unit.read_text()) | {"hash": "another"}))
    with pytest.raises(PclipError, match="divides testbed otherwise"):
        export_run(folder, "round", 0, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_is_no_finished_run_is_refused(tmp_path, config):
    with pytest.raises(PclipError, match=r"is no run: cannot read config\.json"):
        export_run(tmp_path / "nowhere", "round", 0, tmp_path / "out")
    folder = tmp_path / "begun"
    folder.mkdir()
    text = json.dumps(config.to_dict(), indent=2, sort_keys=True) + "\n"
    (folder / "config.json").write_text(text)
    with pytest.raises(PclipError, match=r"no finished unit round/0/heads=both"):
        export_run(folder, "round", 0, tmp_path / "out")
    for name in ("heads=both", "gnn"):
        unit = folder / f"units/round/0/{name}.json"
        unit.parent.mkdir(parents=True, exist_ok=True)
        unit.write_text("{}")
    (folder / "checkpoints/round/0/heads=both/3").mkdir(parents=True)
    with pytest.raises(PclipError, match="lacks the checkpoint of round/0/heads=both at step 6"):
        export_run(folder, "round", 0, tmp_path / "out")
    (folder / "config.json").write_text("{")
    with pytest.raises(PclipError, match="is no run"):
        export_run(folder, "round", 0, tmp_path / "out")
    assert not (tmp_path / "out").exists()
