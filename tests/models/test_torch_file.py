from __future__ import annotations

import struct
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest

from pclip.errors import PclipError
from pclip.models.torch_file import read_torch_file
from pclip.models.torch_pickle import MAX_PICKLE_BYTES
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


def test_bfloat16_is_exact_and_shared_storages_are_shared(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    halves = write_torch.storage("0", "BFloat16Storage", 5)
    views = {
        "all": write_torch.tensor(halves, 0, (2, 2), (2, 1)),
        "turned": write_torch.tensor(halves, 0, (2, 2), (1, 2)),
        "last": write_torch.tensor(halves, 4, (), ()),
    }
    numbers = np.float32([1.0, -2.5, 3.0e38, 2.0**-130, np.inf])
    content = (numbers.view(np.uint32) >> 16).astype("<u2").tobytes()
    write_torch.write_zip(path, write_torch.pickled(write_torch.items(views)), [content])
    found = read_torch_file(path)
    expected = (np.frombuffer(content, "<u2").astype(np.uint32) << 16).view(np.float32)
    assert found["all"].dtype == np.float32
    np.testing.assert_array_equal(found["all"].ravel(), expected[:4])
    np.testing.assert_array_equal(found["turned"], found["all"].T)
    assert found["last"] == expected[4]
    assert np.shares_memory(found["all"], found["turned"])
    assert not found["all"].flags.writeable


@pytest.mark.parametrize("kind", ["f4", "f2", "i8"])
def test_numbers_of_the_other_byte_order(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    numbers = np.arange(5).astype(kind)
    pickle = write_torch.state_dict({"a": numbers})
    content = numbers.astype(f">{kind}").tobytes()
    write_torch.write_zip(path, pickle, [content], byte_order=b"big")
    np.testing.assert_array_equal(read_torch_file(path)["a"], numbers)
    write_torch.write_zip(path, pickle, [numbers.astype(f"<{kind}").tobytes()], byte_order=None)
    np.testing.assert_array_equal(read_torch_file(path)["a"], numbers)
    write_torch.write_zip(path, pickle, [content], byte_order=b"middle")
    with pytest.raises(PclipError, match="byteorder is b'middle', expected little or big"):
        read_torch_file(path)


@pytest.mark.parametrize(
    ("offset", "shape", "strides"),
    [
        (0, (13,), (1,)),
        (1, (12,), (1,)),
        (12, (), ()),
        (0, (3, 4), (4, 2)),
        (0, (2,), (12,)),
        (0, (2,), (2**62,)),
        (0, (10**6, 10**6), (0, 0)),
        (0, (13, 1), (0, 0)),
        (12, (1,), (2**63,)),
        (0, (2**70, 2**70), (0, 0)),
        (0, (0,), (1,)),
        (0, (1,) * 9, (0,) * 9),
        (0, (1,) * 100, (0,) * 100),
    ],
)
def test_a_tensor_lies_in_its_storage(
    offset: int, shape: tuple[int, ...], strides: tuple[int, ...], tmp_path: Path
) -> None:
    path = tmp_path / "x.bin"
    floats = write_torch.storage("0", "FloatStorage", 12)
    views = {"a": write_torch.tensor(floats, offset, shape, strides)}
    write_torch.write_zip(path, write_torch.pickled(write_torch.items(views)), [bytes(48)])
    with pytest.raises(PclipError, match=r"'a' of shape .* does not lie in its storage of 12"):
        read_torch_file(path)


def test_the_stride_of_an_axis_of_one_entry_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    floats = write_torch.storage("0", "FloatStorage", 12)
    views = {"a": write_torch.tensor(floats, 2, (1, 3), (2**63, 1))}
    numbers = np.arange(12, dtype=np.float32)
    pickle = write_torch.pickled(write_torch.items(views))
    write_torch.write_zip(path, pickle, [numbers.tobytes()])
    np.testing.assert_array_equal(read_torch_file(path)["a"], [[2, 3, 4]])


def test_few_numbers_do_not_make_many_tensors(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    floats = write_torch.storage("0", "FloatStorage", 12)
    for count in (2, 3):
        views = {str(n): write_torch.tensor(floats, 0, (12,), (1,)) for n in range(count)}
        write_torch.write_zip(path, write_torch.pickled(write_torch.items(views)), [bytes(48)])
        if count == 2:
            assert len(read_torch_file(path)) == 2
            continue
        with pytest.raises(PclipError, match="144 bytes of tensors from 48 bytes of numbers"):
            read_torch_file(path)


FLOATS = {"a": np.arange(3, dtype=np.float32)}


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
def test_a_file_cut_anywhere_is_refused(legacy: bool, tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    write_torch.save(path, FLOATS, legacy=legacy)
    content = path.read_bytes()
    for size in range(len(content)):
        path.write_bytes(content[:size])
        with pytest.raises(PclipError, match=r"x\.bin"):
            read_torch_file(path)


def test_an_old_file_ends_with_its_last_storage(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    write_torch.save(path, FLOATS, legacy=True)
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(PclipError, match=r"x\.bin has 1 bytes behind its last storage"):
        read_torch_file(path)


def test_a_flipped_bit_of_an_archive_changes_no_number(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    write_torch.save(path, FLOATS)
    content = path.read_bytes()
    refused = 0
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :])
        try:
            found = read_torch_file(path)
        except PclipError:
            refused += 1
        else:
            np.testing.assert_array_equal(found["a"], FLOATS["a"])
    assert refused > len(content) / 2


def test_archives_that_are_made_to_harm(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    pickle = write_torch.state_dict(FLOATS)

    def refused(message: str) -> None:
        with pytest.raises(PclipError, match=message):
            read_torch_file(path)

    write_torch.write_zip(path, pickle, [bytes(10**7)], compression=zipfile.ZIP_DEFLATED)
    refused("is compressed or encrypted")
    write_torch.write_zip(path, pickle, [bytes(16)])
    refused("storage '0' has 16 bytes, expected 12")
    write_torch.write_zip(path, pickle, [])
    refused("storage '0' has 0 bytes, expected 12")
    write_torch.write_zip(path, bytes(MAX_PICKLE_BYTES + 1), [])
    refused("data.pkl has 16,777,217 bytes, expected at most 16,777,216")
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(2):
            archive.writestr("model/data.pkl", pickle)
    refused("holds members twice")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model/weights.txt", b"")
    refused("0 members data.pkl, expected one")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/data.pkl", pickle)
        archive.writestr("b/data.pkl", pickle)
    refused("2 members data.pkl, expected one")
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(50_000):
            archive.writestr(f"model/{number:060}", b"")
    refused("a directory of more than 4,194,304 bytes")


@pytest.mark.parametrize("size", [16, 400_000, 2**32 - 2])
def test_a_member_that_lies_about_its_size(size: int, tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    floats = write_torch.storage("0", "FloatStorage", size // 4)
    views = {"a": write_torch.tensor(floats, 0, (3,), (1,))}
    write_torch.write_zip(path, write_torch.pickled(write_torch.items(views)), [bytes(12)])
    content = bytearray(path.read_bytes())
    entry = content.rindex(b"model/data/0") - 46
    assert content[entry : entry + 4] == b"PK\x01\x02"
    content[entry + 20 : entry + 28] = struct.pack("<II", size, size)
    path.write_bytes(content)
    with pytest.raises(PclipError, match=r"x\.bin"):
        read_torch_file(path)


def test_old_files_that_do_not_agree_with_themselves(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    pickle = write_torch.state_dict(FLOATS, legacy=True)

    def refused(message: str) -> None:
        with pytest.raises(PclipError, match=message):
            read_torch_file(path)

    write_torch.write_legacy(path, pickle, {"0": np.zeros(2, np.float32)})
    refused(r"ends after|has 2 numbers, its object says 3")
    write_torch.write_legacy(path, pickle, {"0": np.zeros(4, np.float32)})
    refused("has 4 numbers, its object says 3")
    write_torch.write_legacy(path, pickle, {"1": np.zeros(3, np.float32)})
    refused("other storages than its object names")
    write_torch.write_legacy(path, pickle, {"0": FLOATS["a"], "1": FLOATS["a"]})
    refused("other storages than its object names")
    path.write_bytes(write_torch.pickled(b"}"))
    refused("begins with a dict, expected the magic number of torch")
    whole = write_torch.pickled(write_torch.integer(0x1950A86A20F9469CFC6C))
    path.write_bytes(whole + write_torch.pickled(b"K\x07") + pickle)
    refused(r"x\.bin")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (b"]", "holds a list, expected a dict of tensors"),
        (write_torch.items({"a": b"K\x01"}), "holds 1 under 'a', expected tensors alone"),
        (write_torch.items({"model": b"}"}), "holds a dict under 'model', expected tensors"),
        (b"}K\x01Ns", "holds 1 as a key"),
    ],
)
def test_anything_but_tensors_by_name_is_refused(
    value: bytes, message: str, tmp_path: Path
) -> None:
    write_torch.write_zip(tmp_path / "x.bin", write_torch.pickled(value), [])
    with pytest.raises(PclipError, match=message):
        read_torch_file(tmp_path / "x.bin")


def test_other_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(b"GGUF....")
    with pytest.raises(PclipError, match="begins with b'GGUF', as no file of torch"):
        read_torch_file(tmp_path / "x.bin")
    with pytest.raises(PclipError, match=r"cannot read .*none\.bin: No such file"):
        read_torch_file(tmp_path / "none.bin")
    with pytest.raises(PclipError, match=r"cannot read .*: Is a directory"):
        read_torch_file(tmp_path)
