"""Datasets by name: labelled packets, splits and windows.

In: captures and label rules (the built-in testbed ships as package data). Out: a `Dataset` of
packets, class labels and flows; `Split`s of its packets; windows of packet rows. Imports
`pclip.packets`; embedding, training and evaluation call it. The class and group names live in
`classes.py` and nowhere else.
"""

from __future__ import annotations

from pclip.data.classes import CLASSES, GROUP_OF_CLASS, GROUPS
from pclip.data.dataset import Dataset
from pclip.data.flow_classes import flow_classes
from pclip.data.labels import LabelRule, apply_label_rules, read_label_rules
from pclip.data.names import DATASETS, check_dataset, load
from pclip.data.overlap import overlap_share
from pclip.data.parts import PARTS
from pclip.data.recording import load_recording
from pclip.data.split_by_tool import held_out_tools
from pclip.data.splits import FIXED_SPLITS, SPLITS, Split, make_split
from pclip.data.window_stream import StreamedWindows, WindowStream
from pclip.data.windows import WINDOW_LENGTH, context_majority, window_indices

__all__ = [
    "CLASSES",
    "DATASETS",
    "FIXED_SPLITS",
    "GROUPS",
    "GROUP_OF_CLASS",
    "PARTS",
    "SPLITS",
    "WINDOW_LENGTH",
    "Dataset",
    "LabelRule",
    "Split",
    "StreamedWindows",
    "WindowStream",
    "apply_label_rules",
    "check_dataset",
    "context_majority",
    "flow_classes",
    "held_out_tools",
    "load",
    "load_recording",
    "make_split",
    "overlap_share",
    "read_label_rules",
    "window_indices",
]
