"""A dataset that users bring, prepared once; every other experiment then runs on it.

python -m experiments.prepare --config=configs/aci_iot.py --config.manual_dir=FOLDER
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ml_collections import ConfigDict

from experiments.aci_miniature import write_miniature
from pclip.data.aci_iot import AciOptions, Prepared, prepare
from pclip.data.aci_iot.folders import DATA_DIR
from pclip.errors import PclipError
from pclip.runs.command import main

MOST_SHOWN = 14


def prepare_dataset(config: ConfigDict, workdir: Path) -> None:
    """Prepare what the config asks for, and say what was found and what comes next."""
    options = AciOptions(
        mode=config.mode,
        classes=config.classes,
        snap_length=config.snap_length,
        clock_offset_s=config.clock_offset_s,
        unmatched=config.unmatched,
        ambiguous=config.ambiguous,
        keep_duplicates=config.keep_duplicates,
    )
    manual = Path(os.path.expanduser(config.manual_dir or workdir / "miniature"))
    if config.miniature:
        if not manual.is_dir():
            write_miniature(manual)
    elif not config.manual_dir:
        raise PclipError(
            "config.manual_dir is not set: name the folder that holds the downloaded files, as in "
            "--config.manual_dir=FOLDER; docs/aci-iot-2023.md says what goes where"
        )
    data_dir = config.data_dir or (workdir / "data" if config.miniature else None)
    done = prepare(
        options, manual, data_dir, runner=config.runner, beam_options=tuple(config.beam_options)
    )
    print("\n".join(said(done, options)))
    if config.data_dir or config.miniature:
        print(f"for the other experiments: export {DATA_DIR}={Path(str(data_dir)).resolve()}")


def said(done: Prepared, options: AciOptions) -> list[str]:
    """What a person wants to know of the report."""
    report = done.report
    lines = [f"{done.folder} {'is prepared' if done.fresh else 'was there already'}"]
    if "clock_offset_s" in report:
        lines.append(
            f"flow CSV's clock: {report['clock_offset_s']:+g} s ({report['clock_offset_is']})"
        )
    for section, counts in report["counts"].items():
        shown = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_SHOWN]
        lines.append(f"{section}: " + ", ".join(f"{name} {count:,}" for name, count in shown))
    if report.get("constant_columns"):
        lines.append("constant columns: " + ", ".join(report["constant_columns"]))
    lines += report.get("warnings", [])[:MOST_SHOWN]
    lines.append(f"all counts: {done.folder / 'report.json'}")
    return lines


if __name__ == "__main__":
    # What is prepared does not lie in a run's folder; only the miniature does.
    if not any(word.lstrip("-").startswith("workdir") for word in sys.argv):
        sys.argv.append("--workdir=runs/prepare")
    main(prepare_dataset, __doc__)
