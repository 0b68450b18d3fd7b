from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import pclip
from pclip.errors import PclipError
from pclip.models.packet_encoder import load_packet_encoder
from pclip.models.text_encoder import MINILM_SHA256
from pclip.serving import by_name

MOST_BYTES = 2_000_000
MINI = Path(pclip.__file__).parent / "weights" / "pclip-mini"


def test_pclip_mini_is_small_and_loads():
    assert sum(file.stat().st_size for file in MINI.iterdir()) <= MOST_BYTES
    model = pclip.load("pclip-mini")
    manifest = model.manifest
    assert model.name == "pclip-mini"
    assert manifest.groups == ("Benign", "DoS", "Reconnaissance", "Brute Force")
    assert manifest.text_encoder.sha256 == MINILM_SHA256
    assert model.note.startswith("pre-trained on ")
    assert model.note == load_packet_encoder(manifest.packet_encoder.name).note
    assert model.packet_encoder.sha256 == manifest.packet_encoder.sha256
    assert manifest.limits
    assert manifest.origin.measured["mauc"] > 0.5


def test_names_are_those_of_folders_with_a_manifest(monkeypatch, tmp_path, saved):
    (tmp_path / "weights" / "empty").mkdir(parents=True)
    (tmp_path / "weights" / "made").symlink_to(saved)
    monkeypatch.setattr(by_name.resources, "files", lambda _: tmp_path)
    assert list(by_name.packaged_models()) == ["made"]
    assert pclip.load("made").name == "made"
    with pytest.raises(
        PclipError, match="no model is called 'empty', known by name: made; and no encoder"
    ):
        pclip.load("empty")
    with pytest.raises(PclipError, match="known by name: made; or give a folder"):
        pclip.load_model("empty")


def test_an_installation_without_models_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(by_name.resources, "files", lambda _: tmp_path)
    with pytest.raises(PclipError, match="carries no model"):
        pclip.load()


def test_a_named_model_is_loaded_once(monkeypatch, model, capture):
    calls = []
    monkeypatch.setattr(by_name, "packaged_models", lambda: {"made-once": None})
    monkeypatch.setattr(by_name, "load_model", lambda name: calls.append(name) or model)
    first = pclip.detect(capture, model="made-once")
    again = pclip.detect(capture, model="made-once")
    assert calls == ["made-once"]
    np.testing.assert_array_equal(first.probabilities, again.probabilities)


def test_a_folder_without_a_model(tmp_path):
    with pytest.raises(PclipError, match=r"manifest\.json: no such file"):
        pclip.load_model(tmp_path)
    with pytest.raises(PclipError, match=r"holds neither the manifest\.json .* nor the config"):
        pclip.load(tmp_path)


def test_a_folder_that_a_run_left_is_named_for_what_it_is(tmp_path):
    run = tmp_path / "run"
    (run / "et-bert-tiny").mkdir(parents=True)
    for name in ("config.json", "environment.json"):
        (run / name).write_text("{}")
    with pytest.raises(PclipError, match=r"the folder of a run, not of a model or an encoder$"):
        pclip.load(run)
    (run / "et-bert-tiny" / "model.safetensors").touch()
    with pytest.raises(PclipError, match=r"run, not .*: give .*run/et-bert-tiny$"):
        pclip.load(run)
    student = tmp_path / "int8"
    student.mkdir()
    (student / "student.json").write_text("{}")
    with pytest.raises(PclipError, match=r"holds a student .*read_student reads"):
        pclip.load(student)
    with pytest.raises(PclipError, match="the name is empty"):
        pclip.load("")
