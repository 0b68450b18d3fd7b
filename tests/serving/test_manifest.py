from __future__ import annotations

import json

import pytest

from pclip.errors import PclipError
from pclip.missions import validate
from pclip.serving.manifest_reader import parse_manifest


@pytest.fixture
def document(artefact):
    return json.loads(artefact.manifest.to_json())


def parse(document):
    return parse_manifest(json.dumps(document).encode(), "m.json")


def put(document, path, value):
    *way, last = path
    for step in way:
        document = document[step]
    if value is DELETE:
        del document[last]
    else:
        document[last] = value


DELETE = object()


def test_what_is_written_is_read_back(artefact):
    assert parse_manifest(artefact.manifest.to_json().encode(), "m.json") == artefact.manifest


def test_the_same_manifest_gives_the_same_bytes(artefact):
    again = parse_manifest(artefact.manifest.to_json().encode(), "m.json")
    assert again.to_json() == artefact.manifest.to_json()


def test_its_missions_are_mission_files(document, artefact):
    found = [validate(entry, "x") for entry in document["missions"]]
    assert tuple(found) == artefact.manifest.missions


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (["schema"], 2, "schema: found 2, expected 1"),
        (["schema"], True, "schema: found True"),
        (["schema"], DELETE, "schema: found None"),
        (["surprise"], 1, "surprise"),
        (["limits"], DELETE, "limits: found 'nothing'"),
        (["name"], "../up", "name"),
        (["name"], "a\x1b[31m", "printable"),
        (["weights_sha256"], "00", "64 hexadecimal"),
        (["packet_encoder", "sha256"], "G" * 64, "64 hexadecimal"),
        (["packet_encoder", "name"], "gpt", "et-bert-mini"),
        (["packet_encoder", "bytes"], "all", "identity_free"),
        (["packet_encoder", "width"], 10**9, "1 to 16384"),
        (["packet_encoder", "width"], 128.0, "type int"),
        (["packet_encoder", "width"], True, "type int"),
        (["packet_encoder", "max_length"], 0, "1 to 512"),
        (["packet_encoder", "note"], 3, "printable string"),
        (["packet_encoder", "note"], "x" * 3000, "2000"),
        (["packet_encoder", "extra"], 3, "extra"),
        (["packet_encoder"], [], "an object"),
        (["text_encoder", "max_length"], 4096, "1 to 512"),
        (["heads", "kind"], "all", "none, packet, both"),
        (["heads", "kind"], "packet", "384"),
        (["heads", "temperature"], 0, "above 0"),
        (["heads", "temperature"], "0.07", "a number"),
        (["heads", "temperature"], False, "a number"),
        (["heads", "temperature"], 10**400, "at most 1e"),
        (["heads", "standardised"], 1, "type bool"),
        (["detector", "window"], 10**6, "1 to 4096"),
        (["detector", "propagate"], "fly", "carry"),
        (["detector", "readout"], "none", "last"),
        (["detector", "temporal", "layers"], 10**9, "1 to 64"),
        (["detector", "temporal", "heads"], 5, "divisor of width 16"),
        (["detector", "temporal", "activation"], "tanh", "relu"),
        (["detector", "temporal", "dropout"], 1, r"\[0, 1\)"),
        (["detector", "head_hidden"], [0], "head_hidden\\[0\\]"),
        (["detector", "head_hidden"], [1] * 65, "0 to 64"),
        (["missions"], "dos", "a list"),
        (["missions", 0, "levels"], [["two words"]], r"missions\[0\].*two words"),
        (["missions", 0, "title"], "Other", "titles"),
        (["missions", 1, "name"], "dos", "each name once"),
        (["groups"], ["Benign", "DoS"], "titles"),
        (["groups"], ["x"] * 1001, "at most 1000"),
        (["origin", "seed"], -1, "0 to"),
        (["origin", "measured"], {"mauc": "high"}, "a number"),
        (["origin", "measured"], {"a\nb": 1}, "printable"),
        (["limits"], ["x\n"], "printable"),
    ],
)
def test_what_cannot_be_used_is_named(document, path, value, said):
    put(document, path, value)
    with pytest.raises(PclipError, match=said) as caught:
        parse(document)
    assert str(caught.value).startswith("m.json: ")
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[1",
        b"[]",
        b"null",
        b'{"schema": 1, "schema": 1}',
        b'{"schema": NaN}',
        b"[" * 100_000,
        b'{"schema": ' + b"9" * 10_000 + b"}",
    ],
)
def test_rubbish_is_refused(content):
    with pytest.raises(PclipError, match=r"^m\.json: "):
        parse_manifest(content, "m.json")
