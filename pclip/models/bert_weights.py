"""Weights of BERT and RoBERTa checkpoints: names, shapes, and the way into our parameter tree."""

from __future__ import annotations

import re
from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np
import safetensors
import safetensors.numpy
from flax.traverse_util import unflatten_dict

from pclip.errors import PclipError
from pclip.models.encoder_config import EncoderConfig
from pclip.models.parameters import Params

Tensors = dict[str, np.ndarray]

_PREFIX = re.compile(r"^(module\.)?(bert\.|roberta\.)?")
# Heads of other tasks and buffers that hold no weights.
_OPTIONAL = re.compile(r"^(pooler|lm_head|cls|classifier)\.|(^|\.)(position_ids|token_type_ids)$")
# The first BERT checkpoints (bert-base-uncased among them) name LayerNorm as TensorFlow does.
_OLD_NAMES = ((".gamma", ".weight"), (".beta", ".bias"))
_LISTED = 8

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


def required_tensors(config: EncoderConfig) -> dict[str, tuple[int, ...]]:
    """Keys that a BERT or RoBERTa checkpoint must have, without prefix, and their shapes.

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


def parse_safetensors(content: bytes, source: str) -> Tensors:
    """Tensors of a safetensors file.

    Args:
        content: the file's bytes.
        source: its name, for the message.

    Returns:
        Key -> array.

    Raises:
        PclipError: the bytes are not a safetensors file, or hold a type that NumPy lacks.
    """
    try:
        return safetensors.numpy.load(content)
    except safetensors.SafetensorError as error:
        raise PclipError(
            f"{source} is not a whole safetensors file ({error}); fetch it again"
        ) from error
    except KeyError as error:  # the reader's table of types has no such type
        raise PclipError(
            f"{source} holds tensors of type {error.args[0]}, expected F32 or F16; convert the file"
        ) from error


def check_tensors(
    tensors: Mapping[str, np.ndarray], config: EncoderConfig, source: str
) -> tuple[Tensors, tuple[str, ...]]:
    """Hold a checkpoint's tensors against what the encoder needs.

    Args:
        tensors: as in the file; prefixes `module.`, `bert.`, `roberta.` may precede the keys.
        config: the encoder.
        source: the file's name, for the message.

    Returns:
        The required tensors as float32 under their keys without prefix, and the sorted keys of the
        file that were ignored (pooler, heads of other tasks, position_ids).

    Raises:
        PclipError: a key that is missing, unknown, there twice or of another shape, or a value
            that is not a finite number.
    """
    required = required_tensors(config)
    found: Tensors = {}
    ignored, unexpected, twice = [], [], []
    for full_key, tensor in tensors.items():
        key = _PREFIX.sub("", full_key)
        for old, new in _OLD_NAMES:
            if key.endswith(old):
                key = key.removesuffix(old) + new
        if key in found:
            twice.append(full_key)
        elif key in required:
            found[key] = tensor
        elif _OPTIONAL.search(key):
            ignored.append(full_key)
        else:
            unexpected.append(full_key)

    missing = [key for key in required if key not in found]
    misshaped = [
        f"{key} is {found[key].shape}, expected {shape}"
        for key, shape in required.items()
        if key in found and found[key].shape != shape
    ]
    unusable = [key for key, tensor in found.items() if not _finite(tensor)]
    for words, names in (
        ("lacks", missing),
        ("holds unknown tensors", unexpected),
        ("holds tensors twice", twice),
        ("holds tensors of another shape", misshaped),
        ("holds values that are not finite floating-point numbers in", unusable),
    ):
        if names:
            more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
            raise PclipError(
                f"{source} {words}: {'; '.join(names[:_LISTED])}{more}. "
                "Does config.json belong to another model?"
            )
    return {key: found[key].astype(np.float32) for key in required}, tuple(sorted(ignored))


def _finite(tensor: np.ndarray) -> bool:
    return np.issubdtype(tensor.dtype, np.floating) and bool(np.isfinite(tensor).all())


def params_from_tensors(tensors: Tensors, config: EncoderConfig) -> Params:
    """Our parameter tree from checked tensors.

    A torch weight [outputs, inputs] becomes the kernel [inputs, outputs]; query, key and value
    become the columns of one kernel, in this order.

    Args:
        tensors: first result of `check_tensors`.
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
