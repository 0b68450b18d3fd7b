"""The probe experiment on the built-in capture thinned out, with a tiny encoder."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import pclip.runs.probe_inputs
import pclip.runs.representations
from configs import paper, probe
from pclip.data import make_split
from pclip.errors import PclipError
from pclip.models.encoder_card import ARITHMETIC_VOCABULARY, EncoderCard
from pclip.models.encoder_config import EncoderConfig
from pclip.models.encoder_folder import write_encoder
from pclip.models.parameters import params_sha256, random_params
from pclip.models.pretraining import init_pretraining
from pclip.runs.inputs import thinned
from pclip.runs.probe import run_probe
from pclip.runs.probe_inputs import probe_inputs


@pytest.fixture(scope="module")
def few(testbed):
    return thinned(testbed, 12)


@pytest.fixture(autouse=True)
def _few_packets(few, monkeypatch):
    monkeypatch.setattr(pclip.runs.probe_inputs, "read_dataset", lambda config: few)


def config(**fields):
    c = probe.get_config("smoke").unlock()
    c.packet.tokens = 16
    c.linear.penalties = (0.1, 0.001)
    c.seeds = paper.seeds(round=2)
    c.encoders = ()
    c.counted = ("byte_histogram",)
    c.update_from_flattened_dict(fields)
    return c.lock()


def files(folder):
    return {
        path.relative_to(folder): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


@pytest.fixture(scope="module")
def whole(few, tmp_path_factory):
    """A run with an encoder, drawn twice, beside counted bytes."""
    folder = tmp_path_factory.mktemp("whole")
    asked = config(encoders=("et-bert-tiny:random",))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pclip.runs.probe_inputs, "read_dataset", lambda config: few)
        return folder, asked, run_probe(asked, folder)


def test_results_hold_every_system_on_both_parts_below_the_bound(whole):
    folder, asked, results = whole
    assert results == json.loads((folder / "results.json").read_text())
    assert (results["schema"], results["kind"]) == (1, "probe")
    split = results["splits"]["round"]
    assert set(split["systems"]) == {"et-bert-tiny:random", "byte_histogram"}
    for name, parts in split["systems"].items():
        seeds = 2 if name.endswith(":random") else 1
        assert len(parts["settings"]) == seeds
        for part in ("validation", "test"):
            assert set(parts[part]) == set(asked.probes)
            for probe_name, metrics in parts[part].items():
                assert metrics["macro_f1"]["n"] == seeds
                assert ("fixed" in metrics["macro_f1"]) == (seeds == 1)
                for metric in ("macro_f1", "accuracy"):
                    bound = split["bound"][part][metric]["mean"]
                    assert 0 <= metrics[metric]["mean"] <= bound + 1e-6, (name, probe_name)
    shas = results["representations"]["et-bert-tiny:random"]["sha256"]
    assert len(set(shas)) == 2


def test_each_trial_had_one_look_and_a_finished_run_takes_none(whole):
    folder, asked, results = whole
    looks = [json.loads(line) for line in (folder / "looks.jsonl").read_text().splitlines()]
    assert sorted((look["representation"], look["seed"]) for look in looks) == [
        ("byte_histogram", 0),
        ("et-bert-tiny:random", 0),
        ("et-bert-tiny:random", 1),
    ]
    before = files(folder)
    assert run_probe(asked, folder) == results
    assert files(folder) == before


def test_a_run_stopped_after_the_look_finishes_it(whole):
    folder, asked, results = whole
    looks = (folder / "looks.jsonl").read_bytes()
    (folder / "units" / "round" / "0" / "byte_histogram-test.json").unlink()
    (folder / "results.json").unlink()
    assert run_probe(asked, folder) == results
    assert (folder / "looks.jsonl").read_bytes() == looks


def test_validation_alone_gathers_no_test_part_and_takes_no_look(few, tmp_path):
    asked = config(test=False)
    inputs = probe_inputs(asked)
    assert set(inputs.parts) == {("round", 0, "train"), ("round", 0, "validation")}
    results = run_probe(asked, tmp_path)
    assert not (tmp_path / "looks.jsonl").exists()
    split = results["splits"]["round"]
    assert set(split["bound"]) == set(split["packets"]) - {"train"} == {"validation"}
    assert set(split["systems"]["byte_histogram"]) == {"validation", "settings"}


def test_choices_do_not_see_the_test_part(few, tmp_path, monkeypatch):
    first = run_probe(config(), tmp_path / "first")
    labels = few.labels.copy()
    test = make_split(few, "round").test
    labels[test] = np.random.default_rng(0).permutation(labels[test])
    other = replace(few, labels=labels)
    monkeypatch.setattr(pclip.runs.probe_inputs, "read_dataset", lambda config: other)
    second = run_probe(config(), tmp_path / "second")
    one, two = (found["splits"]["round"]["systems"]["byte_histogram"] for found in (first, second))
    assert one["test"] != two["test"]
    assert one["settings"] == two["settings"]
    assert one["validation"] == two["validation"]


def test_a_recipe_has_one_look_in_all_runs(tmp_path):
    asked = config(looks=str(tmp_path / "looks.jsonl"))
    run_probe(asked, tmp_path / "first")
    with pytest.raises(PclipError, match=r"byte_histogram had its look at the test part of round"):
        run_probe(asked, tmp_path / "second")
    assert not (tmp_path / "second" / "results.json").exists()
    # Other settings to choose from make another recipe.
    other = config(looks=asked.looks, **{"linear.penalties": (1.0,)})
    run_probe(other, tmp_path / "third")
    assert len((tmp_path / "looks.jsonl").read_text().splitlines()) == 2


def test_other_weights_under_the_same_name_are_refused(tmp_path, monkeypatch):
    asked = config(encoders=("et-bert-tiny",), counted=(), test=False)
    run_probe(asked, tmp_path)
    load = pclip.runs.representations.load_packet_encoder
    monkeypatch.setattr(
        pclip.runs.representations, "load_packet_encoder", lambda name, seed: load(name, seed=5)
    )
    with pytest.raises(PclipError, match="began with other weights of et-bert-tiny"):
        run_probe(asked, tmp_path)


def test_a_folder_is_probed_beside_the_random_control_of_its_sizes(tmp_path):
    size = EncoderConfig(ARITHMETIC_VOCABULARY, width=8, layers=2, heads=2, ff=12, word_rank=4)
    card = EncoderCard(
        kind="packet", config=size, vocabulary="arithmetic", pooling="mean", source="a test",
        licence="none", note="for a test",
    )  # fmt: skip
    folder = str(tmp_path / "made")
    write_encoder(folder, random_params(size, seed=9), card)
    encoders = (folder, f"{folder}:random", f"{folder}:initial")
    asked = config(encoders=encoders, test=False, **{"encoder.layer": 1})
    results = run_probe(asked, tmp_path / "run")
    assert set(results["splits"]["round"]["systems"]) >= set(asked.encoders)
    notes = results["representations"]
    assert notes[folder]["note"] == "for a test"
    expected = [params_sha256(random_params(size, seed)) for seed in (0, 1)]
    assert notes[f"{folder}:random"]["sha256"] == expected
    expected = [params_sha256(init_pretraining(size, seed)["encoder"]) for seed in (0, 1)]
    assert notes[f"{folder}:initial"]["sha256"] == expected


def test_a_sample_stands_for_its_part(few):
    everything, sample = (
        probe_inputs(config(packets_per_class=most)).parts["round", 0, "train"] for most in (0, 5)
    )
    np.testing.assert_allclose(
        np.bincount(sample.labels, sample.counts),
        np.bincount(everything.labels, everything.counts),
    )
    assert len(sample.counts) < len(everything.counts)
    assert np.bincount(sample.labels).max() <= 5


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("encoders", ("et-bert-huge",), "config.encoders is 'et-bert-huge'"),
        ("encoder.pooling", "max", "expected one of mean, cls"),
        ("encoder.layer", 9, "layer 9 of et-bert-tiny:random, which has 2"),
        ("counted", ("trigrams",), "expected one of byte_histogram"),
        ("counted", (), "a representation"),
        ("probes", (), "a probe"),
        ("probes", ("forest",), "expected one of linear"),
        ("packet.bytes", "all", "config.packet.bytes"),
        ("packet.tokens", 1, "expected 2 to 512"),
        ("linear.penalties", (0.0,), "numbers above 0"),
        ("neighbours.counts", (), "numbers above 0"),
        ("packets_per_class", -1, "0 \\(all\\) or more"),
        ("seeds.round", 0, "at least one seed"),
        ("purpose", " ", "--config.purpose"),
    ],
)
def test_a_mistake_in_the_config_is_named(tmp_path, field, value, words):
    fields = {"encoders": ("et-bert-tiny:random",)} if field == "encoder.layer" else {}
    with pytest.raises(PclipError, match=words):
        run_probe(config(**fields | {field: value}), tmp_path / "new")
