"""Mission files: those of the package by name, any other by path."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from pclip.documents import parse_object
from pclip.errors import PclipError
from pclip.files import read_bounded
from pclip.missions.mission import Mission
from pclip.missions.validation import validate

MISSION_NAMES = ("dos", "reconnaissance", "brute_force")
# One for each attack class of the built-in dataset; experiments reason on groups.
CLASS_MISSION_NAMES = (
    "os_scan",
    "vulnerability_scan",
    "port_scan",
    "icmp_flood",
    "slowloris",
    "syn_flood",
    "udp_flood",
    "dns_flood",
    "dictionary_attack",
)
MAX_FILE_BYTES = 256 * 1024
_GRAPHS = resources.files("pclip.missions") / "graphs"


def load_missions(names: Sequence[str] | None = None) -> tuple[Mission, ...]:
    """Load missions of the package, by default all three in the order of `MISSION_NAMES`.

    Args:
        names: some of `MISSION_NAMES` and `CLASS_MISSION_NAMES`, in the order wanted.

    Raises:
        PclipError: an unknown or repeated name.
    """
    wanted = MISSION_NAMES if names is None else tuple(names)
    known = (*MISSION_NAMES, *CLASS_MISSION_NAMES)
    for name in wanted:
        if name not in known:
            raise PclipError(
                f"no mission {name!a}: expected one of {', '.join(known)}; "
                "load a graph of your own with load_mission(path)"
            )
    if len(set(wanted)) != len(wanted):
        raise PclipError(f"missions {', '.join(wanted)}: found a name twice, expected each once")
    return tuple(_parse((_GRAPHS / f"{name}.json").read_bytes(), f"{name}.json") for name in wanted)


def load_mission(path: str | os.PathLike[str]) -> Mission:
    """Load and check a mission file of the user's.

    Args:
        path: a JSON file of at most `MAX_FILE_BYTES`, laid out as the package's own.

    Raises:
        PclipError: no such file, too large, not JSON, or a rule of `validate` is broken.
    """
    file = Path(path)
    if not file.is_file():
        what = "no such file"
        if file.exists():
            what = "a folder" if file.is_dir() else "not a regular file"
        ships = str(path) in (*MISSION_NAMES, *CLASS_MISSION_NAMES)
        where = f"; the one that ships is {_GRAPHS / f'{path}.json'}" if ships else ""
        raise PclipError(f"{file}: {what}; expected a mission graph in JSON{where}")
    return _parse(read_bounded(file, MAX_FILE_BYTES), str(file))


def load_mission_files(paths: str) -> tuple[Mission, ...]:
    """Missions of the user's, by one text.

    Args:
        paths: a folder, whose .json files are taken in the order of their names, or mission files
            joined by "+".

    Raises:
        PclipError: there is none, one is not valid, or two have one name or title.
    """
    folder = Path(paths)
    files = sorted(folder.glob("*.json")) if folder.is_dir() else map(Path, paths.split("+"))
    missions = tuple(load_mission(file) for file in files)
    if not missions:
        raise PclipError(f"{paths}: a folder without .json files; expected mission graphs")
    for what in ("name", "title"):
        known = [getattr(mission, what) for mission in missions]
        twice = next((value for value in known if known.count(value) > 1), None)
        if twice is not None:
            raise PclipError(f"{paths}: two missions have the {what} {twice!a}: expected one each")
    return missions


def _parse(content: bytes, source: str) -> Mission:
    return validate(parse_object(content, source, "a mission graph"), source)
