from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pclip.errors import PclipError
from pclip.models.torch_file import read_torch_file
from tests.models import write_torch

RNG = np.random.default_rng(0)
TENSORS = {
    "matrix": RNG.normal(size=(3, 4)).astype(np.float32),
    "half": RNG.normal(size=5).astype(np.float16),
    "double": RNG.normal(size=(1, 2)),
    "long": np.arange(-2, 4),
    "int": np.arange(3, dtype=np.int32),
    "short": np.arange(3, dtype=np.int16),
    "char": np.arange(3, dtype=np.int8),
    "byte": np.arange(3, dtype=np.uint8),
    "scalar": np.float32([7.0]).reshape(()),
}


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
def test_arrays_come_back_as_they_were(legacy: bool, tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    write_torch.save(path, TENSORS, legacy=legacy)
    found = read_torch_file(path)
    assert list(found) == list(TENSORS)
    for key, tensor in TENSORS.items():
        assert (found[key].dtype, found[key].shape) == (tensor.dtype, tensor.shape)
        np.testing.assert_array_equal(found[key], tensor)


def test_a_command_in_a_pickle_is_not_run(tmp_path: Path) -> None:
    path, mark = tmp_path / "x.bin", tmp_path / "mark"
    command = write_torch.name("os", "system") + write_torch.text(f"touch {mark}") + b"\x85R"
    write_torch.write_zip(path, write_torch.pickled(command), [])
    with pytest.raises(PclipError, match=r"holds the name 'os\.system'.*nothing of it was run"):
        read_torch_file(path)
    assert not mark.exists()
