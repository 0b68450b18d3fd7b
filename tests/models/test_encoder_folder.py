"""Encoder folders: what is written is read, and what somebody else may have written is checked."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from flax.traverse_util import flatten_dict

from pclip.errors import PclipError
from pclip.models.encoder_card import ARITHMETIC_VOCABULARY, EncoderCard, is_encoder_folder
from pclip.models.encoder_config import EncoderConfig
from pclip.models.encoder_folder import read_encoder, write_encoder
from pclip.models.parameters import params_sha256, random_params

WORDS = b"[PAD]\n[SEP]\n[CLS]\n[UNK]\n[MASK]\n00\n##00\n"
CONFIG = EncoderConfig(7, width=8, layers=2, heads=2, ff=12, positions=9, word_rank=4)
CARD = EncoderCard(
    kind="packet",
    config=CONFIG,
    vocabulary="released",
    pooling="mean",
    source="a test",
    licence="none",
    note="random weights, seed 3",
)
PARAMS = random_params(CONFIG, seed=3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_encoder(tmp_path / "made", PARAMS, CARD, files={"vocab.txt": WORDS})
    return tmp_path / "made"


def spoil(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "config.json"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def rewrite(folder: Path, tensors: dict[str, np.ndarray]) -> None:
    """Other weights, whose hash the config names."""
    content = safetensors.numpy.save(tensors)
    (folder / "model.safetensors").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    spoil(folder, lambda document: document["files"].update({"model.safetensors": digest}))


def test_what_is_written_is_read(folder: Path) -> None:
    found = read_encoder(folder)
    assert dataclasses.replace(found.card, sha256="", files={}) == CARD
    assert found.card.sha256 == params_sha256(PARAMS) == params_sha256(found.params)
    assert set(found.card.files) == {"model.safetensors", "vocab.txt"}
    names = {"README.md", "config.json", "model.safetensors", "vocab.txt"}
    assert {path.name for path in folder.iterdir()} == names
    assert [path.name for path in folder.parent.iterdir()] == ["made"]
    assert is_encoder_folder(folder)


def test_half_precision_is_half_the_bytes_and_float32_in_memory(tmp_path: Path) -> None:
    for storage in ("float32", "float16"):
        write_encoder(tmp_path / storage, PARAMS, CARD, storage=storage, files={"vocab.txt": WORDS})
    exact, half = (read_encoder(tmp_path / name) for name in ("float32", "float16"))
    for path, leaf in flatten_dict(half.params, sep="/").items():
        original = np.asarray(flatten_dict(exact.params, sep="/")[path])
        assert leaf.dtype == np.float32
        np.testing.assert_array_equal(leaf, original.astype(np.float16).astype(np.float32))
    assert half.card.sha256 == params_sha256(half.params) != exact.card.sha256
    sizes = [(tmp_path / s / "model.safetensors").stat().st_size for s in ("float32", "float16")]
    numbers = sum(leaf.size for leaf in flatten_dict(PARAMS).values())
    assert sizes[0] - sizes[1] == pytest.approx(2 * numbers, abs=64)


def test_the_computations_type_is_the_readers_choice(folder: Path) -> None:
    assert read_encoder(folder).card.config.dtype == "float32"
    assert read_encoder(folder, dtype="bfloat16").card.config.dtype == "bfloat16"


def test_the_readme_says_what_it_is_and_where_it_comes_from(tmp_path: Path) -> None:
    card = write_encoder(
        tmp_path / "made",
        PARAMS,
        dataclasses.replace(CARD, source_sha256="5" * 64),
        files={"vocab.txt": WORDS},
        model_card="## Training\n\nNone.",
    )
    page = (tmp_path / "made" / "README.md").read_text()
    assert page.startswith("# made\n")
    for said in (CARD.note, CARD.source, CARD.licence, "5" * 64, card.sha256, "## Training"):
        assert said in page


def test_nothing_is_overwritten(folder: Path) -> None:
    before = (folder / "config.json").read_bytes()
    with pytest.raises(PclipError, match="made is there already"):
        write_encoder(folder, PARAMS, CARD, files={"vocab.txt": WORDS})
    assert (folder / "config.json").read_bytes() == before


def test_an_empty_folder_may_take_the_encoder(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    write_encoder(tmp_path / "made", PARAMS, CARD, files={"vocab.txt": WORDS})
    read_encoder(tmp_path / "made")


def test_what_could_not_be_read_back_is_not_written(tmp_path: Path) -> None:
    large = {**PARAMS, "embeddings": {**PARAMS["embeddings"]}}
    large["embeddings"]["norm"] = {"gamma": np.full(8, 1e6), "beta": np.zeros(8)}
    files = {"vocab.txt": WORDS}
    for params, card, storage, given, said in (
        (large, CARD, "float16", files, "not finite in: embeddings/norm/gamma"),
        ({}, CARD, "float32", files, "lacks: embeddings/norm/beta"),
        (PARAMS, CARD, "float32", {}, "files: found"),
        (PARAMS, CARD, "float32", files | {"run.py": b""}, "files: found 'run.py'"),
        (PARAMS, dataclasses.replace(CARD, vocabulary="arithmetic"), "float32", {}, "65541"),
    ):
        with pytest.raises(PclipError, match=said):
            write_encoder(tmp_path / "made", params, card, storage=storage, files=given)
    with pytest.raises(ValueError, match="storage is 'int8'"):
        write_encoder(tmp_path / "made", PARAMS, CARD, storage="int8", files=files)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.update(format="other"), "format: found 'other', expected pclip-encoder"),
        (lambda d: d.update(schema=2), "schema: found 2, expected 1; a newer pclip"),
        (lambda d: d.update(schema=True), "schema: found True"),
        (lambda d: d.pop("licence"), "licence: found 'nothing'"),
        (lambda d: d.pop("sha256"), "sha256: found 'nothing'"),
        (lambda d: d.update(more=1), "found 'more', expected no field beside"),
        (lambda d: d.update(kind="image"), "kind: found 'image', expected one of packet, text"),
        (lambda d: d.update(kind="text"), "vocabulary: found 'released', expected one of token"),
        (lambda d: d.update(pooling="max"), "pooling: found 'max'"),
        (lambda d: d.update(note="a\x1b[2J"), "note: found"),
        (lambda d: d.update(source_sha256="x"), "source_sha256: found 'x'"),
        (lambda d: d["config"].update(width="8"), "config.width: found '8'"),
        (lambda d: d["config"].update(width=9), "config: width 9 is not a multiple of heads 2"),
        (lambda d: d["config"].update(layers=10**9), "config.layers: found 1000000000"),
        (lambda d: d["config"].update(vocab_size=10**12), "config.vocab_size: found"),
        (lambda d: d["config"].update(segments=1), "config.segments: found 1"),
        (lambda d: d["config"].update(heads=4), None),
        (lambda d: d["config"].update(ff=13), "expected"),
        (lambda d: d["config"].update(vocab_size=10**6), "numbers need at least"),
        (lambda d: d["files"].pop("vocab.txt"), "files: found"),
        (lambda d: d["files"].update({"../x": "0" * 64}), "files: found '../x'"),
        (lambda d: d["files"].update({"vocab.txt": "0" * 64}), "vocab.txt has sha256"),
        (lambda d: d.update(sha256="0" * 64), "holds parameters with sha256"),
    ],
)
def test_a_config_is_held_against_what_it_may_say(
    folder: Path, change: Callable[[dict[str, Any]], object], said: str | None
) -> None:
    spoil(folder, change)
    if said is None:  # the shapes do not tell how many heads there are
        assert read_encoder(folder).card.config.heads == 4
        return
    with pytest.raises(PclipError, match=said) as caught:
        read_encoder(folder)
    assert str(folder) in str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.pop("layer_1/ff_inner/bias"), "lacks: layer_1/ff_inner/bias"),
        (lambda t: t.update(extra=np.zeros(1, np.float32)), "unknown tensors: 'extra'"),
        (
            lambda t: t.update({"layer_0/ff_inner/bias": np.zeros(13, np.float32)}),
            r"layer_0/ff_inner/bias is \(13,\), expected \(12,\)",
        ),
        (
            lambda t: t.update({"layer_0/ff_inner/bias": np.zeros(12, np.float64)}),
            "other types than float32 and float16 in: layer_0/ff_inner/bias",
        ),
        (
            lambda t: t.update({"layer_0/ff_inner/bias": np.full(12, np.nan, np.float32)}),
            "not finite in: layer_0/ff_inner/bias",
        ),
        (lambda t: t.update(extra=np.zeros(2**18, np.float32)), "expected at most"),
        (lambda t: t.clear(), "numbers need at least"),
    ],
)
def test_weights_are_held_against_the_config(
    folder: Path, change: Callable[[dict[str, np.ndarray]], object], said: str
) -> None:
    tensors = {path: np.asarray(leaf) for path, leaf in flatten_dict(PARAMS, sep="/").items()}
    change(tensors)
    rewrite(folder, tensors)
    with pytest.raises(PclipError, match=said):
        read_encoder(folder)


def test_files_are_those_of_the_config(folder: Path) -> None:
    content = bytearray((folder / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(PclipError, match=r"model.safetensors has sha256 .* damaged"):
        read_encoder(folder)
    (folder / "model.safetensors").unlink()
    with pytest.raises(PclipError, match=r"cannot read .*model.safetensors"):
        read_encoder(folder)
    (folder / "config.json").unlink()
    with pytest.raises(PclipError, match=r"config.json: no such file; an encoder folder holds"):
        read_encoder(folder)
    assert not is_encoder_folder(folder)


def test_a_file_that_the_config_does_not_name_is_not_read(tmp_path: Path) -> None:
    """A tokenizer that somebody has put beside the weights would not be the encoder's own."""
    card = dataclasses.replace(CARD, kind="text", vocabulary="tokenizer")
    write_encoder(tmp_path / "made", PARAMS, card, files={"tokenizer.json": b"{}"})
    read_encoder(tmp_path / "made")
    (tmp_path / "made" / "vocab.txt").write_text("more")
    with pytest.raises(PclipError, match=r"vocab.txt is not among the files"):
        read_encoder(tmp_path / "made")


def test_a_tokenizer_beside_a_packet_encoder_is_refused_and_a_readme_is_for_people(
    folder: Path,
) -> None:
    (folder / "README.md").write_text("# Mine now\n")
    (folder / "LICENSE").write_text("MIT")
    read_encoder(folder)
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(PclipError, match=r"tokenizer.json is not among the files"):
        read_encoder(folder)


def test_the_arithmetic_vocabulary_has_its_own_size(tmp_path: Path) -> None:
    config = dataclasses.replace(CONFIG, vocab_size=ARITHMETIC_VOCABULARY)
    card = dataclasses.replace(CARD, vocabulary="arithmetic", config=config)
    write_encoder(tmp_path / "made", random_params(config, 0), card, storage="float16")
    found = read_encoder(tmp_path / "made")
    assert found.params["embeddings"]["word"]["embedding"].shape == (ARITHMETIC_VOCABULARY, 4)
