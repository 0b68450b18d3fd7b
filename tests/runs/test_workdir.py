from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

from pclip.errors import PclipError
from pclip.runs import Workdir

CONFIG = {"name": "toy", "steps": 3}


def test_leaves_config_and_environment(tmp_path):
    with Workdir(tmp_path / "a" / "b", CONFIG) as workdir:
        assert json.loads((workdir.path / "config.json").read_text()) == CONFIG
        environment = workdir.environment
    assert {"python", "platform", "versions", "device", "cores", "commit"} <= set(environment)
    assert {"jax", "flax", "numpy", "pclip"} <= set(environment["versions"])


def test_the_first_starts_environment_stays(tmp_path):
    with Workdir(tmp_path, CONFIG) as workdir:
        workdir.write_json("environment.json", {"commit": "of the first start"})
    with Workdir(tmp_path, CONFIG) as workdir:
        assert workdir.environment == {"commit": "of the first start"}


def test_another_config_is_refused(tmp_path):
    with Workdir(tmp_path, CONFIG) as workdir:
        workdir.unit("cost", dict)
    with pytest.raises(
        PclipError, match=r"holds a run of another config.*choose another --workdir"
    ):
        Workdir(tmp_path, CONFIG | {"steps": 4})
    assert json.loads((tmp_path / "config.json").read_text()) == CONFIG
    with Workdir(tmp_path, CONFIG):
        "the refusal gave the lock back"


def test_a_run_that_computed_nothing_makes_room_for_another_config(tmp_path):
    def fail():
        raise PclipError("no archive")

    with Workdir(tmp_path, CONFIG) as workdir:
        workdir.same_data("aa")
        with workdir.timed("data"):
            pass
        with pytest.raises(PclipError, match="no archive"):
            workdir.unit("inputs", fail)
    other = CONFIG | {"steps": 4}
    with Workdir(tmp_path, other) as workdir:
        assert workdir.read_json("config.json") == other
        assert workdir.timing["stages"] == {}
        workdir.same_data("bb")
    (tmp_path / "checkpoints").mkdir()
    with pytest.raises(PclipError, match="holds a run of another config"):
        Workdir(tmp_path, CONFIG)


def test_how_reductions_are_worded_decides_nothing(tmp_path):
    with Workdir(tmp_path, CONFIG | {"reductions": ["few steps"]}) as workdir:
        workdir.unit("cost", dict)
    with Workdir(tmp_path, CONFIG | {"reductions": ["3 steps"]}):
        assert json.loads((tmp_path / "config.json").read_text())["reductions"] == ["few steps"]
    with pytest.raises(PclipError, match="holds a run of another config"):
        Workdir(tmp_path, CONFIG | {"steps": 4, "reductions": ["few steps"]})


@pytest.mark.parametrize("rubbish", [b"", b"{", b"\xff\xfe\x00"])
def test_a_damaged_config_is_refused(tmp_path, rubbish):
    (tmp_path / "config.json").write_bytes(rubbish)
    with pytest.raises(PclipError, match=r"config\.json differs"):
        Workdir(tmp_path, CONFIG)


def test_only_its_own_scratch_files_are_removed(tmp_path):
    with Workdir(tmp_path / "outer" / "inner", CONFIG):
        pass
    ours = tmp_path / "outer" / "units" / "round" / ".part-1.json"
    theirs = tmp_path / "outer" / "inner" / "units" / ".part-2.json"
    for path in (ours, theirs):
        path.parent.mkdir(parents=True)
        path.write_text("half")
    cached = tmp_path / "outer" / "vectors" / "packets" / ".part-3"
    cached.parent.mkdir(parents=True)
    cached.touch()
    (tmp_path / "outer" / ".part-folder").mkdir()
    with Workdir(tmp_path / "outer", CONFIG):
        assert not ours.exists()
        assert theirs.exists(), "another run may be writing it"
        assert cached.exists(), "whoever holds the lock of the cache may be writing it"


def test_data_that_changed_is_refused(tmp_path):
    with Workdir(tmp_path, CONFIG) as workdir:
        workdir.same_data("aa")
    with Workdir(tmp_path, CONFIG) as workdir:
        workdir.same_data("aa")
        with pytest.raises(PclipError, match="began with other data"):
            workdir.same_data("bb")
        assert workdir.read_json("data.json") == {"sha256": "aa"}


