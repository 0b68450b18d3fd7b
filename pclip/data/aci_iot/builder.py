"""The TensorFlow Datasets builder of ACI-IoT-2023; it runs without TensorFlow, in ArrayRecord.

    builder = AciIot2023(config="captures", data_dir=FOLDER)
    builder.download_and_prepare(download_config=tfds.download.DownloadConfig(manual_dir=MANUAL))
    builder.as_data_source("train")[0]

`tfds build` and `as_dataset` need TensorFlow, and Parquet loses rows: neither is for this.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import tensorflow_datasets as tfds

from pclip.data.aci_iot.facts import CITATION, HOMEPAGE, LICENSE, MEASURE_COLUMNS
from pclip.data.aci_iot.findings import write_report
from pclip.data.aci_iot.local import local_examples
from pclip.data.aci_iot.manual_files import INSTRUCTIONS, find_manual_files
from pclip.data.aci_iot.options import CAPTURES, FLOWS, VARIANTS, AciOptions
from pclip.data.aci_iot.shards import SHARD_BYTES, write_shards
from pclip.errors import PclipError

SPLIT = "train"
"""TFDS wants a name; it holds everything. What is for training is `pclip.data.make_split`'s."""

Pipeline = Callable[[Any, AciOptions, Path], Any]
"""From files, options and the folder of the report to a PTransform of (key, example)."""


class AciIot2023(tfds.core.GeneratorBasedBuilder):
    """ACI-IoT-2023 in three modes, each with the paper's ten classes or all twelve."""

    name = "aci_iot_2023"
    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES: ClassVar = {"1.0.0": "Captures with flow labels, payload CSV, flow CSV."}
    BUILDER_CONFIGS: ClassVar = [
        tfds.core.BuilderConfig(name=variant, description=f"mode {mode}, classes: {classes}")
        for variant, (mode, classes) in VARIANTS.items()
    ]
    DEFAULT_BUILDER_CONFIG_NAME = CAPTURES
    MANUAL_DOWNLOAD_INSTRUCTIONS = INSTRUCTIONS

    def __init__(
        self,
        *,
        options: AciOptions | None = None,
        pipeline: Pipeline | None = None,
        shard_bytes: int = SHARD_BYTES,
        **words: Any,
    ) -> None:
        """As other builders, and:

        Args:
            options: how to prepare; None for the config's defaults. Must be of the config.
            pipeline: makes the examples by Beam instead of here (`pclip.data.aci_iot.beam`).
            shard_bytes: size of the shards that are written here.
            words: `config`, `data_dir`.
        """
        words.setdefault("file_format", "array_record")
        if words["file_format"] != "array_record":
            raise PclipError(
                f"file_format is {words['file_format']!r}: expected array_record, the one format "
                "that is whole without TensorFlow"
            )
        if options is not None:
            words.setdefault("config", options.variant)
        super().__init__(**words)
        mode, classes = VARIANTS[self.builder_config.name]
        self.options = options or AciOptions(mode=mode, classes=classes)
        if self.options.variant != self.builder_config.name:
            raise PclipError(
                f"options are those of {self.options.variant}, the config is "
                f"{self.builder_config.name}; name one of them"
            )
        self._pipeline = pipeline
        self._shard_bytes = shard_bytes

    def _info(self) -> tfds.core.DatasetInfo:
        mode, classes = VARIANTS[self.builder_config.name]
        names = AciOptions(mode=mode, classes=classes).class_names
        return tfds.core.DatasetInfo(
            builder=self,
            description=(
                "Traffic of an IoT lab under attack (Army Cyber Institute, 2023), as packets or "
                "as flows. " + INSTRUCTIONS
            ),
            features=_flow_features(names) if mode == FLOWS else _frame_features(names),
            homepage=HOMEPAGE,
            citation=CITATION,
            license=LICENSE,
            disable_shuffling=False,
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Any]:
        files = find_manual_files(Path(dl_manager.manual_dir), self.options.mode)
        return {SPLIT: self._generate_examples(files)}

    def _generate_examples(self, files: Any) -> Any:
        if self._pipeline is not None:
            return self._pipeline(files, self.options, Path(self.data_path))
        return local_examples(files, self.options, self._keep_report)

    def _keep_report(self, report: dict[str, Any]) -> None:
        write_report(Path(self.data_path), report)

    # TFDS prints that it downloads, which it does not.
    def _log_download_bytes(self) -> None: ...

    def _log_download_done(self) -> None: ...

    def _download_and_prepare(self, dl_manager: Any, download_config: Any) -> None:
        if self._pipeline is not None:
            super()._download_and_prepare(dl_manager, download_config)
            return
        template = self._get_filename_template(split_name=SPLIT)
        examples = self._split_generators(dl_manager)[SPLIT]
        lengths, size = write_shards(examples, self.info.features, template, self._shard_bytes)
        if not lengths:
            raise PclipError(
                f"nothing of {dl_manager.manual_dir} makes an example in mode {self.options.mode}: "
                "no packet has a label of a class that takes part; look at clock_offset_s, or "
                "prepare with classes=all"
            )
        split = tfds.core.SplitInfo(
            name=SPLIT, shard_lengths=lengths, num_bytes=size, filename_template=template
        )
        self.info.set_splits(tfds.core.splits.SplitDict([split]))


def _frame_features(names: tuple[str, ...]) -> tfds.features.FeaturesDict:
    return tfds.features.FeaturesDict(
        {
            "frame": tfds.features.Tensor(shape=(None,), dtype=np.uint8, encoding="bytes"),
            "captured_length": np.int32,
            "wire_length": np.int32,
            "time_ns": np.int64,
            "link_type": np.int32,
            "capture": tfds.features.Text(),
            "capture_number": np.int32,
            "index": np.int64,
            "label": tfds.features.ClassLabel(names=names),
            "connection_type": tfds.features.Text(),
        }
    )


def _flow_features(names: tuple[str, ...]) -> tfds.features.FeaturesDict:
    return tfds.features.FeaturesDict(
        {
            "measures": tfds.features.Tensor(
                shape=(len(MEASURE_COLUMNS),), dtype=np.float64, encoding="bytes"
            ),
            "flow_id": tfds.features.Text(),
            "source_address": tfds.features.Text(),
            "destination_address": tfds.features.Text(),
            "timestamp": tfds.features.Text(),
            "start_ns": np.int64,
            "mended": np.int32,
            "file_number": np.int32,
            "index": np.int64,
            "label": tfds.features.ClassLabel(names=names),
            "connection_type": tfds.features.Text(),
        }
    )
