"""Anybody's captures, a folder for each class."""

from __future__ import annotations

from pclip.data.description import DatasetDescription

CLASS_FOLDERS = DatasetDescription(
    name="folder",
    title="a folder CLASS/*.pcap for each class",
    labels_from="folder",
    remedy="make a folder for each class and put its captures into it",
)
