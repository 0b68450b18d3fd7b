"""The student in 8-bit integers: a quarter of the bytes, and products of integers.

For each product, with integers q in [-127, 127] on both sides,

    y_j = scale_j sum_i q_i Q_ij + bias_j,       the next q = round(clip(y, 0, 127))

Q has one step per output (its largest magnitude / 127), the byte table one for all, the layers'
outputs one each, measured on packets. `scale` and `bias` hold these steps already: y is in units
of the next layer's step, and the last product's y is the vector.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pclip.models.parameters import Params, params_sha256
from pclip.models.student import Student, StudentNet, token_bytes
from pclip.models.student_config import NO_BYTE, StudentConfig

LEVELS = 127
ARITHMETICS = ("int8", "float32")
CALIBRATION_QUANTILE = 0.9995
"""Outputs beyond it are clipped; a step that spans the rarest ones is too coarse for the rest."""


@dataclass(frozen=True, eq=False)
class Int8Student:
    """A student whose weights are 8-bit integers, to be used where a `PacketEncoder` is.

    Attributes:
        name: how outputs call it.
        config: its sizes.
        params: {"byte": int8 [257, E], PRODUCT: {"kernel": int8 [inputs, outputs], "scale":
            float32 [outputs], "bias": float32 [outputs]}}; the patches' bias is [T, outputs].
        sha256: hash over the leaves of `params`.
        note: where the weights come from; belongs in every output made with them.
        arithmetic: of `ARITHMETICS`, what the products are computed in. The sums are integers
            below 2^24, so that both give the same bits; which is faster depends on the processor.
    """

    name: str
    config: StudentConfig
    params: Params
    sha256: str
    note: str
    arithmetic: str = "int8"

    def __post_init__(self) -> None:
        if self.arithmetic not in ARITHMETICS:
            raise ValueError(f"arithmetic is {self.arithmetic!r}, expected one of {ARITHMETICS}")

    @classmethod
    def of(cls, name: str, config: StudentConfig, params: Params, note: str) -> Int8Student:
        """A student with the hash of its weights."""
        return cls(name, config, params, params_sha256(params), note)

    def computed_in(self, arithmetic: str) -> Int8Student:
        """The same student with the products computed in "int8" or "float32"."""
        return replace(self, arithmetic=arithmetic)

    def apply_pooled(self, params: Params, ids: jax.Array, lengths: jax.Array) -> jax.Array:
        """Packet vectors, as `Student.apply_pooled` gives them.

        Args:
            params: parameters of this student's shapes and types.
            ids: int32 [B, S] ids of the arithmetic vocabulary, [CLS] first.
            lengths: int32 [B] tokens in each row, [CLS] included.

        Returns:
            float32 [B, W], not normalised.
        """
        c, batch = self.config, ids.shape[0]
        x = params["byte"][token_bytes(ids, lengths, c.bytes)]
        x = x.reshape(batch, c.patches, c.patch * c.byte_width)
        *inner, (last, *_) = c.products
        for name, fan_in, _, times in inner:
            if times == 1:
                x = x.reshape(batch, fan_in)
            y = jnp.round(jnp.clip(self._product(x, params[name]), 0, LEVELS))
            x = y.astype(jnp.int8)
        return self._product(x.reshape(batch, -1), params[last])

    def _product(self, x: jax.Array, layer: Params) -> jax.Array:
        """`scale` x Q + `bias` of integers `x` [..., inputs]; float32 [..., outputs]."""
        if self.arithmetic == "int8":
            total = jnp.matmul(x, layer["kernel"], preferred_element_type=jnp.int32)
        else:
            # HIGHEST: accelerators would round the integers to fewer bits.
            total = jnp.matmul(
                x.astype(jnp.float32),
                layer["kernel"].astype(jnp.float32),
                precision=jax.lax.Precision.HIGHEST,
            )
        return total.astype(jnp.float32) * layer["scale"] + layer["bias"]


def int8_shapes(config: StudentConfig) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Path -> (type, shape) of every leaf of an `Int8Student`'s parameters."""
    found: dict[str, tuple[str, tuple[int, ...]]] = {
        "byte": ("int8", (NO_BYTE + 1, config.byte_width))
    }
    for name, fan_in, width, _ in config.products:
        found[f"{name}/kernel"] = ("int8", (fan_in, width))
        found[f"{name}/scale"] = ("float32", (width,))
        biases = (config.patches, width) if name == "patch" else (width,)
        found[f"{name}/bias"] = ("float32", biases)
    return found


def quantise(student: Student, ids: np.ndarray, lengths: np.ndarray) -> Int8Student:
    """Bring a student into 8-bit integers.

    Args:
        student: trained in float32.
        ids: int32 [n, S] tokens of packets of the training part, n > 0: a few thousand measure
            the layers' outputs well enough.
        lengths: int32 [n].

    Returns:
        The int8 student; its note says so.

    Source: symmetric quantisation per channel (weights) and per tensor (outputs), Jacob et al.
    2018, Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
    Inference.
    """
    if not len(ids):
        raise ValueError("no packets to measure the layers' outputs on")
    steps = _output_steps(student, ids, lengths)
    table, into = _rounded(np.asarray(student.params["byte"]["embedding"]), axis=None)
    params: Params = {"byte": table}
    for name, *_ in student.config.products:
        leaves = student.params[name]
        kernel, scale = _rounded(np.asarray(leaves["kernel"]), axis=0)
        bias = np.asarray(student.params["place"] if name == "patch" else leaves["bias"])
        out = steps.get(name, np.float32(1))
        params[name] = {"kernel": kernel, "scale": scale * into / out, "bias": bias / out}
        into = out
    params = jax.tree.map(jnp.asarray, params)
    return Int8Student.of(student.name, student.config, params, f"{student.note}, in int8")


def _output_steps(student: Student, ids: np.ndarray, lengths: np.ndarray) -> dict[str, Any]:
    """What one level of each inner layer's output stands for."""
    symbols = token_bytes(jnp.asarray(ids), jnp.asarray(lengths), student.config.bytes)
    _, state = StudentNet(student.config).apply(
        {"params": student.params}, symbols, mutable=["outputs"]
    )
    steps = {}
    for name, (output,) in state["outputs"].items():
        highest = np.quantile(np.asarray(output), CALIBRATION_QUANTILE)
        # A layer that never fires has no scale of its own; any will do.
        steps[name.removesuffix("_output")] = np.float32(highest / LEVELS if highest > 0 else 1)
    return steps


def _rounded(x: np.ndarray, axis: int | None) -> tuple[np.ndarray, np.ndarray]:
    """The nearest int8 levels of `x`, and the step between two, one along `axis` or one in all."""
    step = np.max(np.abs(x), axis=axis) / np.float32(LEVELS)
    step = np.where(step > 0, step, np.float32(1)).astype(np.float32)
    return np.round(x / step).astype(np.int8), step
