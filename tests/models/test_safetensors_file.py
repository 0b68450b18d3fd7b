from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from pclip.errors import PclipError
from pclip.models.safetensors_file import parse_safetensors, read_safetensors

TENSORS = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.float16([0.5, -2.0])}


def _of_one_type(kind: str, content: bytes, count: int) -> bytes:
    entry = {"dtype": kind, "shape": [count], "data_offsets": [0, len(content)]}
    header = json.dumps({"x": entry}).encode()
    return len(header).to_bytes(8, "little") + header + content


def test_both_ways_give_what_was_saved(tmp_path: Path) -> None:
    content = safetensors.numpy.save(TENSORS)
    (tmp_path / "x.safetensors").write_bytes(content)
    for found in (parse_safetensors(content, "x"), read_safetensors(tmp_path / "x.safetensors")):
        assert found.keys() == TENSORS.keys()
        for key, tensor in TENSORS.items():
            assert found[key].dtype == tensor.dtype
            np.testing.assert_array_equal(found[key], tensor)


@pytest.mark.parametrize("content", [b"", b"rubbish", b"\x80\x04pickle" * 9])
def test_rubbish_is_no_safetensors_file(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "weights"
    whole = safetensors.numpy.save(TENSORS)
    for broken in (content, whole[:-5]):
        with pytest.raises(PclipError, match="weights is not a whole safetensors file"):
            parse_safetensors(broken, "weights")
        path.write_bytes(broken)
        with pytest.raises(PclipError, match="weights is not a whole safetensors file"):
            read_safetensors(path)


def test_bfloat16_on_disk_becomes_float32(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(_of_one_type("BF16", bytes.fromhex("803f20c0"), 2))
    found = read_safetensors(path)["x"]
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, [1.0, -2.5])


def test_a_type_that_no_weight_has_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    content = _of_one_type("F8_E4M3", bytes(4), 4)
    path.write_bytes(content)
    with pytest.raises(PclipError, match="type F8_E4M3, expected F32, F16 or BF16"):
        read_safetensors(path)
    with pytest.raises(PclipError, match="type F8_E4M3, expected F32 or F16"):
        parse_safetensors(content, "x")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(PclipError, match=r"cannot read .*none\.safetensors: No such file"):
        read_safetensors(tmp_path / "none.safetensors")
