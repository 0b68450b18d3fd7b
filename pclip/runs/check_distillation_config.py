"""What a distillation's config may ask for, checked before any work is done."""

from __future__ import annotations

import jax
from ml_collections import ConfigDict

from pclip.errors import PclipError
from pclip.models.student_config import MAX_FAN_IN, MAX_HIDDEN
from pclip.runs.check_config import check_config, refuse

POSITIVE = (
    *("byte_width", "patch", "patch_width", "squeezed"),
    *("steps", "batch_size", "learning_rate", "save_every"),
)


def check_distillation_config(config: ConfigDict) -> None:
    """Refuse a config that no distillation can follow: all that `StudentConfig` would refuse too.

    Raises:
        PclipError: a value that does not exist or makes no sense, with what is expected.
    """
    check_config(config)
    if "student" not in config:
        raise PclipError("the config has no field student; begin with configs/distil.py")
    c, tokens = config.student, config.packet.tokens
    for name in POSITIVE:
        if not c[name] > 0:
            refuse(f"student.{name}", c[name], "expected a number above 0")
    if c.evaluate_every < 0:
        refuse("student.evaluate_every", c.evaluate_every, "expected 0 or more")
    if not 0 <= c.warmup <= 1:
        refuse("student.warmup", c.warmup, "expected a share of the steps, 0 to 1")
    if c.batch_size % jax.device_count():
        refuse(
            "student.batch_size",
            c.batch_size,
            f"expected a multiple of the {jax.device_count()} devices",
        )
    if tokens % c.patch:
        refuse("packet.tokens", tokens, f"expected a multiple of config.student.patch, {c.patch}")
    hidden = tuple(c.hidden)
    if len(hidden) > MAX_HIDDEN:
        refuse("student.hidden", hidden, f"expected at most {MAX_HIDDEN} widths")
    if not all(type(width) is int and 1 <= width <= MAX_FAN_IN for width in hidden):
        refuse("student.hidden", hidden, f"expected whole numbers of 1 to {MAX_FAN_IN}")
    # What a product reads: its sums have to stay exact in int8.
    patches = tokens // c.patch
    for name, read, how in (
        ("byte_width", c.patch * c.byte_width, f" ({c.patch} bytes of {c.byte_width} each)"),
        ("patch_width", c.patch_width, ""),
        ("squeezed", patches * c.squeezed, f" ({patches} patches of {c.squeezed} each)"),
    ):
        if read > MAX_FAN_IN:
            refuse(
                f"student.{name}",
                c[name],
                f"a layer would read {read} numbers{how}, expected at most {MAX_FAN_IN}",
            )
