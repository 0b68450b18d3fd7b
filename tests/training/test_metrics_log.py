from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from pclip.errors import PclipError
from pclip.training import MetricsLog


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_number_is_a_line(tmp_path):
    path = tmp_path / "metrics.jsonl"
    with MetricsLog(path, "a/b") as log:
        log.write(1, {"loss": 0.5, "rate": 2})
        assert len(lines(path)) == 2, "lines are on disk before the log is closed"
        log.write(2, {"loss": 0.25})
    assert lines(path) == [
        {"run": "a/b", "step": 1, "name": "loss", "value": 0.5},
        {"run": "a/b", "step": 1, "name": "rate", "value": 2.0},
        {"run": "a/b", "step": 2, "name": "loss", "value": 0.25},
    ]


def test_resuming_drops_this_runs_later_lines_only(tmp_path):
    path = tmp_path / "metrics.jsonl"
    for run in ("mine", "other"):
        with MetricsLog(path, run) as log:
            for step in (1, 2, 3, 4):
                log.write(step, {"loss": step})
    with MetricsLog(path, "mine", start=2) as log:
        log.write(3, {"loss": 30})
    found = [(line["run"], line["step"], line["value"]) for line in lines(path)]
    assert found == [
        ("mine", 1, 1), ("mine", 2, 2), ("other", 1, 1), ("other", 2, 2), ("other", 3, 3),
        ("other", 4, 4), ("mine", 3, 30),
    ]  # fmt: skip


@pytest.mark.parametrize("cut", [1, 10, 30])
def test_a_line_that_a_kill_cut_short_is_dropped(tmp_path, cut):
    path = tmp_path / "metrics.jsonl"
    with MetricsLog(path, "run") as log:
        log.write(1, {"loss": 1})
        log.write(2, {"loss": 2})
    whole = path.read_text()
    path.write_text(whole[:-cut])
    with MetricsLog(path, "run", start=2) as log:
        log.write(3, {"loss": 3})
    # Without its newline alone the line is still whole.
    assert [line["step"] for line in lines(path)] == ([1, 2, 3] if cut == 1 else [1, 3])


def test_a_damaged_line_is_named_and_nothing_is_lost(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"run": "a"\n{"run": "b", "step": 1, "name": "loss", "value": 1}\n')
    before = path.read_bytes()
    with pytest.raises(PclipError, match="line that is not JSON"):
        MetricsLog(path, "run")
    assert path.read_bytes() == before


def test_tensorboard_gets_the_same_numbers(tmp_path):
    with MetricsLog(tmp_path / "metrics.jsonl", "round/0/gnn") as log:
        log.write(1, {"loss": 0.5})
        log.write_tensorboard()
    (events,) = (tmp_path / "tensorboard" / "round-0-gnn").glob("events.out.tfevents.*")
    assert b"loss" in events.read_bytes()


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PclipError, match="cannot write"):
        MetricsLog(tmp_path / "file" / "metrics.jsonl", "run")


FILL = """
import resource, sys
from pclip.errors import PclipError
from pclip.training import MetricsLog
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
log = MetricsLog(sys.argv[1], "run")
try:
    with log:
        for step in range(10_000):
            log.write(step, {"loss": 1.0})
except PclipError as error:
    print(error)
"""


def test_a_full_disk_is_one_message(tmp_path):
    path = tmp_path / "metrics.jsonl"
    done = subprocess.run(
        [sys.executable, "-c", FILL, str(path)],
        env=os.environ | {"JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"cannot write {path}: File too large; free some space" in done.stdout
    assert "Traceback" not in done.stderr
