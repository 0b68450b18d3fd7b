"""Encoding: our forward pass beside PyTorch's, our pipeline beside a plain loop, the student.

python -m benchmarks.encode [--out docs/benchmarks/encode.md] [--encoder et-bert-mini] [--quick]

Takes a quarter of an hour on two cores; --quick measures less, which says whether it runs. The
first part needs PyTorch: `make bench-encode` installs it.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks import encode_page
from benchmarks.encode_forward import BATCHES, forward_passes
from benchmarks.encode_pipeline import Capture, by_shape, ceiling, whole
from benchmarks.encode_student import student_on_one_core
from benchmarks.peers import MissingPeerError
from pclip.data import load
from pclip.errors import PclipError
from pclip.files import write_atomic
from pclip.models.packet_encoder import load_packet_encoder, packet_encoder_config
from pclip.packets import PacketTable

POLICIES = ("paper", "identity_free")


class Size(NamedTuple):
    """How much is measured.

    Attributes:
        forward: encoder of the first part.
        repetitions: of a forward pass, and of a batch of each shape.
        whole_repetitions: of a capture from end to end.
        most_packets: of the capture that loop and pipeline both encode whole.
        recording: packets of the recording, evenly spaced; 0 for all.
    """

    forward: str = "et-bert-base"
    repetitions: int = 7
    whole_repetitions: int = 3
    most_packets: int = 4000
    recording: int = 0


QUICK = Size("et-bert-tiny", 2, 1, 400, 4000)


def measure(encoder_name: str, size: Size) -> dict[str, Any]:
    """All measurements, in the form that the page takes."""
    found: dict[str, Any] = {"encoder": encoder_name, "forward": [], "missing": []}
    try:
        found["forward"] = forward_passes(
            packet_encoder_config(size.forward), BATCHES, size.repetitions
        )
    except MissingPeerError as error:
        found["missing"].append(str(error))
    found["student"] = student_on_one_core()
    encoder = load_packet_encoder(encoder_name)
    packets = load("testbed").packets
    if size.recording:
        packets = packets.take(np.linspace(0, len(packets) - 1, size.recording).astype(np.int64))
    found["captures"], found["whole"] = [], []
    for policy in POLICIES:
        capture = Capture.of(packets, policy)
        shapes = by_shape(capture, encoder, size.repetitions)
        found["captures"].append((policy, ceiling(capture, encoder), shapes))
        small = Capture.of(first_packets(packets, size.most_packets), policy)
        result = whole(small, encoder, size.whole_repetitions)
        found["whole"].append((policy, ceiling(small, encoder), result))
    return found


def first_packets(packets: PacketTable, most: int) -> PacketTable:
    """The first `most` packets of the capture that has fewest."""
    smallest = np.bincount(packets.capture).argmin()
    return packets.take(np.flatnonzero(packets.capture == smallest)[:most])


def main() -> None:
    """Read the command line, measure, write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("docs/benchmarks/encode.md"))
    parser.add_argument("--encoder", default="et-bert-mini", help="of the second part")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    logging.getLogger("pclip").setLevel(logging.ERROR)
    page = encode_page.write(measure(options.encoder, QUICK if options.quick else Size()))
    write_atomic(options.out, page)
    print(page)


if __name__ == "__main__":
    try:
        main()
    except PclipError as error:
        raise SystemExit(f"benchmarks.encode: {error}") from error
