"""Real processes, a real kill: what two runs that share a cache do to each other."""

import hashlib
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from pclip.embedding.lock import locked
from pclip.errors import PclipError

HERE = Path(__file__).parent
PATIENCE_S = 120


@contextmanager
def encoding(folder):
    """A process of `encode_apart.py`, gone at the end."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / "encode_apart.py"), str(folder)],
        env=os.environ | {"JAX_PLATFORMS": "cpu", "PYTHONPATH": str(HERE.parents[1])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    guard = threading.Timer(PATIENCE_S, process.kill)
    guard.start()
    try:
        yield process
    finally:
        guard.cancel()
        process.kill()
        process.communicate()


def lines_until(process, word):
    """What it says up to the first line with `word`."""
    said = []
    for line in process.stdout:
        said.append(line.strip())
        if word in line:
            return said
    raise AssertionError(f"ended without {word!r}: {said}")


def blocks_and_hash(process, said=()):
    """Let it go on to its end; how many blocks it encoded, and the hash that it found."""
    lines = [*said, *process.communicate("go on\n")[0].split()]
    assert process.returncode == 0
    return lines.count("block"), lines[-1]


def test_one_computes_and_the_other_waits_and_reads(tmp_path):
    with encoding(tmp_path) as first:
        begun = lines_until(first, "block")
        with encoding(tmp_path) as second:
            waited = lines_until(second, "waiting")
            blocks, found = blocks_and_hash(first, begun)
            own_blocks, own = blocks_and_hash(second)
    (home,) = tmp_path.iterdir()
    assert str(home) in waited[0]
    assert blocks > 5
    assert own_blocks == 0
    assert own == found
    assert {path.name for path in home.iterdir()} == {".lock", "cache.json", "vectors.npy"}
    vectors = np.load(home / "vectors.npy")
    assert hashlib.sha256(vectors.tobytes()).hexdigest() == found


def test_who_waited_goes_on_where_the_killed_one_stopped(tmp_path):
    with encoding(tmp_path / "whole") as process:
        blocks, whole = blocks_and_hash(process)
    with encoding(tmp_path / "shared") as first:
        lines_until(first, "block")
        (home,) = (tmp_path / "shared").iterdir()
        # What a kill in the middle of a write leaves.
        (home / ".part-torn.npy").write_bytes(b"\x93NUM")
        with encoding(tmp_path / "shared") as second:
            lines_until(second, "waiting")
            first.kill()
            own_blocks, own = blocks_and_hash(second)
    assert own_blocks == blocks - 1
    assert own == whole
    assert {path.name for path in home.iterdir()} == {".lock", "cache.json", "vectors.npy"}


def test_a_folder_deleted_while_one_waits_is_locked_anew(tmp_path, caplog):
    home, entered = tmp_path / "home", threading.Event()

    def wait_for_it():
        with locked(home, "writes"):
            entered.set()
            assert (home / ".lock").exists()

    waiting = threading.Thread(target=wait_for_it)
    with locked(home, "writes"):
        waiting.start()
        while "waiting for it" not in caplog.text:
            waiting.join(0.01)
        (home / ".lock").unlink()
        home.rmdir()
        assert not entered.is_set()
    waiting.join(PATIENCE_S)
    assert entered.is_set()


def test_a_folder_that_cannot_be_made_ends_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(PclipError, match=r"cannot lock .*Not a directory; choose a folder"),
        locked(tmp_path / "file" / "home", "writes"),
    ):
        pass


def test_a_lock_that_points_elsewhere_makes_no_file_there(tmp_path):
    (tmp_path / ".lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PclipError, match="cannot lock"), locked(tmp_path, "writes"):
        pass
    assert not (tmp_path / "elsewhere").exists()
