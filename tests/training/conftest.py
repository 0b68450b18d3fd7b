"""Tasks of every kind, small enough to train in a second; the subprocess script makes them too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax
import numpy as np
import pytest

from pclip.missions import Mission, compile_mission
from pclip.models.detector import Detector
from pclip.models.encoder_config import EncoderConfig
from pclip.models.heads import fit_standardiser
from pclip.models.mlp import MLP
from pclip.models.packet_encoder import PacketEncoder
from pclip.models.parameters import params_sha256, random_params
from pclip.models.temporal import TemporalSizes
from pclip.training import AlignmentTask, DenseTask, DetectionTask, FineTuningTask
from pclip.training.alignment import AlignmentData, Pairs
from pclip.training.dense import LabelledInputs
from pclip.training.detection import Windows
from pclip.training.fine_tuning import PacketTokens
from pclip.training.optimiser import paper_adam, warmup_adam

BATCH = 16
PACKETS, WIDTH, TEXT_WIDTH, WINDOW = 40, 12, 10, 5
LEVELS = (("a",), ("b", "c"), ("d",))
EDGES = (("a", "b"), ("a", "c"), ("b", "d"), ("c", "d"))
MISSION = compile_mission(Mission("toy", "Toy", "toy", LEVELS, EDGES))


def alignment_task(**changes: Any) -> AlignmentTask:
    rng = np.random.default_rng(0)
    packets = rng.normal(size=(PACKETS, WIDTH)).astype(np.float32)
    texts = rng.normal(size=(9, TEXT_WIDTH)).astype(np.float32)
    pairs = Pairs(
        rng.integers(PACKETS, size=200).astype(np.int32), rng.integers(9, size=200).astype(np.int32)
    )
    settings: dict[str, Any] = {
        "heads": "both",
        "optimiser": paper_adam(1e-2),
        "batch_size": BATCH,
        "temperature": 0.1,
        "learn_temperature": True,
        "positives": "mask_duplicates",
    }
    data = AlignmentData(packets, texts, fit_standardiser(packets))
    return AlignmentTask(data, pairs, pairs.captions % 3, **settings | changes)


def detection_task(**changes: Any) -> DetectionTask:
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(PACKETS, WIDTH)).astype(np.float32)
    concepts = (rng.normal(size=(4, WIDTH)).astype(np.float32),)
    windows = rng.integers(PACKETS, size=(100, WINDOW)).astype(np.int32)
    windows[np.arange(WINDOW) < rng.integers(WINDOW, size=(100, 1))] = -1
    sizes = TemporalSizes(width=16, layers=1, heads=4, ff=24, dropout=0.1)
    settings: dict[str, Any] = {
        "optimiser": paper_adam(1e-3),
        "batch_size": BATCH,
        "localisation": True,
        "sampling": "balanced",
    }
    return DetectionTask(
        Detector((MISSION,), 3, dim=4, temporal=sizes, head_hidden=(20,)),
        vectors,
        concepts,
        Windows(windows, rng.integers(3, size=100).astype(np.int32)),
        **settings | changes,
    )


def dense_task(**changes: Any) -> DenseTask:
    rng = np.random.default_rng(2)
    vectors = rng.normal(size=(PACKETS, WIDTH)).astype(np.float32)
    samples = LabelledInputs(
        rng.integers(PACKETS, size=100).astype(np.int32), rng.integers(4, size=100).astype(np.int32)
    )
    settings: dict[str, Any] = {"optimiser": paper_adam(1e-3), "batch_size": BATCH}
    return DenseTask(MLP(4, (8,), dropout=0.2), vectors, samples, **settings | changes)


def toy_encoder() -> PacketEncoder:
    config = EncoderConfig(50, width=16, layers=1, heads=2, ff=32, positions=8)
    params = random_params(config, 0)
    return PacketEncoder("toy", config, params, params_sha256(params), "random")


def fine_tuning_task(**changes: Any) -> FineTuningTask:
    rng = np.random.default_rng(3)
    lengths = rng.integers(1, 9, PACKETS).astype(np.int32)
    ids = rng.integers(1, 50, (PACKETS, 8)).astype(np.int32)
    ids[np.arange(8) >= lengths[:, None]] = 0
    samples = LabelledInputs(
        rng.integers(PACKETS, size=100).astype(np.int32), rng.integers(4, size=100).astype(np.int32)
    )
    settings: dict[str, Any] = {
        "encoder": toy_encoder(),
        "optimiser": warmup_adam(1e-3, 8),
        "batch_size": BATCH,
    }
    settings |= changes
    encoder = settings.pop("encoder")
    return FineTuningTask(encoder, 4, PacketTokens(ids, lengths), samples, **settings)


MAKERS = {
    "alignment": alignment_task,
    "detection": detection_task,
    "dense": dense_task,
    "fine_tuning": fine_tuning_task,
}


def leaves(tree: Any) -> dict[str, np.ndarray]:
    """Path -> array of every leaf."""
    found = jax.tree_util.tree_flatten_with_path(tree)[0]
    return {jax.tree_util.keystr(path): np.asarray(leaf) for path, leaf in found}


def assert_identical(found: Any, expected: Any) -> None:
    """Every leaf of two trees has the same bytes."""
    ours, theirs = leaves(found), leaves(expected)
    assert ours.keys() == theirs.keys()
    for path, leaf in ours.items():
        assert leaf.dtype == theirs[path].dtype, path
        assert leaf.tobytes() == theirs[path].tobytes(), f"{path} differs"


@pytest.fixture(scope="package", autouse=True)
def quick_compilation(pytestconfig: pytest.Config) -> Iterator[None]:
    """Compile less well, and each program once, also over sessions (in .pytest_cache)."""
    changes = {
        "jax_disable_most_optimizations": True,
        "jax_compilation_cache_dir": str(pytestconfig.cache.mkdir("compiled")),
        "jax_persistent_cache_min_compile_time_secs": 0.0,
    }
    before = {name: jax.config.values[name] for name in changes}
    for name, value in changes.items():
        jax.config.update(name, value)
    yield
    for name, value in before.items():
        jax.config.update(name, value)


@pytest.fixture(scope="session")
def toys() -> SimpleNamespace:
    return SimpleNamespace(
        make=lambda kind, **changes: MAKERS[kind](**changes),
        encoder=toy_encoder,
        leaves=leaves,
        assert_identical=assert_identical,
        folder=Path(__file__).parent,
    )
