"""A manifest.json that anybody may have written, checked field by field."""

from __future__ import annotations

import re

from pclip.documents import DocumentReader, parse_object
from pclip.missions import READOUTS, Mission, validate
from pclip.models.graph_plan import PROPAGATIONS
from pclip.models.heads import HEAD_KINDS
from pclip.models.packet_encoder import PACKET_ENCODER_NAMES
from pclip.models.temporal import ACTIVATIONS
from pclip.packets import BYTE_POLICIES
from pclip.serving.manifest import CARRIED_ENCODER, SCHEMA, Manifest

# Sizes come from a file: beyond these a model is an attempt to fill the memory.
MAX_WIDTH = 16_384
MAX_LAYERS = 64
MAX_WINDOW = 4_096
MAX_TOKENS = 512

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def parse_manifest(content: bytes, source: str) -> Manifest:
    """Read the content of a manifest.json.

    Args:
        content: the file's bytes, bounded by the caller.
        source: its name, for messages.

    Raises:
        PclipError: not JSON, another schema, a field that is missing, unknown or of no use.
    """
    document = parse_object(content, source, "a model's manifest")
    reader = DocumentReader(source, {Mission: validate})
    reader.schema(document, SCHEMA, "model")
    manifest = reader.read(Manifest, document, "")
    _check(manifest, reader)
    return manifest


def _check(manifest: Manifest, reader: DocumentReader) -> None:
    """What the types alone do not say."""
    fail, within, one_of = reader.fail, reader.within, reader.one_of
    packets, texts, heads = manifest.packet_encoder, manifest.text_encoder, manifest.heads
    detector, temporal = manifest.detector, manifest.detector.temporal
    if not _NAME.fullmatch(manifest.name):
        fail("name", manifest.name, "1 to 64 letters, digits, '.', '_' and '-'")
    for field, digest in (
        ("weights_sha256", manifest.weights_sha256),
        ("packet_encoder.sha256", packets.sha256),
        ("text_encoder.sha256", texts.sha256),
    ):
        reader.sha256(field, digest)
    one_of("packet_encoder.name", packets.name, (*PACKET_ENCODER_NAMES, CARRIED_ENCODER))
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
