from __future__ import annotations

import math
import re

import jax
import numpy as np
import pytest
from flax.traverse_util import flatten_dict

from pclip.embedding.encode import encode, plan_batches
from pclip.models import Student, StudentConfig, init_student, student_macs, student_parameters
from pclip.models.cost import count_parameters
from pclip.models.student import token_bytes
from pclip.models.student_config import NO_BYTE
from pclip.packets.tokens import CLS_ID, FIRST_BIGRAM_ID
from pclip.training import data_mesh
from tests.models.made_students import SMALL, small_student, tokens_of


@pytest.fixture(scope="module")
def student() -> Student:
    return small_student()


@pytest.fixture(scope="module")
def packets() -> list[bytes]:
    rng = np.random.default_rng(0)
    return [rng.bytes(int(n)) for n in [0, 2, 3, 4, 5, 23, 24, 25, 40]]


def test_tokens_give_the_bytes_back(packets):
    ids, lengths = tokens_of(packets, 24)
    found = np.asarray(token_bytes(ids, lengths, 24))
    for row, packet in zip(found, packets, strict=True):
        expected = [*packet[:24], *[NO_BYTE] * (24 - len(packet))]
        assert row.tolist() == expected


def test_a_token_that_is_no_pair_is_no_byte():
    ids = np.array([[CLS_ID, FIRST_BIGRAM_ID + 258, 4, FIRST_BIGRAM_ID + 3]], np.int32)
    found = token_bytes(ids, np.array([4], np.int32), 5)
    assert found.tolist() == [[1, 2, NO_BYTE, 3, NO_BYTE]]


@pytest.mark.parametrize("size", [8, 16, 24, 32, 64])
def test_the_padded_length_changes_nothing(student, packets, size):
    short = [packet for packet in packets if len(packet) <= min(size, 24)]
    whole, part = (tokens_of(short, width) for width in (24, size))
    expected = student.apply_pooled(student.params, *whole)
    np.testing.assert_array_equal(student.apply_pooled(student.params, *part), expected)


def test_what_stands_in_the_padding_changes_nothing(student, packets):
    ids, lengths = tokens_of(packets, 24)
    noise = np.random.default_rng(1).integers(0, 65_541, ids.shape)
    dirty = np.where(np.arange(24) < lengths[:, None], ids, noise).astype(np.int32)
    apply = jax.jit(student.apply_pooled)
    np.testing.assert_array_equal(
        apply(student.params, ids, lengths), apply(student.params, dirty, lengths)
    )


def test_every_byte_and_the_length_matter(student):
    packet = bytes(range(1, 25))
    changed = [packet[:t] + b"\xff" + packet[t + 1 :] for t in range(24)]
    cut = [packet[:n] for n in range(2, 24)]
    vectors = np.asarray(
        student.apply_pooled(student.params, *tokens_of([packet, *changed, *cut], 24))
    )
    assert len(np.unique(vectors, axis=0)) == len(vectors)


def test_it_is_encoded_as_any_frozen_encoder(student, packets):
    ids, lengths = tokens_of(packets, 24)
    batches = plan_batches(lengths)
    found = np.concatenate(list(encode(student, ids, lengths, batches, data_mesh())))
    rows = np.concatenate([batch.rows for batch in batches])
    expected = np.asarray(student.apply_pooled(student.params, ids, lengths))
    np.testing.assert_allclose(found, expected[rows], atol=1e-6)


@pytest.mark.parametrize("config", [SMALL, StudentConfig(), StudentConfig(hidden=())])
def test_counts_equal_the_module(config):
    params = init_student(config, 0)
    assert student_parameters(config) == count_parameters(params)
    kernels = {
        path.removesuffix("/kernel"): leaf
        for path, leaf in flatten_dict(params, sep="/").items()
        if path.endswith("/kernel")
    }
    assert {name: kernel.shape for name, kernel in kernels.items()} == {
        name: (fan_in, width) for name, fan_in, width, _ in config.products
    }
    times = {name: config.patches if name in ("patch", "squeeze") else 1 for name in kernels}
    assert student_macs(config) == sum(
        math.prod(kernel.shape) * times[name] for name, kernel in kernels.items()
    )


def test_the_compiler_counts_as_many_products(student):
    config = StudentConfig()
    student = Student.of("default", config, init_student(config, 0), "random")
    shapes = jax.ShapeDtypeStruct((32, 128), np.int32), jax.ShapeDtypeStruct((32,), np.int32)
    compiled = jax.jit(student.apply_pooled).lower(student.params, *shapes).compile()
    flops = compiled.cost_analysis()["flops"] / 32
    assert 2 * student_macs(config) <= flops < 2.2 * student_macs(config)


def test_the_default_keeps_to_two_megaflops():
    assert 2 * student_macs(StudentConfig()) <= 2_000_000


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bytes": 100}, "bytes 100 are not a multiple of the patch 8"),
        ({"bytes": 1024}, "bytes is 1024"),
        ({"width": 0}, "width is 0"),
        ({"width": 5000}, "width is 5000"),
        ({"hidden": (4,) * 9}, "9 hidden layers"),
        ({"hidden": (4, 0)}, "hidden widths are (4, 0)"),
        ({"squeezed": 80}, "hidden_0 reads 1280 numbers"),
    ],
)
def test_a_size_outside_its_range_is_an_error(changes, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        StudentConfig(**changes)
