"""What students are given to read, and what their int8 form is measured on."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np

from configs import distil, paper
from pclip.runs.distillation import Distillation, calibration_inputs
from pclip.runs.parts import Parts
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


def test_the_int8_form_is_measured_on_inputs_of_the_whole_training_part(inputs):
    parts = Parts.of(inputs, "round", 0, window=4)
    training = np.unique(parts.inputs_of("train"))
    found = calibration_inputs(parts, 100)
    np.testing.assert_array_equal(found, calibration_inputs(parts, 100))
    assert len(np.unique(found)) == len(found) == 100 < len(training) / 2
    assert set(found.tolist()) <= set(training.tolist())
    # Inputs are numbered by time: the first hundred have nothing of the later half.
    assert 30 < (found > np.median(training)).sum() < 70
    np.testing.assert_array_equal(calibration_inputs(parts, 10**9), training)


def test_the_sample_moves_with_the_seed(inputs):
    first, second = (Parts.of(inputs, "round", seed, window=4) for seed in (0, 1))
    assert set(calibration_inputs(first, 100)) != set(calibration_inputs(second, 100))
