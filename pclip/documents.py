"""JSON documents that anybody may have written, read field by field into dataclasses."""

from __future__ import annotations

import dataclasses
import json
import math
import re
import reprlib
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar, get_args, get_origin, get_type_hints

from pclip.errors import PclipError

MAX_TEXT = 2_000
MAX_ENTRIES = 1_000
MAX_NUMBER = 1e9

_SHA256 = re.compile(r"[0-9a-f]{64}")
_SHORT = reprlib.Repr()
_SHORT.maxlevel = 2
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 80

Entry = TypeVar("Entry")


def parse_object(content: bytes, source: str, expected: str) -> dict[str, Any]:
    """The JSON object in the content of a file.

    Args:
        content: the file's bytes, bounded by the caller.
        source: its name, for messages.
        expected: what the document should be, for messages: "a model's manifest".

    Raises:
        PclipError: not JSON, no object, a field twice in one object, or NaN and infinities.
    """
    try:
        document = json.loads(
            content.decode(), object_pairs_hook=_without_repeats, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:
        raise PclipError(f"{source}: expected {expected} in JSON: {error}") from error
    if not isinstance(document, dict):
        DocumentReader(source).fail("document", document, "an object")
    return document


class DocumentReader:
    """JSON values into dataclasses, field by field, or an error that names the field.

    Args:
        source: the file's name, for messages.
        readers: for types with rules of their own, what makes one of (value, source and place).
    """

    def __init__(
        self, source: str, readers: Mapping[type, Callable[[object, str], Any]] | None = None
    ) -> None:
        self._source = source
        self._readers = readers or {}

    def fail(self, field: str, found: object, expected: str) -> NoReturn:
        """Refuse a value of a field.

        Raises:
            PclipError: always.
        """
        # The content may be hostile: bounded in length and in depth, control characters escaped.
        shown = _SHORT.repr(found).encode("ascii", "backslashreplace").decode()
        raise PclipError(f"{self._source}: {field}: found {shown}, expected {expected}")

    def within(self, field: str, value: int, most: int, least: int = 1) -> None:
        """Refuse a number outside [least, most]."""
        if not least <= value <= most:
            self.fail(field, value, f"{least} to {most}")

    def one_of(self, field: str, value: str, known: tuple[str, ...]) -> None:
        """Refuse a word that is not among those known."""
        if value not in known:
            self.fail(field, value, f"one of {', '.join(known)}")

    def schema(self, document: dict[str, Any], known: int, what: str) -> None:
        """Take the field `schema` out of a document, and refuse any but the known one.

        Args:
            document: the whole of it.
            known: the one that this version reads.
            what: what the document describes, for the message: "model".
        """
        found = document.pop("schema", None)
        # True equals 1.
        if type(found) is not int or found != known:
            self.fail("schema", found, f"{known}; a newer pclip may be needed to read this {what}")

    def sha256(self, field: str, value: str) -> None:
        """Refuse what is no sha256 in hexadecimal digits."""
        if not _SHA256.fullmatch(value):
            self.fail(field, value, "64 hexadecimal digits")

    def read(self, kind: type[Entry], value: object, place: str) -> Entry:
        """An instance of the dataclass `kind`; only fields that have a default may be absent."""
        if not isinstance(value, dict):
            self.fail(place or "document", value, "an object")
        types = get_type_hints(kind)
        for name in value:
            if name not in types:
                self.fail(place or "document", name, f"no field beside {', '.join(types)}")
        fields = {}
        for field in dataclasses.fields(kind):  # type: ignore[arg-type]  # a dataclass
            where = f"{place}.{field.name}".lstrip(".")
            if field.name in value:
                fields[field.name] = self._value(types[field.name], value[field.name], where)
            elif field.default is dataclasses.MISSING:
                self.fail(where, "nothing", "this field to be present")
        try:
            return kind(**fields)
        except ValueError as error:  # what a dataclass says of fields that do not go together
            raise PclipError(f"{self._source}: {place or 'document'}: {error}") from error

    def _value(self, annotation: Any, value: object, place: str) -> Any:
        if annotation in self._readers:
            return self._readers[annotation](value, f"{self._source}: {place}")
        if isinstance(annotation, type) and dataclasses.is_dataclass(annotation):
            return self.read(annotation, value, place)
        if get_origin(annotation) is tuple:
            items = self._entries(list, value, place)
            kind = get_args(annotation)[0]
            return tuple(self._value(kind, v, f"{place}[{i}]") for i, v in enumerate(items))
        if get_origin(annotation) is Mapping:
            entries = self._entries(dict, value, place)
            kind = get_args(annotation)[1]
            return {self._text(k, place): self._value(kind, v, place) for k, v in entries.items()}
        if annotation is str:
            return self._text(value, place)
        if annotation is float:
            return self._number(value, place)
        if type(value) is not annotation:
            self.fail(place, value, f"a value of type {annotation.__name__}")
        return value

    def _entries(self, kind: type[Any], value: Any, place: str) -> Any:
        if not isinstance(value, kind):
            self.fail(place, value, "a list" if kind is list else "an object")
        if len(value) > MAX_ENTRIES:
            self.fail(place, f"{len(value)} entries", f"at most {MAX_ENTRIES}")
        return value

    def _number(self, value: object, place: str) -> float:
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            self.fail(place, value, "a number")
        # An integer of 400 digits is JSON, but no float.
        if not -MAX_NUMBER <= value <= MAX_NUMBER or not math.isfinite(value):
            self.fail(place, value, f"a number of at most {MAX_NUMBER:g}")
        return float(value)

    def _text(self, value: object, place: str) -> str:
        # What is printable cannot move the cursor of whoever's terminal shows it.
        if not isinstance(value, str) or not value.isprintable() or len(value) > MAX_TEXT:
            self.fail(place, value, f"a printable string of at most {MAX_TEXT} characters")
        return value


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    # json keeps the last of two equal keys, so a reader and a reviewer could see different values.
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("an object has the same field twice")
    return fields


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
