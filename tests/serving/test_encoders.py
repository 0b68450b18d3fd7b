"""Encoders through the doors of `import pclip` and the commands; models that carry their own."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from flax.traverse_util import flatten_dict

import pclip
from pclip import cli
from pclip.errors import PclipError
from pclip.models import packet_encoder
from pclip.models.convert import save_encoder
from pclip.models.encoder_card import NOT_STATED
from pclip.models.encoder_config import EncoderConfig
from pclip.models.packet_encoder import PacketEncoder, load_packet_encoder
from pclip.models.parameters import params_sha256, random_params
from pclip.models.text_encoder import TextEncoder
from pclip.models.words import SPECIALS
from pclip.packets import read_capture, word_piece_tokens
from pclip.serving import Artefact, PclipModel, load_artefact, save_artefact
from pclip.serving.manifest import CARRIED_ENCODER

WORDS = (*SPECIALS, *"0123456789abcdef", *(f"##{digit:x}" for digit in range(16)), "##00", "4500")
WIDTH = 128


@pytest.fixture(scope="module")
def own() -> PacketEncoder:
    """A user's packet encoder, with a vocabulary of word pieces."""
    config = EncoderConfig(len(WORDS), width=WIDTH, layers=1, heads=2, ff=16, positions=128)
    params = random_params(config, seed=5)
    return PacketEncoder(
        "/somebody/own.bin",
        config,
        params,
        params_sha256(params),
        "weights of own.bin",
        words=WORDS,
    )


@pytest.fixture(scope="module")
def own_folder(own: PacketEncoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("encoders") / "own"
    save_encoder(own, folder, licence="MIT")
    return folder


@pytest.fixture
def carrying(artefact: Artefact, own: PacketEncoder) -> Artefact:
    """The model over that encoder."""
    side = replace(
        artefact.manifest.packet_encoder, name=CARRIED_ENCODER, sha256=own.sha256, note=own.note
    )
    manifest = replace(artefact.manifest, packet_encoder=side)
    return replace(artefact, manifest=manifest, packet_encoder=own)


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, list[str], list[str]]:
    code = cli.main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out.splitlines(), err.splitlines()


# import pclip.


def test_load_gives_what_a_name_or_a_folder_is(saved: Path, own_folder: Path) -> None:
    assert isinstance(pclip.load(saved), PclipModel)
    assert isinstance(pclip.load("et-bert-tiny"), PacketEncoder)
    assert pclip.load("et-bert-tiny:random").name == "et-bert-tiny:random"
    assert isinstance(pclip.load(own_folder), PacketEncoder)
    assert isinstance(pclip.load("minilm"), TextEncoder)


def test_packets_are_encoded_in_the_encoders_vocabulary(
    own: PacketEncoder, own_folder: Path, capture: Path
) -> None:
    found = pclip.encode_packets(capture, own_folder, bytes="paper", max_length=64)
    table = read_capture(capture)
    usable = table.take(table.usable)
    assert len(found.packets) == len(usable)
    tokens = word_piece_tokens(usable, WORDS, "paper", 64)
    expected = own.apply_pooled(own.params, tokens.ids, tokens.lengths)
    np.testing.assert_allclose(found.vectors, expected, atol=1e-5)


def test_a_name_or_an_encoder_encodes_packets_alike(capture: Path) -> None:
    by_name = pclip.encode_packets(capture, "et-bert-tiny")
    by_encoder = pclip.encode_packets(read_capture(capture), load_packet_encoder("et-bert-tiny"))
    assert by_name.vectors.shape == (13, WIDTH)
    np.testing.assert_array_equal(by_name.vectors, by_encoder.vectors)
    with pytest.raises(PclipError, match="rows of 999 tokens"):
        pclip.encode_packets(capture, "et-bert-tiny", max_length=999)


