"""Folders as CIC-IDS2017, CIC-IoT-2023 and one's own look, from packets of the built-in recording.

Formats are true to the originals, with their oddities; sizes are not.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np

from pclip.data import Dataset
from pclip.data.flow_keys import FlowKeys
from pclip.packets import PacketTable, flow_table

PACKETS_OF_A_CLASS = 60
ADT = timezone(timedelta(hours=-3))
IDS_LABELS = {
    "Benign": b"BENIGN",
    "Port Scan": b"PortScan",
    "Slowloris": b"DoS slowloris",
    "SYN Flood": b"DoS Hulk",
    "UDP Flood": b"DDoS",
    "Dictionary Attack": b"SSH-Patator",
    "Vulnerability Scan": b"Web Attack \x96 XSS",
    "OS Scan": b"Bot",
    "ICMP Flood": b"Infiltration",
    "DNS Flood": b"Heartbleed",
}
"""The recording's classes -> labels of CIC-IDS2017 that stand in for them."""
IOT_FOLDERS = {
    "Benign": "Benign_Final",
    "Port Scan": "Recon-PortScan",
    "Slowloris": "DDoS-SlowLoris",
    "SYN Flood": "DDoS-SYN_Flood",
    "UDP Flood": "Mirai-udpplain",
    "Dictionary Attack": "DictionaryBruteForce",
    "Vulnerability Scan": "XSS",
}
IDS_COLUMNS = (
    "Flow ID, Source IP, Source Port, Destination IP, Destination Port, Protocol, Timestamp, "
    "Flow Duration, Total Fwd Packets, Total Backward Packets,Total Length of Fwd Packets, "
    "Total Length of Bwd Packets, Fwd Packet Length Max, Fwd Packet Length Min, "
    "Fwd Packet Length Mean, Fwd Packet Length Std,Bwd Packet Length Max, Bwd Packet Length Min, "
    "Bwd Packet Length Mean, Bwd Packet Length Std,Flow Bytes/s, Flow Packets/s, Flow IAT Mean, "
    "Flow IAT Std, Flow IAT Max, Flow IAT Min,Fwd IAT Total, Fwd IAT Mean, Fwd IAT Std, "
    "Fwd IAT Max, Fwd IAT Min,Bwd IAT Total, Bwd IAT Mean, Bwd IAT Std, Bwd IAT Max, Bwd IAT Min,"
    "Fwd PSH Flags, Bwd PSH Flags, Fwd URG Flags, Bwd URG Flags, Fwd Header Length, "
    "Bwd Header Length,Fwd Packets/s, Bwd Packets/s, Min Packet Length, Max Packet Length, "
    "Packet Length Mean, Packet Length Std, Packet Length Variance,FIN Flag Count, "
    "SYN Flag Count, RST Flag Count, PSH Flag Count, ACK Flag Count, URG Flag Count, "
    "CWE Flag Count, ECE Flag Count, Down/Up Ratio, Average Packet Size, Avg Fwd Segment Size, "
    "Avg Bwd Segment Size, Fwd Header Length,Fwd Avg Bytes/Bulk, Fwd Avg Packets/Bulk, "
    "Fwd Avg Bulk Rate, Bwd Avg Bytes/Bulk, Bwd Avg Packets/Bulk,Bwd Avg Bulk Rate,"
    "Subflow Fwd Packets, Subflow Fwd Bytes, Subflow Bwd Packets, Subflow Bwd Bytes,"
    "Init_Win_bytes_forward, Init_Win_bytes_backward, act_data_pkt_fwd, min_seg_size_forward,"
    "Active Mean, Active Std, Active Max, Active Min,Idle Mean, Idle Std, Idle Max, Idle Min, Label"
)
"""85 columns, some after a blank, Fwd Header Length twice."""
EMPTY_ROWS = 40


def chosen_rows(testbed: Dataset, capture: int, classes: Iterable[str]) -> np.ndarray:
    """Rows of whole conversations of one class each, some of every class, in file order."""
    packets = testbed.packets
    rows = np.flatnonzero((packets.capture == capture) & packets.usable)
    own = packets.take(rows)
    talk = (
        own.source_address,
        own.destination_address,
        own.source_port,
        own.destination_port,
        own.protocol,
    )
    key, labels = FlowKeys(*talk).of(*talk), testbed.labels[rows]
    low, high = np.full(key.max() + 1, 127), np.full(key.max() + 1, -1)
    np.minimum.at(low, key, labels)
    np.maximum.at(high, key, labels)
    kept = []
    for name in classes:
        number = testbed.classes.index(name)
        of_class = np.flatnonzero((labels == number) & (low[key] == high[key]))
        _, first = np.unique(key[of_class], return_index=True)
        taken: list[np.ndarray] = []
        for one in key[of_class][np.sort(first)]:
            if sum(map(len, taken)) >= PACKETS_OF_A_CLASS:
                break
            taken.append(np.flatnonzero(key == one)[: 2 * PACKETS_OF_A_CLASS])
        kept += taken
    return rows[np.sort(np.concatenate(kept))]


