from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pclip.errors import PclipError
from pclip.models.packet_encoder import (
    ARITHMETIC_VOCABULARY,
    PacketEncoder,
    load_packet_encoder,
    packet_encoder_config,
)
from pclip.models.parameters import params_sha256


@pytest.fixture(scope="module")
def tiny() -> PacketEncoder:
    return load_packet_encoder("et-bert-tiny")


@pytest.fixture
def batch() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    lengths = np.array([40, 17, 1])
    ids = rng.integers(5, ARITHMETIC_VOCABULARY, (3, 40)) * (np.arange(40) < lengths[:, None])
    ids[:, 0] = 2
    ids[0, 1] = ARITHMETIC_VOCABULARY - 1
    return ids.astype(np.int32), lengths.astype(np.int32)


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("et-bert-tiny", (128, 2, 2, 512)),
        ("et-bert-mini", (256, 4, 4, 1024)),
        ("et-bert-base", (768, 12, 12, 3072)),
    ],
)
def test_sizes(name, sizes):
    config = packet_encoder_config(name)
    assert (config.width, config.layers, config.heads, config.ff) == sizes
    assert (config.vocab_size, config.positions, config.segments) == (65_541, 512, 3)
    assert (config.layer_norm, config.layer_norm_eps, config.dropout) == ("uer", 1e-6, 0.1)


def test_pooled_is_the_mean_of_the_naive_encoder(tiny, batch, naive_encode):
    ids, lengths = batch
    pooled = jax.jit(tiny.apply_pooled)(tiny.params, ids, lengths)
    assert pooled.shape == (3, 128)
    assert pooled.dtype == jnp.float32
    tensors = _torch_layout(tiny)
    for row, length in enumerate(lengths):
        expected = naive_encode(tensors, tiny.config, ids[row, :length], segment=1).mean(0)
        np.testing.assert_allclose(pooled[row], expected, atol=1e-5)


def test_the_padded_length_changes_nothing(tiny, batch):
    ids, lengths = batch
    wide = np.pad(ids, ((0, 0), (0, 88)))
    pooled = jax.jit(tiny.apply_pooled)
    short = pooled(tiny.params, ids, lengths)
    np.testing.assert_allclose(pooled(tiny.params, wide, lengths), short, atol=1e-5)
    alone = pooled(tiny.params, ids[1:2, :17], lengths[1:2])
    np.testing.assert_allclose(alone[0], short[1], atol=1e-5)
    assert np.abs(short[0] - short[1]).max() > 0.1


def test_weights_depend_on_the_seed_alone_and_say_so(tiny):
    assert tiny.sha256 == params_sha256(tiny.params)
    # A constant: another NumPy, JAX or leaf order would invalidate cached vectors unseen.
    assert tiny.sha256 == "36177dff0a501e8ca7d00676ad57608fa2c1dc6fc439d04288875cfc862e14ff"
    assert tiny.note == "random weights, seed 0 (not pre-trained)"
    other = load_packet_encoder("et-bert-tiny", seed=1)
    assert other.sha256 != tiny.sha256
    assert "seed 1" in other.note


def test_unknown_names_and_vocabularies():
    with pytest.raises(PclipError, match=r"'et-bert-huge'.*et-bert-tiny, et-bert-mini"):
        load_packet_encoder("et-bert-huge")
    with pytest.raises(PclipError, match=r"21128.*65541.*60005"):
        packet_encoder_config("et-bert-base", vocabulary=21_128)


def _torch_layout(encoder: PacketEncoder) -> dict[str, np.ndarray]:
    """The encoder's leaves under BERT's names, written out by hand."""
    params = jax.tree.map(np.asarray, encoder.params)
    embeddings, width = params["embeddings"], encoder.config.width
    tensors = {
        "embeddings.word_embeddings.weight": embeddings["word"]["embedding"],
        "embeddings.position_embeddings.weight": embeddings["position"]["embedding"],
        "embeddings.token_type_embeddings.weight": embeddings["segment"]["embedding"],
        "embeddings.LayerNorm.weight": embeddings["norm"]["gamma"],
        "embeddings.LayerNorm.bias": embeddings["norm"]["beta"],
    }
    for layer in range(encoder.config.layers):
        block, root = params[f"layer_{layer}"], f"encoder.layer.{layer}"
        attention = block["attention"]
        for place, part in enumerate(("query", "key", "value")):
            columns = slice(place * width, (place + 1) * width)
            name = f"{root}.attention.self.{part}"
            tensors[f"{name}.weight"] = attention["qkv"]["kernel"][:, columns].T
            tensors[f"{name}.bias"] = attention["qkv"]["bias"][columns]
        for name, leaves in (
            ("attention.output.dense", attention["output"]),
            ("intermediate.dense", block["ff_inner"]),
            ("output.dense", block["ff_outer"]),
        ):
            tensors[f"{root}.{name}.weight"] = leaves["kernel"].T
            tensors[f"{root}.{name}.bias"] = leaves["bias"]
        for name, leaves in (
            ("attention.output.LayerNorm", block["attention_norm"]),
            ("output.LayerNorm", block["ff_norm"]),
        ):
            tensors[f"{root}.{name}.weight"] = leaves["gamma"]
            tensors[f"{root}.{name}.bias"] = leaves["beta"]
    return tensors