def test_texts_are_encoded() -> None:
    texts = ["a SYN flood", "a flood of half-open connections", "a user reads a web page"]
    vectors = pclip.encode_texts(texts)
    assert vectors.shape == (3, 384)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert unit[0] @ unit[1] > unit[0] @ unit[2]
    assert pclip.encode_texts([]).shape == (0, 384)


def test_what_is_no_text_is_named() -> None:
    with pytest.raises(PclipError, match=r"text 1 is 1 \(int\), expected a string"):
        pclip.encode_texts(["a", 1])  # type: ignore[list-item]
    with pytest.raises(PclipError, match=r"texts is one string, 'a flood'; give a list"):
        pclip.encode_texts("a flood")


def test_another_kind_of_thing_than_was_asked_for_is_named(
    own_folder: Path, saved: Path, capture: Path
) -> None:
    for name, said in (
        ("minilm", "minilm is an encoder of texts; expected an encoder of packets, such as et-"),
        (
            "roberta-base",
            "roberta-base is an encoder of texts of the Hugging Face hub, for there",
        ),
        (saved, f"{saved} is a trained model, expected an encoder of packets; `pclip info {saved}"),
    ):
        with pytest.raises(PclipError, match=re.escape(said)):
            pclip.encode_packets(capture, name)
    for name, said in (
        (own_folder, "own is an encoder of packets; expected an encoder of texts, such as minilm"),
        ("pclip-mini", "pclip-mini is a trained model, expected an encoder of texts"),
    ):
        with pytest.raises(PclipError, match=re.escape(said)):
            pclip.encode_texts(["a page"], name)


def test_a_folders_random_control_is_loaded_and_encodes(
    own: PacketEncoder, own_folder: Path, capture: Path
) -> None:
    control = pclip.load(f"{own_folder}:random")
    assert isinstance(control, PacketEncoder)
    assert (control.config, control.words) == (own.config, own.words)
    assert control.sha256 == params_sha256(random_params(own.config, seed=0)) != own.sha256
    assert control.note == "random weights, seed 0 (not pre-trained)"
    assert pclip.encode_packets(capture, f"{own_folder}:random").vectors.shape == (13, WIDTH)
    with pytest.raises(PclipError, match=r":random may stand behind a packet encoder"):
        pclip.load("nowhere:random")


def test_names_that_are_loaded_on_first_use_are_listed() -> None:
    assert set(pclip.__all__) <= set(dir(pclip))


# Models that carry their packet encoder.


