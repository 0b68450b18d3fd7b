from __future__ import annotations

import json
import os
import subprocess
import sys

import jax
import numpy as np
import pytest

from pclip.training import data_mesh, replicate, split_batch

KINDS = ("alignment", "detection", "dense")


@pytest.fixture(scope="module")
def sharded(toys, pytestconfig):
    root = toys.folder.parents[1]
    done = subprocess.run(
        [sys.executable, str(toys.folder / "sharded_steps.py")],
        env=os.environ
        | {
            "XLA_FLAGS": "--xla_force_host_platform_device_count=8",
            "JAX_PLATFORMS": "cpu",
            "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
            "JAX_COMPILATION_CACHE_DIR": str(pytestconfig.cache.mkdir("compiled")),
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
            "PYTHONPATH": str(root),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("kind", KINDS)
def test_eight_devices_train_as_one_does(sharded, kind):
    assert sharded["devices"] == 8
    found = sharded[kind]
    assert found["params"][0] < 1e-5, found["params"]
    assert found["moved"][0] > 1e-4, "nothing was trained"


def test_batchnorm_statistics_are_of_the_global_batch(sharded):
    found = sharded["detection"]
    assert found["statistics_leaves"] > 0
    assert found["statistics"][0] < 1e-5, found["statistics"]


def test_the_jitted_step_equals_a_pmapped_one(sharded):
    found = sharded["pmap"]
    assert found["largest_grad"] > 1e-2
    assert found["grads"][0] < 1e-5, found["grads"]
    assert found["params"][0] < 1e-5, found["params"]
    assert found["loss"] < 1e-5


def test_a_mesh_has_the_axis_data_over_the_given_devices():
    mesh = data_mesh()
    assert mesh.axis_names == ("data",)
    assert list(mesh.devices.ravel()) == jax.devices()
    tree = {"a": np.arange(3.0)}
    np.testing.assert_array_equal(replicate(mesh, tree)["a"], tree["a"])
    np.testing.assert_array_equal(split_batch(mesh, tree)["a"], tree["a"])


def test_a_batch_that_devices_cannot_share_is_named():
    class EightDevices:
        devices = np.empty(8)

    with pytest.raises(ValueError, match="a batch of 12 cannot be split over 8 devices"):
        split_batch(EightDevices(), (np.zeros((16, 2)), np.zeros(12)))
