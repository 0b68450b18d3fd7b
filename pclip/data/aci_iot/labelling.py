"""Packets of the captures labelled by the flow CSV, one chunk at a time."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pclip.data.aci_iot.capture_chunks import CaptureChunk
from pclip.data.aci_iot.cells import true_dates
from pclip.data.aci_iot.facts import ALL_CLASSES, FLOW_COLUMNS
from pclip.data.aci_iot.findings import Findings
from pclip.data.aci_iot.frames import Frames, frame_counts
from pclip.data.aci_iot.options import LEAVE_OUT, AciOptions
from pclip.data.classes import BENIGN
from pclip.data.clock_offset import estimate_clock_offset
from pclip.data.flow_csv import read_flow_csv
from pclip.data.flow_csv_layout import FlowCsvLayout
from pclip.data.join_labels import LabelJoiner
from pclip.data.labelled_flows import LabelledFlows
from pclip.packets import PacketTable

CONNECTION = "Connection Type"
LAYOUT = FlowCsvLayout(
    header=FLOW_COLUMNS,
    extra=(CONNECTION,),
    labels=ALL_CLASSES,
    remedy="restore the file's first line as it was downloaded",
    label_remedy="correct or remove the row",
)


@dataclass(frozen=True, eq=False)
class FlowLabels:
    """The flow CSV and how its clock goes.

    Attributes:
        flows: rows of the flow CSV, day and month put right.
        offset_s: seconds added to their times.
    """

    flows: LabelledFlows
    offset_s: float


def read_labelled_flows(paths: Sequence[Path]) -> tuple[LabelledFlows, Findings]:
    """The flow CSV as far as labels need it, day and month put right.

    Raises:
        PclipError: a file that cannot be read as the flow CSV; file and line are named.
    """
    flows = read_flow_csv(paths, LAYOUT)
    start, swapped = true_dates(flows.start_ns)
    counts = {f"flow CSV/{name}": count for name, count in flows.quirks.items()}
    counts |= {f"labels/{name}": count for name, count in flows.counts().items()}
    connection, words = flows.extra[CONNECTION]
    totals = np.bincount(connection, minlength=len(words)).tolist()
    counts |= {f"connection types/{word}": n for word, n in zip(words, totals, strict=True)}
    counts["flow CSV/rows"] = len(flows)
    counts["flow CSV/day and month swapped"] = int(swapped.sum())
    return dataclasses.replace(flows, start_ns=start), Findings(counts)


def with_clock(
    flows: LabelledFlows, samples: Sequence[PacketTable], options: AciOptions
) -> FlowLabels:
    """The flows with the offset that was asked for, or with the one that fits the captures.

    Args:
        flows: day and month put right.
        samples: the first packets of each capture.
        options: whether an offset was given.

    Raises:
        PclipError: no offset fits.
    """
    if options.clock_offset_s is not None:
        return FlowLabels(flows, options.clock_offset_s)
    found = estimate_clock_offset(PacketTable.concatenate(samples), flows)
    if found.day_and_month == "swapped":
        exchanged = flows.day_and_month_swapped()
        assert exchanged is not None, "the estimate tried these dates"
        flows = exchanged
    return FlowLabels(flows, found.offset_s)


class Labeller:
    """Labels chunks of packets; what it found of a chunk depends on that chunk alone."""

    def __init__(self, labels: FlowLabels, options: AciOptions) -> None:
        self._options = options
        self._joiner = LabelJoiner(
            labels.flows,
            clock_offset_s=labels.offset_s,
            ambiguous="drop" if options.ambiguous == LEAVE_OUT else "nearest",
            unmatched="drop",
        )
        numbers = [ALL_CLASSES.index(name) for name in self._joiner.label_names]
        # The last one is for -1, no label.
        self._class = np.array([*numbers, -1], np.int16)
        codes, words = labels.flows.extra[CONNECTION]
        self._connection = np.array([*words, ""])
        self._connection_of_flow = np.append(codes, len(words))

    def label(self, chunk: CaptureChunk, capture: int, name: str) -> tuple[Frames, Findings]:
        """Frames of the packets that have a label.

        Args:
            chunk: packets of one capture; `index` is the record's number in it.
            capture: number of the capture.
            name: of the capture.
        """
        packets = chunk.packets
        before = self._joiner.report()
        codes, flow = self._joiner.join(packets)
        after = self._joiner.report()
        label = self._class[codes]
        unmatched = packets.usable & (flow < 0)
        if self._options.unmatched != LEAVE_OUT:
            label[unmatched] = ALL_CLASSES.index(BENIGN)
        rows = np.flatnonzero((label >= 0) & packets.usable)
        chosen = packets.take(rows)
        frames = Frames(
            capture=capture,
            name=name,
            buffer=chosen.buffer,
            offset=chosen.offset,
            captured_length=chunk.captured_length[rows],
            length=chosen.length,
            time_ns=chosen.time_ns,
            link_type=chosen.link_type,
            index=chosen.index.astype(np.int64),
            label=label[rows],
            connection=self._connection[self._connection_of_flow[flow[rows]]],
        )
        counts = {
            f"packets/{word}": getattr(after, field) - getattr(before, field)
            for word, field in (
                ("read", "packets"),
                ("matched by a flow", "matched"),
                ("ambiguous among them", "ambiguous"),
                ("unmatched", "unmatched"),
            )
        }
        counts |= {
            f"packets not IP/{reason}": count for reason, count in packets.describe_skips().items()
        }
        return frames, Findings(
            counts | frame_counts(frames, self._options),
            used=np.unique(flow[(flow >= 0) & (codes >= 0)]),
        )
