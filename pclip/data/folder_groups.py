"""Groups of classes that somebody named: the paper's by their names, others by a groups.csv."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from pclip.data.classes import BENIGN, GROUP_NAME_OF_CLASS, GROUPS
from pclip.data.csv_lines import csv_lines
from pclip.data.description import NO_MISSION
from pclip.data.flow_csv_layout import label_key
from pclip.errors import PclipError

GROUP_FILE = "groups.csv"
COLUMNS = ["class", "group"]
ENCODINGS = ("utf-8",)
ALSO_BENIGN = ("Normal", "Background")


def groups_of_names(names: Sequence[str], folder: Path) -> dict[str, str]:
    """Class -> group: what `GROUP_FILE` in the folder says, or the group of a class of that name
    in the paper, or `NO_MISSION`.

    Raises:
        PclipError: the file cannot be read or says what is not so.
    """
    known = {label_key(name): group for name, group in GROUP_NAME_OF_CLASS.items()}
    known |= {label_key(group): group for group in GROUPS}
    known |= {label_key(name): BENIGN for name in ALSO_BENIGN}
    path = folder / GROUP_FILE
    if path.is_file():
        known |= _read(path, names)
    return {name: known.get(label_key(name), NO_MISSION) for name in names}


def _read(path: Path, names: Sequence[str]) -> dict[str, str]:
    folders = {label_key(name) for name in names}
    found: dict[str, str] = {}
    reader = csv.reader(csv_lines(path, ENCODINGS), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if header != COLUMNS:
            raise PclipError(
                f"{path}, line 1: columns {', '.join(header) or 'none'}; expected "
                f"{', '.join(COLUMNS)}"
            )
        for cells in reader:
            where = f"{path}, line {reader.line_num}"
            if not cells:
                continue
            if len(cells) != len(COLUMNS):
                raise PclipError(f"{where}: {len(cells)} cells, expected {', '.join(COLUMNS)}")
            name, group = (cell.strip() for cell in cells)
            if label_key(name) not in folders:
                raise PclipError(
                    f"{where}, column class: no folder {name!r}; the folders are {', '.join(names)}"
                )
            if group not in GROUPS:
                raise PclipError(
                    f"{where}, column group: {group!r}, expected one of {', '.join(GROUPS)}; "
                    "leave a class of none of them out of the file"
                )
            if found.setdefault(label_key(name), group) != group:
                raise PclipError(
                    f"{where}: {name!r} is of group {group}, and of {found[label_key(name)]} in a "
                    "line above; remove one of the two"
                )
    except csv.Error as error:
        raise PclipError(f"{path}, line {reader.line_num}: not a row of CSV ({error})") from error
    return found
