from __future__ import annotations

import copy
import json

import pytest

from pclip.errors import PclipError
from pclip.report import probe_summary
from pclip.report.figures.probe import draw_probe
from pclip.report.probe import parse_probe, probe_section, probe_sentences, probe_tables
from tests.report.made_up import one_seed, score

FIXED = {"mean": 0.62, "n": 1, "fixed": True}


def scores(f1):
    return {"linear": {"macro_f1": f1, "accuracy": FIXED, "per_class": {"Benign": {"f1": FIXED}}}}


def system(f1):
    # Validation is not what the sentences are about.
    return {"validation": scores(one_seed(0.1)), "test": scores(f1), "settings": [{}]}


def content(**systems):
    bound = {"macro_f1": score(0.97, 0.0), "accuracy": score(0.98, 0.0)}
    split = {
        "packets": {"train": 10, "validation": 4, "test": 5},
        "bound": {"validation": bound, "test": copy.deepcopy(bound)},
        "systems": {name.replace("__", ":"): system(f1) for name, f1 in systems.items()},
    }
    return {
        "schema": 1,
        "kind": "probe",
        "dataset": "testbed",
        "commit": "abc",
        "representations": {"mini": {"note": "pre-trained <on> public captures", "sha256": ["0"]}},
        "packets_per_class": 0,
        "splits": {"flow": copy.deepcopy(split), "round": split},
    }


MADE = content(
    mini=FIXED, mini__random=score(0.50, 0.02), byte_histogram=score(0.61, 0.03),
    hashed_bigrams=FIXED | {"mean": 0.70},
)  # fmt: skip


def test_a_row_for_each_representation_and_probe_and_the_bound_last():
    f1, accuracy = probe_tables(parse_probe(MADE))
    assert f1.title == "macro F1 of packets, test part"
    assert f1.columns == ("representation", "probe", "round", "flow")
    assert [row[0] for row in f1.rows[:-1]] == list(MADE["splits"]["round"]["systems"])
    assert f1.rows[1] == ("mini:random", "linear", *["0.500 ± 0.020 (3)"] * 2)
    assert f1.rows[-1][0].startswith("oracle: upper bound")
    assert f1.rows[-1][2] == "0.970 ± 0.000 (3)"
    assert accuracy.title == "accuracy of packets, test part"


def test_what_pre_training_bought_is_said_in_points():
    said = [line for line in probe_sentences(parse_probe(MADE)) if line.startswith("round")]
    assert len(said) == 3
    assert said[0].endswith("+12.0 points: mini:random does not do as well.")
    assert said[1].endswith("+1.0 points: byte_histogram does as well within the spread.")
    assert "-8.0 points: hashed_bigrams does better on this one part" in said[2]


def test_one_seed_decides_nothing():
    (line,) = {
        line.split(", ", 1)[1]
        for line in probe_sentences(parse_probe(content(mini=FIXED, hashed_bigrams=one_seed(0.9))))
    }
    assert line.endswith("one seed, not decided.")


def test_without_a_look_at_test_validation_is_shown():
    made = copy.deepcopy(MADE)
    for split in made["splits"].values():
        del split["bound"]["test"]
        for parts in split["systems"].values():
            del parts["test"]
    made["packets_per_class"] = 500
    assert next(probe_tables(parse_probe(made))).title == "macro F1 of packets, validation part"
    assert "validation part" in probe_summary(made)


def test_the_section_holds_tables_sentences_and_notes(tmp_path):
    (tmp_path / "results.json").write_text(json.dumps(MADE))
    page = probe_section(tmp_path, "python -m experiments.probe")
    assert page.startswith("## What pre-training bought")
    assert "| mini | linear | 0.620 (draws nothing)" in page
    assert "- round, linear probe: mini 0.620" in page
    assert "pre-trained &lt;on&gt; public captures" in page
    assert "Estimated" not in page


def test_a_bar_for_each_representation_in_a_group_for_each_split_and_probe(tmp_path):
    (tmp_path / "results.json").write_text(json.dumps(MADE))
    drawing = draw_probe(tmp_path)
    (axis,) = drawing.figure.axes
    labels = [label.get_text() for label in axis.get_xticklabels()]
    assert labels == ["round, linear", "flow, linear"]
    assert len(axis.patches) == 2 * 4
    assert max(bar.get_height() for bar in axis.patches) == 0.70


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("kind",), "run", "kind"),
        (("schema",), 2, "schema"),
        (
            ("splits", "round", "systems", "mini", "test"),
            None,
            r"round\.systems\.mini\.test",
        ),
        (("splits", "round", "bound", "test", "macro_f1"), {"mean": 1}, r"bound\.test\.macro_f1"),
        (("splits", "round", "packets", "train"), -1, r"packets\.train"),
        (("representations", "mini"), "x", r"representations\.mini"),
    ],
)
def test_a_field_that_is_not_what_it_must_be_is_named(path, value, words):
    made = copy.deepcopy(MADE)
    place = made
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    with pytest.raises(PclipError, match=words):
        parse_probe(made)
