from __future__ import annotations

import json

import pytest

from pclip.models import read_student


@pytest.mark.slow
def test_a_distillation_leaves_what_it_promises(experiments, tmp_path):
    workdir = tmp_path / "run"
    done = experiments.run(experiments.command("distil", workdir))
    assert done.code == 0, done.err
    assert "| student, int8, in the teacher's place |" in done.out
    before = (workdir / "results.json").read_bytes()
    split = json.loads(before)["splits"]["round"]
    places = {f"{form}_in_teachers_place" for form in ("student", "int8")}
    assert set(split["scores"]) == {"teacher", "student", "int8"} | places
    for form in ("student", "int8"):
        folder = workdir / "students" / "round" / "0" / form
        assert sum(path.stat().st_size for path in folder.iterdir()) == split["bytes"][form]
        assert read_student(folder).config.width == 128
    assert split["bytes"]["int8"] < split["bytes"]["student"] / 3

    # What a kill behind the training leaves is gone on with, to the same bytes.
    (workdir / "results.json").unlink()
    (workdir / "units" / "round" / "0" / "distil.json").unlink()
    again = experiments.run(experiments.command("distil", workdir))
    assert again.code == 0, again.err
    assert (workdir / "results.json").read_bytes() == before
