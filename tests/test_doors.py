"""The doors between the rooms are those of docs/design.md, and no others."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOT_MODULES = frozenset({"documents", "errors", "files", "interrupt", "progress"})
CONFIGS_MAY_IMPORT = sys.stdlib_module_names | {"ml_collections", "configs"}
SAY_NOTHING = frozenset({"util", "utils", "helper", "helpers", "misc", "common"})

Doors = Mapping[str, frozenset[str]]


def read_doors(page: str) -> dict[str, frozenset[str]]:
    """Room -> rooms that it may import, from the table under the heading "Rooms and doors"."""
    section = page.split("\n## Rooms and doors\n")[1].split("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("|")
    ]
    assert rows[0] == ["room", "holds", "may import"], rows[0]
    doors: dict[str, frozenset[str]] = {}
    for room, _, may_import in rows[2:]:
        if may_import == "all above":
            targets = frozenset(doors)
        elif may_import == "-":
            targets = frozenset()
        else:
            targets = frozenset(name.strip().strip("`") for name in may_import.split(","))
        assert room.startswith("`"), room
        doors[room.strip("`")] = targets
    return doors


DOORS = read_doors((ROOT / "docs" / "design.md").read_text())


def imported_names(source: str, file: PurePosixPath) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of everything that `source` imports, wherever in the file it does."""
    package = list(file.parent.parts)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            base = base + (node.module.split(".") if node.module else [])
            for alias in node.names:
                yield node.lineno, ".".join([*base, alias.name])
        elif isinstance(node, ast.Call):
            function = node.func
            name = getattr(function, "attr", getattr(function, "id", ""))
            literal = node.args[0] if node.args else None
            if (
                name in ("import_module", "__import__")
                and isinstance(literal, ast.Constant)
                and isinstance(literal.value, str)
            ):
                dots = len(literal.value) - len(literal.value.lstrip("."))
                base = package[: len(package) - dots + 1] if dots else []
                yield node.lineno, ".".join([*base, literal.value.lstrip(".")])


def room_of(name: str, doors: Doors) -> str | None:
    """The room that a dotted name lies in; None where importing it needs no door."""
    first, *rest = name.split(".")
    if first != "pclip":
        return None
    if rest and (rest[0] in ROOT_MODULES or rest == ["__version__"]):
        return None
    return rest[0] if rest and rest[0] in doors else "pclip"


def own_room(file: PurePosixPath) -> str:
    inside = file.parts[1:]
    return "pclip" if inside == ("__init__.py",) else inside[0].removesuffix(".py")


def closed_doors(source: str, file: str, doors: Doors) -> list[str]:
    """A line for each import in `source` that goes through a door which is not in the table."""
    path = PurePosixPath(file)
    here = own_room(path)
    if here not in doors and here not in ROOT_MODULES:
        return [f"{file}: {here} is not a room of docs/design.md"]
    found = []
    for line, name in imported_names(source, path):
        if name.split(".")[0] in ("experiments", "configs", "tests"):
            found.append(f"{file}:{line}: pclip never imports {name}")
        target = room_of(name, doors)
        if target not in (None, here) and target not in doors.get(here, frozenset()):
            found.append(f"{file}:{line}: {here} -> {target} ({name}) is not a door")
    return found


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


# The checker finds what it is for.

MADE_UP = {"packets": frozenset(), "data": frozenset({"packets"}), "pclip": frozenset({"data"})}


