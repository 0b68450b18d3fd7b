"""Parameter trees of the encoder: shapes, random values from a seed, a hash over the leaves."""

from __future__ import annotations

import functools
import hashlib
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax.traverse_util import flatten_dict, unflatten_dict

from pclip.models.encoder import Encoder
from pclip.models.encoder_config import EncoderConfig

Params = dict[str, Any]

INITIAL_STD = 0.02


def parameter_shapes(config: EncoderConfig) -> dict[str, tuple[int, ...]]:
    """Shape of every leaf of an encoder's parameters, without making them.

    Args:
        config: the encoder.

    Returns:
        Path ("layer_0/attention/qkv/kernel") -> shape, in the order of the sorted paths.
    """
    tokens = jax.ShapeDtypeStruct((1, 1), jnp.int32)
    mask = jax.ShapeDtypeStruct((1, 1), jnp.bool_)
    init = functools.partial(Encoder(config).init, jax.random.key(0))
    flat = flatten_dict(jax.eval_shape(init, tokens, tokens, mask)["params"], sep="/")
    return {path: tuple(flat[path].shape) for path in sorted(flat)}


def random_leaf(rng: np.random.Generator, path: str, shape: tuple[int, ...]) -> np.ndarray:
    """Initial values of one leaf: N(0, 0.02), biases and beta 0, gamma 1.

    A factorised word table's map is N(0, 1 / R), so that the product of the two is N(0, 0.02).

    Args:
        rng: source of the normal numbers.
        path: the leaf's path; its last part says what the leaf is.
        shape: the leaf's shape.

    Returns:
        float32 of that shape.
    """
    kind = path.rsplit("/", 1)[-1]
    if kind == "gamma":
        return np.ones(shape, np.float32)
    if kind in ("beta", "bias"):
        return np.zeros(shape, np.float32)
    std = shape[0] ** -0.5 if path.endswith("word_map/kernel") else INITIAL_STD
    return rng.standard_normal(shape, np.float32) * np.float32(std)


def random_params(config: EncoderConfig, seed: int) -> Params:
    """Untrained parameters of an encoder, drawn as BERT does.

    NumPy draws them, leaf after leaf in the order of the sorted paths, so that they depend on the
    seed and not on the version or the generator of JAX.

    Args:
        config: the encoder.
        seed: of `np.random.default_rng`.

    Returns:
        Nested dict of float32 arrays.
    """
    rng = np.random.default_rng(seed)
    flat = {path: random_leaf(rng, path, shape) for path, shape in parameter_shapes(config).items()}
    return unflatten_dict({path: jnp.asarray(leaf) for path, leaf in flat.items()}, sep="/")


def params_sha256(params: Params) -> str:
    """Hash of a parameter tree: path, dtype, shape and bytes of each leaf, by sorted path.

    Args:
        params: nested dict of arrays.

    Returns:
        64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    flat = flatten_dict(params, sep="/")
    for path in sorted(flat):
        leaf = np.ascontiguousarray(flat[path])
        digest.update(f"{path} {leaf.dtype.str} {leaf.shape}\n".encode())
        digest.update(leaf.data)
    return digest.hexdigest()
