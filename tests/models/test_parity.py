"""Our encoders against what PyTorch made of the same checkpoints; goldens/make.py made those."""

from __future__ import annotations

import dataclasses
import importlib.util
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

from benchmarks.parity import HIDDEN_TOLERANCE, POOLED_TOLERANCE, checkpoint_path, difference
from pclip.models.checkpoints import Checkpoint, read_checkpoint
from pclip.models.encoder import encode, hidden_states

GOLDENS = Path(__file__).parent / "goldens"
KINDS = ("bert", "roberta", "uer", "uer-newer")
HEADS = 2
run = jax.jit(encode, static_argnums=0)


def read(kind: str) -> tuple[Checkpoint, np.lib.npyio.NpzFile, np.ndarray]:
    """The checkpoint, the reference and the mask of its batch."""
    reference = np.load(GOLDENS / kind / "reference.npz")
    mask = np.arange(reference["ids"].shape[1]) < reference["lengths"][:, None]
    return read_checkpoint(checkpoint_path(GOLDENS / kind), heads=HEADS), reference, mask


def test_there_is_a_golden_of_each_kind() -> None:
    assert {path.name for path in GOLDENS.iterdir() if path.is_dir()} - {"__pycache__"} == {*KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_every_hidden_state_is_pytorchs(kind: str) -> None:
    found = difference(GOLDENS / kind, HEADS)
    assert len(found.hidden) == 3
    assert max(found.hidden) <= HIDDEN_TOLERANCE
    assert found.pooled <= POOLED_TOLERANCE
    assert found.within
    assert not dataclasses.replace(found, pooled=1.1e-5).within
    assert not dataclasses.replace(found, hidden=(0.0, 2.1e-5)).within


@pytest.mark.parametrize("kind", KINDS)
def test_padding_and_neighbours_change_nothing(kind: str) -> None:
    checkpoint, reference, mask = read(kind)
    config, expected = checkpoint.config, reference["hidden"][-1]
    ids, segments = reference["ids"], reference["segments"]
    assert len({*reference["lengths"]}) == len(ids) == 3
    for row, length in list(enumerate(reference["lengths"]))[1:]:  # the first has no padding
        one = (array[row : row + 1, :length] for array in (ids, segments, mask))
        alone = run(config, checkpoint.params, *one)[0]
        np.testing.assert_allclose(alone, expected[row, :length], rtol=0, atol=HIDDEN_TOLERANCE)
    # Other rows beside them, and one more column of padding.
    wide = [
        np.pad(array[[1, 2, 0, 1]], ((0, 0), (0, 1)), constant_values=padding)
        for array, padding in ((ids, config.pad_id), (segments, 0), (mask, False))
    ]
    together = np.asarray(run(config, checkpoint.params, *wide))[:, :-1]
    tokens = mask[[1, 2, 0, 1]]
    np.testing.assert_allclose(
        together[tokens], expected[[1, 2, 0, 1]][tokens], rtol=0, atol=HIDDEN_TOLERANCE
    )


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        ("uer", {"layer_norm": "usual"}),
        ("uer", {"layer_norm_eps": 1e-7}),
        ("bert", {"layer_norm": "uer"}),
        ("bert", {"layer_norm_eps": 1e-6}),
        ("roberta", {"position_rule": "arange"}),
    ],
)
def test_another_convention_is_far_beyond_the_tolerance(kind: str, changed: dict) -> None:
    checkpoint, reference, mask = read(kind)
    config = dataclasses.replace(checkpoint.config, **changed)
    batch = (reference["ids"], reference["segments"], mask)
    states = jax.jit(hidden_states, static_argnums=0)(config, checkpoint.params, *batch)
    for ours, theirs in zip(states, reference["hidden"], strict=True):
        assert np.abs(ours - theirs)[mask].max() > 5 * HIDDEN_TOLERANCE


def test_what_was_ignored_is_named() -> None:
    ignored = {kind: read(kind)[0].ignored for kind in KINDS}
    pooler = ("pooler.dense.bias", "pooler.dense.weight")
    assert ignored["roberta"] == ignored["bert"] == pooler
    assert ignored["uer"] == ("target.mlm_linear_1.bias",)
    assert ignored["uer-newer"] == ("module.output_layer_2.bias",)


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="PyTorch is absent: make parity installs it"
)
def test_live_beside_pytorch() -> None:
    command = [sys.executable, "-m", "benchmarks.parity"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("\n") == 2 + 2 * len(KINDS)
