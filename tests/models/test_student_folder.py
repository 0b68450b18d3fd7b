from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

import pclip
from pclip.errors import PclipError
from pclip.models.student import Student, init_student
from pclip.models.student_config import StudentConfig
from pclip.models.student_folder import (
    CARD_FILE,
    WEIGHTS_FILE,
    read_student,
    write_student,
)
from pclip.models.student_int8 import Int8Student, quantise
from tests.models.made_students import random_packets, small_student, tokens_of

TOKENS = tokens_of(random_packets(30), 24)


def made(form: str) -> Student | Int8Student:
    student = small_student()
    return student if form == "float32" else quantise(student, *TOKENS)


@pytest.mark.parametrize("form", ["float32", "int8"])
def test_it_comes_back_as_it_was(tmp_path, form):
    student = made(form)
    size = write_student(tmp_path / "s", student)
    assert size == sum(path.stat().st_size for path in (tmp_path / "s").iterdir())
    back = read_student(tmp_path / "s")
    assert type(back) is type(student)
    assert (back.name, back.config, back.sha256, back.note) == (
        student.name, student.config, student.sha256, student.note,
    )  # fmt: skip
    np.testing.assert_array_equal(
        back.apply_pooled(back.params, *TOKENS), student.apply_pooled(student.params, *TOKENS)
    )
    with pytest.raises(PclipError, match="not overwritten"):
        write_student(tmp_path / "s", student)


@pytest.fixture
def folder(tmp_path):
    write_student(tmp_path / "s", made("int8"))
    return tmp_path / "s"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "zip"}, "format: found 'zip'"),
        ({"schema": True}, "schema: found True"),
        ({"form": "int4"}, "form: found 'int4', expected one of float32, int8"),
        ({"form": "float32"}, "lacks: byte/embedding"),
        ({"config": {"bytes": 10**9}}, "bytes is 1000000000"),
        ({"config": {"hidden": [1.5]}}, r"config\.hidden\[0\]: found 1.5"),
        ({"config": {}}, "lacks|another shape"),
        ({"sha256": "0" * 64}, "student.json says 0000"),
        ({"sha256": "0" * 63}, "sha256: found '0.*expected 64 hexadecimal digits"),
        ({"extra": 1}, "found 'extra'"),
        ({"name": "a\x1b[2J"}, "printable"),
    ],
)
def test_a_card_that_cannot_be_used_is_refused(folder, change, message):
    card = json.loads((folder / CARD_FILE).read_text())
    (folder / CARD_FILE).write_text(json.dumps(card | change))
    with pytest.raises(PclipError, match=message):
        read_student(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"patch/kernel": None}, "lacks: patch/kernel"),
        ({"more": np.zeros(2, np.int8)}, "unknown tensors: 'more'"),
        ({"byte": np.zeros((257, 3), np.float32)}, "other types than int8 in: byte"),
        ({"byte": np.zeros((256, 3), np.int8)}, "another shape: byte"),
        ({"output/scale": np.full(6, np.nan, np.float32)}, "not finite in: output/scale"),
        ({"output/bias": np.ones(6, np.float32)}, "holds parameters with sha256"),
    ],
)
def test_weights_that_do_not_fit_are_refused(folder, change, message):
    tensors = safetensors.numpy.load_file(folder / WEIGHTS_FILE) | change
    safetensors.numpy.save_file(
        {name: leaf for name, leaf in tensors.items() if leaf is not None}, folder / WEIGHTS_FILE
    )
    with pytest.raises(PclipError, match=message):
        read_student(folder)


def test_a_file_that_is_cut_too_large_or_missing_is_refused(folder):
    whole = (folder / WEIGHTS_FILE).read_bytes()
    (folder / WEIGHTS_FILE).write_bytes(whole[:-1])
    with pytest.raises(PclipError, match="not a whole safetensors file"):
        read_student(folder)
    (folder / WEIGHTS_FILE).write_bytes(whole + bytes(2**20))
    with pytest.raises(PclipError, match="larger than"):
        read_student(folder)
    (folder / WEIGHTS_FILE).unlink()
    with pytest.raises(PclipError, match="cannot read it"):
        read_student(folder)


@pytest.mark.parametrize("form", ["float32", "int8"])
def test_student_heads_and_detector_take_four_megabytes_at_most(tmp_path, form):
    config = StudentConfig()
    student = Student.of("default", config, init_student(config, 0), "random weights")
    size = write_student(
        tmp_path / "s", student if form == "float32" else quantise(student, *TOKENS)
    )
    shipped = Path(pclip.__file__).parent / "weights" / "pclip-mini" / "weights.safetensors"
    assert size + shipped.stat().st_size <= 4_000_000