def write_frames(path: Path, packets: PacketTable, shift_ns: int = 0) -> None:
    """A classic pcap of the table's frames, as they are."""
    data = bytearray(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    for i in range(len(packets)):
        start, size = int(packets.offset[i]), int(packets.captured_length[i])
        second, rest = divmod(int(packets.time_ns[i]) + shift_ns, 10**9)
        data += struct.pack("<IIII", second, rest // 1000, size, int(packets.length[i]))
        data += packets.buffer[start : start + size].tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def make_cic_ids2017(testbed: Dataset, folder: Path) -> dict[str, list[str]]:
    """Two days of captures and CSVs; capture -> the recording's class of each packet.

    Monday's CSV has seconds; Wednesday's a clock of 12 hours to the minute, which passes one in
    the afternoon.
    """
    truth = {}
    for day, capture, begin, form in (
        (
            "Monday-WorkingHours",
            2,
            datetime(2017, 7, 3, 8, 55, 58, tzinfo=ADT),
            "%d/%m/%Y %H:%M:%S",
        ),
        (
            "Wednesday-workingHours",
            1,
            datetime(2017, 7, 5, 12, 58, 3, tzinfo=ADT),
            "%d/%m/%Y %I:%M",
        ),
    ):
        there = np.unique(testbed.labels[testbed.packets.capture == capture])
        rows = chosen_rows(testbed, capture, [testbed.classes[n] for n in there])
        packets = testbed.packets.take(rows)
        shift = int(begin.timestamp()) * 10**9 - int(packets.time_ns.min())
        write_frames(folder / "PCAPs" / f"{day}.pcap", packets, shift)
        names = [testbed.classes[n] for n in testbed.labels[rows]]
        truth[f"{day}.pcap"] = names
        lines = _ids_rows(packets, names, shift, form)
        path = folder / "TrafficLabelling" / f"{day}.pcap_ISCX.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"\r\n".join([IDS_COLUMNS.encode(), *lines, b""]))
    return truth


def _ids_rows(packets: PacketTable, names: Sequence[str], shift: int, form: str) -> list[bytes]:
    flows = flow_table(packets)
    _, first = np.unique(flows.flow_of_packet, return_index=True)
    lines = []
    for number, row in enumerate(first):
        flow = flows.row(number)
        start = datetime.fromtimestamp((int(packets.time_ns[row]) + shift) / 1e9, UTC)
        # CICFlowMeter of 2017 knows TCP and UDP only.
        other = flow["Protocol"] not in (6, 17)
        duration = int(flow["Flow Duration"])
        cells: dict[int, object] = {
            0: flow["Flow ID"],
            1: flow["Src IP"],
            2: 0 if other else flow["Src Port"],
            3: flow["Dst IP"],
            4: 0 if other else flow["Dst Port"],
            5: 0 if other else flow["Protocol"],
            6: start.astimezone(ADT).strftime(form),
            7: -1 if duration == 0 and number % 2 else duration,
            20: flow["Flow Bytes/s"] if duration else ("NaN" if number % 3 else "Infinity"),
            21: flow["Flow Packets/s"] if duration else "Infinity",
        }
        text = ",".join(str(cells.get(place, 0)) for place in range(84))
        lines.append(text.encode() + b"," + IDS_LABELS[names[row]])
    return [*lines, lines[0], lines[-1], *[b"," * 84] * EMPTY_ROWS]


def make_folders(
    testbed: Dataset, folder: Path, folder_of_class: Mapping[str, str], capture: int = 1
) -> dict[str, int]:
    """`FOLDER/CLASS/CLASS1.pcap` each; the recording's class -> packets."""
    rows = chosen_rows(testbed, capture, folder_of_class)
    counts = {}
    for name, own in folder_of_class.items():
        mine = rows[testbed.labels[rows] == testbed.classes.index(name)]
        write_frames(folder / own / f"{own}1.pcap", testbed.packets.take(mine))
        counts[name] = len(mine)
    return counts
