from __future__ import annotations

import os
import shutil
import subprocess
import sys
from types import SimpleNamespace

import jax
import numpy as np
import orbax.checkpoint as ocp
import pytest

from pclip.errors import PclipError
from pclip.training.checkpoints import Checkpoints


@pytest.fixture
def state(toys):
    return toys.make("dense").init(0)


def at(state, step):
    return state._replace(
        step=np.int32(step), params=jax.tree.map(lambda x: x + step, state.params)
    )


def test_a_state_comes_back_bit_for_bit(toys, tmp_path, state):
    checkpoints = Checkpoints(tmp_path)
    assert checkpoints.latest is None
    checkpoints.save(at(state, 4))
    checkpoints.close()
    again = Checkpoints(tmp_path)
    assert again.latest == 4
    toys.assert_identical(again.restore(state)._asdict(), at(state, 4)._asdict())
    again.close()


def test_only_the_newest_stay(tmp_path, state):
    checkpoints = Checkpoints(tmp_path, keep=2)
    for step in (1, 2, 3):
        checkpoints.save(at(state, step))
    checkpoints.close()
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.isdigit()) == ["2", "3"]


def test_an_unfinished_checkpoint_is_no_checkpoint(toys, tmp_path, state):
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(at(state, 2))
    checkpoints.close()
    (tmp_path / "4.orbax-checkpoint-tmp" / "default").mkdir(parents=True)
    again = Checkpoints(tmp_path)
    assert again.latest == 2
    toys.assert_identical(again.restore(state).params, at(state, 2).params)
    again.save(at(state, 4))
    assert again.latest == 4
    again.close()


def test_there_is_none(tmp_path, state):
    checkpoints = Checkpoints(tmp_path)
    with pytest.raises(PclipError, match=f"no checkpoint in {tmp_path}"):
        checkpoints.restore(state)
    checkpoints.close()


def test_another_models_checkpoint_is_refused(toys, tmp_path, state):
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(at(state, 1))
    with pytest.raises(PclipError, match=r"does not fit this model") as caught:
        checkpoints.restore(toys.make("alignment").init(0))
    assert str(caught.value).endswith("choose another --workdir or delete it")
    assert len(str(caught.value).splitlines()) == 1
    checkpoints.close()


def test_a_file_in_the_way(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PclipError, match="cannot write checkpoints to"):
        Checkpoints(tmp_path / "file" / "checkpoints")


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ValueError("full")])
def test_a_failed_save_leaves_the_earlier_one(toys, tmp_path, monkeypatch, state, error):
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(at(state, 1))

    def full(*_, **__):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(ocp.CheckpointManager, "save", full)
        with pytest.raises(PclipError, match=f"{tmp_path}.*earlier ones are intact"):
            checkpoints.save(at(state, 2))
    checkpoints.close()
    again = Checkpoints(tmp_path)
    assert again.latest == 1
    toys.assert_identical(again.restore(state).params, at(state, 1).params)
    again.close()


def test_a_full_disk_is_seen_beforehand(tmp_path, monkeypatch, state):
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(at(state, 1))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(PclipError, match=r"it takes [\d,]+ bytes, 1,000 are free; earlier"):
        checkpoints.save(at(state, 2))
    assert checkpoints.latest == 1
    checkpoints.close()


def run_python(script, folder):
    return subprocess.run(
        [sys.executable, "-c", script, str(folder)],
        env=os.environ | {"JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=False,
    )


RESTORE = """
import sys
import jax.numpy as jnp
from pathlib import Path
from pclip.errors import PclipError
from pclip.training.checkpoints import Checkpoints
from pclip.training.state import TrainState
checkpoints = Checkpoints(Path(sys.argv[1]))
like = TrainState(jnp.int32(0), {"w": jnp.zeros(300_000)}, {}, {}, jnp.zeros(2, jnp.uint32))
checkpoints.save(like)
try:
    checkpoints.restore(like._replace(params={"w": jnp.zeros((300_000, 2))}))
except PclipError as error:
    print("other shape:", error)
for path in Path(sys.argv[1]).rglob("*"):
    if path.is_file() and path.parent.name == "d":
        path.write_bytes(b"rubbish")
try:
    checkpoints.restore(like)
except PclipError as error:
    print("damaged:", error)
"""


def test_other_shapes_and_damage_are_one_message_each(tmp_path):
    # In its own process: what Orbax leaves behind is reported in the middle of another test.
    done = run_python(RESTORE, tmp_path)
    found = done.stdout.splitlines()
    assert len(found) == 2, done.stderr
    for line, case in zip(found, ("other shape", "damaged"), strict=True):
        assert line.startswith(f"{case}: the checkpoint {tmp_path}/0 does not fit this model")


FILL = """
import resource, sys
import numpy as np
from pathlib import Path
from pclip.errors import PclipError
from pclip.training.checkpoints import Checkpoints
from pclip.training.state import TrainState
def state(step):
    noise = np.random.default_rng(step).normal(size=300_000)
    return TrainState(np.int32(step), {"w": noise}, {}, {}, np.zeros(2, np.uint32))
checkpoints = Checkpoints(Path(sys.argv[1]))
checkpoints.save(state(1))
limits = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, limits[1]))
try:
    checkpoints.save(state(2))
except PclipError as error:
    print("refused:", error)
resource.setrlimit(resource.RLIMIT_FSIZE, limits)
"""


def test_a_disk_that_fills_up_while_saving(tmp_path):
    done = run_python(FILL, tmp_path)
    assert "refused: cannot write a checkpoint" in done.stdout, done.stderr
    again = Checkpoints(tmp_path)
    assert again.latest == 1
    again.close()
