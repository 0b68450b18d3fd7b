"""All examples of one mode, made in this process, file after file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pclip.data.aci_iot.capture_chunks import capture_chunks, first_packets
from pclip.data.aci_iot.csv_batches import CsvBatch, csv_batches
from pclip.data.aci_iot.facts import FLOW_COLUMNS, PAYLOAD_COLUMNS
from pclip.data.aci_iot.findings import Findings
from pclip.data.aci_iot.flow_rows import flow_examples, flow_rows
from pclip.data.aci_iot.frames import Example, frame_examples
from pclip.data.aci_iot.labelling import Labeller, read_labelled_flows, with_clock
from pclip.data.aci_iot.manual_files import ManualFiles
from pclip.data.aci_iot.options import CAPTURES, FLOWS, AciOptions
from pclip.data.aci_iot.payload_rows import payload_frames
from pclip.data.aci_iot.reports import captures_report, rows_report
from pclip.progress import progress


def local_examples(
    files: ManualFiles, options: AciOptions, keep_report: Callable[[dict[str, Any]], None]
) -> Iterator[Example]:
    """Keys and examples in the order of files and records.

    Args:
        files: of the options' mode.
        options: how to prepare.
        keep_report: called with the report after the last example.

    Raises:
        PclipError: a file that cannot be read; file and line are named.
    """
    if options.mode == CAPTURES:
        yield from _captures(files, options, keep_report)
    else:
        yield from _rows(files, options, keep_report)


def _captures(
    files: ManualFiles, options: AciOptions, keep_report: Callable[[dict[str, Any]], None]
) -> Iterator[Example]:
    flows, findings = read_labelled_flows(files.flow_csv)
    samples = [s for s in map(first_packets, files.captures) if s is not None]
    labels = with_clock(flows, samples, options)
    del samples
    labeller = Labeller(labels, options)
    warnings: list[str] = []
    names = files.capture_names()
    paths = progress(files.captures, description="captures", unit="file", total=len(names))
    for number, path in enumerate(paths):
        for chunk in progress(
            capture_chunks(path, options.snap_length), description=names[number], unit="chunk"
        ):
            frames, found = labeller.label(chunk, number, names[number])
            findings += found
            warnings += chunk.packets.warnings
            yield from frame_examples(frames, options)
    keep_report(captures_report(files, options, labels, findings, warnings))


def _rows(
    files: ManualFiles, options: AciOptions, keep_report: Callable[[dict[str, Any]], None]
) -> Iterator[Example]:
    findings = Findings()
    batches = progress(row_batches(files, options), description=options.mode, unit="batch")
    for batch in batches:
        examples, found = batch_examples(batch, options)
        findings += found
        yield from examples
    keep_report(rows_report(files, options, findings))


def row_batches(files: ManualFiles, options: AciOptions) -> Iterator[CsvBatch]:
    """Rows of the CSVs of a mode without captures."""
    if options.mode == FLOWS:
        return csv_batches(files.flow_csv, FLOW_COLUMNS, exact=True, duplicates=True)
    return csv_batches(files.payload_csv, PAYLOAD_COLUMNS, exact=False)


def batch_examples(batch: CsvBatch, options: AciOptions) -> tuple[Iterator[Example], Findings]:
    """Examples of a batch of rows, and what was odd about them."""
    if options.mode == FLOWS:
        rows, found = flow_rows(batch, options)
        return flow_examples(rows, options), found
    frames, found = payload_frames(batch, options)
    return frame_examples(frames, options), found
