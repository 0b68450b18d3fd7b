from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace

import jax
import numpy as np
import pytest
import safetensors.numpy

from pclip.errors import PclipError
from pclip.serving import artefact as module
from pclip.serving import load_artefact, save_artefact
from pclip.serving.artefact import MANIFEST_FILE, WEIGHTS_FILE, expected_shapes


def tensors_of(folder):
    return safetensors.numpy.load((folder / WEIGHTS_FILE).read_bytes())


def spoil(folder, content):
    """Other weights, vouched for by the manifest's hash: what a forger would do."""
    if not isinstance(content, bytes):
        content = safetensors.numpy.save(content)
    (folder / WEIGHTS_FILE).write_bytes(content)
    document = json.loads((folder / MANIFEST_FILE).read_text())
    document["weights_sha256"] = hashlib.sha256(content).hexdigest()
    (folder / MANIFEST_FILE).write_text(json.dumps(document))


def test_what_is_saved_is_loaded_bit_for_bit(artefact, saved):
    found = load_artefact(saved)
    assert found.manifest == replace(
        artefact.manifest, weights_sha256=found.manifest.weights_sha256
    )
    content = (saved / WEIGHTS_FILE).read_bytes()
    assert found.manifest.weights_sha256 == hashlib.sha256(content).hexdigest()
    for part in ("heads", "variables", "standardiser", "concepts"):
        jax.tree.map(np.testing.assert_array_equal, getattr(found, part), getattr(artefact, part))


def test_saving_again_gives_the_same_bytes(artefact, saved, tmp_path):
    save_artefact(tmp_path / "again", artefact)
    for name in (WEIGHTS_FILE, MANIFEST_FILE):
        assert (tmp_path / "again" / name).read_bytes() == (saved / name).read_bytes()


def test_the_tensors_are_those_of_the_format(saved, artefact):
    shapes = expected_shapes(artefact.manifest)
    assert {name: leaf.shape for name, leaf in tensors_of(saved).items()} == shapes
    assert shapes["heads/packet/kernel"] == (128, 24)
    assert shapes["heads/text/bias"] == (24,)
    assert shapes["standardiser/mean"] == (128,)
    assert shapes["concepts/dos"] == shapes["concepts/scan"] == (3, 24)
    assert shapes["detector/params/head/logits/kernel"] == (12, 3)
    assert shapes["detector/batch_stats/graph_dos/norm_1/mean"] == (4,)


@pytest.mark.parametrize(
    ("kind", "standardised", "sides"),
    [("none", False, set()), ("packet", True, {"packet"}), ("both", False, {"packet", "text"})],
)
def test_heads_and_standardiser_are_there_where_the_kind_has_them(
    artefact, kind, standardised, sides
):
    heads = replace(artefact.manifest.heads, kind=kind, width=384, standardised=standardised)
    shapes = expected_shapes(replace(artefact.manifest, heads=heads))
    assert {name.split("/")[1] for name in shapes if name.startswith("heads/")} == sides
    assert ("standardiser/mean" in shapes) == standardised


def test_a_model_that_does_not_fit_its_manifest_is_not_saved(artefact, tmp_path):
    with pytest.raises(ValueError, match="lacks: heads/text/kernel"):
        save_artefact(tmp_path, replace(artefact, heads={"packet": artefact.heads["packet"]}))
    assert not list(tmp_path.iterdir())


def test_saving_replaces_a_model_and_leaves_other_files(artefact, copy, renamed):
    (copy / "notes.txt").write_text("mine")
    save_artefact(copy, renamed(name="other"))
    assert load_artefact(copy).manifest.name == "other"
    assert (copy / "notes.txt").read_text() == "mine"


def test_a_kill_between_the_two_files_leaves_no_model(artefact, copy, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "write_atomic", killed)
    with pytest.raises(KeyboardInterrupt):
        save_artefact(copy, artefact)
    with pytest.raises(PclipError, match=r"manifest\.json: no such file"):
        load_artefact(copy)


def test_a_folder_that_cannot_be_written(artefact, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PclipError, match="cannot write"):
        save_artefact(tmp_path / "file" / "model", artefact)


def without(name):
    return lambda t: {key: leaf for key, leaf in t.items() if key != name}


def changed(name, change):
    return lambda t: t | {name: np.ascontiguousarray(change(t[name]))}


BIAS, VARIANCE = "heads/packet/bias", "detector/batch_stats/graph_dos/norm_1/var"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (without(BIAS), "lacks: heads/packet/bias"),
        (lambda t: t | {"a\x1b[0m": np.zeros(1, np.float32)}, r"unknown tensors: 'a\\x1b\[0m'"),
        (changed(BIAS, lambda x: x[:-1]), r"heads/packet/bias is \(23,\), expected \(24,\)"),
        (changed(BIAS, lambda x: x.astype(np.float64)), "other types than float32"),
        (changed(BIAS, lambda x: x * np.nan), "not finite in: heads/packet/bias"),
        (changed("standardiser/deviation", lambda x: x * 0), "not positive"),
        (changed(VARIANCE, lambda x: x - 9), "not positive"),
        (lambda t: {}, "lacks: .* and [0-9]+ more"),
    ],
)
def test_other_tensors_than_the_manifest_describes_are_refused(copy, change, said):
    spoil(copy, change(tensors_of(copy)))
    with pytest.raises(PclipError, match=said) as caught:
        load_artefact(copy)
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80\x04K\x01.",  # a pickle
        (2**62).to_bytes(8, "little") + b"{}",
        (2).to_bytes(8, "little") + b"{}",
        b"\xff" * 64,
    ],
)
def test_what_is_not_safetensors_is_refused(copy, content):
    spoil(copy, content)
    with pytest.raises(PclipError, match=r"weights\.safetensors"):
        load_artefact(copy)


@pytest.mark.parametrize("keep", [0, 7, 100, -1])
def test_truncated_weights_are_refused_with_and_without_the_right_hash(copy, keep):
    content = (copy / WEIGHTS_FILE).read_bytes()[:keep]
    (copy / WEIGHTS_FILE).write_bytes(content)
    with pytest.raises(PclipError, match="has sha256"):
        load_artefact(copy)
    spoil(copy, content)
    with pytest.raises(PclipError, match="not a whole safetensors file"):
        load_artefact(copy)


@pytest.mark.parametrize("name", [WEIGHTS_FILE, MANIFEST_FILE])
def test_a_file_that_is_missing_is_named(copy, name):
    (copy / name).unlink()
    with pytest.raises(PclipError, match=f"{name}: no such file"):
        load_artefact(copy)


@pytest.mark.parametrize("name", [WEIGHTS_FILE, MANIFEST_FILE])
def test_a_huge_file_is_not_read(copy, name, monkeypatch):
    monkeypatch.setattr(module, "MAX_WEIGHTS_BYTES", 1000)
    monkeypatch.setattr(module, "MAX_MANIFEST_BYTES", 2**16)
    os.truncate(copy / name, 2**40)  # sparse: reading it all would fail by memory
    with pytest.raises(PclipError, match=f"{name} is larger than"):
        load_artefact(copy)
