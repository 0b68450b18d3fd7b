from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
from pathlib import Path

import jax
import numpy as np
import pytest
import safetensors.numpy

from pclip.errors import PclipError
from pclip.models.bert_weights import params_from_tensors, required_tensors
from pclip.models.checkpoints import read_checkpoint
from pclip.models.encoder_config import EncoderConfig
from pclip.models.uer_weights import UER

CONFIG = EncoderConfig(vocab_size=40, width=16, layers=2, heads=2, ff=24, positions=12, segments=3)
Tensors = dict[str, np.ndarray]


def uer_tensors(tensors: Tensors, spelling: int = 0, prefix: str = "") -> Tensors:
    """Under UER's names; of the tables the first or the second spelling."""
    return {prefix + UER.spellings(key)[:2][-spelling]: t for key, t in tensors.items()}


def assert_same(params: dict, expected: dict) -> None:
    jax.tree.map(np.testing.assert_array_equal, params, expected)
    assert jax.tree.structure(params) == jax.tree.structure(expected)


@pytest.fixture
def tensors(random_tensors) -> Tensors:
    return random_tensors(CONFIG)


@pytest.mark.parametrize("prefix", ["", "module."])
@pytest.mark.parametrize("spelling", [0, 1])
def test_a_uer_file_in_both_spellings(tensors, spelling, prefix, tmp_path, caplog):
    caplog.set_level(logging.INFO, "pclip")
    path = tmp_path / "uer.safetensors"
    heads = {
        f"{prefix}target.mlm_linear_1.weight": np.zeros((16, 16), np.float32),
        f"{prefix}target.nsp_linear_2.bias": np.zeros(2, np.float32),
        f"{prefix}output_layer_2.bias": np.zeros(5, np.float32),
    }
    given = uer_tensors(tensors, spelling, prefix)
    assert f"{prefix}embedding.{('word_embedding', 'word.embedding')[spelling]}.weight" in given
    safetensors.numpy.save_file(given | heads, path)
    found = read_checkpoint(path, heads=2, dtype="bfloat16")
    assert found.kind == "uer"
    assert found.config == dataclasses.replace(CONFIG, dtype="bfloat16")
    assert found.config.layer_norm == "uer"
    assert found.ignored == tuple(sorted(heads))
    assert f"ignored {', '.join(sorted(heads))}" in caplog.text
    assert found.files == (path,)
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert_same(found.params, params_from_tensors(tensors, CONFIG))


def test_heads_of_a_uer_file_follow_from_its_width(random_tensors, tmp_path):
    config = dataclasses.replace(CONFIG, width=128, layers=1)
    path = tmp_path / "uer.safetensors"
    safetensors.numpy.save_file(uer_tensors(random_tensors(config)), path)
    assert read_checkpoint(path).config == config
    assert read_checkpoint(path, heads=4).config.heads == 4
    with pytest.raises(PclipError, match=r"3 heads do not divide the width 128 .*--heads N"):
        read_checkpoint(path, heads=3)


def test_a_width_that_tells_no_heads(tensors, tmp_path):
    path = tmp_path / "uer.safetensors"
    safetensors.numpy.save_file(uer_tensors(tensors), path)
    with pytest.raises(PclipError, match=r"width 16, which is not a multiple of 64.*--heads N"):
        read_checkpoint(path)


def _without(tensors):
    del tensors["encoder.transformer.1.feed_forward.linear_2.bias"]


def _without_words(tensors):
    del tensors["embedding.word_embedding.weight"]


def _unknown(tensors):
    tensors["encoder.margin_V"] = np.zeros((16, 1), np.float32)


def _misshaped(tensors):
    tensors["encoder.transformer.0.self_attn.linear_layers.1.weight"] = np.zeros((16, 8), "f4")


def _twice(tensors):
    tensors["embedding.pos.embedding.weight"] = tensors["embedding.position_embedding.weight"]


def _not_finite(tensors):
    tensors["embedding.layer_norm.beta"][3] = np.inf


def _flat(tensors):
    tensors["embedding.word_embedding.weight"] = np.zeros(40, np.float32)


def _a_layer_too_high(tensors):
    tensors["encoder.transformer.99999.layer_norm_1.beta"] = np.zeros(16, np.float32)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_without, r"lacks: encoder\.transformer\.1\.feed_forward\.linear_2\.bias"),
        (_without_words, r"lacks embedding\.word_embedding\.weight or embedding\.word\.embedding"),
        (_unknown, r"unknown tensors: encoder\.margin_V"),
        (_misshaped, r"linear_layers\.1\.weight is \(16, 8\), expected \(16, 16\)"),
        (_twice, r"twice: .*embedding\.pos\.embedding\.weight"),
        (_not_finite, r"not finite .*embedding\.layer_norm\.beta"),
        (_flat, r"embedding\.word_embedding\.weight has the shape \(40,\), expected two axes"),
        (_a_layer_too_high, "a layer 99,999, expected at most 1,000 layers"),
    ],
)
def test_anything_else_in_a_uer_file_is_an_error_by_name(tensors, spoil, message, tmp_path):
    given = uer_tensors(tensors)
    spoil(given)
    safetensors.numpy.save_file(given, tmp_path / "uer.safetensors")
    with pytest.raises(PclipError, match=message):
        read_checkpoint(tmp_path / "uer.safetensors", heads=2)


