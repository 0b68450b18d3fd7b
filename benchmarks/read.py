"""Reading captures: pclip beside dpkt, scapy, tshark and NFStream, on the same packets in one run.

python -m benchmarks.read [--packets-file X.pcap ...] [--out docs/benchmarks/read.md] [--quick]

On the built-in testbed and on a file of 1 GB made from it (in a temporary folder, removed again).
Takes some ten minutes on two cores; --quick measures on 50 MB, which says whether it runs at all.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import read_page
from benchmarks.agreement import disagreements
from benchmarks.peers import INSTALL, READERS, MissingPeerError, flows_nfstream, read_dpkt
from benchmarks.read_figure import draw
from benchmarks.stream import stream_apart
from benchmarks.timing import Contestant, compete
from benchmarks.traffic import testbed_captures, write_large_capture
from pclip.errors import PclipError
from pclip.files import write_atomic
from pclip.packets import (
    FlowTracker,
    PacketTable,
    bigram_tokens,
    flow_table,
    iter_captures,
    read_captures,
)

MEGABYTE = 10**6
TOKEN_PACKETS = 1_000_000
STREAM_TIMES = (1, 4)


class Size(NamedTuple):
    """How much is measured: bytes of the files, packets given to each slow peer."""

    large: int = 1000 * MEGABYTE
    flows: int = 100 * MEGABYTE
    dpkt: int = 400_000
    tshark: int = 100_000
    scapy: int = 12_000


QUICK = Size(50 * MEGABYTE, 10 * MEGABYTE, 50_000, 20_000, 2_000)
REPETITIONS = {"dpkt": 5, "scapy": 3, "tshark": 3}


def readers(paths: list[Path], size: Size, missing: set[str]) -> list[Contestant]:
    """Everyone who reads captures and their header fields."""

    def one_piece() -> int:
        return len(read_captures(paths))

    def in_chunks() -> int:
        return sum(len(chunk) for chunk in iter_captures(paths))

    def peer(name: str) -> int:
        each = -(-getattr(size, name) // len(paths))
        return sum(len(READERS[name](path, each)) for path in paths)

    found = [
        Contestant("pclip, chunk by chunk", in_chunks),
        Contestant("pclip, in one piece", one_piece),
    ]
    for name in READERS:
        try:
            READERS[name](paths[0], 1)
        except MissingPeerError as error:
            missing.add(str(error))
        else:
            found.append(Contestant(name, partial(peer, name), REPETITIONS[name]))
    return found


def flow_makers(
    path: Path, missing: set[str]
) -> tuple[list[Contestant], dict[str, tuple[int, int]]]:
    """Everyone who makes a flow table of a capture, reading included; flows and packets in them."""
    packets = sum(len(chunk) for chunk in iter_captures([path]))
    counts: dict[str, tuple[int, int]] = {}

    def in_chunks() -> int:
        tracker = FlowTracker()
        flows = within = 0
        for chunk in iter_captures([path]):
            within += int((tracker.add(chunk) >= 0).sum())
            flows += len(tracker.finished())
        flows += len(tracker.close())
        counts["pclip, chunk by chunk"] = flows, within
        return packets

    def one_piece() -> int:
        flows = flow_table(read_captures([path]))
        counts["pclip, in one piece"] = len(flows), int((flows.flow_of_packet >= 0).sum())
        return packets

    def nfstream() -> int:
        counts["NFStream"] = flows_nfstream(path)
        return packets

    found = [
        Contestant("pclip, chunk by chunk", in_chunks),
        Contestant("pclip, in one piece", one_piece),
    ]
    try:
        nfstream()
    except MissingPeerError as error:
        missing.add(str(error))
    else:
        found.append(Contestant("NFStream", nfstream))
    return found, counts


def token_makers(path: Path) -> list[Contestant]:
    """Tokens of up to a million packets that were read before, under two byte policies."""
    chunks: list[PacketTable] = []
    for chunk in iter_captures([path]):
        chunks.append(chunk)
        if sum(map(len, chunks)) >= TOKEN_PACKETS:
            break

    def tokens(policy: str) -> int:
        return sum(len(bigram_tokens(chunk, policy)) for chunk in chunks)

    return [Contestant(policy, partial(tokens, policy)) for policy in ("identity_free", "paper")]


def agreement(paths: Sequence[Path]) -> dict[str, Any] | None:
    """How many packets were compared with dpkt's and what differs; None without dpkt."""
    try:
        theirs = [fields for path in paths for fields in read_dpkt(path)]
    except MissingPeerError:
        return None
    return {
        "packets": len(theirs),
        "differences": disagreements(read_captures(paths), theirs),
    }


def measure(recordings: Sequence[str], size: Size, folder: Path) -> dict[str, Any]:
    """All measurements, in the form that the page takes."""
    paths = [Path(name) for name in recordings] or testbed_captures(folder)
    large, middle = folder / "large.pcap", folder / "middle.pcap"
    write_large_capture(paths, large, size.large)
    write_large_capture(paths, middle, size.flows)
    missing: set[str] = set()
    flows, counts = flow_makers(middle, missing)
    found: dict[str, Any] = {
        "large bytes": large.stat().st_size,
        "small": readers(paths, size, missing),
        "large": readers([large], size, missing),
        "agreement": agreement(paths),
        "streams": {times: stream_apart([large] * times) for times in STREAM_TIMES},
        "flows": flows,
        "flow counts": counts,
        "tokens": token_makers(large),
        "missing": missing,
    }
    # The large file comes last: it leaves the memory in pieces.
    for name in ("small", "flows", "tokens", "large"):
        compete(found[name], name)
    return found


def main() -> None:
    """Read the command line, measure, write the page and its figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--packets-file", nargs="+", default=[], help="instead of the testbed")
    parser.add_argument("--out", type=Path, default=Path("docs/benchmarks/read.md"))
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    logging.getLogger("pclip").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as scratch:
        found = measure(options.packets_file, QUICK if options.quick else Size(), Path(scratch))
    figure = options.out.with_suffix(".svg")
    draw({c.name: c.rate for c in found["large"]}, figure)
    page = read_page.write(found, figure.name)
    write_atomic(options.out, page)
    print(page)
    if found["missing"]:
        print(f"Not measured; all peers at once: {INSTALL}")


if __name__ == "__main__":
    try:
        main()
    except PclipError as error:
        raise SystemExit(f"benchmarks.read: {error}") from error
