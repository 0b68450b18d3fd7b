"""The pickle inside a torch file, read by a machine that can describe tensors and do nothing else.

A pickle is a program. Python's own reader imports and calls whatever the program names, so a file
of weights can run commands. This machine knows the instructions that `torch.save` writes for a dict
of tensors; its only results are numbers, strings, containers and the two descriptions in
`torch_storage`. It imports nothing, calls nothing that a file names, and refuses every other
instruction and name.

Source: torch/serialization.py, torch/_utils.py; CPython, Lib/pickletools.py.
"""

from __future__ import annotations

import pickletools
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pclip.errors import PclipError
from pclip.models.torch_storage import STORAGE_TYPES, Storage, TensorView, shown

MAX_PICKLE_BYTES = 1 << 24
MAX_INSTRUCTIONS = 1_000_000
"""A checkpoint of 24 layers takes 20,000; each makes at most one object."""
_MAX_INTEGER_BYTES = 16
_NAMES = {known.code: known.name for known in pickletools.opcodes}


@dataclass(frozen=True)
class _Name:
    """A global that the pickle names; it is compared and never looked up."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


_ORDERED_DICT = _Name("collections", "OrderedDict")
_REBUILD_TENSOR = _Name("torch._utils", "_rebuild_tensor_v2")
_REBUILD_PARAMETER = _Name("torch._utils", "_rebuild_parameter")
_STORAGES = {
    _Name(module, name): kind
    for module in ("torch", "torch.cuda")
    for name, kind in STORAGE_TYPES.items()
}
_ADMITTED = {_ORDERED_DICT, _REBUILD_TENSOR, _REBUILD_PARAMETER, *_STORAGES}


def load_pickle(data: bytes, source: str) -> tuple[Any, dict[str, Storage], int]:
    """Run the pickle at the beginning of `data`.

    Args:
        data: the pickle, and whatever follows it; at most `MAX_PICKLE_BYTES` count.
        source: the file's name, for the message.

    Returns:
        What it describes: None, bool, int, float, str, tuple, list, dict, `Storage`, `TensorView`;
        the storages that it names, by key; and the number of bytes it takes.

    Raises:
        PclipError: an instruction, a name or a value that no file of tensors needs, more of them
            than it can need, or an end before the end.
    """
    machine = _Machine(data[:MAX_PICKLE_BYTES], source)
    return machine.run(), machine.storages, machine.place


class _Machine:
    """The stack, the memo and the instructions of `load_pickle`.

    Containers are never walked, compared, hashed or printed, so that what is small as a program (a
    list of lists of lists that each occur ten times) stays small.
    """

    def __init__(self, data: bytes, source: str) -> None:
        self.storages: dict[str, Storage] = {}
        self.place = 0
        self._data = data
        self._source = source
        self._stack: list[Any] = []
        self._waiting: list[list[Any]] = []  # the stacks below each MARK
        self._memo: dict[int, Any] = {}

    def run(self) -> Any:
        for _ in range(MAX_INSTRUCTIONS):
            code = self._take(1)
            if code == b".":
                value = self._pop()
                if self._stack or self._waiting:
                    raise self._broken("values are left over at the end")
                return value
            instruction = _INSTRUCTIONS.get(code)
            if instruction is None:
                name = _NAMES.get(code.decode("latin-1"), f"0x{code.hex()}")
                raise self._refused(f"the pickle instruction {name}")
            instruction(self)
        raise self._refused(f"a pickle of more than {MAX_INSTRUCTIONS:,} instructions")

    def _refused(self, what: str) -> PclipError:
        return PclipError(
            f"{self._source} holds {what}, which a file of tensors has no need of; nothing of it "
            "was run. Save the weights again with torch.save(model.state_dict(), FILE), or as "
            "safetensors"
        )

    def _broken(self, what: str) -> PclipError:
        return PclipError(f"{self._source} is damaged ({what} in its pickle); fetch it again")

    # Bytes of the program.

    def _take(self, count: int) -> bytes:
        part = self._data[self.place : self.place + count]
        if len(part) != count:
            raise self._broken(f"{count} bytes expected at {self.place}, {len(part)} there")
        self.place += count
        return part

    def _number(self, layout: str) -> Any:
        return struct.unpack(layout, self._take(struct.calcsize(layout)))[0]

    def _line(self) -> str:
        end = self._data.find(b"\n", self.place)
        if end < 0:
            raise self._broken(f"no end of line after {self.place}")
        line = self._take(end - self.place)
        self.place += 1
        return self._text(line)

    def _text(self, content: bytes) -> str:
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise self._broken(f"text at {self.place} is no UTF-8") from error

    # The stack.

    def _pop(self) -> Any:
        if not self._stack:
            raise self._broken("an empty stack")
        return self._stack.pop()

    def _top(self, kind: type, action: str) -> Any:
        if not self._stack:
            raise self._broken("an empty stack")
        if not isinstance(self._stack[-1], kind):
            raise self._refused(f"{action} on {shown(self._stack[-1])}")
        return self._stack[-1]

    def _pop_mark(self) -> list[Any]:
        if not self._waiting:
            raise self._broken("no mark")
        above, self._stack = self._stack, self._waiting.pop()
        return above

    # Instructions with more to them than one value.

    def _mark(self) -> None:
        self._waiting.append(self._stack)
        self._stack = []

    def _push_text(self, layout: str) -> None:
        self._stack.append(self._text(self._take(self._number(layout))))

    def _push_integer(self) -> None:
        count = self._number("<B")
        if count > _MAX_INTEGER_BYTES:
            raise self._refused(f"an integer of {count} bytes")
        self._stack.append(int.from_bytes(self._take(count), "little", signed=True))

    def _push_tuple(self, count: int) -> None:
        self._stack.append(tuple(reversed([self._pop() for _ in range(count)])))

    def _put(self, number: int) -> None:
        if not self._stack:
            raise self._broken("an empty stack")
        self._memo[number] = self._stack[-1]

    def _get(self, number: int) -> None:
        if number not in self._memo:
            raise self._broken(f"nothing was kept under number {number}")
        self._stack.append(self._memo[number])

    def _append(self, values: list[Any]) -> None:
        self._top(list, "APPEND").extend(values)

    def _set_items(self, values: list[Any]) -> None:
        if len(values) % 2:
            raise self._broken("a key without a value")
        target = self._top(dict, "SETITEM")
        for key, value in zip(values[::2], values[1::2], strict=True):
            # State dicts have names only. Integers hash to what a file chooses, which makes a dict
            # of them quadratic in their number; the hash of a str is keyed by the process.
            if not isinstance(key, str):
                raise self._refused(f"{shown(key)} as a key")
            if key in target:
                raise self._refused(f"the key {shown(key)} twice")
            target[key] = value

    def _push_name(self, module: object, name: object) -> None:
        if not isinstance(module, str) or not isinstance(name, str):
            raise self._refused(f"the name {shown(module)}.{shown(name)}")
        found = _Name(module, name)
        if found not in _ADMITTED:
            raise self._refused(f"the name {shown(str(found))}")
        self._stack.append(found)

    def _name_from_stack(self) -> None:
        name = self._pop()
        self._push_name(self._pop(), name)

    def _call(self) -> None:
        arguments, function = self._pop(), self._pop()
        if not isinstance(arguments, tuple):
            raise self._refused(f"a call with {shown(arguments)}")
        if function == _ORDERED_DICT and not arguments:
            self._stack.append({})
        elif function == _REBUILD_TENSOR and len(arguments) in (6, 7):
            self._stack.append(self._tensor(*arguments[:4]))
        elif (
            function == _REBUILD_PARAMETER
            and len(arguments) == 3
            and isinstance(arguments[0], TensorView)
        ):
            self._stack.append(arguments[0])
        else:
            what = str(function) if isinstance(function, _Name) else shown(function)
            raise self._refused(f"a call of {what} with {len(arguments)} arguments")

    def _tensor(self, storage: object, offset: object, shape: object, strides: object) -> Any:
        if (
            isinstance(storage, Storage)
            and _is_count(offset)
            and isinstance(shape, tuple)
            and isinstance(strides, tuple)
            and len(shape) == len(strides)
            and all(_is_count(number) for number in (*shape, *strides))
        ):
            return TensorView(storage, offset, shape, strides)  # type: ignore[arg-type]
        raise self._refused(
            f"a tensor of {shown(storage)} from {shown(offset)} with a shape or strides that are "
            "no tuples of counts"
        )

    def _set_state(self) -> None:
        """`OrderedDict.__dict__`: torch keeps `_metadata` (versions of modules) there; left out."""
        self._pop()
        self._top(dict, "BUILD")

    def _push_storage(self) -> None:
        """`Q`: torch names storages ("storage", type, key, device, numel), or with None behind."""
        named = self._pop()
        if not isinstance(named, tuple) or len(named) not in (5, 6) or named[0] != "storage":
            raise self._refused(f"{shown(named)} in place of a storage")
        _, kind, key, _, numel, *view = named
        if (
            not isinstance(kind, _Name)
            or kind not in _STORAGES
            or not isinstance(key, str)
            or not _is_count(numel)
            or view not in ([], [None])
        ):
            raise self._refused(
                f"a storage of {kind if isinstance(kind, _Name) else shown(kind)} under the key "
                f"{shown(key)} with {shown(numel)} numbers"
            )
        storage = Storage(key, _STORAGES[kind], numel)
        if self.storages.setdefault(key, storage) != storage:
            raise self._refused(f"the storage {shown(key)} with two types or sizes")
        self._stack.append(storage)


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0


def _push(value_of: Callable[[_Machine], Any]) -> Callable[[_Machine], None]:
    def instruction(machine: _Machine) -> None:
        value = value_of(machine)  # first: it may take the stack that it is pushed to from another
        machine._stack.append(value)

    return instruction


_INSTRUCTIONS: dict[bytes, Callable[[_Machine], None]] = {
    b"\x80": lambda m: m._number("<B"),  # PROTO; what a later protocol adds is refused by itself
    b"\x95": lambda m: m._number("<Q"),  # FRAME
    b"(": _Machine._mark,
    b"N": _push(lambda m: None),
    b"\x88": _push(lambda m: True),
    b"\x89": _push(lambda m: False),
    b"J": _push(lambda m: m._number("<i")),
    b"K": _push(lambda m: m._number("<B")),
    b"M": _push(lambda m: m._number("<H")),
    b"\x8a": _Machine._push_integer,
    b"G": _push(lambda m: m._number(">d")),
    b"X": lambda m: m._push_text("<I"),
    b"\x8c": lambda m: m._push_text("<B"),
    b"T": lambda m: m._push_text("<I"),  # str of Python 2
    b"U": lambda m: m._push_text("<B"),
    b")": _push(lambda m: ()),
    b"\x85": lambda m: m._push_tuple(1),
    b"\x86": lambda m: m._push_tuple(2),
    b"\x87": lambda m: m._push_tuple(3),
    b"t": _push(lambda m: tuple(m._pop_mark())),
    b"]": _push(lambda m: []),
    b"a": lambda m: m._append([m._pop()]),
    b"e": lambda m: m._append(m._pop_mark()),
    b"}": _push(lambda m: {}),
    b"s": lambda m: m._set_items([m._pop(), m._pop()][::-1]),
    b"u": lambda m: m._set_items(m._pop_mark()),
    b"q": lambda m: m._put(m._number("<B")),
    b"r": lambda m: m._put(m._number("<I")),
    b"\x94": lambda m: m._put(len(m._memo)),
    b"h": lambda m: m._get(m._number("<B")),
    b"j": lambda m: m._get(m._number("<I")),
    b"c": lambda m: m._push_name(m._line(), m._line()),
    b"\x93": _Machine._name_from_stack,
    b"R": _Machine._call,
    b"b": _Machine._set_state,
    b"Q": _Machine._push_storage,
}
"""Every instruction there is, by its byte."""
