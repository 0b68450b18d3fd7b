"""Our flow table against NFStream 6.6 on the built-in recording: agreement and speed.

    python -m benchmarks.flows [--out=docs/benchmarks/flows.md] [--runs=7] [--captures=FOLDER]

Writes a page and prints the ratio of speeds; takes a minute. Needs NFStream:
`pip install -c constraints.txt -e '.[peers]'`.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import numpy as np

from benchmarks.flow_differences import EXPLANATIONS, Difference, compare
from benchmarks.nfstream_table import in_milliseconds, nfstream_flows, write_whole_frames
from pclip.files import write_atomic
from pclip.packets import FLOW_COLUMNS, flow_table, read_capture

TESTBED = Path(__file__).parents[1] / "pclip" / "data" / "testbed"
PAGE = Path("docs/benchmarks/flows.md")


@dataclasses.dataclass
class Agreement:
    """What the comparison of all captures found."""

    captures: int = 0
    packets: int = 0
    filled: int = 0
    ours: int = 0
    theirs: int = 0
    matched: int = 0
    unmatched: dict[str, int] = dataclasses.field(default_factory=dict)
    exact: dict[str, Difference] = dataclasses.field(default_factory=dict)
    rounded: dict[str, Difference] = dataclasses.field(default_factory=dict)


def agreement(captures: list[Path], folder: Path) -> Agreement:
    """Compare flow by flow, each capture by itself."""
    total = Agreement()
    for number, capture in enumerate(captures):
        whole = folder / f"{number}.pcap"
        total.filled += write_whole_frames(read_capture(capture), whole)
        packets = read_capture(whole)
        theirs = nfstream_flows(whole)
        same_clock = dataclasses.replace(packets, time_ns=in_milliseconds(packets.time_ns))
        found = compare(same_clock, flow_table(same_clock), theirs, total.exact)
        compare(packets, flow_table(packets), theirs, total.rounded)
        total.captures += 1
        total.packets += int(packets.usable.sum())
        total.ours += found.ours
        total.theirs += len(theirs)
        total.matched += found.matched
        for reason, count in found.unmatched.items():
            total.unmatched[reason] = total.unmatched.get(reason, 0) + count
    return total


def seconds(work: Callable[[], object]) -> float:
    """How long it takes, once."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def speeds(folder: Path, runs: int) -> dict[str, list[float]]:
    """Seconds from files to flows for each program, taken in turn so that both meet the same noise.

    A run is all the captures, each by itself, with NFStream in one process and in as many as it
    chooses. The page holds medians.
    """
    files = sorted(folder.glob("*.pcap"), key=lambda path: int(path.stem))
    work: dict[str, Callable[[], object]] = {
        "pclip": lambda: [flow_table(read_capture(file)) for file in files],
        "NFStream, one process": lambda: [nfstream_flows(file) for file in files],
        "NFStream, its own choice": lambda: [nfstream_flows(file, meters=0) for file in files],
    }
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(runs):
        for name, what in work.items():
            taken[name].append(seconds(what))
    return taken


def table_of(differences: dict[str, Difference]) -> list[str]:
    """Rows of a Markdown table, one a statistic."""
    lines = ["| statistic | flows compared | equal | largest difference |", "|---|---|---|---|"]
    for name, found in differences.items():
        share = f"{100 * found.equal / max(found.compared, 1):.2f} %"
        lines.append(f"| {name} | {found.compared:,} | {share} | {found.largest:.6g} |")
    return lines


def page(found: Agreement, taken: dict[str, list[float]], runs: int) -> str:
    """The report."""
    version = metadata.version("nfstream")
    medians = {name: statistics.median(values) for name, values in taken.items()}
    fastest = min(medians[name] for name in medians if name != "pclip")
    unmatched = found.ours - found.matched
    lines = [
        "# Flow table against NFStream",
        "",
        "Made by `python -m benchmarks.flows`; do not edit.",
        "",
        f"NFStream {version}, NumPy {np.__version__}, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores ({platform.machine()}). The {found.captures} captures of the "
        f"built-in recording: {found.packets:,} IPv4 and IPv6 packets. Idle timeout 60 s, no "
        "active timeout, NFStream's accounting mode 3 (payload), no dissection.",
        "",
        f"NFStream ignores frames that a capture cut; {found.filled:,} of these were filled up "
        "with zeros to their length on the wire, and both programs read the filled files.",
        "",
        "## Agreement",
        "",
        f"Flows: {found.ours:,} ours, {found.theirs:,} NFStream's. {found.matched:,} are the same "
        "(5-tuple in either direction and time of the first packet), "
        f"{found.theirs - found.matched:,} are NFStream's alone, {unmatched:,} ours alone"
        + (":" if unmatched else "."),
        "",
        *(f"- {count:,}: {EXPLANATIONS[reason]}" for reason, count in found.unmatched.items()),
        "",
        "NFStream's clock has milliseconds and never goes back. On packets with times cut to that "
        "clock, equal means equal to one part in 10⁹:",
        "",
        *table_of(found.exact),
        "",
        "A packet that comes exactly 60 s after the one before it begins a new flow in NFStream "
        "and does not in ours: our timeouts end a flow when they are exceeded. No flow of the "
        "recording turns on that.",
        "",
        "On the times as captured the flows are the same ones, and so are counts and lengths. "
        "Times differ, and the table says what cutting them to milliseconds costs. A duration or "
        "gap is a difference of two cut times and may be off by just under 1 ms; so may mean, "
        "minimum and maximum. A deviation may be off by more (of two gaps that are off by 1 ms in "
        "opposite ways, by 1.41 ms). Where a flow or a direction has one packet there is no gap, "
        "and all is 0 in both. Differences in NFStream's unit, milliseconds or bytes:",
        "",
        *table_of(found.rounded),
        "",
        "## Speed",
        "",
        f"From the {found.captures} files to the flow table, statistics included, in turn; "
        f"medians of {runs} runs. pclip fills {len(FLOW_COLUMNS)} columns; NFStream measures "
        "lengths, gaps and flags in three directions, no bulks, subflows or active periods.",
        "",
        "| program | median s | fastest | slowest | packets/s | times pclip's seconds |",
        "|---|---|---|---|---|---|",
    ]
    for name, median in medians.items():
        values = taken[name]
        lines.append(
            f"| {name} | {median:.3f} | {min(values):.3f} | {max(values):.3f} | "
            f"{found.packets / median:,.0f} | {median / medians['pclip']:.1f} |"
        )
    lines += ["", f"Ratio to the faster of NFStream's two: {fastest / medians['pclip']:.1f}.", ""]
    return "\n".join(lines)


def main() -> int:
    """Compare, measure, write the page."""
    parser = argparse.ArgumentParser(description="our flow table against NFStream")
    parser.add_argument("--out", type=Path, default=PAGE)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--captures", type=Path, default=TESTBED)
    options = parser.parse_args()
    captures = sorted(options.captures.glob("*.pcap*"))
    if not captures or options.runs < 1:
        print(f"{options.captures}: no *.pcap* there, or --runs below 1", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        found = agreement(captures, folder)
        taken = speeds(folder, options.runs)
    text = page(found, taken, options.runs)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(options.out, text)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
