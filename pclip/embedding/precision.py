"""What an encoder computes in: float32 on CPUs, bfloat16 on accelerators."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from jax.sharding import Mesh

from pclip.embedding.encode import FrozenEncoder

Encoder = TypeVar("Encoder", bound=FrozenEncoder)

# By encoder, for as long as it lives, and type.
_CONVERTED: WeakKeyDictionary[FrozenEncoder, dict[str, Any]] = WeakKeyDictionary()


def compute_dtype(mesh: Mesh) -> str:
    """The type that the devices of `mesh` are fast in.

    bfloat16 halves the traffic of an accelerator and feeds its matrix units; a CPU gains nothing
    by it or is slower.
    """
    platforms = {device.platform for device in mesh.devices.flat}
    return "float32" if "cpu" in platforms else "bfloat16"


def computing_in(encoder: Encoder, dtype: str) -> Encoder:
    """The encoder with the same parameters (float32), computing in `dtype`.

    The type is a field of the encoder's config and by that a part of a cache's key. An encoder
    whose config has no such field computes in one type only and is returned as it is.

    Args:
        encoder: a frozen encoder.
        dtype: "float32" or "bfloat16".

    Returns:
        `encoder` itself where it computes in that type already. The same arguments give the same
        object, for which XLA has compiled before.
    """
    if getattr(encoder.config, "dtype", dtype) == dtype:
        return encoder
    known = _CONVERTED.setdefault(encoder, {})
    if dtype not in known:
        chosen: Any = encoder  # a Protocol does not say that its instances are dataclasses
        known[dtype] = replace(chosen, config=replace(encoder.config, dtype=dtype))
    converted: Encoder = known[dtype]
    return converted
