"""Datasets by name."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path

from pclip.data.aci_iot.load import check_prepared, load_prepared
from pclip.data.aci_iot.stored import ACI_IOT, is_aci_iot
from pclip.data.dataset import Dataset
from pclip.data.described import load_described
from pclip.data.description import DatasetDescription
from pclip.data.descriptions import DESCRIPTIONS
from pclip.data.recording import LABELS, load_recording
from pclip.errors import PclipError

BUILT_IN = "testbed"
FIRST = "testbed-v1"
DATASETS: tuple[str, ...] = (BUILT_IN, FIRST, ACI_IOT)
JOIN = "+"
KEEP_ALL = "all"
FIRST_FOLDER = "PCLIP_TESTBED_V1"
"""Environment variable: where the first recording of the testbed lies, which does not ship."""
BESIDE = Path("../shared/data/testbed")


@cache
def load(name: str = BUILT_IN, most_packets_per_class: int = 0) -> Dataset:
    """A dataset by name or from folders, read once per process; its arrays are read-only.

    Args:
        name: one of `DATASETS`, a folder as `load_recording` reads it, or several of these joined
            by "+", such as testbed+recordings/8; or DESCRIPTION:FOLDER, such as
            cic_ids2017:/data/ids, where DESCRIPTION is one of `DESCRIPTIONS`, and
            DESCRIPTION/all:FOLDER keeps the classes of no mission; or aci_iot:VARIANT
            (`pclip.data.aci_iot`), once it is prepared.
        most_packets_per_class: of each class and capture of a described dataset while it streams
            by; 0 for all. Recordings are read whole.

    Raises:
        PclipError: no such dataset or folder, or it cannot be read.
    """
    if _is_prepared(name):
        return load_prepared(name)
    if found := _described(name):
        description, folder, keep_other = found
        dataset = load_described(
            description,
            folder,
            keep_other=keep_other,
            most_packets_per_class=most_packets_per_class,
        )
        return replace(dataset, name=name)
    return replace(load_recording(*_folders(name)), name=name)


def check_dataset(name: str) -> None:
    """Whether there is such a dataset, before any work is done.

    Raises:
        PclipError: there is none.
    """
    if _is_prepared(name):
        check_prepared(name)
    elif found := _described(name):
        description, folder, _ = found
        description.check(folder)
    else:
        _folders(name)


def _is_prepared(name: str) -> bool:
    return is_aci_iot(name) and not Path(name).is_dir()


def is_described(name: str) -> bool:
    """Whether the name is one of a description and a folder, which streams.

    Raises:
        PclipError: it begins like one and is none.
    """
    return _described(name) is not None


def _described(name: str) -> tuple[DatasetDescription, Path, bool] | None:
    """Description, folder and whether all classes are kept, where the name has this form."""
    scheme, colon, folder = name.partition(":")
    title, slash, choice = scheme.partition("/")
    # A folder may have a colon in its own name; one that is there goes first.
    if not colon or title not in DESCRIPTIONS or Path(name).is_dir():
        return None
    if slash and choice != KEEP_ALL:
        raise PclipError(
            f"no dataset named {name!r}: after {title} expected a colon and a folder, or "
            f"/{KEEP_ALL} before the colon to keep the classes of no mission"
        )
    if not folder:
        raise PclipError(f"no dataset named {name!r}: expected {scheme}:FOLDER")
    return DESCRIPTIONS[title], Path(folder), bool(slash)


def _folders(name: str) -> list[Path]:
    # A folder's own name may hold the sign; a dataset's name goes before a folder's.
    whole = name not in ("", *DATASETS) and Path(name).is_dir()
    return [Path(name)] if whole else [_folder(part) for part in name.split(JOIN)]


def _folder(name: str) -> Path:
    if name == BUILT_IN:
        return Path(str(resources.files("pclip.data") / "testbed"))
    if name == FIRST:
        return _first()
    if not name or not Path(name).is_dir():
        raise PclipError(
            f"no dataset named {name!r}; known datasets: {BUILT_IN}, {FIRST} (which does not "
            "ship), a folder with "
            f"{LABELS} and captures, or several of these joined by {JOIN}; or, each with its "
            f"folder, {', '.join(f'{title}:FOLDER' for title in DESCRIPTIONS)}; or {ACI_IOT}, "
            "once it is prepared"
        )
    return Path(name)


def _first() -> Path:
    folder = Path(os.environ.get(FIRST_FOLDER, BESIDE))
    if not (folder / LABELS).is_file():
        raise PclipError(
            f"the dataset {FIRST} does not ship and {folder} does not hold it; name its folder "
            f"in the environment variable {FIRST_FOLDER}, or instead of {FIRST}"
        )
    return folder
