"""Encoders of all kinds, loaded by what they are and taken into our own format."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import jax
import numpy as np
import pytest
import safetensors.numpy

from pclip.errors import PclipError
from pclip.models import packet_encoder, text_encoder
from pclip.models.convert import load_encoder, save_encoder
from pclip.models.encoder_config import EncoderConfig
from pclip.models.hub import HubModel
from pclip.models.packet_encoder import (
    PACKET_ENCODERS,
    PacketEncoder,
    is_packet_encoder,
    load_packet_encoder,
)
from pclip.models.text_encoder import TextEncoder, is_text_encoder, load_text_encoder
from pclip.models.uer_weights import UER
from pclip.models.words import SPECIALS
from tests.models.made_folders import bert_folder, roberta_folder

WORDS = (*SPECIALS, "00", "##00", "4500", "a", "b")
UER_CONFIG = EncoderConfig(len(WORDS), width=16, layers=2, heads=2, ff=24, positions=12)
TEXTS = ["syn flood", "web page pages", "ab"]


def assert_same(found: dict, expected: dict) -> None:
    jax.tree.map(np.testing.assert_array_equal, found, expected)
    assert jax.tree.structure(found) == jax.tree.structure(expected)


def vectors(encoder: PacketEncoder | TextEncoder) -> np.ndarray:
    ids = np.array([[2, 5, 6, 7], [2, 6, 0, 0]], np.int32)
    apply = jax.jit(encoder.apply_pooled)
    return np.asarray(apply(encoder.params, ids, np.array([4, 2], np.int32)))


@pytest.fixture
def uer_file(random_tensors, tmp_path: Path) -> Path:
    """An ET-BERT's checkpoint with its vocabulary beside it, and a head that is not needed."""
    tensors = {UER.spellings(k)[0]: t for k, t in random_tensors(UER_CONFIG).items()}
    tensors["target.mlm_linear_1.bias"] = np.zeros(16, np.float32)
    path = tmp_path / "given" / "et-bert.safetensors"
    path.parent.mkdir()
    safetensors.numpy.save_file(tensors, path)
    (path.parent / "encryptd_vocab.txt").write_text("\n".join(WORDS) + "\n")
    return path


def test_a_checkpoint_file_makes_the_round(uer_file: Path, tmp_path: Path) -> None:
    given = load_encoder(uer_file, heads=2)
    assert isinstance(given, PacketEncoder)
    assert given.words == WORDS
    assert given.ignored == ("target.mlm_linear_1.bias",)
    assert given.note == "weights of et-bert.safetensors"
    card = save_encoder(given, tmp_path / "ours", licence="MIT")
    assert (card.kind, card.vocabulary, card.licence) == ("packet", "released", "MIT")
    assert card.source_sha256 == hashlib.sha256(uer_file.read_bytes()).hexdigest()
    for found in (load_encoder(tmp_path / "ours"), load_packet_encoder(tmp_path / "ours")):
        assert isinstance(found, PacketEncoder)
        assert found.config == given.config == UER_CONFIG
        assert found.sha256 == given.sha256 == card.sha256
        assert (found.words, found.note, found.pooling) == (WORDS, given.note, "mean")
        assert found.provenance.licence == "MIT"
        assert_same(found.params, given.params)
        np.testing.assert_array_equal(vectors(found), vectors(given))


def test_half_precision_moves_vectors_little(uer_file: Path, tmp_path: Path) -> None:
    given = load_encoder(uer_file, heads=2)
    save_encoder(given, tmp_path / "half", storage="float16")
    half = load_encoder(tmp_path / "half")
    np.testing.assert_allclose(vectors(half), vectors(given), atol=5e-3)
    assert half.sha256 != given.sha256
    # What is half once stays as it is.
    save_encoder(half, tmp_path / "again", storage="float16")
    assert load_encoder(tmp_path / "again").sha256 == half.sha256


