from __future__ import annotations

import importlib

import pytest

from pclip.errors import PclipError
from pclip.runs.check_config import check_config

NAMES = ("paper", "reproduce", "heads", "scarcity")


def config(name="reproduce", variant="", **changes):
    found = (
        importlib.import_module(f"configs.{name}").get_config(variant).copy_and_resolve_references()
    )
    found.unlock().update_from_flattened_dict(changes)
    return found.lock()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("variant", ["", "smoke"])
def test_our_configs_ask_for_what_exists(name, variant):
    check_config(config(name, variant))


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("dataset", "aci", r"testbed, testbed-v1 \(which does not ship\), a folder"),
        ("packet.encoder", "bert", "expected one of et-bert-tiny"),
        ("packet.bytes", "all", "identity_free"),
        ("packet.tokens", 513, "encoders have 512 positions"),
        (
            "alignment.heads",
            ["both", "neither"],
            "is 'neither': expected one of none, packet, both",
        ),
        ("captions.policy", "free", "paper, label_free"),
        ("captions.paraphrases", "no/bank.json", "expected shipped, none or a bank"),
        ("alignment.infonce", "sideways", "symmetric, text_to_packet"),
        ("alignment.sampling", "hardest", "natural, balanced"),
        ("detector.impl", "sparse", "dense, jraph"),
        ("missions.graphs", "nowhere", "no such file; .* expected shipped, pruned, shuffled"),
        ("missions.seed", -1, "0 or more"),
        ("reasoning", ["gnn", "svm"], "is 'svm': expected one of gnn, temporal"),
        ("controls", ["chance"], "is 'chance': expected one of majority"),
        ("scarcity.splits", ["space"], "round, tool, recording, flow, random"),
        ("scarcity.fractions", [1.0, 0.0], r"is 0.0: expected fractions in \(0, 1\]"),
        ("alignment.steps", 0, "above 0"),
        ("detector.batch_size", -1, "above 0"),
        ("detector.window", 0, "above 0"),
    ],
)
def test_a_value_that_does_not_exist_names_field_and_choices(field, value, message):
    with pytest.raises(PclipError, match=message) as caught:
        check_config(config(**{field: value}))
    assert str(caught.value).startswith(f"config.{field} is ")
    assert f"--config.{field}=" in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seeds.random", -1),
        ("fine_tuning.tokens", 0),
        ("most_packets_per_class", -1),
        ("alignment.learning_rate", -1.0),
        ("detector.dim", 0),
        ("trees.rounds", 0),
        ("text.encoder", "nope"),
        ("detector.evaluate_every", -5),
        ("detector.temporal.width", 100),
    ],
)
def test_what_no_run_can_do_is_refused_by_name(field, value):
    with pytest.raises(PclipError, match=f"config.{field} is"):
        check_config(config(**{field: value}))


def test_captions_without_the_label_have_no_concepts():
    with pytest.raises(PclipError, match=r"config\.captions\.concepts is True: concepts come from"):
        check_config(config(**{"captions.policy": "label_free"}))
    check_config(config(**{"captions.policy": "label_free", "captions.concepts": False}))


def test_scarcity_needs_seeds_on_its_split():
    changes = {"scarcity.splits": ("flow",), "scarcity.fractions": (0.5,), "seeds.flow": 0}
    with pytest.raises(PclipError, match=r"seeds\.flow is 0"):
        check_config(config(**changes))


def test_some_split_needs_a_seed():
    none = {
        "seeds.round": 0,
        "seeds.flow": 0,
        "seeds.random": 0,
        "scarcity.fractions": (),
    }
    with pytest.raises(PclipError, match="at least one seed"):
        check_config(config(**none))


def test_the_best_baseline_needs_baselines():
    changes = {"reasoning": ["gnn"], "scarcity.fractions": [0.5]}
    with pytest.raises(PclipError, match="choosing it needs one of dnn, xgboost, lightgbm"):
        check_config(config(**changes))
