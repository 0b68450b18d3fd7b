"""The prepared flow CSV as a table of numbers, for baselines that see no packets."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pclip.data.aci_iot.facts import MEASURE_COLUMNS
from pclip.data.aci_iot.findings import read_report
from pclip.data.aci_iot.options import FLOWS, AciOptions
from pclip.data.aci_iot.stored import ACI_IOT, folder_of, read_columns

PORT_COLUMNS = ("Src Port", "Dst Port")


@dataclass(frozen=True, eq=False)
class FlowFeatures:
    """The flow CSV for tabular baselines.

    Attributes:
        columns: names of the measures.
        values: float64[n, columns], finite.
        labels: int8[n], index into `classes`.
        classes: class names.
        connection_type: [n] "wired" or "wireless", as the file has it.
        start_ns: int64[n]; not to be learnt.
        mended: uint8[n], bits of `pclip.data.aci_iot.flow_rows`.
    """

    columns: tuple[str, ...]
    values: NDArray[np.float64]
    labels: NDArray[np.int8]
    classes: tuple[str, ...]
    connection_type: NDArray[np.str_]
    start_ns: NDArray[np.int64]
    mended: NDArray[np.uint8]


def load_flow_features(
    classes: str = "paper",
    data_dir: str | os.PathLike[str] | None = None,
    *,
    drop_constant: bool = True,
    drop_ports: bool = True,
) -> FlowFeatures:
    """Features and labels of the prepared flow CSV.

    Args:
        classes: "paper" or "all", as it was prepared.
        data_dir: as `data_folder`.
        drop_constant: whether columns of one value are left out.
        drop_ports: whether ports are left out, which name services and some attackers' tools.

    Raises:
        PclipError: it is not prepared or cannot be read.
    """
    options = AciOptions(mode=FLOWS, classes=classes)
    name = f"{ACI_IOT}:{options.variant}"
    folder = folder_of(name, options, data_dir)
    found, measures, _ = read_columns(
        folder, options, data_dir,
        ("file_number", "index", "label", "start_ns", "mended", "connection_type"), "measures",
    )  # fmt: skip
    order = np.lexsort((found["index"], found["file_number"]))
    left_out = set(read_report(folder)["constant_columns"]) if drop_constant else set()
    left_out |= set(PORT_COLUMNS) if drop_ports else set()
    kept = [i for i, column in enumerate(MEASURE_COLUMNS) if column not in left_out]
    return FlowFeatures(
        columns=tuple(MEASURE_COLUMNS[i] for i in kept),
        values=measures.reshape(-1, len(MEASURE_COLUMNS))[order][:, kept],
        labels=found["label"][order].astype(np.int8),
        classes=options.class_names,
        connection_type=np.char.decode(found["connection_type"][order].astype("S")),
        start_ns=found["start_ns"][order],
        mended=found["mended"][order].astype(np.uint8),
    )