def hugging_face_folder(folder: Path, kind: str) -> EncoderConfig:
    """Writes config.json alone."""
    document = {
        "model_type": kind,
        "vocab_size": 40,
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 24,
        "max_position_embeddings": 12,
        "type_vocab_size": {"bert": 2, "roberta": 1}[kind],
        "layer_norm_eps": 1e-5,
        "pad_token_id": {"bert": 0, "roberta": 1}[kind],
    }
    (folder / "config.json").write_text(json.dumps(document))
    return dataclasses.replace(
        CONFIG,
        segments=document["type_vocab_size"],
        layer_norm="usual",
        layer_norm_eps=1e-5,
        position_rule={"bert": "arange", "roberta": "roberta"}[kind],
        pad_id=document["pad_token_id"],
    )


def in_two_shards(folder: Path, tensors: Tensors) -> dict[str, str]:
    """Writes two shards and the index; returns its map."""
    names = [f"model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    shards = {key: names[place % 2] for place, key in enumerate(tensors)}
    for name in names:
        part = {key: tensors[key] for key in tensors if shards[key] == name}
        safetensors.numpy.save_file(part, folder / name)
    write_index(folder, shards)
    return shards


def write_index(folder: Path, shards: object) -> None:
    index = {"metadata": {"total_size": 1}, "weight_map": shards}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


@pytest.mark.parametrize("sharded", [False, True], ids=["one file", "shards"])
@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_a_hugging_face_folder(kind, sharded, random_tensors, tmp_path):
    config = hugging_face_folder(tmp_path, kind)
    tensors = random_tensors(config)
    named = {f"{kind}.{key}": tensor for key, tensor in tensors.items()}
    named["lm_head.bias"] = np.zeros(40, np.float32)
    if sharded:
        in_two_shards(tmp_path, named)
    else:
        safetensors.numpy.save_file(named, tmp_path / "model.safetensors")
    found = read_checkpoint(tmp_path)
    assert (found.kind, found.config, found.ignored) == (kind, config, ("lm_head.bias",))
    assert_same(found.params, params_from_tensors(tensors, config))
    assert [path.parent for path in found.files] == [tmp_path] * (2 if sharded else 1)
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in found.files]
    lines = "".join(f"{d}  {p.name}\n" for d, p in zip(digests, found.files, strict=True))
    whole = hashlib.sha256(lines.encode()).hexdigest() if sharded else digests[0]
    assert found.sha256 == whole
    with pytest.raises(PclipError, match=r"heads is 4, .*config\.json says 2"):
        read_checkpoint(tmp_path, heads=4)


@pytest.mark.parametrize(
    "shard",
    ["../model.safetensors", "/etc/model.safetensors", "a/b.safetensors", "..", "", "x.bin", 3,
     "a\0.safetensors", None],
)  # fmt: skip
def test_shards_stay_in_the_folder(shard, tmp_path):
    hugging_face_folder(tmp_path, "bert")
    write_index(tmp_path, {"embeddings.LayerNorm.bias": shard})
    with pytest.raises(PclipError, match=r"no map from tensors to \.safetensors files beside it"):
        read_checkpoint(tmp_path)


def test_shards_hold_what_the_index_says(random_tensors, tmp_path):
    config = hugging_face_folder(tmp_path, "bert")
    shards = in_two_shards(tmp_path, random_tensors(config))
    key = "embeddings.LayerNorm.bias"
    other = ({*shards.values()} - {shards[key]}).pop()
    write_index(tmp_path, shards | {key: other})
    with pytest.raises(PclipError, match=r"(lacks|holds) 'embeddings\.LayerNorm\.bias', the index"):
        read_checkpoint(tmp_path)
    write_index(tmp_path, shards | {"more": other})
    with pytest.raises(PclipError, match=f"{other} lacks 'more', the index"):
        read_checkpoint(tmp_path)
    (tmp_path / other).unlink()
    with pytest.raises(PclipError, match=f"cannot read .*{other}: No such file"):
        read_checkpoint(tmp_path)


@pytest.mark.parametrize("document", ["[]", "{}", '{"weight_map": []}', '{"weight_map": {}}', "{"])
def test_an_index_that_is_none(document, tmp_path):
    hugging_face_folder(tmp_path, "bert")
    path = tmp_path / "model.safetensors.index.json"
    path.write_text(document)
    with pytest.raises(PclipError, match=r"model\.safetensors\.index\.json"):
        read_checkpoint(tmp_path)


def test_what_is_no_checkpoint_is_named(tmp_path):
    with pytest.raises(PclipError, match=r"cannot read .*none\.bin: No such file"):
        read_checkpoint(tmp_path / "none.bin")
    (tmp_path / "x.h5").write_bytes(b"")
    with pytest.raises(PclipError, match=r"x\.h5 is no file of weights; expected one of \.safet"):
        read_checkpoint(tmp_path / "x.h5")
    with pytest.raises(PclipError, match=r"cannot read .*config\.json: No such file"):
        read_checkpoint(tmp_path)
    hugging_face_folder(tmp_path, "bert")
    with pytest.raises(PclipError, match=r"cannot read .*model\.safetensors: No such file"):
        read_checkpoint(tmp_path)


def test_the_required_tensors_all_have_a_name_in_uer():
    spelled = [name for key in required_tensors(CONFIG) for name in UER.spellings(key)]
    assert len(set(spelled)) == len(spelled) == 5 + 3 + 2 * 16
