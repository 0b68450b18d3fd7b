"""What students are given to read."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np

from configs import distil, paper
from pclip.runs.distillation import Distillation
from pclip.runs.workdir import Workdir

WORDS = ("[PAD]", "[SEP]", "[CLS]", "[UNK]", "[MASK]", *"0123456789abcdef", "##0", "4500")


def teacher(words=()):
    return SimpleNamespace(
        name="made",
        note="made",
        words=words,
        params={"made": np.zeros(3, np.float32)},
        config=SimpleNamespace(width=6, vocab_size=65_541, max_length=512),
    )


def measured(inputs, workdir, monkeypatch):
    """The unit of one seed without heads and detectors, which see vectors only."""
    config = paper.stated(distil.get_config("smoke").unlock()).unlock()
    config.packet.tokens = 32
    monkeypatch.setattr(Distillation, "_scores", lambda *_: iter(()))
    monkeypatch.setattr(Distillation, "_downstream_bytes", 0, raising=False)
    with Workdir(workdir, config.to_dict()) as opened:
        distillation = Distillation(config.lock(), opened)
        distillation._prepared = inputs
        return distillation._measure("round", 0)


def test_a_student_does_not_depend_on_its_teachers_vocabulary(inputs, tmp_path, monkeypatch):
    found = []
    for words in ((), WORDS):
        encoder = teacher(words)
        tokens = inputs.tokens_for(encoder, "identity_free", 32)
        given = replace(inputs, packet_encoder=encoder, tokens=tokens)
        found.append(measured(given, tmp_path / str(len(words)), monkeypatch))
    assert found[0] == found[1]
    assert set(found[0]["agreement"]) == {"student", "int8"}