def test_a_checkpoints_vocabulary_is_beside_it_or_said(uer_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "words.txt"
    (uer_file.parent / "encryptd_vocab.txt").rename(other)
    with pytest.raises(PclipError, match=r"needs its vocabulary: put vocab\.txt"):
        load_encoder(uer_file, heads=2)
    found = load_encoder(uer_file, heads=2, words=other)
    assert isinstance(found, PacketEncoder)
    assert found.words == WORDS
    other.write_text("\n".join(WORDS[:-1]))
    with pytest.raises(PclipError, match="has 9 words, the encoder's word table 10 rows"):
        load_encoder(uer_file, heads=2, words=other)


def test_arithmetic_ids_take_no_vocabulary(
    uer_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packet_encoder, "ARITHMETIC_VOCABULARY", len(WORDS))
    found = load_encoder(uer_file, heads=2)
    assert isinstance(found, PacketEncoder)
    assert not found.words
    with pytest.raises(PclipError, match=r"10 ids of arithmetic byte pairs.*leave out .*words"):
        load_encoder(uer_file, heads=2, words=tmp_path / "words.txt")


@pytest.mark.parametrize("write", [bert_folder, roberta_folder], ids=["bert", "roberta"])
def test_a_text_encoder_makes_the_round(write, random_tensors, tmp_path: Path) -> None:
    (tmp_path / "given").mkdir()
    write(tmp_path / "given", random_tensors)
    given = load_text_encoder(tmp_path / "given", pooling="cls")
    card = save_encoder(given, tmp_path / "ours")
    assert (card.kind, card.vocabulary, card.pooling) == ("text", "tokenizer", "cls")
    assert set(card.files) == {"model.safetensors", "tokenizer.json", "tokenizer_config.json"}
    found = load_encoder(tmp_path / "ours")
    assert isinstance(found, TextEncoder)
    assert found.config == given.config
    assert (found.pooling, found.note, found.ignored) == ("cls", "weights of given", ())
    assert load_text_encoder(tmp_path / "ours", pooling="mean").pooling == "mean"
    assert_same(found.params, given.params)
    for one, other in zip(found.tokenize(TEXTS, 12), given.tokenize(TEXTS, 12), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(vectors(found), vectors(given))
    with pytest.raises(PclipError, match="is an encoder of texts, expected one of packets"):
        load_packet_encoder(tmp_path / "ours")


def test_minilm_makes_the_round(tmp_path: Path) -> None:
    given = load_text_encoder("minilm")
    card = save_encoder(given, tmp_path / "ours")
    assert card.licence == "Apache-2.0"
    assert card.source_sha256 == given.sha256
    found = load_encoder(tmp_path / "ours")
    assert isinstance(found, TextEncoder)
    assert_same(found.params, given.params)
    texts = ["A SYN flood's caf\u00e9!", "half-open TCP connections"]
    np.testing.assert_array_equal(found.tokenize(texts)[0], given.tokenize(texts)[0])


# Names.


@pytest.fixture
def shipping(monkeypatch, tmp_path: Path) -> Path:
    """A package that carries other weights under the name et-bert-tiny."""
    config = packet_encoder.packet_encoder_config("et-bert-tiny")
    trained = dataclasses.replace(
        packet_encoder._random("made", config, seed=9), note="pre-trained on nothing"
    )
    monkeypatch.setattr(packet_encoder, "shipped_folder", lambda size: tmp_path / size)
    save_encoder(trained, tmp_path / "et-bert-tiny")
    return tmp_path


def test_weights_that_ship_win_over_random_ones(shipping: Path) -> None:
    trained = load_packet_encoder("et-bert-tiny")
    assert trained.note == "pre-trained on nothing"
    assert trained.name == "et-bert-tiny"
    control = load_packet_encoder("et-bert-tiny:random")
    assert control.name == "et-bert-tiny:random"
    assert control.note == "random weights, seed 0 (not pre-trained)"
    assert control.config == trained.config
    assert control.sha256 != trained.sha256
    assert load_packet_encoder("et-bert-tiny:random", seed=9).sha256 == trained.sha256
    with pytest.raises(PclipError, match="et-bert-tiny has a vocabulary of 65541 ids, asked for"):
        load_packet_encoder("et-bert-tiny", vocabulary=60_005)


def test_without_weights_a_name_is_its_random_control() -> None:
    plain, control = (load_packet_encoder(f"et-bert-tiny{end}") for end in ("", ":random"))
    assert plain.sha256 == control.sha256
    assert "not pre-trained" in plain.note


@pytest.mark.parametrize("name", PACKET_ENCODERS)
def test_weights_that_ship_have_the_sizes_of_their_name(name: str) -> None:
    if not packet_encoder.shipped_folder(name).exists():
        assert "random weights" in load_packet_encoder("et-bert-tiny").note
        return
    assert load_packet_encoder(name).config == packet_encoder.packet_encoder_config(name)


def test_what_may_be_an_encoder(uer_file: Path) -> None:
    assert is_packet_encoder("et-bert-mini:random")
    assert is_packet_encoder(str(uer_file))
    assert is_packet_encoder(str(uer_file.parent))
    for name in ("et-bert", "et-bert-mini:trained", "nowhere/at-all"):
        assert not is_packet_encoder(name)
    assert is_text_encoder("minilm")
    assert is_text_encoder("roberta-base")
    assert is_text_encoder("sentence-transformers/all-MiniLM-L6-v2@abc")
    assert is_text_encoder(str(uer_file.parent))
    for name in ("gpt-9", "./a/b", "~/models/x", "/a/b", "a/b/c"):
        assert not is_text_encoder(name)


def test_names_that_are_nothing(uer_file: Path, tmp_path: Path) -> None:
    for name, options, said in (
        ("gpt-9", {}, "no encoder is called 'gpt-9'.*et-bert-tiny.*minilm.*roberta-base"),
        ("et-bert-tiny", {"heads": 2}, "said of a checkpoint file, et-bert-tiny is none"),
        (str(tmp_path), {"words": tmp_path}, "said of a checkpoint file"),
        (str(uer_file.parent), {}, r"cannot read .*config\.json"),
    ):
        with pytest.raises(PclipError, match=said):
            load_encoder(name, **options)


def test_a_model_of_the_hub_is_named_by_its_revision(
    random_tensors, monkeypatch, tmp_path: Path
) -> None:
    bert_folder(tmp_path, random_tensors)
    commit = "0123456789abcdef" * 2
    monkeypatch.setattr(text_encoder, "fetch", lambda name: HubModel(tmp_path, "some/one", commit))
    found = load_encoder("some/one@main")
    assert found.note == "some/one of the Hugging Face hub, revision 0123456789ab"
    assert found.provenance.source.endswith(f"revision {commit}")
    assert len(found.provenance.source_sha256) == 64
