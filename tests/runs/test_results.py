from __future__ import annotations

import json

import numpy as np
import pytest

from pclip.runs.experiment import Experiment
from pclip.runs.results import assemble, spread, summarise


def test_spread_is_mean_and_sample_deviation():
    values = [0.2, 0.4, 0.9]
    assert spread(values) == {
        "mean": 0.5, "n": 3, "std": round(float(np.std(values, ddof=1)), 6),
    }  # fmt: skip
    assert spread([0.25]) == {"mean": 0.25, "n": 1}


def test_names_with_slashes_nest_and_gaps_are_left_out():
    units = [
        {"values": {"mauc": 0.5, "per_class/DoS/auc": 0.6, "per_class/Brute Force/auc": 1.0}},
        {"values": {"mauc": 0.7, "per_class/DoS/auc": 0.8}},
    ]
    found = summarise(units)
    assert found["mauc"] == {"mean": 0.6, "n": 2, "std": pytest.approx(0.141421)}
    assert found["per_class"]["DoS"]["auc"]["n"] == 2
    assert found["per_class"]["Brute Force"]["auc"] == {"mean": 1.0, "n": 1}


def detection(mauc, **more):
    confusion = {"kind": "reasoning", "labels": ["Benign", "DoS"], "matrix": [[1, 0], [0, 1]]}
    return {
        "values": {"mauc": mauc, "validation_mauc": mauc / 2},
        "confusion": confusion,
        "roc": {"DoS": {"fpr": [0.0, 1.0], "tpr": [0.0, 1.0]}},
    } | more


@pytest.fixture
def assembled():
    packets = {
        "hash": "h",
        "contexts_cross": False,
        "packets": {"train": 5, "validation": 1, "test": 2},
        "held_out": {},
        "class_distribution": {"train": {"Benign": 5}},
    }
    zero_shot = {
        "values": {"macro_top1": 0.5, "per_class/Benign/recall": 1.0},
        "confusion": {"kind": "zero_shot", "labels": ["Benign"], "matrix": [[1]]},
    }
    fine_tuned = {
        "class_values": {"macro_top1": 0.4},
        "class_confusion": {"kind": "zero_shot", "labels": ["Benign"], "matrix": [[2]]},
    }
    splits = {
        "round": {
            "seeds": [0, 1],
            "units": {
                "packets": [packets, packets],
                "heads=both": [zero_shot, zero_shot],
                "gnn": [detection(0.9), detection(0.8)],
                "et_bert_finetuned": [detection(0.7, **fine_tuned)] * 2,
                "control-majority": [{"values": {"mauc": 0.5}, "fixed": True}],
                "control-random_forest_bytes": [{"values": {"mauc": 0.6}}] * 2,
                "scarcity-1.0/gnn": [{"values": {"mauc": mauc}} for mauc in (0.9, 0.8)],
                "scarcity-0.3/gnn": [{"values": {"mauc": mauc}} for mauc in (0.6, 0.5)],
            },
        },
        "random": {"seeds": [0], "units": {"packets": [packets], "gnn": [detection(0.95)]}},
    }
    about = {
        "dataset": "testbed",
        "classes": ["Benign"],
        "groups": ["Benign", "DoS"],
        "missions": [],
        "encoders": {"packet": {"name": "p"}},
        "packets": 8,
        "skipped": {},
        "distinct_inputs": 6,
        "captions": {"distinct": 3},
    }
    config = {"name": "toy", "reductions": ["few"]}
    return assemble(config, "c0ffee", about, splits, {"gnn": {"macs": 1}})


def test_results_have_the_agreed_shape(assembled):
    results, _ = assembled
    assert (results["schema"], results["dataset"], results["config"]) == (1, "testbed", "toy")
    assert (results["commit"], results["seeds"]) == ("c0ffee", [0, 1])
    assert results["reductions"] == ["few"]
    assert results["cost"] == {"gnn": {"macs": 1}}
    split = results["splits"]["round"]
    assert split["packets"] == {"train": 5, "validation": 1, "test": 2}
    assert split["hashes"] == ["h", "h"]
    assert set(split["zero_shot"]) == {"both", "et_bert_finetuned"}
    assert split["zero_shot"]["et_bert_finetuned"]["macro_top1"]["mean"] == 0.4
    assert set(split["reasoning"]) == {"gnn", "et_bert_finetuned"}
    assert split["reasoning"]["gnn"]["mauc"]["mean"] == pytest.approx(0.85)
    assert split["controls"] == {
        "majority": {"mauc": {"mean": 0.5, "n": 1, "fixed": True}},
        "random_forest_bytes": {"mauc": {"mean": 0.6, "n": 2, "std": 0.0}},
    }
    assert {k: v["mean"] for k, v in split["scarcity"]["gnn"].items()} == {
        "1.0": 0.85, "0.3": 0.55,
    }  # fmt: skip


def test_what_was_not_computed_is_absent(assembled):
    results, _ = assembled
    random = results["splits"]["random"]
    assert "scarcity" not in random
    assert "controls" not in random
    assert "zero_shot" not in random
    assert random["reasoning"]["gnn"]["mauc"] == {"mean": 0.95, "n": 1}
    assert "null" not in json.dumps(results)


def test_results_hold_no_times(assembled):
    text = json.dumps(assembled)
    assert "second" not in text
    assert "time" not in text


def test_plots_are_of_the_first_seed(assembled):
    _, plots = assembled
    assert set(plots["confusion"]["round"]) == {
        "both", "gnn", "et_bert_finetuned", "et_bert_finetuned (classes)",
    }  # fmt: skip
    assert set(plots["roc"]["round"]) == {"gnn", "et_bert_finetuned"}
    assert plots["class_distribution"]["random"] == {"train": {"Benign": 5}}


def test_validation_chooses_the_best_baseline_and_test_has_no_say():
    def unit(validation, test):
        return {"values": {"validation_mauc": validation, "mauc": test}}

    units = {
        "gnn": [unit(0.99, 0.99)],
        "dnn": [unit(0.6, 0.95), unit(0.6, 0.95)],
        "xgboost": [unit(0.8, 0.1), unit(0.6, 0.1)],
        "lightgbm": [unit(0.9, 0.2), unit(0.3, 0.2)],
    }
    assert Experiment._best_baseline(units) == "xgboost"
