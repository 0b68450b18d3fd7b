"""Projection heads: frozen encoder vectors into the joint space of packets and texts.

u = W_p z(x) + b_p and v = W_t f_T(s) + b_t, both L2-normalised; z standardises the packet vector.
Parameters hold only what trains. The standardiser and the fixed map of kind "none" are statistics:
they are saved with the head and no gradient reaches them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from pclip.models.linear import uniform_fan_in
from pclip.models.pooling import normalise

HEAD_KINDS = ("none", "packet", "both")
INITIAL_TEMPERATURE = 0.07
MAX_LOG_SCALE = math.log(100.0)
FIXED_MAP_SEED = 20250
CONSTANT_CHANNEL = 1e-6

HeadParams = dict[str, Any]


class Standardiser(NamedTuple):
    """Mean and deviation of the training part's packet vectors, each [packet_width]."""

    mean: jax.Array | np.ndarray
    deviation: jax.Array | np.ndarray


def fit_standardiser(vectors: np.ndarray) -> Standardiser:
    """Measure the mean and the (population) standard deviation of each channel.

    Args:
        vectors: [n, packet_width], the training part.

    Returns:
        The statistics in float32, summed in float64. A channel that never varies has deviation 1,
        so that standardising makes it 0 rather than infinite.

    Raises:
        ValueError: `vectors` is not a non-empty matrix.
    """
    if vectors.ndim != 2 or len(vectors) == 0:
        raise ValueError(f"vectors have shape {vectors.shape}, expected [n > 0, packet_width]")
    mean = vectors.mean(axis=0, dtype=np.float64)
    deviation = vectors.std(axis=0, dtype=np.float64)
    # The mean of a constant is rounded too, so that its deviation is noise rather than 0.
    varies = deviation > CONSTANT_CHANNEL * np.abs(mean)
    deviation = np.where(varies, deviation, 1.0)
    return Standardiser(mean.astype(np.float32), deviation.astype(np.float32))


def standardise(standardiser: Standardiser, x: jax.Array) -> jax.Array:
    """(x - mean) / deviation, channel by channel; `x` is [..., packet_width]."""
    return (x - standardiser.mean) / standardiser.deviation


def fixed_map(packet_width: int, text_width: int) -> np.ndarray:
    """Give the untrained map of heads="none": the identity, or a seeded orthogonal map.

    Args:
        packet_width: width of packet vectors.
        text_width: width of text vectors.

    Returns:
        float32[packet_width, text_width]. Rows are orthonormal when it widens, columns when it
        narrows. Zero-shot accuracy through it is chance by construction where the widths differ.
    """
    if packet_width == text_width:
        return np.eye(packet_width, dtype=np.float32)
    wide, narrow = max(packet_width, text_width), min(packet_width, text_width)
    gaussian = np.random.default_rng(FIXED_MAP_SEED).normal(size=(wide, narrow))
    columns, triangle = np.linalg.qr(gaussian)
    columns = columns * np.sign(np.diagonal(triangle))  # one sign whatever LAPACK's convention
    return (columns if packet_width == wide else columns.T).astype(np.float32)


def init_heads(
    key: jax.Array,
    packet_width: int,
    text_width: int,
    width: int,
    kind: str,
    *,
    learn_temperature: bool = False,
    temperature: float = INITIAL_TEMPERATURE,
) -> HeadParams:
    """Draw the trainable parameters of the heads.

    Args:
        key: random key.
        packet_width: width of packet vectors.
        text_width: width of text vectors.
        width: width of the joint space; with kinds "none" and "packet" texts pass through
            unchanged, so it must equal `text_width`.
        kind: "none", "packet" or "both" (Figure 7).
        learn_temperature: add the trainable `log_scale` = ln(1/temperature).
        temperature: its starting value.

    Returns:
        {"packet": {"kernel", "bias"}, "text": {"kernel", "bias"}, "log_scale": scalar}, each key
        only where it trains; kernels are [inputs, width]. Kind "none" gives {}.

    Raises:
        ValueError: unknown kind, a width that does not fit it, or a temperature not above zero.

    Source: section 3.3; initialisation as torch.nn.Linear.
    """
    if kind not in HEAD_KINDS:
        raise ValueError(f"heads are {kind!r}, expected one of {HEAD_KINDS}")
    if kind != "both" and width != text_width:
        raise ValueError(
            f"heads={kind!r} leaves texts {text_width} wide, so width {width} cannot be theirs"
        )
    if temperature <= 0:
        raise ValueError(f"temperature is {temperature}, expected a number above 0")
    packet_key, text_key = jax.random.split(key)
    params: HeadParams = {}
    if kind != "none":
        params["packet"] = _init_linear(packet_key, packet_width, width)
    if kind == "both":
        params["text"] = _init_linear(text_key, text_width, width)
    if learn_temperature:
        params["log_scale"] = jnp.asarray(-math.log(temperature), jnp.float32)
    return params


def project_packets(
    params: Mapping[str, Any],
    x: jax.Array,
    *,
    standardiser: Standardiser | None = None,
    fixed: jax.Array | np.ndarray | None = None,
) -> jax.Array:
    """Standardise packet vectors, put them into the joint space and L2-normalise them.

    Args:
        params: of `init_heads`.
        x: [..., packet_width].
        standardiser: training part's statistics; none leaves the vectors as they are.
        fixed: `fixed_map(...)` for kind "none"; ignored when there is a packet head, and none
            leaves the vectors where they are.

    Returns:
        [..., width], of length 1.
    """
    if standardiser is not None:
        x = standardise(standardiser, x)
    if "packet" in params:
        x = x @ params["packet"]["kernel"] + params["packet"]["bias"]
    elif fixed is not None:
        x = x @ fixed
    return normalise(x)


def project_texts(params: Mapping[str, Any], x: jax.Array) -> jax.Array:
    """Put text vectors [..., text_width] into the joint space, [..., width] of length 1."""
    if "text" in params:
        x = x @ params["text"]["kernel"] + params["text"]["bias"]
    return normalise(x)


def temperature_of(
    params: Mapping[str, Any], default: float = INITIAL_TEMPERATURE
) -> jax.Array | float:
    """Give the temperature: exp(-min(log_scale, ln 100)) where it is learned, else `default`.

    The clamp passes its gradient straight through; a plain minimum has gradient zero beyond
    ln 100, so that a temperature which once reached the bound could never leave it.

    Source: CLIP (Radford et al., 2021) clamps the scale after each step to the same end.
    """
    if "log_scale" not in params:
        return default
    log_scale = params["log_scale"]
    excess = jax.lax.stop_gradient(jnp.maximum(log_scale - MAX_LOG_SCALE, 0.0))
    return jnp.exp(excess - log_scale)


def _init_linear(key: jax.Array, fan_in: int, width: int) -> dict[str, jax.Array]:
    kernel_key, bias_key = jax.random.split(key)
    return {
        "kernel": uniform_fan_in(kernel_key, (fan_in, width), fan_in),
        "bias": uniform_fan_in(bias_key, (width,), fan_in),
    }
