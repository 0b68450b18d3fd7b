"""Checked reading of JSON: a field that is not what it must be is named, with its file."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pclip.errors import PclipError
from pclip.report.scores import Score

LARGEST = sys.float_info.max


def malformed(where: str, found: object, expected: str) -> PclipError:
    """Error for the field `where` ("file: a.b.c")."""
    shown = repr(found)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    # A name out of a file may hold half a surrogate pair, which no terminal can show.
    where = where.encode(errors="backslashreplace").decode()
    return PclipError(
        f"{where} holds {shown}; expected {expected}. "
        "Restore the file or run the command that wrote it again."
    )


def read_json(path: Path) -> Any:
    """Content of a JSON file.

    Raises:
        PclipError: the file cannot be read or is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PclipError(f"cannot read {path}: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise PclipError(
            f"{path} is not JSON ({error}). "
            "Restore the file or run the command that wrote it again."
        ) from error


def mapping(value: object, where: str) -> Mapping[str, Any]:
    """`value` if it is an object."""
    if not isinstance(value, Mapping):
        raise malformed(where, value, "an object")
    return value


def sequence(value: object, where: str) -> Sequence[Any]:
    """`value` if it is a list."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise malformed(where, value, "a list")
    return value


def text(value: object, where: str) -> str:
    """`value` if it is a string."""
    if not isinstance(value, str):
        raise malformed(where, value, "a string")
    return value


def texts(value: object, where: str) -> tuple[str, ...]:
    """`value` as a tuple if it is a list of strings."""
    return tuple(text(item, f"{where}[{i}]") for i, item in enumerate(sequence(value, where)))


def number(value: object, where: str) -> float:
    """`value` if it is a finite number."""
    # JSON has integers of 400 digits, which are no floats; NaN compares false.
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
        raise malformed(where, value, "a finite number")
    return float(value)


def count(value: object, where: str) -> int:
    """`value` if it is a whole number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise malformed(where, value, "a whole number of at least 0")
    return value


def numbers(value: object, where: str) -> tuple[float, ...]:
    """`value` as a tuple if it is a list of finite numbers."""
    return tuple(number(item, f"{where}[{i}]") for i, item in enumerate(sequence(value, where)))


def score(value: object, where: str) -> Score:
    """`value` as a Score: an object with `mean`, `n` and, for more than one seed, `std`.

    Beside them `fixed`, true where nothing is drawn.
    """
    fields = mapping(value, where)
    for name in ("mean", "n"):
        if name not in fields:
            raise malformed(where, dict(fields), f"a score with the field {name}")
    n = count(fields["n"], f"{where}.n")
    std = None
    if n > 1:
        if "std" not in fields:
            raise malformed(where, dict(fields), "a standard deviation (std), n being above 1")
        std = number(fields["std"], f"{where}.std")
        if std < 0:
            raise malformed(f"{where}.std", std, "a number of at least 0")
    fixed = fields.get("fixed", False)
    if not isinstance(fixed, bool):
        raise malformed(f"{where}.fixed", fixed, "true or false")
    return Score(number(fields["mean"], f"{where}.mean"), std, n, fixed)


def scores(value: object, where: str) -> dict[str, Score]:
    """`value` as named scores."""
    return {name: score(item, f"{where}.{name}") for name, item in mapping(value, where).items()}
