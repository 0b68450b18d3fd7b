import gc
import json
import os
import subprocess
import sys
import weakref
from pathlib import Path

import jax
import numpy as np
import pytest

from pclip.embedding.encode import LENGTHS, encode, plan_batches
from pclip.training.mesh import data_mesh


def test_each_row_is_in_one_batch_and_fits_it(cases):
    _, lengths = cases.token_rows()
    batches = plan_batches(lengths, tokens_per_batch=256)
    rows = np.concatenate([batch.rows for batch in batches])
    assert sorted(rows.tolist()) == list(range(len(lengths)))
    for batch in batches:
        assert lengths[batch.rows].max() <= batch.length
        assert batch.length in LENGTHS
        assert len(batch.rows) * batch.length <= 256


def test_vectors_equal_the_row_by_row_loop(cases):
    encoder, (ids, lengths) = cases.MeanEncoder(), cases.token_rows()
    batches = plan_batches(lengths, tokens_per_batch=512)
    out = np.zeros((len(ids), 3), np.float32)
    for batch, vectors in zip(
        batches, encode(encoder, ids, lengths, batches, data_mesh()), strict=True
    ):
        out[batch.rows] = vectors
    np.testing.assert_allclose(out, cases.expected(encoder, ids, lengths), atol=1e-6)


def test_a_row_longer_than_encoders_take_is_refused():
    with pytest.raises(ValueError, match="513 tokens"):
        plan_batches(np.array([513]))


def test_encoder_parameters_come_back_unchanged(cases):
    encoder, (ids, lengths) = cases.MeanEncoder(), cases.token_rows(20)
    before = np.asarray(encoder.params).copy()
    list(encode(encoder, ids, lengths, plan_batches(lengths), data_mesh(jax.devices()[:1])))
    np.testing.assert_array_equal(np.asarray(encoder.params), before)


def test_an_encoder_is_compiled_for_once_and_its_parameters_go_with_it(cases):
    traced = []

    class Counted(cases.MeanEncoder):
        def apply_pooled(self, params, ids, lengths):
            traced.append(ids.shape)
            return super().apply_pooled(params, ids, lengths)

    def run(encoder):
        ids, lengths = cases.token_rows(20, longest=8)
        list(encode(encoder, ids, lengths, plan_batches(lengths), data_mesh()))

    encoder = Counted()
    run(encoder)
    run(encoder)
    assert len(traced) == 1
    # An array of numpy, to which a reference can be weak.
    encoder.params = np.asarray(encoder.params).copy()
    run(encoder)
    gone = weakref.ref(encoder), weakref.ref(encoder.params)
    del encoder
    gc.collect()
    assert [reference() for reference in gone] == [None, None]


def test_eight_devices_make_the_vectors_of_one():
    here = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, str(here / "sharded_vectors.py")],
        env=os.environ
        | {
            "XLA_FLAGS": "--xla_force_host_platform_device_count=8",
            "JAX_PLATFORMS": "cpu",
            "PYTHONPATH": str(here.parents[1]),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["devices"] == 8
    assert found["rows"] == 70
    assert found["apart"] < 1e-5
    assert found["spread"] > 1e-3, "all vectors are alike"
