"""The machine describes tensors; whatever else a pickle asks for is refused and not done."""

from __future__ import annotations

import builtins
import os
import pickle
import pickletools
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pclip.errors import PclipError
from pclip.models import torch_pickle
from pclip.models.torch_pickle import MAX_INSTRUCTIONS, load_pickle
from pclip.models.torch_storage import Storage, TensorView
from tests.models.write_torch import (
    counts,
    integer,
    items,
    name,
    pickled,
    storage,
    tensor,
    text,
)

FLOATS = storage("0", "FloatStorage", 12)
HOOKS = name("collections", "OrderedDict") + b")R"
REBUILD = name("torch._utils", "_rebuild_tensor_v2")
PARAMETER = name("torch._utils", "_rebuild_parameter")
TENSOR = tensor(FLOATS, 1, (2, 3), (3, 1))


def load(value: bytes) -> object:
    return load_pickle(pickled(value), "x.bin")[0]


def test_a_state_dict_is_described() -> None:
    parameter = PARAMETER + TENSOR + b"\x88" + HOOKS + b"\x87R"
    data = pickled(items({"a": TENSOR, "b": parameter})) + b"what follows"
    value, storages, used = load_pickle(data, "x.bin")
    expected = TensorView(Storage("0", "f4", 12), 1, (2, 3), (3, 1))
    assert value == {"a": expected, "b": expected}
    assert storages == {"0": Storage("0", "f4", 12)}
    assert data[used:] == b"what follows"


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_plain_values_are_those_of_pickle(protocol: int) -> None:
    numbers = [0, 255, 256, 65_536, -1, -(2**31), 2**40, 2**100, 0.5, None, True, False]
    value = {"x" * 300: (1, ()), "ü": [(1, 2), (1, 2, 3, 4), [[]], numbers], "7": {"a": "b"}}
    assert load_pickle(pickle.dumps(value, protocol), "x.bin")[0] == value


