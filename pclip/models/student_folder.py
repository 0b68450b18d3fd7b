"""A student on disk: a folder with `student.json` and `student.safetensors`, read with distrust."""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import safetensors.numpy
from flax.traverse_util import flatten_dict, unflatten_dict

from pclip.documents import DocumentReader, parse_object
from pclip.errors import PclipError
from pclip.files import atomic_folder, read_bounded
from pclip.models.parameters import params_sha256
from pclip.models.safetensors_file import check_exactly, parse_safetensors
from pclip.models.student import Student, init_student
from pclip.models.student_config import StudentConfig, student_parameters
from pclip.models.student_int8 import Int8Student, int8_shapes

FORMAT = "pclip-student"
SCHEMA = 1
CARD_FILE = "student.json"
WEIGHTS_FILE = "student.safetensors"
FORMS = ("float32", "int8")
MAX_CARD_BYTES = 2**16
_HEADER_BYTES = 2**16
_ADVICE = f"Does {CARD_FILE} belong to another student?"


@dataclass(frozen=True)
class StudentCard:
    """What student.json says.

    Attributes:
        name: how outputs call the student.
        form: of `FORMS`.
        config: its sizes.
        note: where the weights come from.
        sha256: of the parameters.
    """

    name: str
    form: str
    config: StudentConfig
    note: str
    sha256: str


def write_student(folder: str | os.PathLike[str], student: Student | Int8Student) -> int:
    """Write a student, whole or not at all.

    Args:
        folder: a name that is free, or an empty folder; nothing is overwritten.
        student: in float32 or in int8.

    Returns:
        Bytes of the two files.

    Raises:
        PclipError: the name is taken, or cannot be written.
    """
    form = "int8" if isinstance(student, Int8Student) else "float32"
    card = StudentCard(student.name, form, student.config, student.note, student.sha256)
    flat = flatten_dict(student.params, sep="/")
    content = safetensors.numpy.save(
        {path: np.ascontiguousarray(leaf) for path, leaf in flat.items()}
    )
    document = {"format": FORMAT, "schema": SCHEMA, **dataclasses.asdict(card)}
    text = (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()
    with atomic_folder(folder) as scratch:
        (scratch / WEIGHTS_FILE).write_bytes(content)
        (scratch / CARD_FILE).write_bytes(text)
    return len(content) + len(text)


def read_student(folder: str | os.PathLike[str]) -> Student | Int8Student:
    """Read a student that anybody may have written; nothing in it is ever executed.

    Raises:
        PclipError: a file that is missing, damaged or too large, a field that cannot be used, or
            tensors other than those it describes.
    """
    path = Path(folder)
    card = _read_card(path / CARD_FILE)
    source = path / WEIGHTS_FILE
    # No number of a student takes more than four bytes; int8 has a scale beside each column.
    most = 4 * 2 * student_parameters(card.config) + _HEADER_BYTES
    tensors = parse_safetensors(read_bounded(source, most), str(source))
    expected = _expected(card)
    for kind in sorted({kind for kind, _ in expected.values()}):
        mine = {name: shape for name, (found, shape) in expected.items() if found == kind}
        held = {
            name: leaf for name, leaf in tensors.items() if name in mine or name not in expected
        }
        check_exactly(held, mine, str(source), types=(kind,), advice=_ADVICE)
    params = jax.tree.map(jnp.asarray, unflatten_dict(tensors, sep="/"))
    found = params_sha256(params)
    if found != card.sha256:
        raise PclipError(
            f"{source} holds parameters with sha256 {found}, {CARD_FILE} says {card.sha256}; "
            "fetch the folder again"
        )
    made = Int8Student if card.form == "int8" else Student
    return made.of(card.name, card.config, params, card.note)


def _read_card(path: Path) -> StudentCard:
    document = parse_object(read_bounded(path, MAX_CARD_BYTES), str(path), "a student's card")
    reader = DocumentReader(str(path))
    kind = document.pop("format", None)
    if kind != FORMAT:
        reader.fail("format", kind, FORMAT)
    reader.schema(document, SCHEMA, "student")
    card = reader.read(StudentCard, document, "")
    reader.one_of("form", card.form, FORMS)
    reader.sha256("sha256", card.sha256)
    return card


def _expected(card: StudentCard) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Path -> (type, shape) of each tensor that the weights must hold, and no others."""
    if card.form == "int8":
        return int8_shapes(card.config)
    shapes = jax.eval_shape(lambda: init_student(card.config, 0))
    return {path: ("float32", tuple(x.shape)) for path, x in flatten_dict(shapes, sep="/").items()}
