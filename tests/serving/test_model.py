from __future__ import annotations

import logging
import lzma
from dataclasses import replace
from importlib import resources

import jax
import numpy as np
import pytest

from pclip.errors import PclipError
from pclip.evaluation import detect_windows
from pclip.packets import bigram_tokens, read_capture
from pclip.serving import PclipModel, detect, load, zero_shot
from pclip.serving.artefact import detector_of
from pclip.text import prompts_for

TEXTS = ["a SYN flood", "a user reads a web page", "DNS lookups"]


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def linear(x, head):
    return x @ np.asarray(head["kernel"], np.float64) + np.asarray(head["bias"], np.float64)


def by_hand(model, artefact, table):
    """Each packet alone through the encoder, then the head in NumPy."""
    tokens = bigram_tokens(table.take(table.usable))
    encoder = model.packet_encoder
    # One shape for all, 128 tokens, where serving pads to the shortest that pays.
    raw = jax.jit(encoder.apply_pooled)(encoder.params, tokens.ids, tokens.lengths)
    z = (np.asarray(raw, np.float64) - artefact.standardiser.mean) / artefact.standardiser.deviation
    return unit(linear(z, artefact.heads["packet"]))


@pytest.fixture(scope="module")
def vectors(model, artefact, capture):
    return by_hand(model, artefact, read_capture(capture))


@pytest.fixture(scope="module")
def answer(model, capture):
    return model.zero_shot(capture, TEXTS)


@pytest.fixture(scope="module")
def detections(model, capture):
    return model.detect(capture)


def test_vectors_are_the_head_on_the_standardised_encoder(model, capture, vectors):
    packets, found = model.embed(capture)
    assert len(packets) == len(found) == len(vectors)
    np.testing.assert_allclose(found, vectors, atol=2e-5)
    assert vectors.std(axis=0).max() > 0.01  # the packets differ, so the test can fail


def test_other_packets_in_the_capture_change_no_vector(model, capture):
    table = read_capture(capture)
    packets, whole = model.embed(table)
    some = [0, 3, len(packets) - 1]
    _, alone = model.embed(packets.take(some))
    np.testing.assert_allclose(alone, whole[some], atol=2e-5)


def test_scores_are_cosines_with_the_mean_of_the_prompts(model, artefact, vectors, answer):
    encoder = model.text_encoder
    ids, lengths = encoder.tokenize([prompt for text in TEXTS for prompt in prompts_for(text)])
    raw = np.asarray(jax.jit(encoder.apply_pooled)(encoder.params, ids, lengths), np.float64)
    prompts = unit(linear(raw, artefact.heads["text"])).reshape(len(TEXTS), -1, 24)
    classes = unit(prompts.mean(axis=1))
    expected = vectors @ classes.T
    np.testing.assert_allclose(answer.scores, expected, atol=5e-5)
    np.testing.assert_array_equal(answer.best, answer.scores.argmax(axis=1))
    powers = np.exp(np.float64(answer.scores) / 0.07)
    np.testing.assert_allclose(
        answer.probabilities, powers / powers.sum(axis=1, keepdims=True), rtol=1e-4
    )


def test_the_summary_adds_up(answer):
    summary = answer.summary()
    assert [share.text for share in summary] == TEXTS
    assert sum(share.packets for share in summary) == len(answer.packets)
    assert sum(share.share for share in summary) == pytest.approx(1)
    assert sum(share.mean_probability for share in summary) == pytest.approx(1)
    for i, share in enumerate(summary):
        assert share.packets == np.count_nonzero(answer.best == i)
        assert share.mean_cosine == pytest.approx(answer.scores[:, i].mean(), abs=1e-6)


def test_detection_is_that_of_evaluation_on_the_same_windows(model, artefact, vectors, detections):
    order = np.lexsort((detections.packets.index, detections.packets.time_ns))
    windows = np.full((len(order), 4), -1, np.int32)
    for place, row in enumerate(order):
        before = order[max(0, place - 3) : place + 1]
        windows[row, 4 - len(before) :] = before
    expected = detect_windows(
        detector_of(artefact.manifest),
        artefact.variables,
        vectors.astype(np.float32),
        artefact.concepts,
        windows,
    )
    np.testing.assert_allclose(detections.probabilities, expected, atol=2e-4)
    assert detections.probabilities.shape == (len(vectors), 3)
    assert np.ptp(expected, axis=0).max() > 0.01  # the windows differ, so the test can fail


def test_what_comes_later_changes_no_verdict(model, capture, detections):
    early = model.detect(read_capture(capture).take(np.arange(8)))
    np.testing.assert_allclose(
        early.probabilities, detections.probabilities[: len(early.packets)], atol=1e-5
    )


def test_answers_say_what_made_them(model, answer, detections):
    assert model.note == "random weights, seed 0 (not pre-trained)"
    for found in (answer, detections):
        assert (found.model, found.note) == ("made", model.note)
    assert detections.groups == ("Benign", "DoS", "Reconnaissance")
    assert (detections.read, dict(detections.skipped)) == (14, {"not IP (ARP)": 1})


def test_the_verbs_take_a_folder_or_a_model(saved, model, capture, answer, detections):
    np.testing.assert_array_equal(zero_shot(capture, TEXTS, model=model).scores, answer.scores)
    by_folder = detect(str(capture), model=saved)
    np.testing.assert_array_equal(by_folder.probabilities, detections.probabilities)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ([], "no text"),
        (["a SYN flood", "  "], "blank"),
        (["."], "empty"),
        (["x" * 501], "501"),
        (["\udcff"], "Unicode"),
        ("a SYN flood", "one string"),
    ],
)
def test_texts_that_say_nothing_are_refused(model, capture, texts, said):
    with pytest.raises(PclipError, match=said):
        model.zero_shot(capture, texts)


def test_the_first_text_wins_a_tie(model, capture):
    assert not model.zero_shot(capture, ["a SYN flood", "SYN flood"]).best.any()


def test_other_encoder_weights_than_the_trained_ones_are_refused(artefact, capture):
    for side, verb in (
        ("packet_encoder", lambda m: m.detect(capture)),
        ("text_encoder", lambda m: m.zero_shot(capture, TEXTS)),
    ):
        entry = replace(getattr(artefact.manifest, side), sha256="0" * 64)
        manifest = replace(artefact.manifest, **{side: entry})
        other = PclipModel(replace(artefact, manifest=manifest))
        with pytest.raises(PclipError, match=rf"{side.replace('_', ' ')} .* 0{{64}}"):
            verb(other)


def test_no_such_model():
    with pytest.raises(PclipError, match="no model is called 'pclip-maxi'"):
        load("pclip-maxi")


def test_a_slice_of_the_testbed_that_is_cut(model, tmp_path, caplog):
    packed = resources.files("pclip.data") / "testbed" / "round4_cloud.pcap.xz"
    path = tmp_path / "slice.pcap"
    path.write_bytes(lzma.decompress(packed.read_bytes())[:30_001])
    with caplog.at_level(logging.WARNING, logger="pclip"):
        found = model.detect(path)
    assert "lost" in caplog.text
    assert len(found.packets) + sum(found.skipped.values()) == found.read > 100
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, atol=1e-5)
