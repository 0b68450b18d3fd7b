from __future__ import annotations

import json

import pytest

from pclip.errors import PclipError
from pclip.models.bert_config import read_bert_config

ROBERTA = {
    "model_type": "roberta",
    "vocab_size": 60,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "max_position_embeddings": 34,
    "type_vocab_size": 1,
    "layer_norm_eps": 1e-5,
    "pad_token_id": 1,
    "hidden_act": "gelu",
}


def test_roberta_fields(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(ROBERTA))
    config = read_bert_config(path, dtype="bfloat16")
    assert (config.width, config.layers, config.heads, config.ff) == (32, 2, 4, 48)
    assert (config.position_rule, config.pad_id, config.max_length) == ("roberta", 1, 32)
    assert (config.layer_norm, config.layer_norm_eps) == ("usual", 1e-5)
    assert config.dtype == "bfloat16"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_type": "gpt2"}, "model_type is 'gpt2', expected one of bert, roberta"),
        ({"hidden_act": "relu"}, "hidden_act is 'relu', expected 'gelu'"),
        ({"position_embedding_type": "relative_key"}, "position_embedding_type"),
        ({"num_attention_heads": 5}, "width 32 is not a multiple of heads 5"),
        ({"hidden_size": "32"}, "hidden_size is '32', expected a number"),
        ({"vocab_size": True}, "vocab_size is True"),
        ({"layer_norm_eps": None}, "layer_norm_eps is None"),
        ({"layer_norm_eps": float("inf")}, "layer_norm_eps is no finite number"),
        ({"layer_norm_eps": 10**400}, "layer_norm_eps is no finite number"),
        ({"num_hidden_layers": 10**9}, "is 1,000,000,000, expected at most 1,000"),
    ],
)
def test_what_the_encoder_does_not_have_is_named(tmp_path, change, message):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(ROBERTA | change))
    with pytest.raises(PclipError, match=message):
        read_bert_config(path)


def test_what_is_nested_too_deep_is_not_json(tmp_path):
    path = tmp_path / "config.json"
    path.write_text("[" * 100_000)
    with pytest.raises(PclipError, match=r"config\.json is not JSON"):
        read_bert_config(path)


def test_missing_fields_are_named(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"model_type": "bert", "vocab_size": 3}))
    with pytest.raises(PclipError, match="lacks hidden_size, num_hidden_layers"):
        read_bert_config(path)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"[1, 2]"])
def test_rubbish(tmp_path, content):
    path = tmp_path / "config.json"
    path.write_bytes(content)
    with pytest.raises(PclipError, match=r"config\.json"):
        read_bert_config(path)
    with pytest.raises(PclipError, match=r"cannot read .*No such file"):
        read_bert_config(tmp_path / "none.json")
