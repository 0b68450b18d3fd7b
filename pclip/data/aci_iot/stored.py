"""Prepared data as columns: which variant a name means, where it lies, what is in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pclip.data.aci_iot.folders import DATA_DIR, data_folder, prepared_folder
from pclip.data.aci_iot.options import CAPTURES, VARIANTS, AciOptions, variant_name
from pclip.errors import PclipError
from pclip.progress import progress

ACI_IOT = "aci_iot"
READ_AT_ONCE = 4_096


def is_aci_iot(name: str) -> bool:
    """Whether a dataset's name is that of a prepared variant."""
    return name.partition(":")[0] == ACI_IOT


def options_of(name: str) -> AciOptions:
    """Mode and classes of aci_iot, or of aci_iot:VARIANT.

    Raises:
        PclipError: there is no such variant.
    """
    variant = name.partition(":")[2] or CAPTURES
    short = {"all": variant_name(CAPTURES, "all")}
    variant = short.get(variant, variant)
    if not is_aci_iot(name) or variant not in VARIANTS:
        known = ", ".join(f"{ACI_IOT}:{known}" for known in VARIANTS)
        raise PclipError(f"no dataset named {name!r}; known variants: {ACI_IOT}, {known}")
    mode, classes = VARIANTS[variant]
    return AciOptions(mode=mode, classes=classes)


def folder_of(name: str, options: AciOptions, data_dir: str | os.PathLike[str] | None) -> Path:
    """Where a variant lies.

    Raises:
        PclipError: it is not prepared; the command is said.
    """
    folder = prepared_folder(options.variant, data_dir)
    if not folder.is_dir():
        classes = f" --config.classes={options.classes}" if options.classes != "paper" else ""
        mode = f" --config.mode={options.mode}" if options.mode != CAPTURES else ""
        raise PclipError(
            f"{name} is not prepared: {folder} is not there. Prepare it by `python -m "
            f"experiments.prepare --config=configs/aci_iot.py --config.manual_dir=FOLDER{mode}"
            f"{classes}`, or name the folder of prepared data in {DATA_DIR}; "
            "docs/aci-iot-2023.md says more"
        )
    return folder


def read_columns(
    folder: Path, options: AciOptions, data_dir: Any, names: tuple[str, ...], tensor: str
) -> tuple[dict[str, NDArray], NDArray, NDArray[np.int64]]:
    """All examples of a variant.

    Args:
        folder: where it lies.
        options: its mode and classes.
        data_dir: as `data_folder`.
        names: features that are scalars.
        tensor: the feature that is an array.

    Returns:
        Each scalar feature as an array; all arrays one behind the other; the size of each. In the
        order of the files.

    Raises:
        PclipError: the files cannot be read.
    """
    pieces: dict[str, list[NDArray]] = {name: [] for name in names}
    # One array a batch: millions of small ones would take several times the memory.
    tensors: list[NDArray] = []
    sizes: list[NDArray] = []
    for examples in _read(folder, options, data_dir):
        for name in names:
            pieces[name].append(np.array([example[name] for example in examples]))
        tensors.append(np.concatenate([example[tensor] for example in examples]))
        sizes.append(np.array([len(example[tensor]) for example in examples], np.int64))
    columns = {name: np.concatenate(own) for name, own in pieces.items()}
    return columns, np.concatenate(tensors), np.concatenate(sizes)


def _read(folder: Path, options: AciOptions, data_dir: Any) -> Iterator[list[dict[str, Any]]]:
    from pclip.data.aci_iot.builder import SPLIT, AciIot2023

    try:
        builder = AciIot2023(options=options, data_dir=data_folder(data_dir))
        source = builder.as_data_source(SPLIT)
        starts = range(0, len(source), READ_AT_ONCE)
        for start in progress(starts, description=f"reading {options.variant}", unit="batch"):
            yield source.__getitems__(range(start, min(start + READ_AT_ONCE, len(source))))
    except PclipError:
        raise
    except Exception as error:  # the storage libraries raise what they like
        raise PclipError(
            f"{folder} cannot be read ({type(error).__name__}: {error}); remove it and prepare it "
            "again"
        ) from error