class Harm:
    """An object whose pickle calls a function."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.call


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    "function", [os.system, builtins.eval, builtins.exec, subprocess.check_call, os.remove]
)
def test_python_would_run_it_and_we_do_not(
    function: Callable[..., object], protocol: int, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    mark.touch()
    argument = {
        os.remove: str(mark),
        subprocess.check_call: ["rm", str(mark)],
        os.system: f"rm {mark}",
    }.get(function, f"__import__('os').remove({str(mark)!r})")
    data = pickle.dumps({"weights": Harm(function, argument)}, protocol)
    with pytest.raises(PclipError, match=r"x\.bin holds .* nothing of it was run"):
        load_pickle(data, "x.bin")
    assert mark.exists()
    pickle.loads(data)  # the harm is real
    assert not mark.exists()


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (name("os", "system"), r"the name 'os\.system'"),
        (text("os") + text("system") + b"\x93", r"the name 'os\.system'"),
        (text("builtins") + text("eval") + b"\x93", r"the name 'builtins\.eval'"),
        (name("torch", "load"), r"the name 'torch\.load'"),
        (name("torch", "FloatStorage.__init__"), r"the name 'torch\.FloatStorage\.__init__'"),
        (name("torch._utils", "importlib"), r"the name 'torch\._utils\.importlib'"),
        (name("collections", "OrderedDict.__class__"), "the name 'collections"),
        (b"N" + text("x") + b"\x93", "the name None"),
        (b"(ios\nsystem\n", "the pickle instruction INST"),
        (b"(" + HOOKS + b"o", "the pickle instruction OBJ"),
        (name("collections", "OrderedDict") + b")\x81", "the pickle instruction NEWOBJ"),
        (name("collections", "OrderedDict") + b")}\x92", "the pickle instruction NEWOBJ_EX"),
        (b"\x82\x01", "the pickle instruction EXT1"),
        (b"P0\n", "the pickle instruction PERSID"),
        (b"\xff", "the pickle instruction 0xff"),
    ],
)
def test_names_and_instructions_are_refused(program: bytes, message: str) -> None:
    with pytest.raises(PclipError, match=message):
        load(program)


def test_only_instructions_of_a_table_are_admitted() -> None:
    known = {opcode.code.encode("latin-1") for opcode in pickletools.opcodes}
    assert set(torch_pickle._INSTRUCTIONS) < known
    for code in known - set(torch_pickle._INSTRUCTIONS) - {b"."}:
        with pytest.raises(PclipError, match=r"holds the pickle instruction [A-Z]"):
            load(b"N" * 4 + code + bytes(300))


@pytest.mark.parametrize(
    ("program", "message"),
    [
        # Calls of what may be named, in another way.
        (name("torch", "FloatStorage") + b")R", r"a call of torch\.FloatStorage with 0 arg"),
        (name("collections", "OrderedDict") + b"](K\x01e\x85R", "a call of collections.Ordered"),
        (name("collections", "OrderedDict") + b"]R", "a call with a list"),
        (b"])R", "a call of a list"),
        (TENSOR + b")R", "a call of a TensorView"),
        (REBUILD + b")R", "a call of torch._utils._rebuild_tensor_v2 with 0 arguments"),
        (PARAMETER + HOOKS + b"\x88" + HOOKS + b"\x87R", "_rebuild_parameter with 3 arguments"),
        # State of what has none.
        (name("collections", "OrderedDict") + b"}b", "BUILD on a Name"),
        (TENSOR + b"}b", "BUILD on a TensorView"),
        (FLOATS + b"}b", "BUILD on a Storage"),
        (b"]}b", "BUILD on a list"),
        # Containers.
        (b"}K\x01a", "APPEND on a dict"),
        (b"])K\x01s", "SETITEM on a list"),
        (b"})K\x01s", "a tuple as a key"),
        (b"}]K\x01s", "a list as a key"),
        (b"}K\x07Ns", "7 as a key"),
        (b"}\x88Ns", "True as a key"),
        (b"}NNs", "None as a key"),
        (b"}(" + (text("a") + b"N") * 2 + b"u", "the key 'a' twice"),
        # Storages.
        (b"NQ", "None in place of a storage"),
        (FLOATS + b"Q", "a Storage in place of a storage"),
        (b"(" + FLOATS * 5 + b"tQ", "a tuple in place of a storage"),
        (b"(" + text("module") + b"NNNNtQ", "a tuple in place of a storage"),
        (storage("0", "FloatStorage", -1), "under the key '0' with -1 numbers"),
        (FLOATS + storage("0", "HalfStorage", 12) + b"\x86", "'0' with two types or sizes"),
        (FLOATS + storage("0", "FloatStorage", 11) + b"\x86", "'0' with two types or sizes"),
        (b"(" + text("storage") + TENSOR + text("0") + text("cpu") + b"K\x01tQ", "a TensorView"),
        # A view of a part, of torch before 0.4.
        (storage("0", "FloatStorage", 1, legacy=True)[:-3] + b"K\x01tQ", "a storage of torch"),
        # Tensors.
        (tensor(FLOATS, -1, (1,), (1,)), "a tensor of a Storage from -1"),
        (tensor(FLOATS, 0, (1, 2), (1,)), "no tuples of counts"),
        (tensor(FLOATS, 0, (-1,), (1,)), "no tuples of counts"),
        (tensor(FLOATS, 0, (2,), (-1,)), "no tuples of counts"),
        (tensor(b"N", 0, (2,), (1,)), "a tensor of None"),
        (REBUILD + b"(" + FLOATS + b"\x88" + counts([1]) * 2 + b"\x89" + HOOKS + b"tR", "True"),
        # Integers.
        (b"\x8a\x11" + bytes(17), "an integer of 17 bytes"),
    ],
)
def test_what_is_admitted_does_one_thing_only(program: bytes, message: str) -> None:
    with pytest.raises(PclipError, match=message):
        load(program)


@pytest.mark.parametrize(
    "program",
    [b"", b"R", b"Q", b"t", b"e", b"u", b"b", b"q\x00", b"h\x00", b"NN", b"(N",
     b"X\xff\xff\xff\xff", b"\x8c\x02\xff\xfe", b"cos", b"J\x00", b"\x86", b"s", b"a", b"\x93",
     b"}(Nu"],
)  # fmt: skip
def test_damage_is_named(program: bytes) -> None:
    with pytest.raises(PclipError, match=r"x\.bin is damaged \(.* in its pickle\)"):
        load(program)


def test_a_thousand_million_lists_stay_ten() -> None:
    """Lists that each hold the one below ten times: small as a program, and never walked."""
    program = b"]q\x00" + b"".join(
        b"](" + b"h" + bytes([level]) + (b"h" + bytes([level])) * 9 + b"eq" + bytes([level + 1])
        for level in range(9)
    )
    value = load(b"](" + program + b"e")
    assert isinstance(value, list)
    with pytest.raises(PclipError, match="a list as a key"):
        load(b"}" + b"](" + program + b"e" + b"Ns")


def test_a_list_may_hold_itself() -> None:
    value = load(b"]q\x00h\x00a")
    assert isinstance(value, list)
    assert value[0] is value


def test_instructions_are_counted() -> None:
    with pytest.raises(PclipError, match="more than 1,000,000 instructions"):
        load(b"(" * MAX_INSTRUCTIONS)
    with pytest.raises(PclipError, match="more than 1,000,000 instructions"):
        load(b"N" + b"\x85" * MAX_INSTRUCTIONS)


def test_keys_that_all_hash_alike_are_refused_at_the_first() -> None:
    """Multiples of 2^61 - 1 hash to 0 in CPython; a dict of them takes time quadratic in them."""
    keys = [number * (2**61 - 1) for number in range(1, 100)]
    assert {hash(key) for key in keys} == {0}
    pairs = b"".join(integer(key) + b"N" for key in keys)
    with pytest.raises(PclipError, match=f"holds {keys[0]} as a key"):
        load(b"}(" + pairs + b"u")


def test_text_of_any_length_is_shown_in_short() -> None:
    with pytest.raises(PclipError) as caught:
        load(name("os", "x" * 100_000))
    assert len(str(caught.value)) < 400
