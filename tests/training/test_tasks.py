from __future__ import annotations

import jax
import numpy as np
import optax
import pytest

from pclip.evaluation import class_vectors, detect_windows, macro_top_k, similarities
from pclip.missions import concept_prompt
from pclip.models.detector import Detector
from pclip.models.heads import project_packets, project_texts
from pclip.models.packet_encoder import load_packet_encoder
from pclip.models.parameters import params_sha256
from pclip.models.temporal import TemporalSizes
from pclip.models.text_encoder import load_text_encoder
from pclip.training import AlignmentTask, DetectionTask, data_mesh, fit
from pclip.training.alignment import AlignmentData, Pairs
from pclip.training.detection import Windows
from pclip.training.optimiser import paper_adam

KINDS = ("alignment", "detection", "dense", "fine_tuning")


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_is_pure_and_moves_every_trained_leaf(toys, kind):
    task = toys.make(kind)
    state, batch = task.init(0), task.batch(1)
    state = state._replace(step=jax.numpy.int32(1))  # warm-up starts from a rate of zero
    before = toys.leaves(state._asdict())
    step = jax.jit(task.step)
    after, metrics = step(state, task.data, batch)
    for path, leaf in toys.leaves(state._asdict()).items():
        assert leaf.tobytes() == before[path].tobytes()
    assert int(after.step) == 2
    toys.assert_identical(step(state, task.data, batch)[0]._asdict(), after._asdict())
    assert np.isfinite(float(metrics["loss"]))


def test_alignment_reports_duplicates_and_temperature(toys):
    task = toys.make("alignment", temperature=0.2)
    batch = task.batch(0)
    _, metrics = jax.jit(task.step)(task.init(0), task.data, batch)
    counts = np.bincount(batch.captions)
    assert metrics["duplicate_rate"] == pytest.approx(counts[counts > 1].sum() / counts.sum())
    assert metrics["temperature"] == pytest.approx(0.2)


def test_a_fixed_temperature_does_not_train(toys):
    task = toys.make("alignment", learn_temperature=False)
    state = fit(task, steps=2, seed=0, mesh=data_mesh())
    assert set(state.params) == {"packet", "text"}
    state = fit(toys.make("alignment", heads="packet"), steps=2, seed=0, mesh=data_mesh())
    assert set(state.params) == {"packet", "log_scale"}


def test_fine_tuning_starts_from_the_encoder_and_leaves_it_alone(toys):
    encoder = toys.encoder()
    task = toys.make("fine_tuning", encoder=encoder)
    toys.assert_identical(task.init(0).params["encoder"], encoder.params)
    state = fit(task, steps=3, seed=0, mesh=data_mesh())
    assert params_sha256(encoder.params) == encoder.sha256
    moved = toys.leaves(state.params["encoder"])
    assert all(
        (moved[path] != leaf).any()
        for path, leaf in toys.leaves(encoder.params).items()
        if "word" not in path and "position" not in path and "segment" not in path
    )


