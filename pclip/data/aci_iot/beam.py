"""The same examples by Apache Beam, for the full size: many captures, many workers.

    captures -> chunks of packets --------------.
    flow CSV -> labelled flows -> with clock ---+-> labelled frames -> examples
                                  (side input)

The flows travel to the workers whole: a million of them are some 100 MB, and a join by key would
send every packet instead. The work on a chunk is that of `local.py`, so are the examples.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam

from pclip.data.aci_iot.capture_chunks import CaptureChunk, capture_chunks, first_packets
from pclip.data.aci_iot.findings import Findings, added, write_report
from pclip.data.aci_iot.frames import Example, frame_examples
from pclip.data.aci_iot.labelling import FlowLabels, Labeller, read_labelled_flows, with_clock
from pclip.data.aci_iot.local import batch_examples, row_batches
from pclip.data.aci_iot.manual_files import ManualFiles
from pclip.data.aci_iot.options import CAPTURES, AciOptions
from pclip.data.aci_iot.reports import captures_report, rows_report
from pclip.packets import PacketTable

FINDINGS, WARNINGS = "findings", "warnings"
Capture = tuple[int, Path, str]
"""Number, file and name."""


class AciExamples(beam.PTransform):
    """From nothing to (key, example) of one mode; the report is written on the way.

    Args:
        files: of the options' mode, on a file system that every worker sees.
        options: how to prepare.
        folder: where the report goes.
    """

    def __init__(self, files: ManualFiles, options: AciOptions, folder: Path) -> None:
        super().__init__()
        self._files, self._options, self._folder = files, options, folder

    def expand(self, pipeline: Any) -> Any:
        """The graph, from the beginning of a pipeline."""
        build = self._captures if self._options.mode == CAPTURES else self._rows
        return build(pipeline)

    def _captures(self, pipeline: Any) -> Any:
        files, options, folder = self._files, self._options, self._folder
        numbered = enumerate(zip(files.captures, files.capture_names(), strict=True))
        read = (
            pipeline
            | "FlowCsv" >> beam.Create([files.flow_csv])
            | "ReadFlows" >> beam.Map(read_labelled_flows)
        )
        captures = (
            pipeline
            | "Captures" >> beam.Create([(i, path, name) for i, (path, name) in numbered])
            | "SpreadCaptures" >> beam.Reshuffle()
        )
        samples = captures | "FirstPackets" >> beam.Map(_sample) | "Samples" >> _ToList()
        labels = read | "Clock" >> beam.Map(_with_clock, beam.pvalue.AsSingleton(samples), options)
        labelled = (
            captures
            | "Chunks" >> beam.FlatMap(_chunks, options.snap_length)
            | "SpreadChunks" >> beam.Reshuffle()
            | "Label"
            >> beam.ParDo(_Label(options), beam.pvalue.AsSingleton(labels)).with_outputs(
                FINDINGS, WARNINGS, main="examples"
            )
        )
        of_flows = read | "FindingsOfFlows" >> beam.Map(lambda pair: pair[1])
        warnings = labelled[WARNINGS] | "Warnings" >> _ToList()
        _ = (
            (labelled[FINDINGS], of_flows)
            | beam.Flatten()
            | "Add" >> beam.CombineGlobally(added)
            | "Report" >> beam.Map(
                lambda findings, labels, warnings: write_report(
                    folder, captures_report(files, options, labels, findings, warnings)
                ),
                beam.pvalue.AsSingleton(labels),
                beam.pvalue.AsSingleton(warnings),
            )
        )  # fmt: skip
        return labelled["examples"]

    def _rows(self, pipeline: Any) -> Any:
        files, options, folder = self._files, self._options, self._folder
        made = (
            pipeline
            | "Csv" >> beam.Create([files])
            # One worker reads lines, for a row may repeat any before it; all others parse.
            | "Batches" >> beam.FlatMap(row_batches, options)
            | "SpreadBatches" >> beam.Reshuffle()
            | "Parse" >> beam.ParDo(_Parse(options)).with_outputs(FINDINGS, main="examples")
        )
        _ = (
            made[FINDINGS]
            | "Add" >> beam.CombineGlobally(added)
            | "Report"
            >> beam.Map(lambda found: write_report(folder, rows_report(files, options, found)))
        )
        return made["examples"]


class _ToList(beam.PTransform):
    """One list; empty where there is nothing."""

    def expand(self, collection: Any) -> Any:
        return collection | beam.combiners.ToList()


class _Label(beam.DoFn):
    """Chunks to examples; the flows are sorted once in a worker's life."""

    def __init__(self, options: AciOptions) -> None:
        self._options = options
        self._labeller: Labeller | None = None

    def process(self, element: tuple[Capture, CaptureChunk], labels: FlowLabels) -> Iterator[Any]:
        (number, _, name), chunk = element
        if self._labeller is None:
            self._labeller = Labeller(labels, self._options)
        frames, found = self._labeller.label(chunk, number, name)
        yield beam.pvalue.TaggedOutput(FINDINGS, found)
        for warning in chunk.packets.warnings:
            yield beam.pvalue.TaggedOutput(WARNINGS, warning)
        yield from frame_examples(frames, self._options)


class _Parse(beam.DoFn):
    """Batches of rows to examples."""

    def __init__(self, options: AciOptions) -> None:
        self._options = options

    def process(self, batch: Any) -> Iterator[Example | Any]:
        examples, found = batch_examples(batch, self._options)
        yield beam.pvalue.TaggedOutput(FINDINGS, found)
        yield from examples


def _chunks(capture: Capture, snap_length: int) -> Iterator[tuple[Capture, CaptureChunk]]:
    for chunk in capture_chunks(capture[1], snap_length):
        yield capture, chunk


def _sample(capture: Capture) -> tuple[int, PacketTable | None]:
    return capture[0], first_packets(capture[1])


def _with_clock(
    read: tuple[Any, Findings],
    samples: Sequence[tuple[int, PacketTable | None]],
    options: AciOptions,
) -> FlowLabels:
    ordered = sorted(samples, key=lambda pair: pair[0])
    return with_clock(read[0], [table for _, table in ordered if table is not None], options)
