import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest

from pclip.embedding import cached_vectors, compute_dtype, computing_in
from pclip.embedding.cache import cache_key
from pclip.models.encoder_config import EncoderConfig
from pclip.models.packet_encoder import PacketEncoder
from pclip.models.parameters import random_params
from pclip.training.mesh import data_mesh


class Device:
    def __init__(self, platform):
        self.platform = platform


class Devices:
    """A mesh of devices that this machine lacks."""

    def __init__(self, *platforms):
        self.devices = np.array([Device(platform) for platform in platforms])


@pytest.fixture(scope="module")
def encoder():
    config = EncoderConfig(50, width=16, layers=2, heads=2, ff=32)
    return PacketEncoder("tiny", config, random_params(config, 0), "tiny", "")


def test_cpus_compute_in_float32_and_accelerators_in_bfloat16():
    assert compute_dtype(data_mesh()) == "float32"
    assert compute_dtype(Devices("tpu", "tpu")) == "bfloat16"
    assert compute_dtype(Devices("gpu")) == "bfloat16"


def test_only_the_computation_changes(encoder):
    assert computing_in(encoder, "float32") is encoder
    lower = computing_in(encoder, "bfloat16")
    assert lower.config.dtype == "bfloat16"
    assert lower.params is encoder.params
    assert computing_in(encoder, "bfloat16") is lower


def test_what_was_converted_is_not_kept_beyond_its_encoder(encoder):
    mine = replace(encoder, name="mine")
    gone = weakref.ref(mine), weakref.ref(computing_in(mine, "bfloat16"))
    assert gone[1]() is not None
    del mine
    gc.collect()
    assert [reference() for reference in gone] == [None, None]


def test_an_encoder_of_one_type_stays_as_it_is(cases):
    encoder = cases.MeanEncoder()
    assert computing_in(encoder, "bfloat16") is encoder


def test_each_type_has_its_own_cache(encoder, cases, tmp_path):
    ids, lengths = cases.token_rows(60, longest=16)

    def vectors(dtype):
        return cached_vectors(
            encoder, ids, lengths, tmp_path, data_mesh(), what="rows", dtype=dtype
        )

    full, lower = vectors("float32"), vectors("bfloat16")
    assert vectors(None).filename == full.filename != lower.filename
    assert full.dtype == lower.dtype == np.float32
    # bfloat16 keeps 8 bits; the vectors are sums of numbers near 1.
    assert 1e-4 < np.abs(full - lower).max() < 0.1
    assert cache_key(encoder, ids, lengths) != cache_key(
        computing_in(encoder, "bfloat16"), ids, lengths
    )
