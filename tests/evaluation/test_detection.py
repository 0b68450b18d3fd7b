from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pclip.evaluation import classify_packets, classify_vectors, detect_windows
from pclip.missions import Mission, compile_mission
from pclip.models.classifier import PacketClassifier
from pclip.models.detector import Detector
from pclip.models.encoder_config import EncoderConfig
from pclip.models.mlp import MLP
from pclip.models.temporal import TemporalSizes

MISSION = compile_mission(
    Mission("one", "one", "one", (("a", "b"), ("c",)), (("a", "c"), ("b", "c")))
)


@pytest.fixture(scope="module")
def detector():
    rng = np.random.default_rng(0)
    model = Detector((MISSION,), 3, dim=4, temporal=TemporalSizes(8, 1, 2, 8), head_hidden=())
    vectors = rng.normal(size=(9, 6)).astype(np.float32)
    concepts = (rng.normal(size=(3, 6)).astype(np.float32),)
    variables = jax.jit(model.init)(
        jax.random.key(1), jnp.zeros((2, 4, 6)), concepts, jnp.ones((2, 4), bool)
    )
    windows = rng.integers(9, size=(11, 4)).astype(np.int32)
    windows[2, :3] = windows[5, :1] = -1
    return model, variables, vectors, concepts, windows


def test_probabilities_are_the_softmax_of_the_last_step(detector):
    model, variables, vectors, concepts, windows = detector
    found = detect_windows(*detector)
    for row, window in list(zip(found, windows, strict=True))[1:4]:
        valid = window[window >= 0]
        mask = np.ones((1, len(valid)), bool)
        logits = jax.jit(model.apply)(variables, vectors[valid][None], concepts, mask)[0, -1]
        np.testing.assert_allclose(row, jax.nn.softmax(logits), atol=1e-5)


@pytest.mark.parametrize("size", [4, 11])
def test_batches_change_nothing(detector, size):
    np.testing.assert_allclose(
        detect_windows(*detector, batch_size=size), detect_windows(*detector), atol=1e-6
    )


def test_more_left_padding_changes_nothing(detector):
    *rest, windows = detector
    wider = np.pad(windows, ((0, 0), (3, 0)), constant_values=-1)
    np.testing.assert_allclose(detect_windows(*rest, wider), detect_windows(*detector), atol=1e-6)


def test_what_stands_at_padding_is_not_read(detector):
    model, variables, vectors, concepts, windows = detector
    # -1 reads the last row: change it where no window names it.
    windows = np.where(windows == 8, 0, windows)
    other = vectors.copy()
    other[8] = 1e6
    np.testing.assert_array_equal(
        detect_windows(model, variables, vectors, concepts, windows),
        detect_windows(model, variables, other, concepts, windows),
    )


def test_no_windows_give_no_rows(detector):
    *rest, windows = detector
    assert detect_windows(*rest, windows[:0]).shape == (0, 3)


def test_dense_probabilities():
    model, x = MLP(4, (5,)), np.random.default_rng(1).normal(size=(7, 6)).astype(np.float32)
    params = jax.jit(model.init)(jax.random.key(0), x)["params"]
    hidden = np.maximum(x @ params["hidden_0"]["kernel"] + params["hidden_0"]["bias"], 0)
    logits = hidden @ params["logits"]["kernel"] + params["logits"]["bias"]
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(classify_vectors(model, params, x), expected, atol=1e-5)


def test_packet_classification_is_row_by_row():
    config = EncoderConfig(30, width=8, layers=1, heads=2, ff=16, positions=6)
    model, rng = PacketClassifier(config, 3), np.random.default_rng(2)
    lengths = rng.integers(1, 7, 5).astype(np.int32)
    ids = np.where(np.arange(6) < lengths[:, None], rng.integers(1, 30, (5, 6)), 0)
    ids = ids.astype(np.int32)
    params = jax.jit(model.init)(jax.random.key(0), ids, lengths)["params"]
    found = classify_packets(model, params, ids, lengths)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
    for i in range(5):
        alone = classify_packets(model, params, ids[i : i + 1], lengths[i : i + 1])
        np.testing.assert_allclose(found[i], alone[0], atol=1e-6)
