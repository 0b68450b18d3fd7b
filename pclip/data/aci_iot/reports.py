"""The report that lies beside the prepared data: how it was made, what was found and left out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from pclip.data.aci_iot.facts import DOI, MEASURE_COLUMNS, NAME
from pclip.data.aci_iot.findings import Findings, sections
from pclip.data.aci_iot.labelling import FlowLabels
from pclip.data.aci_iot.manual_files import ManualFiles
from pclip.data.aci_iot.options import FLOWS, AciOptions


def captures_report(
    files: ManualFiles,
    options: AciOptions,
    labels: FlowLabels,
    findings: Findings,
    warnings: Iterable[str],
) -> dict[str, Any]:
    """Of captures labelled by the flow CSV."""
    flows = labels.flows
    size = len(flows.label_names)
    used = np.empty(0, np.int64) if findings.used is None else findings.used
    given = np.bincount(flows.label, minlength=size).tolist()
    met = np.bincount(flows.label[used], minlength=size).tolist()
    return _report(files, options, findings) | {
        "captures": list(files.capture_names()),
        "flow_csv": [path.name for path in files.flow_csv],
        "clock_offset_s": labels.offset_s,
        "clock_offset_is": "given" if options.clock_offset_s is not None else "estimated",
        "flows_that_label_no_packet": {
            name: given[code] - met[code] for code, name in enumerate(flows.label_names)
        },
        # A damaged file says the same once a chunk or once.
        "warnings": sorted(set(warnings)),
    }


def rows_report(files: ManualFiles, options: AciOptions, findings: Findings) -> dict[str, Any]:
    """Of the payload CSV, or of the flow CSV alone."""
    report = _report(files, options, findings)
    if options.mode != FLOWS:
        return report | {"payload_csv": [path.name for path in files.payload_csv]}
    constant = []
    if findings.lowest is not None:
        same = findings.lowest == findings.highest
        constant = [name for name, is_so in zip(MEASURE_COLUMNS, same, strict=True) if is_so]
    return report | {
        "flow_csv": [path.name for path in files.flow_csv],
        "constant_columns": constant,
    }


def _report(files: ManualFiles, options: AciOptions, findings: Findings) -> dict[str, Any]:
    return {
        "dataset": NAME,
        "doi": DOI,
        "options": options.to_dict(),
        "files": files.fingerprints(),
        "counts": sections(findings.counts),
    }
