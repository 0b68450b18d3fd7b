"""The traffic that is measured on: the testbed's captures, plain, and one large file of them."""

from __future__ import annotations

import lzma
from importlib.resources import files
from pathlib import Path

import numpy as np

from pclip.packets import CaptureError

FILE_HEADER_BYTES = 24
RECORD_HEADER_BYTES = 16
LITTLE_MICROSECONDS = b"\xd4\xc3\xb2\xa1"
PAUSE_US = 5_000_000
"""Between two repetitions of the recording."""

STRETCH = 0.2
"""A repetition is up to this part slower or faster than the recording."""

MICROSECONDS = 1_000_000


def testbed_captures(folder: Path) -> list[Path]:
    """Write the captures that ship with pclip, decompressed, into `folder`."""
    paths = []
    packed = files("pclip").joinpath("data/testbed")
    for entry in sorted(packed.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".pcap.xz"):
            path = folder / entry.name.removesuffix(".xz")
            path.write_bytes(lzma.decompress(entry.read_bytes()))
            paths.append(path)
    return paths


def write_large_capture(recordings: list[Path], path: Path, size: int, seed: int = 0) -> int:
    """Repeat recordings, one after the other, until `path` holds at least `size` bytes.

    Every repetition begins after the one before and runs at its own speed, so that no two have the
    same gaps between packets. Addresses, ports and bytes stay: the flows of two repetitions differ
    by their time alone.

    Args:
        recordings: classic pcap files, little-endian, in microseconds, of one link type.
        path: where to write.
        size: bytes.
        seed: of the speeds.

    Returns:
        Number of records written.
    """
    contents = [recording.read_bytes() for recording in recordings]
    heads = [
        _record_heads(recording, data) for recording, data in zip(recordings, contents, strict=True)
    ]
    rng = np.random.default_rng(seed)
    written, records = 0, 0
    begin_us: int | None = None
    with open(path, "wb") as out:
        out.write(contents[0][:FILE_HEADER_BYTES])
        while written < size:
            for data, head in zip(contents, heads, strict=True):
                block, places = np.frombuffer(data, np.uint8).copy(), head[:, None] + np.arange(8)
                words = block[places].view("<u4").astype(np.int64)
                times = words[:, 0] * MICROSECONDS + words[:, 1]
                since = (times - times.min()) * rng.uniform(1 - STRETCH, 1 + STRETCH)
                begin_us = int(times.min()) if begin_us is None else begin_us
                times = begin_us + since.astype(np.int64)
                words = np.stack([times // MICROSECONDS, times % MICROSECONDS], axis=1)
                block[places] = words.astype("<u4").view(np.uint8)
                written += out.write(block[FILE_HEADER_BYTES:])
                records += len(head)
                begin_us = int(times.max()) + PAUSE_US
                if written >= size:
                    break
    return records


def _record_heads(path: Path, data: bytes) -> np.ndarray:
    """Places of the record headers of a whole classic pcap file."""
    if not data.startswith(LITTLE_MICROSECONDS):
        raise CaptureError(
            f"{path} starts with bytes {data[:4].hex(' ')}; the large file is made from "
            "little-endian microsecond captures: convert it, for example with editcap -F pcap"
        )
    places, position = [], FILE_HEADER_BYTES
    while position + RECORD_HEADER_BYTES <= len(data):
        places.append(position)
        position += RECORD_HEADER_BYTES + int.from_bytes(
            data[position + 8 : position + 12], "little"
        )
    if position != len(data):
        raise CaptureError(f"{path} is cut inside a record; the large file needs whole captures")
    return np.array(places, np.int64)
