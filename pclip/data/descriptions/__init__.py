"""Descriptions of public datasets; a new one is a file here and a line in `DESCRIPTIONS`."""

from __future__ import annotations

from pclip.data.description import DatasetDescription
from pclip.data.descriptions.cic_ids2017 import CIC_IDS2017
from pclip.data.descriptions.cic_iot2023 import CIC_IOT2023
from pclip.data.descriptions.class_folders import CLASS_FOLDERS

DESCRIPTIONS: dict[str, DatasetDescription] = {
    description.name: description for description in (CIC_IDS2017, CIC_IOT2023, CLASS_FOLDERS)
}
"""Name before the colon -> description."""

__all__ = ["CIC_IDS2017", "CIC_IOT2023", "CLASS_FOLDERS", "DESCRIPTIONS"]
