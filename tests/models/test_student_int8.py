from __future__ import annotations

import dataclasses

import jax
import numpy as np
import pytest
from flax.traverse_util import flatten_dict

from pclip.models.student import Student, init_student, token_bytes
from pclip.models.student_config import StudentConfig
from pclip.models.student_int8 import Int8Student, int8_shapes, quantise
from tests.models.made_students import SMALL, random_packets, small_student, tokens_of

TOKENS = tokens_of(random_packets(200), 24)


@pytest.fixture(scope="module")
def student() -> Student:
    return small_student()


@pytest.fixture(scope="module")
def small(student) -> Int8Student:
    return quantise(student, *TOKENS)


def vectors(student: Student | Int8Student, ids, lengths) -> np.ndarray:
    return np.asarray(jax.jit(student.apply_pooled)(student.params, ids, lengths))


def test_it_is_near_the_student(student, small):
    expected, found = vectors(student, *TOKENS), vectors(small, *TOKENS)
    error = np.linalg.norm(found - expected) / np.linalg.norm(expected - expected.mean(axis=0))
    assert 0 < error < 0.05


def test_the_integers_are_what_numpy_makes_of_them(small):
    ids, lengths = (x[:20] for x in TOKENS)
    x = np.asarray(small.params["byte"])[np.asarray(token_bytes(ids, lengths, SMALL.bytes))]
    x = x.reshape(20, SMALL.patches, -1).astype(np.int64)
    for name, fan_in, _, times in SMALL.products:
        layer = {key: np.asarray(leaf) for key, leaf in small.params[name].items()}
        x = x if times > 1 else x.reshape(20, fan_in)
        y = (x @ layer["kernel"].astype(np.int64)) * layer["scale"] + layer["bias"]
        x = np.round(np.clip(y, 0, 127)).astype(np.int64)
    np.testing.assert_allclose(vectors(small, ids, lengths), y, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("config", [SMALL, StudentConfig()])
def test_both_arithmetics_give_the_same_bits(config):
    student = Student.of("s", config, init_student(config, 1), "random")
    made = quantise(student, *tokens_of(random_packets(40, 1), 128))
    tokens = tokens_of(random_packets(40, 2), 128)
    # Without jit, as a compiler may fuse the last multiplication and addition in one of the two.
    np.testing.assert_array_equal(
        made.computed_in("int8").apply_pooled(made.params, *tokens),
        made.computed_in("float32").apply_pooled(made.params, *tokens),
    )


def test_leaves_are_of_the_types_and_shapes_that_are_promised(small):
    flat = flatten_dict(small.params, sep="/")
    assert {path: (leaf.dtype.name, leaf.shape) for path, leaf in flat.items()} == (
        int8_shapes(SMALL)
    )
    for path, leaf in flat.items():
        if path.endswith("kernel"):
            assert (np.abs(np.asarray(leaf)).max(axis=0) == 127).all()


def test_calibration_depends_on_the_packets_it_is_shown(student, small):
    again = quantise(student, *TOKENS)
    other = quantise(student, *tokens_of([bytes(24)] * 3, 24))
    assert again.sha256 == small.sha256
    assert other.sha256 != small.sha256


def test_a_dead_layer_does_not_divide_by_zero(student):
    params = jax.tree.map(np.zeros_like, student.params)
    dead = quantise(dataclasses.replace(student, params=params), *TOKENS)
    np.testing.assert_array_equal(vectors(dead, *TOKENS), 0)


def test_what_cannot_be_used_is_an_error(student, small):
    with pytest.raises(ValueError, match="arithmetic is 'int4'"):
        small.computed_in("int4")
    with pytest.raises(ValueError, match="no packets"):
        quantise(student, *(x[:0] for x in TOKENS))
