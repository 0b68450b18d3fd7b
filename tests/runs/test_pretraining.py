from __future__ import annotations

import json
import tarfile

import numpy as np
import pytest

from configs import pretrain as recipe
from pclip.data.pretraining_corpora import is_held_out
from pclip.errors import PclipError
from pclip.models.encoder_folder import read_encoder
from pclip.runs.pretraining import pretrain
from tests.made_captures import ACK, ip, tcp, write_capture


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archives")
    rng = np.random.default_rng(0)
    names = [f"{i}.pcap" for i in range(400)]
    chosen = [n for n in names if not is_held_out(n)][:3] + [n for n in names if is_held_out(n)][:1]
    with tarfile.open(folder / "made.tar", "w") as archive:
        for name in chosen:
            bodies = [
                ip("10.0.0.1", "10.0.0.2", 6, tcp(5, 80, ACK, rng.bytes(int(rng.integers(4, 90)))))
                for _ in range(30)
            ]
            write_capture(folder / name, [(0.01 * i, body) for i, body in enumerate(bodies)])
            archive.add(folder / name, arcname=name)
    (folder / "made.tar").rename(folder / "made.tar.xz")  # a tar file is known by its content
    return folder


@pytest.fixture
def config(archives):
    c = recipe.get_config("smoke").unlock()
    c.data.folder, c.data.archives, c.data.dataset = str(archives), ("made",), ""
    return c.lock()


def test_a_run_leaves_losses_and_goes_on_where_it_was_killed(config, tmp_path):
    whole = pretrain(config, tmp_path / "whole")
    assert whole["sources"][0]["files"] == 4
    assert whole["data"]["train"]["distinct_packets"] == 90
    assert whole["token_places"] == 4 * 256
    held_out = whole["held_out"]
    assert 10 < held_out["encoder"]["bigrams"]["loss"] < 12
    # Random bytes: counting the common ones is of no use, looking at the neighbours is.
    assert held_out["neighbours"]["bigrams"]["loss"] < held_out["frequency"]["bigrams"]["loss"]
    assert held_out["neighbours"]["bigrams"]["right"] > held_out["frequency"]["bigrams"]["right"]
    assert held_out["targets"] > 100
    lines = [json.loads(x) for x in (tmp_path / "whole" / "metrics.jsonl").read_text().splitlines()]
    assert {line["step"] for line in lines if line["name"] == "loss"} == {1, 2, 3, 4}
    assert {line["step"] for line in lines if line["name"] == "held_out_origin"} == {4}

    class Killed(Exception):
        pass

    from pclip.training import loop

    saves = loop.Checkpoints.save

    def save_and_die(self, state):
        saves(self, state)
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop.Checkpoints, "save", save_and_die)
        with pytest.raises(Killed):
            pretrain(config, tmp_path / "killed")
    resumed = pretrain(config, tmp_path / "killed")
    assert resumed["sha256"] == whole["sha256"]
    assert resumed["held_out"] == whole["held_out"]


def test_the_encoder_can_be_loaded_and_its_card_says_where_it_comes_from(config, tmp_path):
    results = pretrain(config, tmp_path / "run")
    stored = read_encoder(tmp_path / "run" / "et-bert-tiny")
    assert stored.card.config.word_rank == 16
    assert stored.card.sha256 == results["sha256"], "what ships is what was measured"
    assert "pre-trained on made, 4 steps" in stored.card.note
    page = (tmp_path / "run" / "et-bert-tiny" / "README.md").read_text()
    for words in (
        "made (an archive of the user's own): 90 packets of 4 captures; 30 packets held",
        "90 distinct packets",
        f"| {results['held_out']['encoder']['bigrams']['loss']:.2f} ±",
    ):
        assert words in page, words
    # A finished run keeps what is there.
    before = (tmp_path / "run" / "et-bert-tiny" / "config.json").stat().st_mtime_ns
    pretrain(config, tmp_path / "run")
    assert (tmp_path / "run" / "et-bert-tiny" / "config.json").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("steps", 0, r"config\.steps is 0: expected at least 1"),
        ("task.mask_share", 1.0, r"config\.task\.mask_share is 1\.0"),
        ("task.origin_pooling", "max", r"'max': expected cls or mean"),
        ("task.tokens_per_batch", 100, r"expected a multiple of 128"),
        ("packet.bytes", "all", r"config\.packet\.bytes is 'all'"),
        ("encoder.word_rank", -3, r"config\.encoder\.word_rank is -3: expected 0"),
        ("save_every", 0, r"config\.save_every is 0: expected at least 1"),
        (
            "start",
            "et-bert-mini:random",
            r"config\.start is .*expected the sizes of",
        ),
        ("data.archives", ("nothing",), r"no archive .*nothing\.tar\.xz; .*config\.data\.folder"),
    ],
)
def test_a_config_that_no_run_can_follow_is_refused(config, tmp_path, field, value, message):
    config = config.unlock()
    config.update_from_flattened_dict({field: value})
    with pytest.raises(PclipError, match=message):
        pretrain(config, tmp_path / "run")
