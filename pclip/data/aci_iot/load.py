"""Prepared packets as a `Dataset`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pclip.data.aci_iot.facts import group_of_class
from pclip.data.aci_iot.findings import read_report
from pclip.data.aci_iot.options import FLOWS
from pclip.data.aci_iot.stored import ACI_IOT, folder_of, options_of, read_columns
from pclip.data.classes import GROUPS
from pclip.data.dataset import Dataset
from pclip.errors import PclipError
from pclip.packets import PacketTable, flow_table
from pclip.packets.headers import decode_headers


def check_prepared(name: str) -> Path:
    """The folder of aci_iot or aci_iot:VARIANT.

    Raises:
        PclipError: no such variant, one without packets, or one that is not prepared.
    """
    options = options_of(name)
    if options.mode == FLOWS:
        raise PclipError(
            f"{name} holds flows and no packets, which this needs; use {ACI_IOT} or "
            f"{ACI_IOT}:payload, or pclip.data.aci_iot.load_flow_features for its table"
        )
    return folder_of(name, options, None)


def load_prepared(name: str, data_dir: str | os.PathLike[str] | None = None) -> Dataset:
    """A prepared variant with packets.

    Args:
        name: aci_iot, or aci_iot:VARIANT with a key of `VARIANTS`.
        data_dir: as `data_folder`.

    Returns:
        Dataset; rows in the order of captures and records. Its recording is one, its tools none.

    Raises:
        PclipError: as `check_prepared`, or the files cannot be read.
    """
    options = options_of(name)
    if options.mode == FLOWS:
        check_prepared(name)
    folder = folder_of(name, options, data_dir)
    columns, buffer, sizes = read_columns(
        folder, options, data_dir,
        ("captured_length", "wire_length", "time_ns", "link_type", "capture_number", "index",
         "label"),
        "frame",
    )  # fmt: skip
    order = np.lexsort((columns["index"], columns["capture_number"]))
    packets = _packets(columns, buffer, sizes, order, _capture_names(folder))
    labels = columns["label"][order].astype(np.int8)
    tools = np.full(len(packets), -1, np.int32)
    for array in (labels, tools):
        array.setflags(write=False)
    return Dataset(
        name=name,
        packets=packets,
        labels=labels,
        classes=options.class_names,
        groups=GROUPS,
        group_of_class=group_of_class(options.class_names),
        flows=flow_table(packets),
        tools=(),
        tool_of_packet=tools,
        recording_of_capture=(0,) * len(packets.captures),
        notes=_notes(read_report(folder)),
    )


def _notes(report: dict[str, Any]) -> tuple[str, ...]:
    """What was counted when it was prepared, in sentences."""
    clock: tuple[str, ...] = ()
    if "clock_offset_s" in report:
        clock = (f"flow CSV's clock: {report['clock_offset_s']:+g} s, {report['clock_offset_is']}",)
    counts = (
        f"{section}: " + ", ".join(f"{count:,} {name}" for name, count in own.items())
        for section, own in report["counts"].items()
    )
    return (*clock, *counts, *report.get("warnings", ()))


def _capture_names(folder: Path) -> tuple[str, ...]:
    report = read_report(folder)
    return tuple(report.get("captures") or report["payload_csv"])


def _packets(
    columns: dict[str, NDArray],
    buffer: NDArray[np.uint8],
    sizes: NDArray[np.int64],
    order: NDArray[np.int64],
    captures: tuple[str, ...],
) -> PacketTable:
    """Rows in `order`; the frames stay where they are."""
    offset = (np.cumsum(sizes) - sizes)[order]
    present = sizes[order].astype(np.int32)
    columns = {key: values[order] for key, values in columns.items()}
    link = columns["link_type"].astype(np.uint16)
    return PacketTable(
        buffer=buffer,
        offset=offset,
        captured_length=present,
        length=columns["wire_length"].astype(np.int32),
        time_ns=columns["time_ns"],
        capture=columns["capture_number"].astype(np.int16),
        index=columns["index"].astype(np.int32),
        link_type=link,
        captures=captures,
        warnings=(),
        **decode_headers(buffer, offset, present, link),
    )
