"""The two CSVs of the miniature ACI-IoT-2023, with the quirks of the real ones, counted."""

from __future__ import annotations

import csv
import io
import ipaddress
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pclip.data.aci_iot.facts import FLOW_COLUMNS
from pclip.files import write_atomic
from pclip.packets import FlowTable, PacketTable
from pclip.packets.network import datagram_length

AHEAD_S = -4 * 3600
"""Seconds that the flow CSV's clock is ahead of UTC."""
CONSTANT = ("Fwd URG Flags", "Bwd URG Flags", "URG Flag Count", "CWR Flag Count",
            "Fwd Bytes/Bulk Avg", "Bwd Bytes/Bulk Avg")  # fmt: skip
IDLE_EVERY, ODD_EVERY = 9, 11
DUPLICATES = 7
PAYLOAD_ORDER = ("payload", "srcip", "sport", "dstip", "dsport", "protocol_m", "sttl", "total_len",
                 "stime", "label")  # fmt: skip
PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 58: "ipv6-icmp", 2: "igmp"}


def write_flow_csv(
    path: Path,
    flows: FlowTable,
    classes: NDArray[np.str_],
    wired: NDArray[np.bool_],
    left_out: NDArray[np.integer],
    ambiguous: int,
) -> dict[str, int]:
    """Write the flows; the ambiguous one stands twice, as two classes. Returns the quirks."""
    quirks = dict.fromkeys(("rows", "infinite bytes", "infinite packets", "clock in Idle"), 0)
    rows = []
    for number in range(len(flows)):
        if number in left_out:
            continue
        cells = _flow_cells(flows, number)
        for column, name in (("Flow Bytes/s", "bytes"), ("Flow Packets/s", "packets")):
            if float(cells["Flow Duration"]) == 0:
                cells[column] = "inf"
                quirks[f"infinite {name}"] += 1
        if number % IDLE_EVERY == 0:
            micro = _start_s(flows, number) * 1e6 + 123_457
            cells |= dict.fromkeys(("Idle Mean", "Idle Max", "Idle Min"), repr(micro))
            quirks["clock in Idle"] += 1
        cells["Connection Type"] = "wired" if wired[number] else "wireless"
        cells["Label"] = str(classes[number])
        rows.append(cells)
        if number == ambiguous:
            rows.append(cells | {"Label": "DNS Flood"})
            quirks["clock in Idle"] += number % IDLE_EVERY == 0
            for name in ("bytes", "packets"):
                quirks[f"infinite {name}"] += cells["Flow Bytes/s"] == "inf"
    # Rows that neither lack a number nor tell the time keep the other counts as they are.
    plain = [r for r in rows if r["Flow Bytes/s"] != "inf" and float(r["Idle Mean"]) < 1e12]
    rows += plain[:DUPLICATES]
    quirks |= {"rows": len(rows), "duplicates": DUPLICATES, "swapped": len(rows)}
    _write(path, FLOW_COLUMNS, [[row[name] for name in FLOW_COLUMNS] for row in rows])
    return quirks


def write_payload_csv(
    path: Path, packets: PacketTable, classes: NDArray[np.str_]
) -> dict[str, int]:
    """Write a row for each IP packet; returns the quirks."""
    network = packets.offset + packets.network_offset
    total = datagram_length(packets.buffer, network, packets.offset + packets.captured_length)
    rows, odd, empty = [], 0, 0
    usable = np.flatnonzero(packets.usable)
    addresses = (packets.source_address, packets.destination_address)
    for count, row in enumerate(usable.tolist()):
        start = int(packets.offset[row])
        at, end = int(packets.payload_offset[row]), int(packets.end_offset[row])
        found = packets.buffer[start + at : start + end].tobytes()
        header = at - int(packets.network_offset[row])
        # The recording kept the first bytes of a packet; the real file has all.
        whole = found + bytes(max(int(total[row]) - header - len(found), 0))
        text = whole.hex() or "0"
        empty += not whole
        if whole and count % ODD_EVERY == 0:
            text, odd = text + "a", odd + 1
        source, target = (_words(table[row]) for table in addresses)
        ports = (max(int(p[row]), 0) for p in (packets.source_port, packets.destination_port))
        sport, dsport = ports
        cells = {
            "payload": text, "srcip": source, "sport": sport, "dstip": target, "dsport": dsport,
            "protocol_m": PROTOCOLS.get(int(packets.protocol[row]), int(packets.protocol[row])),
            "sttl": int(packets.ttl[row]), "total_len": int(total[row]),
            "stime": f"{int(packets.time_ns[row]) // 1000 / 1e6:.6f}", "label": classes[row],
        }  # fmt: skip
        rows.append([cells[name] for name in PAYLOAD_ORDER])
    _write(path, PAYLOAD_ORDER, rows)
    return {"rows": len(rows), "odd": odd, "without payload": empty}


def _flow_cells(flows: FlowTable, number: int) -> dict[str, str]:
    """One flow as text; what the flow table does not measure, and what is constant, is 0."""
    row = flows.row(number)
    cells = {name: str(row.get(name, 0)) for name in FLOW_COLUMNS} | dict.fromkeys(CONSTANT, "0")
    moment = datetime.fromtimestamp(_start_s(flows, number) + AHEAD_S, UTC)
    return cells | {"Timestamp": moment.strftime("%Y-%d-%m %H:%M:%S")}


def _start_s(flows: FlowTable, number: int) -> int:
    text = str(flows.columns["Timestamp"][number])
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def _words(address: NDArray[np.uint8]) -> str:
    value = ipaddress.IPv6Address(address.tobytes())
    return str(value.ipv4_mapped or value)


def _write(path: Path, columns: tuple[str, ...], rows: list[list[object]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    write_atomic(path, text.getvalue())
