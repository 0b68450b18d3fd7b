"""A folder in the format of ACI-IoT-2023, made from the built-in recording: for tests and smoke.

    python -m experiments.aci_miniature --out=FOLDER

Three captures, the flow CSV with its quirks, the payload CSV. Its traffic is the testbed's: a
number on it says nothing about ACI-IoT-2023.
"""

from __future__ import annotations

import argparse
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from experiments import script
from experiments.aci_miniature_csv import AHEAD_S, write_flow_csv, write_payload_csv
from experiments.aci_miniature_frames import clear_flows, frame_of, packet_table, ping, write_pcap
from pclip.data import flow_classes, load
from pclip.errors import PclipError
from pclip.packets import PacketTable, flow_table

CAPTURES = {"round1_home.pcap.xz": "Wired/day1.pcap", "round1_things.pcap.xz": "Wireless/day1.pcap",
            "round1_cloud.pcap.xz": "Wireless/day2.pcap"}  # fmt: skip
STARTS_NS = 1_698_846_220 * 10**9
"""2023-11-01 13:43:40 UTC, 09:43:40 where it was recorded."""
FLOWS_PER_CLASS, PACKETS_PER_CLASS = 60, 150
UNMATCHED_FLOWS = 3
SWEPT, SPOOFED = 12, 2
FLOW_CSV, PAYLOAD_CSV = "ACI-IoT-2023.csv", "ACI-IoT-2023-Payload.csv"


@dataclass(frozen=True, eq=False)
class Miniature:
    """What was written, to compare with.

    Attributes:
        packets: n rows of all captures.
        names: of the captures.
        classes: [n] names, "" for packets that no flow of the CSV covers, or no clear one.
        flow_quirks, payload_quirks: what -> how many rows.
    """

    packets: PacketTable
    names: tuple[str, ...]
    classes: NDArray[np.str_]
    flow_quirks: dict[str, int]
    payload_quirks: dict[str, int]


def write_miniature(folder: Path) -> Miniature:
    """Write the folder, whole or not at all, and say what is in it.

    Raises:
        PclipError: the folder is a file, or holds something.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise PclipError(f"{folder} is there already, and not an empty folder; name a new folder")
    folder = folder.resolve()
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    made = _write(part)
    part.replace(folder)
    return made


def _write(folder: Path) -> Miniature:
    parts = [_capture(source, name) for source, name in CAPTURES.items()]
    packets = PacketTable.concatenate([table for table, _ in parts])
    classes = np.concatenate([labels for _, labels in parts])
    for number, name in enumerate(CAPTURES.values()):
        write_pcap(folder / "pcap" / name, packets.take(packets.capture == number))
    flows = flow_table(packets)
    rows = np.flatnonzero(flows.flow_of_packet >= 0)
    first = rows[np.unique(flows.flow_of_packet[rows], return_index=True)[1]]
    of_flow = classes[first]
    benign = np.flatnonzero((of_flow == "Benign") & (packets.protocol[first] == 17))
    left_out, ambiguous = benign[:UNMATCHED_FLOWS], benign[UNMATCHED_FLOWS]
    quirks = write_flow_csv(
        folder / FLOW_CSV, flows, of_flow, packets.capture[first] == 0, left_out, int(ambiguous)
    )
    payload_quirks = write_payload_csv(folder / PAYLOAD_CSV, packets, classes)
    truth = np.where(np.isin(flows.flow_of_packet, [*left_out, ambiguous, -1]), "", classes)
    quirks["ambiguous packets"] = int((flows.flow_of_packet == ambiguous).sum())
    return Miniature(packets, tuple(CAPTURES.values()), truth, quirks, payload_quirks)


def _capture(source: str, name: str) -> tuple[PacketTable, NDArray[np.str_]]:
    """Some whole flows of each class of one capture, its ARP, and the paper's two lost classes."""
    dataset = load("testbed")
    packets, flow = dataset.packets, dataset.flows.flow_of_packet
    own = packets.capture == packets.captures.index(source)
    label_of = flow_classes(dataset)
    sizes = np.bincount(flow[flow >= 0], minlength=len(dataset.flows))
    clear = clear_flows(packets, flow, dataset.labels, own)
    chosen: list[int] = []
    for label in range(len(dataset.classes)):
        candidates = sorted((f for f in clear if label_of[f] == label), key=lambda f: (sizes[f], f))
        # Small flows first, and one of them however large: a flood of pings is one flow.
        sums = np.cumsum(sizes[candidates[:FLOWS_PER_CLASS]])
        chosen += candidates[: max(int(np.searchsorted(sums, PACKETS_PER_CLASS, "right")), 1)]
    rows = np.flatnonzero(own & (np.isin(flow, chosen) | (packets.skip_reason != 0)))
    kept = packets.take(rows)
    time = kept.time_ns - kept.time_ns.min() + STARTS_NS
    names = np.array(dataset.classes)[dataset.labels[rows]].astype("U32")
    frames = [frame_of(kept, row) for row in range(len(kept))]
    lengths = kept.length.tolist()
    for host in range(SWEPT):
        frames.append(ping(200, host + 1))
    for host in range(SPOOFED):
        frames.append(ping(201, host + 1))
    names = np.concatenate([names, ["Ping Sweep"] * SWEPT, ["ARP Spoofing"] * SPOOFED])
    lengths += [len(frame) for frame in frames[len(kept) :]]
    time = np.concatenate([time, time.max() + 10**9 * np.arange(1, SWEPT + SPOOFED + 1)])
    order = np.argsort(time, kind="stable")
    table = packet_table([frames[i] for i in order], np.array(lengths)[order], time[order], name)
    return table, names[order]


def main() -> None:
    """Parse the command line and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="the folder")
    made = write_miniature(parser.parse_args().out)
    print(f"{len(made.packets):,} packets; the flow CSV's clock is {AHEAD_S:+} s")


if __name__ == "__main__":
    script.run(main)
