"""Examples into ArrayRecord shards, one after the other.

TFDS's own writer keeps a gigabyte of examples in memory and then needs TensorFlow to put the rest
on disk. This one keeps none, and writes in the order in which they come.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from array_record.python.array_record_module import ArrayRecordWriter
from tensorflow_datasets.core.example_serializer import ExampleSerializer

from pclip.errors import PclipError

SHARD_BYTES = 128 * 2**20


def write_shards(
    examples: Iterable[tuple[int, dict[str, Any]]],
    features: Any,
    template: Any,
    shard_bytes: int = SHARD_BYTES,
) -> tuple[list[int], int]:
    """Write the shards of one split.

    Args:
        examples: keys, which are not stored, and examples.
        features: `tfds.features.FeaturesDict`.
        template: `tfds.core.ShardedFileTemplate` of the split, in a folder that is there.
        shard_bytes: a shard ends after so many bytes.

    Returns:
        Examples of each shard, and bytes of all.
    """
    serializer = ExampleSerializer(features.get_serialized_info())
    lengths: list[int] = []
    unnumbered: list[Path] = []
    total = 0
    writer, size = None, 0
    for _, example in examples:
        if writer is None:
            # How many there will be is part of each name, and not known yet.
            unnumbered.append(Path(template.data_dir) / f".shard-{len(unnumbered):05d}")
            writer, size = ArrayRecordWriter(os.fspath(unnumbered[-1]), "group_size:1"), 0
            lengths.append(0)
        record = serializer.serialize_example(features.encode_example(example))
        with _disk(template):
            writer.write(record)
        lengths[-1] += 1
        size += len(record)
        total += len(record)
        if size >= shard_bytes:
            with _disk(template):
                writer.close()
            writer = None
    if writer is not None:
        with _disk(template):
            writer.close()
    for number, path in enumerate(unnumbered):
        path.rename(template.sharded_filepath(shard_index=number, num_shards=len(unnumbered)))
    return lengths, total


@contextlib.contextmanager
def _disk(template: Any) -> Iterator[None]:
    """ArrayRecord says as a RuntimeError what elsewhere is an OSError."""
    try:
        yield
    except RuntimeError as error:
        reason = str(error).split(";")[0]
        raise PclipError(
            f"cannot write into {template.data_dir}: {reason}; nothing was left under the "
            "dataset's name. Free some space, or name another data_dir"
        ) from error
