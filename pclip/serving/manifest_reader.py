"""A manifest.json that anybody may have written, checked field by field."""

from __future__ import annotations

import dataclasses
import json
import math
import re
import reprlib
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar, get_args, get_origin, get_type_hints

from pclip.errors import PclipError
from pclip.missions import READOUTS, Mission, validate
from pclip.models.graph_plan import PROPAGATIONS
from pclip.models.heads import HEAD_KINDS
from pclip.models.packet_encoder import PACKET_ENCODERS
from pclip.models.temporal import ACTIVATIONS
from pclip.packets import BYTE_POLICIES
from pclip.serving.manifest import SCHEMA, Manifest

MAX_TEXT = 2_000
MAX_ENTRIES = 1_000
# Sizes come from a file: beyond these a model is an attempt to fill the memory.
MAX_WIDTH = 16_384
MAX_LAYERS = 64
MAX_WINDOW = 4_096
MAX_TOKENS = 512
MAX_NUMBER = 1e9

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SHORT = reprlib.Repr()
_SHORT.maxlevel = 2
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 80

Entry = TypeVar("Entry")


def parse_manifest(content: bytes, source: str) -> Manifest:
    """Read the content of a manifest.json.

    Args:
        content: the file's bytes, bounded by the caller.
        source: its name, for messages.

    Raises:
        PclipError: not JSON, another schema, a field that is missing, unknown or of no use.
    """
    try:
        document = json.loads(
            content.decode(), object_pairs_hook=_without_repeats, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:
        raise PclipError(f"{source}: expected a model's manifest in JSON: {error}") from error
    reader = _Reader(source)
    if not isinstance(document, dict):
        reader.fail("document", document, "an object")
    schema = document.pop("schema", None)
    if type(schema) is not int or schema != SCHEMA:
        reader.fail("schema", schema, f"{SCHEMA}; a newer pclip may be needed to read this model")
    manifest = reader.read(Manifest, document, "")
    _check(manifest, reader.fail)
    return manifest


def _check(manifest: Manifest, fail: Callable[[str, object, str], NoReturn]) -> None:
    """What the types alone do not say."""

    def within(field: str, value: int, most: int, least: int = 1) -> None:
        if not least <= value <= most:
            fail(field, value, f"{least} to {most}")

    def one_of(field: str, value: str, known: tuple[str, ...]) -> None:
        if value not in known:
            fail(field, value, f"one of {', '.join(known)}")

    packets, texts, heads = manifest.packet_encoder, manifest.text_encoder, manifest.heads
    detector, temporal = manifest.detector, manifest.detector.temporal
    if not _NAME.fullmatch(manifest.name):
        fail("name", manifest.name, "1 to 64 letters, digits, '.', '_' and '-'")
    for field, digest in (
        ("weights_sha256", manifest.weights_sha256),
        ("packet_encoder.sha256", packets.sha256),
        ("text_encoder.sha256", texts.sha256),
    ):
        if not _SHA256.fullmatch(digest):
            fail(field, digest, "64 hexadecimal digits")
    one_of("packet_encoder.name", packets.name, PACKET_ENCODERS)
    one_of("packet_encoder.bytes", packets.bytes, BYTE_POLICIES)
    one_of("heads.kind", heads.kind, HEAD_KINDS)
    one_of("detector.propagate", detector.propagate, PROPAGATIONS)
    one_of("detector.readout", detector.readout, READOUTS)
    one_of("detector.temporal.activation", temporal.activation, tuple(ACTIVATIONS))
    for field, value in (
        ("packet_encoder.width", packets.width),
        ("text_encoder.width", texts.width),
        ("heads.width", heads.width),
        ("detector.dim", detector.dim),
        ("detector.temporal.width", temporal.width),
        ("detector.temporal.heads", temporal.heads),
        ("detector.temporal.ff", temporal.ff),
        *((f"detector.head_hidden[{i}]", width) for i, width in enumerate(detector.head_hidden)),
    ):
        within(field, value, MAX_WIDTH)
    within("packet_encoder.max_length", packets.max_length, MAX_TOKENS)
    within("text_encoder.max_length", texts.max_length, MAX_TOKENS)
    within("detector.window", detector.window, MAX_WINDOW)
    within("detector.temporal.layers", temporal.layers, MAX_LAYERS)
    within("detector.head_hidden", len(detector.head_hidden), MAX_LAYERS, least=0)
    within("origin.seed", manifest.origin.seed, 2**32 - 1, least=0)
    if temporal.width % temporal.heads:
        fail("detector.temporal.heads", temporal.heads, f"a divisor of width {temporal.width}")
    if heads.kind != "both" and heads.width != texts.width:
        fail("heads.width", heads.width, f"the texts' {texts.width} with heads {heads.kind}")
    if not 0 <= temporal.dropout < 1:
        fail("detector.temporal.dropout", temporal.dropout, "a number in [0, 1)")
    if heads.temperature <= 0:
        fail("heads.temperature", heads.temperature, "a number above 0")
    titles = ("Benign", *(mission.title for mission in manifest.missions))
    if manifest.groups != titles:
        fail("groups", list(manifest.groups), f"Benign and the missions' titles: {list(titles)}")
    names = [mission.name for mission in manifest.missions]
    if len(set(names)) != len(names):
        fail("missions", names, "each name once")


class _Reader:
    """JSON values into the dataclasses above, field by field, or an error that names the field."""

    def __init__(self, source: str) -> None:
        self._source = source

    def fail(self, field: str, found: object, expected: str) -> NoReturn:
        # The content may be hostile: bounded in length and in depth, control characters escaped.
        shown = _SHORT.repr(found).encode("ascii", "backslashreplace").decode()
        raise PclipError(f"{self._source}: {field}: found {shown}, expected {expected}")

    def read(self, kind: type[Entry], value: object, place: str) -> Entry:
        """An instance of the dataclass `kind` from an object with exactly its fields."""
        if not isinstance(value, dict):
            self.fail(place or "document", value, "an object")
        types = get_type_hints(kind)
        for name in value:
            if name not in types:
                self.fail(place or "document", name, f"no field beside {', '.join(types)}")
        fields = {}
        for name, annotation in types.items():
            where = f"{place}.{name}".lstrip(".")
            if name not in value:
                self.fail(where, "nothing", "this field to be present")
            fields[name] = self._value(annotation, value[name], where)
        return kind(**fields)

    def _value(self, annotation: Any, value: object, place: str) -> Any:
        if annotation is Mission:
            return validate(value, f"{self._source}: {place}")
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
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("an object has the same field twice")
    return fields


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
