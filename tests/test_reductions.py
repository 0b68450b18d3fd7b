"""What a config says it leaves out of the full protocol follows from its values."""

from __future__ import annotations

import pytest

from configs import heads, paper, reproduce, unseen


def test_the_full_protocol_leaves_out_the_size_of_et_bert_alone():
    said = ("ET-BERT fine-tuned at size tiny for 150 steps (ET-BERT: base, 10 epochs)",)
    assert paper.get_config().reductions == said
    assert heads.get_config().reductions == ()


@pytest.mark.parametrize(
    ("field", "value", "gone", "instead"),
    [
        ("seeds.random", 3, "random with 1 seed", None),
        ("seeds.round", 1, None, "round with 1 seed (paper config: 3)"),
        ("scarcity.fractions", (), "scarcity limited", None),
        ("scarcity.splits", ("random",), "0.1 epochs", "scarcity limited by steps, so"),
        ("dataset", "aci_iot", "0.1 epochs", "scarcity limited by steps, so"),
        ("packet.tokens", 128, "positions", None),
        ("alignment.steps", 3_000, "alignment steps", "150 detector steps at batch 64"),
        ("detector.localisation", True, "localisation", None),
        ("trees.rounds", 100, "boosted", "500 steps of the DNN (3,000)"),
        ("captions.most", 20_000, "captions", None),
        ("captions.paraphrases", "none", None, "captions without paraphrases (paper config: with)"),
        ("captions.concepts", False, None, "captions without concepts (paper config: with)"),
        ("reasoning", ("gnn",), "fine-tuned", "no ET-BERT beside the detectors"),
        ("reasoning", (), "detector steps", "1,000 alignment steps (3,000)"),
        ("fine_tuning.tokens", 128, "64 tokens", "for 50 steps (ET-BERT: base, 10 epochs)"),
        ("packet.encoder", "et-bert-tiny", None, "packet encoder et-bert-tiny (et-bert-mini)"),
        ("detector.window", 5, None, "windows of 5 packets (30)"),
        ("most_packets_per_class", 2_000, "0.1 epochs", "at most 2,000 packets of each class"),
    ],
)
def test_an_override_changes_its_line_and_no_other(field, value, gone, instead):
    before = reproduce.get_config().reductions
    config = reproduce.get_config()
    config.update_from_flattened_dict({field: value})
    after = paper.stated(config).reductions
    assert config.is_locked
    if gone:
        assert gone in " ".join(before)
        assert gone not in " ".join(after)
    if instead:
        assert instead in " ".join(after)
    assert len(set(after) - set(before)) == bool(instead) + (field == "most_packets_per_class")


def test_as_many_samples_in_smaller_batches_are_no_reduction():
    config = paper.get_config()
    before = config.reductions
    config.detector.steps, config.detector.batch_size = 6_000, 64
    assert paper.stated(config).reductions == before


def test_what_is_stated_stays_when_it_is_stated_again():
    for config in (reproduce.get_config("smoke"), unseen.get_config()):
        before = config.reductions
        assert paper.stated(config).reductions == before
    assert paper.SMOKE in reproduce.get_config("smoke").reductions
