from __future__ import annotations

import pytest

from configs import distil, reproduce
from pclip.errors import PclipError
from pclip.models import StudentConfig
from pclip.runs.check_distillation_config import check_distillation_config


def config(variant="", **changes):
    found = distil.get_config(variant).copy_and_resolve_references()
    found.unlock().update_from_flattened_dict(changes)
    return found.lock()


@pytest.mark.parametrize("variant", ["", "smoke"])
def test_our_configs_ask_for_what_exists(variant):
    check_distillation_config(config(variant))


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("packet.tokens", 20, r"expected a multiple of config\.student\.patch, 8"),
        ("packet.tokens", -8, "expected a number above 0"),
        ("student.steps", 0, "expected a number above 0"),
        ("student.batch_size", -1, "expected a number above 0"),
        ("student.learning_rate", float("nan"), "expected a number above 0"),
        ("student.save_every", 0, "expected a number above 0"),
        ("student.evaluate_every", -1, "expected 0 or more"),
        ("student.warmup", 1.5, "expected a share of the steps, 0 to 1"),
        ("student.byte_width", 0, "expected a number above 0"),
        ("student.byte_width", 256, r"2048 numbers \(8 bytes of 256 each\), expected at most 1024"),
        ("student.patch", -8, "expected a number above 0"),
        ("student.patch_width", 1_025, "would read 1025 numbers, expected at most 1024"),
        ("student.squeezed", 65, r"1040 numbers \(16 patches of 65 each\), expected at most 1024"),
        ("student.hidden", (384, -1), "expected whole numbers of 1 to 1024"),
        ("student.hidden", (384, 1_025), "expected whole numbers of 1 to 1024"),
        ("student.hidden", ("wide",), "expected whole numbers of 1 to 1024"),
        ("student.hidden", (8,) * 9, "expected at most 8 widths"),
        ("alignment.heads", ("neither",), "expected one of none, packet, both"),
    ],
)
def test_what_no_distillation_can_do_is_refused_by_name(field, value, message):
    with pytest.raises(PclipError, match=rf"^config\.{field} is .*{message}"):
        check_distillation_config(config(**{field: value}))


def test_a_config_of_another_experiment():
    with pytest.raises(PclipError, match=r"no field student; begin with configs/distil\.py"):
        check_distillation_config(reproduce.get_config())


def test_the_largest_that_is_admitted_is_a_student():
    sizes = {"byte_width": 128, "patch_width": 1_024, "squeezed": 64, "hidden": (1_024,) * 8}
    check_distillation_config(config(**{f"student.{name}": size for name, size in sizes.items()}))
    StudentConfig(bytes=128, patch=8, **sizes)