@pytest.mark.parametrize(
    "source",
    [
        "import pclip.data",
        "import pclip.data.splits as s",
        "from pclip import data",
        "from pclip.data import load",
        "from pclip.data.splits import make_split",
        "from .. import data",
        "from ..data import load",
        "from ..data.splits import make_split",
        "def f():\n    from pclip.data import load",
        "def f():\n    import numpy, pclip.data",
        "if TYPE_CHECKING:\n    from pclip.data import Dataset",
        "importlib.import_module('pclip.data')",
        "import_module('..data', __package__)",
        "__import__('pclip.data')",
        "import pclip",
        "from pclip import zero_shot",
        "from pclip import *",
        "import experiments.reproduce",
        "from configs import reproduce",
        "from tests.data import something",
    ],
)
def test_a_closed_door_is_found(source: str) -> None:
    assert len(closed_doors(source, "pclip/packets/capture.py", MADE_UP)) == 1
    assert len(closed_doors(source, "pclip/packets/__init__.py", MADE_UP)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np",
        "from pclip.packets import read_capture",
        "from ..packets.capture import read_capture",
        "from . import splits",
        "from .splits import make_split",
        "from .. import files",
        "from pclip import __version__, errors",
        "from pclip.errors import PclipError",
        "import pclip.progress",
        "import pclip_other.serving",
        "x = 'import pclip.serving'",
        "import_module(name)",
    ],
)
def test_an_open_door_is_open(source: str) -> None:
    assert closed_doors(source, "pclip/data/load.py", MADE_UP) == []


def test_relative_imports_in_deeper_folders_are_resolved() -> None:
    found = closed_doors("from ...data import load", "pclip/packets/formats/pcap.py", MADE_UP)
    assert found == [
        "pclip/packets/formats/pcap.py:1: packets -> data (pclip.data.load) is not a door"
    ]
    assert closed_doors("from ..capture import x", "pclip/packets/formats/pcap.py", MADE_UP) == []


def test_root_modules_import_no_room_and_unknown_rooms_are_found() -> None:
    assert closed_doors("from pclip.errors import PclipError", "pclip/files.py", MADE_UP) == []
    assert len(closed_doors("from pclip.packets import x", "pclip/files.py", MADE_UP)) == 1
    assert len(closed_doors("", "pclip/cellar/wine.py", MADE_UP)) == 1
    assert closed_doors("from pclip.data import load", "pclip/__init__.py", MADE_UP) == []
    assert len(closed_doors("from pclip.packets import x", "pclip/__init__.py", MADE_UP)) == 1


def test_the_table_is_read_from_the_page() -> None:
    page = (
        "# T\n\n## Rooms and doors\n\nWords.\n\n| room | holds | may import |\n|---|---|---|\n"
        "| `a` | x | - |\n| `b` | x | `a` |\n| `c` | x | all above |\n"
        "\n## Next\n\n| `d` | x | - |\n"
    )
    assert read_doors(page) == {"a": frozenset(), "b": frozenset("a"), "c": frozenset("ab")}


# The repository.


def test_doors_lead_to_rooms_and_never_round_in_a_circle() -> None:
    assert set().union(*DOORS.values()) <= set(DOORS)
    tuple(TopologicalSorter(DOORS).static_order())  # raises CycleError


def test_every_import_goes_through_a_door_of_the_table() -> None:
    files = python_files("pclip")
    assert files
    found = [
        line
        for path in files
        for line in closed_doors(path.read_text(), path.relative_to(ROOT).as_posix(), DOORS)
    ]
    assert not found, "\n".join(found)


def test_every_room_says_what_it_is() -> None:
    silent = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "pclip").glob("*/__init__.py"))
        if not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert not silent


def test_every_folder_of_modules_has_an_init() -> None:
    folders = {path.parent for path in python_files("pclip")}
    assert not [str(folder) for folder in folders if not (folder / "__init__.py").exists()]


def test_configs_are_data() -> None:
    found = [
        f"{path.name}:{line}: {name}"
        for path in python_files("configs")
        for line, name in imported_names(path.read_text(), path.relative_to(ROOT))
        if name.split(".")[0] not in CONFIGS_MAY_IMPORT
    ]
    assert not found, "\n".join(found)


def test_experiments_are_short() -> None:
    long = {
        path.name: lines
        for path in python_files("experiments")
        if (lines := len(path.read_text().splitlines())) >= 150
    }
    assert not long


def test_one_concept_a_file() -> None:
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in python_files("pclip", "experiments", "configs", "tests")
        if (lines := len(path.read_text().splitlines())) > 400
    }
    assert not long


def test_names_say_something() -> None:
    paths = python_files("pclip", "experiments", "configs", "tests")
    words = {part.removesuffix(".py") for path in paths for part in path.relative_to(ROOT).parts}
    assert not words & SAY_NOTHING
