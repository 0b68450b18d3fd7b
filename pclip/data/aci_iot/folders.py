"""Where prepared data lies."""

from __future__ import annotations

import os
from pathlib import Path

DATA_DIR = "PCLIP_DATA_DIR"
"""Environment variable: the folder of prepared datasets."""
TFDS_DATA_DIR = "TFDS_DATA_DIR"
DATASET, VERSION = "aci_iot_2023", "1.0.0"


def data_folder(data_dir: str | os.PathLike[str] | None = None) -> Path:
    """The folder given, or else `PCLIP_DATA_DIR`, or else what TFDS takes."""
    found = data_dir or os.environ.get(DATA_DIR) or os.environ.get(TFDS_DATA_DIR)
    return Path(found or "~/tensorflow_datasets").expanduser()


def prepared_folder(variant: str, data_dir: str | os.PathLike[str] | None = None) -> Path:
    """Where the shards of a variant lie, or would."""
    return data_folder(data_dir) / DATASET / variant / VERSION