def test_encoders_stay_frozen_while_heads_and_detector_train(toys):
    rng = np.random.default_rng(0)
    packet, text = load_packet_encoder("et-bert-tiny"), load_text_encoder("minilm")
    hashes = params_sha256(packet.params), params_sha256(text.params)
    ids = rng.integers(5, 60_000, (12, 8)).astype(np.int32)
    lengths = np.full(12, 8, np.int32)
    encode_packets = jax.jit(packet.apply_pooled)
    vectors = np.asarray(encode_packets(packet.params, ids, lengths))
    words = ["flood", "scan", "password", "normal"]
    prompts = text.tokenize([concept_prompt(word) for word in words])
    captions = np.asarray(jax.jit(text.apply_pooled)(text.params, *prompts))
    task = AlignmentTask(
        AlignmentData(vectors, captions, None),
        Pairs(np.arange(12, dtype=np.int32), np.arange(12, dtype=np.int32) % 4),
        np.arange(12) % 4,
        heads="both",
        optimiser=paper_adam(5e-4),
        batch_size=8,
        temperature=0.07,
    )
    start = task.init(0)
    heads = fit(task, steps=3, seed=0, mesh=data_mesh()).params
    for path, leaf in toys.leaves(heads).items():
        assert (leaf != toys.leaves(start.params)[path]).any(), f"{path} did not train"

    joint = np.asarray(project_packets(heads, vectors))
    small = TemporalSizes(width=8, layers=1, heads=2, ff=8)
    windows = Windows(rng.integers(12, size=(20, 3)).astype(np.int32), np.arange(20) % 3)
    detection = DetectionTask(
        Detector((), 3, temporal=small, head_hidden=()),
        joint,
        (),
        windows,
        optimiser=paper_adam(5e-4),
        batch_size=8,
    )
    fit(detection, steps=3, seed=0, mesh=data_mesh())
    assert (params_sha256(packet.params), params_sha256(text.params)) == hashes
    again = encode_packets(packet.params, ids, lengths)
    np.testing.assert_array_equal(np.asarray(again), vectors)


@pytest.mark.parametrize("infonce", ["symmetric", "text_to_packet"])
def test_alignment_learns_a_separable_problem(infonce):
    rng = np.random.default_rng(4)
    classes, width, text_width = 5, 16, 12
    centres = rng.normal(size=(classes, width))
    labels = np.arange(300) % classes
    packets = (centres[labels] + 0.5 * rng.normal(size=(300, width))).astype(np.float32)
    texts = rng.normal(size=(classes, text_width)).astype(np.float32)
    train, test = np.arange(200, dtype=np.int32), np.arange(200, 300)
    task = AlignmentTask(
        AlignmentData(packets, texts, None),
        Pairs(train, labels[train].astype(np.int32)),
        labels[train],
        heads="both",
        optimiser=paper_adam(5e-3),
        batch_size=32,
        temperature=0.1,
        infonce=infonce,
        positives="mask_duplicates",
    )

    def accuracy(params):
        prompts = class_vectors(np.asarray(project_texts(params, texts)), [1] * classes)
        scores = similarities(np.asarray(project_packets(params, packets[test])), prompts)
        return macro_top_k(scores, labels[test])

    assert accuracy(task.init(0).params) < 0.7
    assert accuracy(fit(task, steps=150, seed=0, mesh=data_mesh()).params) > 0.95


def test_the_detector_learns_what_only_the_window_tells():
    """An attack is a packet that came with its own kind before; alone it is as any other."""
    rng = np.random.default_rng(5)
    vectors = np.concatenate([np.eye(6), np.eye(6)]).astype(np.float32)[:6]
    windows = rng.integers(2, size=(400, 6)).astype(np.int32)
    labels = ((windows == 1).sum(axis=1) >= 4).astype(np.int32)
    windows = np.where(windows == 1, 1, rng.integers(2, 6, windows.shape)).astype(np.int32)
    # The last packet is the same everywhere, so that no single-packet rule exists.
    windows[:, -1] = 0
    labels = ((windows == 1).sum(axis=1) >= 3).astype(np.int32)
    model = Detector(
        (), 2, temporal=TemporalSizes(width=16, layers=1, heads=2, ff=32), head_hidden=(16,)
    )
    task = DetectionTask(
        model,
        vectors,
        (),
        Windows(windows[:300], labels[:300]),
        optimiser=optax.adam(5e-3),
        batch_size=64,
    )
    state = fit(task, steps=150, seed=0, mesh=data_mesh())
    found = detect_windows(model, {"params": state.params}, vectors, (), windows[300:])
    alone = np.where(np.arange(6) < 5, -1, windows[300:])
    blind = detect_windows(model, {"params": state.params}, vectors, (), alone)
    assert macro_top_k(found, labels[300:]) > 0.95
    assert macro_top_k(blind, labels[300:]) <= 0.5, "the last packet alone should tell nothing"
