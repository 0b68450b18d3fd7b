"""From the user's folder to the prepared data, whole or not at all."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pclip.data.aci_iot.findings import read_report
from pclip.data.aci_iot.folders import data_folder, prepared_folder
from pclip.data.aci_iot.launch import beam_pipeline, own_message, parsed_options
from pclip.data.aci_iot.manual_files import find_manual_files
from pclip.data.aci_iot.options import AciOptions
from pclip.errors import PclipError

logger = logging.getLogger("pclip")

RUNNERS = ("local", "beam")


@dataclass(frozen=True)
class Prepared:
    """What is there.

    Attributes:
        folder: where the shards lie.
        report: what was counted, see report.json.
        fresh: whether this call made it.
    """

    folder: Path
    report: dict[str, Any]
    fresh: bool


def prepare(
    options: AciOptions,
    manual_dir: str | os.PathLike[str],
    data_dir: str | os.PathLike[str] | None = None,
    *,
    runner: str = "local",
    beam_options: Sequence[str] = (),
) -> Prepared:
    """Prepare one mode of ACI-IoT-2023; do nothing where that was done before.

    The data is made in a folder of another name, and takes its own when it is whole.

    Args:
        options: mode, classes and rules.
        manual_dir: the folder that the user filled.
        data_dir: where prepared data lies; None for `PCLIP_DATA_DIR`, or else TFDS's folder.
        runner: "local", or "beam" for a pipeline.
        beam_options: Beam's, such as --runner=FlinkRunner.

    Raises:
        PclipError: a file that is missing, twice there or cannot be read, data prepared in
            another way or from other files, a full disk, no Beam.
    """
    if runner not in RUNNERS:
        raise PclipError(f"runner is {runner!r}: expected {' or '.join(RUNNERS)}")
    folder = prepared_folder(options.variant, data_dir)
    manual = Path(manual_dir)
    if folder.is_dir():
        files = None
        # Who has removed what was downloaded keeps what was made of it.
        if manual.is_dir() and any(manual.iterdir()):
            files = find_manual_files(manual, options.mode).fingerprints()
        return Prepared(folder, _same_report(folder, options, files), fresh=False)
    find_manual_files(manual, options.mode)
    for left in sorted(folder.parent.glob(f"incomplete.*_{folder.name}")):
        logger.warning("%s: left by a stopped preparation; remove it, unless one runs now", left)
    import tensorflow_datasets as tfds

    from pclip.data.aci_iot.builder import AciIot2023

    words: dict[str, Any] = {}
    pipeline = None
    if runner == "beam":
        pipeline = beam_pipeline()
        words["beam_options"] = parsed_options(beam_options)
    builder = AciIot2023(options=options, pipeline=pipeline, data_dir=data_folder(data_dir))
    tfds.disable_progress_bar()
    try:
        builder.download_and_prepare(
            download_config=tfds.download.DownloadConfig(manual_dir=os.fspath(manual_dir), **words)
        )
    except OSError as error:
        raise PclipError(
            f"cannot write {folder}: {error.strerror or error}; nothing was left under that name"
        ) from error
    except Exception as error:
        # A runner wraps what a worker raised.
        if said := own_message(error):
            raise PclipError(said) from error
        raise
    return Prepared(folder, read_report(folder), fresh=True)


def _same_report(
    folder: Path, options: AciOptions, files: Mapping[str, str] | None
) -> dict[str, Any]:
    report = read_report(folder)
    asked = options.to_dict()
    for name, value in report["options"].items():
        if asked.get(name) != value:
            raise PclipError(
                f"{folder} was prepared with {name}={value!r}, and {asked.get(name)!r} is asked "
                "for; remove it, or name another data_dir"
            )
    then = report.get("files")
    if not isinstance(then, dict):
        raise PclipError(
            f"{folder} does not say of which files it was made, as older versions did not; remove "
            "it to prepare it again, or name another data_dir"
        )
    if files is None:
        return report
    for name in sorted({*then, *files}):
        was, now = (found.get(name, "not there") for found in (then, files))
        if was != now:
            raise PclipError(
                f"{folder} was prepared from other files: {name} was {was}, and is {now}; remove "
                "what was prepared to prepare it again, or name another data_dir"
            )
    return report
