from __future__ import annotations

import json

import jax
import numpy as np
import pytest
import safetensors.numpy

from pclip.errors import PclipError
from pclip.models.bert_weights import check_tensors, params_from_tensors, parse_safetensors
from pclip.models.encoder_config import EncoderConfig
from pclip.models.parameters import parameter_shapes, random_params

CONFIG = EncoderConfig(
    vocab_size=40, width=16, layers=2, heads=2, ff=24, positions=12, segments=2, layer_norm="usual"
)


@pytest.fixture
def tensors(random_tensors) -> dict[str, np.ndarray]:
    return random_tensors(CONFIG)


def test_the_tree_is_the_encoders_own(tensors):
    params = params_from_tensors(tensors, CONFIG)
    assert jax.tree.map(np.shape, params) == jax.tree.map(np.shape, random_params(CONFIG, 0))
    assert len(jax.tree.leaves(params)) == len(parameter_shapes(CONFIG))
    qkv = params["layer_1"]["attention"]["qkv"]
    root = "encoder.layer.1.attention.self"
    np.testing.assert_array_equal(qkv["kernel"][:, 16:32], tensors[f"{root}.key.weight"].T)
    np.testing.assert_array_equal(qkv["bias"][32:], tensors[f"{root}.value.bias"])
    outer = params["layer_0"]["ff_outer"]["kernel"]
    np.testing.assert_array_equal(outer, tensors["encoder.layer.0.output.dense.weight"].T)


@pytest.mark.parametrize("prefix", ["", "bert.", "roberta.", "module.bert."])
def test_prefixes_and_optional_tensors(tensors, prefix):
    extra = {
        f"{prefix}pooler.dense.weight": np.zeros((16, 16), np.float32),
        f"{prefix}embeddings.position_ids": np.arange(12)[None],
        "lm_head.bias": np.zeros(40, np.float32),
    }
    given = {f"{prefix}{key}": tensor for key, tensor in tensors.items()} | extra
    checked, ignored = check_tensors(given, CONFIG, "file")
    assert ignored == tuple(sorted(extra))
    assert checked.keys() == tensors.keys()
    for key, tensor in tensors.items():
        np.testing.assert_array_equal(checked[key], tensor)


def test_old_layer_norm_names_and_half_precision(tensors):
    given = {
        (
            key.replace("LayerNorm.weight", "LayerNorm.gamma").replace(
                "LayerNorm.bias", "LayerNorm.beta"
            )
        ): tensor.astype(np.float16)
        for key, tensor in tensors.items()
    }
    checked, _ = check_tensors(given, CONFIG, "file")
    assert {tensor.dtype for tensor in checked.values()} == {np.dtype(np.float32)}
    key = "encoder.layer.0.output.LayerNorm.bias"
    np.testing.assert_allclose(checked[key], tensors[key], atol=1e-3)


def _without(tensors):
    del tensors["encoder.layer.1.output.dense.bias"]


def _unknown(tensors):
    tensors["encoder.layer.2.output.dense.bias"] = np.zeros(16, np.float32)


def _misshaped(tensors):
    tensors["embeddings.word_embeddings.weight"] = np.zeros((41, 16), np.float32)


def _twice(tensors):
    key = "embeddings.LayerNorm.weight"
    tensors[f"bert.{key}"] = tensors[key]


def _not_finite(tensors):
    tensors["embeddings.LayerNorm.bias"][3] = np.nan


def _integers(tensors):
    tensors["embeddings.LayerNorm.bias"] = np.zeros(16, np.int8)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_without, r"file lacks: encoder\.layer\.1\.output\.dense\.bias"),
        (_unknown, r"unknown tensors: encoder\.layer\.2\.output\.dense\.bias"),
        (_misshaped, r"word_embeddings\.weight is \(41, 16\), expected \(40, 16\)"),
        (_twice, r"twice: bert\.embeddings\.LayerNorm\.weight"),
        (_not_finite, r"not finite .*embeddings\.LayerNorm\.bias"),
        (_integers, r"not finite .*embeddings\.LayerNorm\.bias"),
    ],
)
def test_anything_else_is_an_error_by_name(tensors, spoil, message):
    spoil(tensors)
    with pytest.raises(PclipError, match=message):
        check_tensors(tensors, CONFIG, "file")


def test_a_long_list_of_names_is_cut(tensors):
    few = dict(list(tensors.items())[:20])
    with pytest.raises(PclipError, match=r"and 9 more\. Does config\.json belong"):
        check_tensors(few, CONFIG, "file")


@pytest.mark.parametrize("content", [b"", b"rubbish", b"\x80\x04pickle" * 9])
def test_rubbish_is_no_safetensors_file(content, tensors):
    with pytest.raises(PclipError, match="weights is not a whole safetensors file"):
        parse_safetensors(content, "weights")
    whole = safetensors.numpy.save(tensors)
    with pytest.raises(PclipError, match="not a whole"):
        parse_safetensors(whole[:-5], "weights")


def test_a_type_that_numpy_lacks_is_named():
    header = json.dumps({"x": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}}).encode()
    content = len(header).to_bytes(8, "little") + header + bytes(4)
    with pytest.raises(PclipError, match="type BF16, expected F32 or F16"):
        parse_safetensors(content, "weights")
