"""Labelled frames, and the examples that are stored of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pclip.data.aci_iot.facts import ALL_CLASSES
from pclip.data.aci_iot.findings import tally
from pclip.data.aci_iot.options import AciOptions

INDEX_BITS = 40
"""A key is the number of the file and, in so many bits, the number of the record in it."""
Example = tuple[int, dict[str, Any]]


@dataclass(frozen=True, eq=False)
class Frames:
    """n frames of one file.

    Attributes:
        capture: number of the file; several files of one mode are numbered through.
        name: of the file.
        buffer: uint8[total], the bytes.
        offset: int64[n], first byte of each frame in `buffer`.
        captured_length: int32[n], bytes present.
        length: int32[n], bytes on the wire.
        time_ns: int64[n], nanoseconds since 1970.
        link_type: uint16[n].
        index: int64[n], number of the record in its file.
        label: int16[n], index into `ALL_CLASSES`.
        connection: [n] texts, the flow's Connection Type, "" where it is not known.
    """

    capture: int
    name: str
    buffer: NDArray[np.uint8]
    offset: NDArray[np.int64]
    captured_length: NDArray[np.int32]
    length: NDArray[np.int32]
    time_ns: NDArray[np.int64]
    link_type: NDArray[np.uint16]
    index: NDArray[np.int64]
    label: NDArray[np.int16]
    connection: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.offset)


def frame_counts(frames: Frames, options: AciOptions) -> dict[str, int]:
    """How many frames of each class there are, and how many of a class that takes no part."""
    words = np.array(ALL_CLASSES)[frames.label]
    kept = np.isin(words, options.class_names)
    return (
        tally("examples", words[kept].tolist())
        | tally("left out as of another class", words[~kept].tolist())
        | {"frames/cut to snap_length": int((_cut(frames, options) & kept).sum())}
    )


def frame_examples(frames: Frames, options: AciOptions) -> Iterator[Example]:
    """Key and example of each frame whose class takes part, in the order of the file."""
    names = options.class_names
    number = np.array([names.index(n) if n in names else -1 for n in ALL_CLASSES])[frames.label]
    kept = np.minimum(frames.captured_length, options.snap_length)
    for row in np.flatnonzero(number >= 0).tolist():
        start = int(frames.offset[row])
        index = int(frames.index[row])
        yield (
            frames.capture << INDEX_BITS | index,
            {
                "frame": frames.buffer[start : start + int(kept[row])],
                "captured_length": int(frames.captured_length[row]),
                "wire_length": int(frames.length[row]),
                "time_ns": int(frames.time_ns[row]),
                "link_type": int(frames.link_type[row]),
                "capture": frames.name,
                "capture_number": frames.capture,
                "index": index,
                "label": int(number[row]),
                "connection_type": str(frames.connection[row]),
            },
        )


def _cut(frames: Frames, options: AciOptions) -> NDArray[np.bool_]:
    return frames.captured_length > options.snap_length
