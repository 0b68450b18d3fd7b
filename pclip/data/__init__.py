"""Datasets by name: labelled packets, splits and windows.

In: captures and label rules (the built-in testbed ships as package data). Out: a `Dataset` of
packets, class labels and flows; `Split`s of its packets; windows of packet rows. Imports
`pclip.packets`; embedding, training and evaluation call it. The class and group names live in
`classes.py` and nowhere else.
"""

from __future__ import annotations

from pclip.data.classes import CLASSES, GROUP_OF_CLASS, GROUPS
from pclip.data.clock_offset import ClockOffset, estimate_clock_offset
from pclip.data.dataset import Dataset
from pclip.data.described import load_described
from pclip.data.description import NO_MISSION, OTHER, DatasetDescription
from pclip.data.descriptions import DESCRIPTIONS
from pclip.data.flow_classes import flow_classes
from pclip.data.flow_csv import read_flow_csv
from pclip.data.flow_csv_layout import FlowCsvLayout
from pclip.data.join_labels import LabelJoin, LabelJoiner, join_flow_labels
from pclip.data.join_report import JoinReport
from pclip.data.labelled_flows import LabelledFlows
from pclip.data.labels import LabelRule, apply_label_rules, read_label_rules
from pclip.data.names import DATASETS, check_dataset, is_described, load
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
    "DESCRIPTIONS",
    "FIXED_SPLITS",
    "GROUPS",
    "GROUP_OF_CLASS",
    "NO_MISSION",
    "OTHER",
    "PARTS",
    "SPLITS",
    "WINDOW_LENGTH",
    "ClockOffset",
    "Dataset",
    "DatasetDescription",
    "FlowCsvLayout",
    "JoinReport",
    "LabelJoin",
    "LabelJoiner",
    "LabelRule",
    "LabelledFlows",
    "Split",
    "StreamedWindows",
    "WindowStream",
    "apply_label_rules",
    "check_dataset",
    "context_majority",
    "estimate_clock_offset",
    "flow_classes",
    "held_out_tools",
    "is_described",
    "join_flow_labels",
    "load",
    "load_described",
    "load_recording",
    "make_split",
    "overlap_share",
    "read_flow_csv",
    "read_label_rules",
    "window_indices",
]
