from __future__ import annotations

import json

import pytest

from pclip.errors import PclipError
from pclip.runs.looks import Looks

LOOK = {"recipe": "a" * 64, "split": "round", "seed": 0, "representation": "mini"}


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_look_is_dated_and_written_to_both_files(tmp_path):
    own, shared = tmp_path / "looks.jsonl", tmp_path / "all" / "looks.jsonl"
    Looks(own, shared, "the table").take(LOOK)
    assert lines(own) == lines(shared)
    (found,) = lines(own)
    assert found.pop("date").endswith("+00:00")
    assert found == LOOK | {"purpose": "the table"}


def test_what_is_written_stays(tmp_path):
    looks = Looks(tmp_path / "own", tmp_path / "shared", "x")
    looks.take(LOOK)
    before = (tmp_path / "shared").read_bytes()
    for other in ({"seed": 1}, {"split": "flow"}, {"recipe": "b" * 64}):
        looks.take(LOOK | other)
    assert (tmp_path / "shared").read_bytes().startswith(before)
    assert len(lines(tmp_path / "shared")) == 4


def test_the_same_run_may_finish_its_look_and_writes_it_once(tmp_path):
    for _ in range(2):
        Looks(tmp_path / "own", tmp_path / "shared", "x").take(LOOK)
    assert len(lines(tmp_path / "own")) == len(lines(tmp_path / "shared")) == 1
    # Stopped between the two files: the second is made up for.
    (tmp_path / "shared").unlink()
    Looks(tmp_path / "own", tmp_path / "shared", "x").take(LOOK)
    assert lines(tmp_path / "own") == lines(tmp_path / "shared")


def test_another_run_of_the_recipe_is_refused(tmp_path):
    Looks(tmp_path / "first", tmp_path / "shared", "the table").take(LOOK)
    second = Looks(tmp_path / "second", tmp_path / "shared", "again")
    with pytest.raises(PclipError, match=r"mini had its look .* round, seed 0, .*'the table'"):
        second.take(LOOK)
    assert not (tmp_path / "second").exists()
    assert len(lines(tmp_path / "shared")) == 1
    second.take(LOOK | {"seed": 1})


def test_without_a_shared_file_runs_are_apart(tmp_path):
    for name in ("first", "second"):
        Looks(tmp_path / name, None, "x").take(LOOK)
        Looks(tmp_path / name, None, "x").take(LOOK)
        assert len(lines(tmp_path / name)) == 1


@pytest.mark.parametrize("torn", ['{"recipe": "aaa', "[]", '{"recipe": 1}', "\udcff"])
def test_a_damaged_file_is_named(tmp_path, torn):
    (tmp_path / "shared").write_text(torn, errors="surrogateescape")
    with pytest.raises(PclipError, match="shared"):
        Looks(tmp_path / "own", tmp_path / "shared", "x").take(LOOK)
    assert not (tmp_path / "own").exists()


def test_a_place_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PclipError, match=r"--config\.looks"):
        Looks(tmp_path / "own", tmp_path / "file" / "looks.jsonl", "x").take(LOOK)
