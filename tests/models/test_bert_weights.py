from __future__ import annotations

import jax
import numpy as np
import pytest

from pclip.errors import PclipError
from pclip.models.bert_weights import BERT, params_from_tensors, required_tensors
from pclip.models.encoder_config import EncoderConfig
from pclip.models.layout import check_tensors
from pclip.models.parameters import parameter_shapes, random_params

CONFIG = EncoderConfig(
    vocab_size=40, width=16, layers=2, heads=2, ff=24, positions=12, segments=2, layer_norm="usual"
)
REQUIRED = required_tensors(CONFIG)


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
    checked, ignored = check_tensors(given, REQUIRED, BERT, "file")
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
    checked, _ = check_tensors(given, REQUIRED, BERT, "file")
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


def _beyond_single_precision(tensors):
    tensors["embeddings.LayerNorm.bias"] = np.full(16, 1e300)


def _integers(tensors):
    tensors["embeddings.LayerNorm.bias"] = np.zeros(16, np.int8)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_without, r"file lacks: encoder\.layer\.1\.output\.dense\.bias"),
        (_unknown, r"unknown tensors: encoder\.layer\.2\.output\.dense\.bias"),
        (_misshaped, r"embeddings\.word_embeddings\.weight is \(41, 16\), expected \(40, 16\)"),
        (_twice, r"twice: .* and bert\.embeddings\.LayerNorm\.weight"),
        (_not_finite, r"not finite .*embeddings\.LayerNorm\.bias"),
        (_beyond_single_precision, r"not finite .*embeddings\.LayerNorm\.bias"),
        (_integers, r"not finite .*embeddings\.LayerNorm\.bias"),
    ],
)
def test_anything_else_is_an_error_by_name(tensors, spoil, message):
    spoil(tensors)
    with pytest.raises(PclipError, match=message):
        check_tensors(tensors, REQUIRED, BERT, "file")


def test_a_long_list_of_names_is_cut(tensors):
    few = dict(list(tensors.items())[:20])
    with pytest.raises(PclipError, match=r"and 9 more\. Does config\.json belong"):
        check_tensors(few, REQUIRED, BERT, "file")