def test_a_model_carries_an_encoder_that_no_name_stands_for(
    carrying: Artefact, own: PacketEncoder, capture: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    save_artefact(folder, carrying)
    names = {path.name for path in folder.iterdir()}
    assert names == {"manifest.json", "weights.safetensors", "packet_encoder"}
    assert "/somebody" not in "".join(p.read_text() for p in folder.rglob("*.json"))
    found = load_artefact(shutil.move(folder, tmp_path / "elsewhere"))
    assert found.packet_encoder is not None
    assert found.packet_encoder.sha256 == own.sha256
    assert found.packet_encoder.words == WORDS
    detected = PclipModel(found).detect(capture)
    np.testing.assert_array_equal(
        detected.probabilities, PclipModel(carrying).detect(capture).probabilities
    )
    assert detected.note == "weights of own.bin"


def test_a_model_that_is_saved_again_carries_what_it_has(
    carrying: Artefact, artefact: Artefact, tmp_path: Path
) -> None:
    for model, carried in ((carrying, True), (carrying, True), (artefact, False)):
        save_artefact(tmp_path, model)
        assert (tmp_path / CARRIED_ENCODER).exists() is carried
        assert (load_artefact(tmp_path).packet_encoder is not None) is carried


def test_an_encoder_that_is_missing_or_anothers_is_an_error(
    carrying: Artefact, own: PacketEncoder, capture: Path, tmp_path: Path
) -> None:
    save_artefact(tmp_path, carrying)
    shutil.rmtree(tmp_path / CARRIED_ENCODER)
    with pytest.raises(PclipError, match="packet_encoder"):
        load_artefact(tmp_path)
    params = random_params(own.config, seed=6)
    other = replace(own, params=params, sha256=params_sha256(params))
    save_encoder(other, tmp_path / CARRIED_ENCODER)
    with pytest.raises(PclipError, match=f"sha256 {other.sha256}, the model was trained on"):
        pclip.load_model(tmp_path).detect(capture)
    side = replace(carrying.manifest.packet_encoder, width=64)
    narrow = replace(carrying, manifest=replace(carrying.manifest, packet_encoder=side))
    with pytest.raises(PclipError, match="gives vectors of 128 numbers, the manifest says 64"):
        _ = PclipModel(narrow).packet_encoder


def test_a_name_that_has_got_other_weights_is_an_error_that_says_what_to_do(
    saved: Path, own: PacketEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_encoder(own, tmp_path / "et-bert-tiny")
    monkeypatch.setattr(packet_encoder, "shipped_folder", lambda size: tmp_path / size)
    message = (
        rf"the packet encoder et-bert-tiny has weights with sha256 {own.sha256}, .* "
        r"train the model again .*experiments\.ship"
    )
    with pytest.raises(PclipError, match=message):
        _ = pclip.load_model(saved).packet_encoder


# The commands.


def test_convert_says_what_it_wrote_and_info_what_it_is(
    own: PacketEncoder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_encoder(own, tmp_path / "source")
    out = tmp_path / "out"
    code, lines, errors = run(
        capsys, "convert", tmp_path / "source", out, "--licence", "MIT", "--float16"
    )
    assert (code, errors) == (0, [])
    found = load_packet_encoder(out)
    assert lines == [f"wrote {out}: packet encoder, {own.note}; sha256 {found.sha256}"]
    weights = safetensors.numpy.load_file(out / "model.safetensors")
    assert {tensor.dtype for tensor in weights.values()} == {np.dtype(np.float16)}
    assert set(weights) == set(flatten_dict(own.params, sep="/"))

    code, lines, errors = run(capsys, "info", out)
    assert (code, errors) == (0, [])
    rows = dict(line.strip().split("  ", 1) for line in lines[1:])
    assert lines[0] == str(out)
    assert rows["note"].strip() == own.note
    assert rows["licence"].strip() == "MIT"
    assert rows["sha256"].strip() == found.sha256
    assert f"1 layers x {WIDTH}" in rows["sizes"]
    assert rows["reads"].strip() == f"packets, as word pieces of a vocabulary of {len(WORDS)}"


@pytest.mark.parametrize(
    ("name", "said"), [("et-bert-tiny:random", "not pre-trained"), ("minilm", "Apache-2.0")]
)
def test_info_of_a_name(name: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines, _ = run(capsys, "info", name)
    assert code == 0
    assert lines[0] == name
    assert said in "\n".join(lines)


def test_mistakes_in_converting_are_one_line(
    own_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rubbish = tmp_path / "rubbish.bin"
    rubbish.write_bytes(b"rubbish")
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "file").touch()
    new = tmp_path / "new"
    for words, said in (
        ((own_folder, taken), "taken is there already and is not overwritten"),
        ((rubbish, new), "rubbish.bin"),
        ((own_folder, new, "--heads", 4), "said of a checkpoint file"),
        ((own_folder, new, "--licence", "a\nb"), "licence: found"),
        (("gpt-9", new), "no encoder is called 'gpt-9'"),
        (("pclip-mini", new), "pclip-mini is a trained model, expected an encoder; `pclip info"),
    ):
        code, out, err = run(capsys, "convert", *words)
        assert (code, out) == (2, [])
        (line,) = err
        assert line.startswith("error: ")
        assert said in line
    assert not new.exists()
    assert json.loads((own_folder / "config.json").read_text())["licence"] == "MIT"


def test_what_nobody_said_of_the_source_is_not_made_up(own: PacketEncoder, tmp_path: Path) -> None:
    card = save_encoder(own, tmp_path / "out")
    assert card.provenance == NOT_STATED
