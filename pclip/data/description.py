"""`DatasetDescription`: what one needs to know to read somebody's folder as a dataset."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Literal

from pclip.data.classes import GROUPS
from pclip.data.flow_csv_layout import FlowCsvLayout, label_key
from pclip.errors import PclipError
from pclip.packets import is_capture_name

OTHER = "Other"
"""Group of classes that belong to no mission, where they are kept."""
NO_MISSION = ""
TRAILING_NUMBER = re.compile(r"[\W_]*\d*$")
SHOWN_NAMES = 40
EXAMPLES = ("a.pcap", "b.pcapng.gz")


@dataclass(frozen=True)
class DatasetDescription:
    """One dataset: where its captures are, what labels them, and what the labels mean.

    Attributes:
        name: stands before the colon in `load("name:FOLDER")`.
        title: for people.
        labels_from: "flow csv": rows joined to packets; "folder": the class of a capture is the
            folder that it lies in, or else its own name without a number at its end; "rules":
            (attacker, victim, window) rows of a labels.csv in the folder, of the classes in
            `groups`.
        captures: patterns of capture files below the folder; empty for all whose names end like a
            capture's.
        csvs: patterns of flow CSVs, for "flow csv".
        layout: their dialect.
        classes: label, or folder's name -> class. Case, blanks, dashes and broken letters do not
            count. Empty for "folder": each folder is a class of its name.
        groups: class -> one of the groups that have missions, or `NO_MISSION`.
        clock_offset_s: added to the CSV's times; None lets it be found.
        day_and_month: "swapped" where the CSV writes them the wrong way round.
        tolerance_s, ambiguous, unmatched: as in `join_flow_labels`.
        url, licence, citation: where it comes from, what it allows, whom to cite.
        remedy: what to do where files are missing, in words.
    """

    name: str
    title: str
    labels_from: Literal["flow csv", "folder", "rules"]
    captures: tuple[str, ...] = ()
    csvs: tuple[str, ...] = ("**/*.csv",)
    layout: FlowCsvLayout = field(default_factory=FlowCsvLayout)
    classes: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    clock_offset_s: float | None = 0.0
    day_and_month: Literal["as written", "swapped"] = "as written"
    tolerance_s: float = 1.0
    ambiguous: Literal["nearest", "drop"] = "nearest"
    unmatched: Literal["benign", "drop"] = "benign"
    url: str = ""
    licence: str = ""
    citation: str = ""
    remedy: str = ""

    def __post_init__(self) -> None:
        for name, group in self.groups.items():
            if group not in (*GROUPS, NO_MISSION):
                raise ValueError(
                    f"{self.name}: class {name} is of group {group!r}, expected "
                    f"{', '.join(GROUPS)} or {NO_MISSION!r}"
                )
        homeless = sorted(set(self.classes.values()) - set(self.groups))
        if homeless:
            raise ValueError(f"{self.name}: no group for {', '.join(homeless)}")

    def files(self, folder: Path, patterns: tuple[str, ...], what: str) -> list[Path]:
        """Files below the folder that fit a pattern, or are captures where there is none.

        Raises:
            PclipError: there is no such folder, or none of them.
        """
        if not folder.is_dir():
            raise PclipError(
                f"no folder {folder} for the dataset {self.name}; expected the folder of "
                f"{self.title}" + self._what_to_do()
            )
        found = {
            path
            for pattern in patterns or ("**/*",)
            for path in folder.glob(pattern)
            if (patterns or is_capture_name(path.name))
            and not path.name.startswith(".")
            and path.is_file()
        }
        if not found:
            raise PclipError(
                f"{folder} holds no {what} of {self.name}: expected names such as "
                f"{', '.join(patterns or EXAMPLES)}" + self._what_to_do()
            )
        return sorted(found)

    def check(self, folder: Path) -> None:
        """Whether the folder has the files that the dataset needs, without reading them.

        Raises:
            PclipError: it has not.
        """
        self.files(folder, self.captures, "capture")
        if self.labels_from == "flow csv":
            self.files(folder, self.csvs, "flow CSV")

    def class_of_capture(self, folder: Path, path: Path) -> str:
        """The class of a capture by the folder that it lies in, or by its own name.

        Raises:
            PclipError: neither is known.
        """
        within = path.relative_to(folder)
        if not self.classes:
            if len(within.parts) < 2:
                raise PclipError(
                    f"{path} lies in no class: expected {folder}/CLASS/{path.name}, a folder for "
                    "each class; move it into one"
                )
            return within.parts[0]
        known = {label_key(label): name for label, name in self.classes.items()}
        for word in _names(within):
            if word in known:
                return known[word]
        labels = sorted(self.classes)
        raise PclipError(
            f"{path} is of no class of {self.name}: neither its folder nor its name is one of "
            f"{', '.join(labels[:SHOWN_NAMES])}; rename its folder, or give it a class in the "
            "dataset's description"
        )

    def _what_to_do(self) -> str:
        return f"; {self.remedy}" if self.remedy else ""


def _names(path: PurePath) -> Iterator[str]:
    """What a capture may be called: its folders, the inner ones first, then its name."""
    for part in reversed(path.parts[:-1]):
        yield label_key(part)
    stem = path.name.split(".", maxsplit=1)[0]
    yield label_key(stem)
    yield label_key(TRAILING_NUMBER.sub("", stem))