def test_a_file_in_the_way(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "workdir"):
        with pytest.raises(PclipError, match=r"cannot make the workdir.*choose another --workdir"):
            Workdir(path, CONFIG)


def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(PclipError, match=r"cannot write to .*Permission denied"):
        Workdir(tmp_path, CONFIG)


HOLD = """
import sys, time
from pclip.runs import Workdir
with Workdir(sys.argv[1], {"name": "toy", "steps": 3}):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_one_process_at_a_time(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"JAX_PLATFORMS": "cpu"},
        text=True,
    )
    with holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(PclipError, match="is in use by another process"):
            Workdir(tmp_path, CONFIG)
        holder.kill()
        holder.wait()
    with Workdir(tmp_path, CONFIG):
        "a lock does not outlive its process"


def test_a_unit_is_done_once(tmp_path):
    calls = []

    def work():
        calls.append(1)
        return {"b": 1, "a": [0.5]}

    with Workdir(tmp_path, CONFIG) as workdir:
        assert workdir.unit("round/0/gnn", work) == {"a": [0.5], "b": 1}
    with Workdir(tmp_path, CONFIG) as workdir:
        assert workdir.unit("round/0/gnn", work) == {"a": [0.5], "b": 1}
        assert workdir.unit("round/1/gnn", work) == {"a": [0.5], "b": 1}
    assert len(calls) == 2


def test_a_unit_that_fails_leaves_nothing(tmp_path):
    def work():
        raise PclipError("no")

    with Workdir(tmp_path, CONFIG) as workdir:
        with pytest.raises(PclipError):
            workdir.unit("round/0/gnn", work)
        assert not list(tmp_path.glob("units/**/*.json"))
        assert workdir.unit("round/0/gnn", lambda: {"a": 1}) == {"a": 1}


@pytest.mark.parametrize("rubbish", [b"", b'{"values"', b"\xff\xfe"])
def test_a_damaged_unit_says_what_to_delete(tmp_path, rubbish):
    with Workdir(tmp_path, CONFIG) as workdir:
        workdir.unit("cost", dict)
        (tmp_path / "units" / "cost.json").write_bytes(rubbish)
        with pytest.raises(PclipError, match=r"cost\.json cannot be read.*delete it and run"):
            workdir.unit("cost", dict)


def test_the_same_json_keeps_its_bytes_and_date(tmp_path):
    with Workdir(tmp_path, CONFIG) as workdir:
        workdir.write_json("results.json", {"a": 1, "b": 2})
        path = tmp_path / "results.json"
        os.utime(path, (1, 1))
        workdir.write_json("results.json", {"b": 2, "a": 1})
        assert path.stat().st_mtime == 1
        workdir.write_json("results.json", {"a": 2})
        assert json.loads(path.read_text()) == {"a": 2}


def test_times_add_up_over_starts_and_count_nested_stages_once(tmp_path, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])

    def busy(seconds):
        clock[0] += seconds

    with Workdir(tmp_path, CONFIG) as workdir:
        with workdir.timed("outer"):
            busy(1)
            with workdir.timed("inner"):
                busy(10)
                with workdir.timed("innermost"):
                    busy(100)
            busy(2)
        with workdir.timed("after"):
            busy(5)
    with Workdir(tmp_path, CONFIG) as workdir:
        with workdir.timed("inner"):
            busy(1000)
        timing = workdir.timing
    assert timing["stages"] == {"outer": 3.0, "inner": 1010.0, "innermost": 100.0, "after": 5.0}
    assert timing["total_seconds"] == 1118.0
    assert timing["cores"] == os.cpu_count()


def test_the_time_of_what_was_stopped_counts(tmp_path, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])

    def stopped(workdir):
        with workdir.timed("outer"), workdir.timed("inner"):
            clock[0] += 7
            raise KeyboardInterrupt

    with Workdir(tmp_path, CONFIG) as workdir, pytest.raises(KeyboardInterrupt):
        stopped(workdir)
    with Workdir(tmp_path, CONFIG) as workdir:
        assert workdir.timing["stages"] == {"inner": 7.0, "outer": 0.0}
        assert workdir.timing["total_seconds"] == 7.0
