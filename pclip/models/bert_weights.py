"""Weights of BERT and RoBERTa checkpoints: names, shapes, and the way into our parameter tree."""

from __future__ import annotations

import re

import jax.numpy as jnp
import numpy as np
from flax.traverse_util import unflatten_dict

from pclip.models.encoder_config import EncoderConfig
from pclip.models.layout import Layout
from pclip.models.parameters import Params

Tensors = dict[str, np.ndarray]

_NORMS = {"attention.output.LayerNorm": "attention_norm", "output.LayerNorm": "ff_norm"}
_LINEARS = {
    "attention.output.dense": "attention/output",
    "intermediate.dense": "ff_inner",
    "output.dense": "ff_outer",
}
_TABLES = {
    "word_embeddings": "word",
    "position_embeddings": "position",
    "token_type_embeddings": "segment",
}


def _spellings(key: str) -> tuple[str, ...]:
    """The first BERT checkpoints (bert-base-uncased too) name LayerNorm as TensorFlow does."""
    old = key.replace("LayerNorm.weight", "LayerNorm.gamma").replace(
        "LayerNorm.bias", "LayerNorm.beta"
    )
    return (key,) if old == key else (key, old)


BERT = Layout(
    prefix=re.compile(r"^(module\.)?(bert\.|roberta\.)?"),
    # Heads of other tasks and buffers that hold no weights.
    optional=re.compile(r"^(pooler|lm_head|cls|classifier)\.|(^|\.)(position_ids|token_type_ids)$"),
    spellings=_spellings,
    advice="Does config.json belong to another model?",
)
"""Names in BERT and RoBERTa checkpoints of Hugging Face."""


def required_tensors(config: EncoderConfig) -> dict[str, tuple[int, ...]]:
    """Keys that a checkpoint must have, in BERT's spelling without prefix, and their shapes.

    Args:
        config: the encoder that the checkpoint is for.

    Returns:
        Key -> shape; the weight of a linear layer is [outputs, inputs], as torch keeps it.
    """
    width, ff = config.width, config.ff
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (config.vocab_size, width),
        "embeddings.position_embeddings.weight": (config.positions, width),
        "embeddings.token_type_embeddings.weight": (config.segments, width),
        "embeddings.LayerNorm.weight": (width,),
        "embeddings.LayerNorm.bias": (width,),
    }
    linears = {f"attention.self.{part}": (width, width) for part in ("query", "key", "value")}
    linears |= {
        "attention.output.dense": (width, width),
        "intermediate.dense": (ff, width),
        "output.dense": (width, ff),
    }
    for layer in range(config.layers):
        root = f"encoder.layer.{layer}"
        for name, (outputs, inputs) in linears.items():
            shapes[f"{root}.{name}.weight"] = (outputs, inputs)
            shapes[f"{root}.{name}.bias"] = (outputs,)
        for name in _NORMS:
            shapes[f"{root}.{name}.weight"] = (width,)
            shapes[f"{root}.{name}.bias"] = (width,)
    return shapes


def params_from_tensors(tensors: Tensors, config: EncoderConfig) -> Params:
    """Our parameter tree from checked tensors.

    A torch weight [outputs, inputs] becomes the kernel [inputs, outputs]; query, key and value
    become the columns of one kernel, in this order.

    Args:
        tensors: the required tensors by BERT's keys; first result of `check_tensors`.
        config: the encoder.

    Returns:
        Nested dict of float32 arrays.
    """
    flat: Tensors = {}

    def norm(source: str, path: str) -> None:
        flat[f"{path}/gamma"] = tensors[f"{source}.weight"]
        flat[f"{path}/beta"] = tensors[f"{source}.bias"]

    for source, path in _TABLES.items():
        flat[f"embeddings/{path}/embedding"] = tensors[f"embeddings.{source}.weight"]
    norm("embeddings.LayerNorm", "embeddings/norm")
    for layer in range(config.layers):
        root, target = f"encoder.layer.{layer}", f"layer_{layer}"
        parts = [f"{root}.attention.self.{part}" for part in ("query", "key", "value")]
        flat[f"{target}/attention/qkv/kernel"] = np.concatenate(
            [tensors[f"{part}.weight"].T for part in parts], axis=1
        )
        flat[f"{target}/attention/qkv/bias"] = np.concatenate(
            [tensors[f"{part}.bias"] for part in parts]
        )
        for source, path in _LINEARS.items():
            flat[f"{target}/{path}/kernel"] = tensors[f"{root}.{source}.weight"].T
            flat[f"{target}/{path}/bias"] = tensors[f"{root}.{source}.bias"]
        for source, path in _NORMS.items():
            norm(f"{root}.{source}", f"{target}/{path}")
    return unflatten_dict({path: jnp.asarray(leaf) for path, leaf in flat.items()}, sep="/")
