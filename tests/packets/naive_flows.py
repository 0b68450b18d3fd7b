"""The flow table as a loop over packets."""

from __future__ import annotations

import ipaddress
import itertools
import statistics
from datetime import UTC, datetime

import numpy as np

from pclip.packets import PacketTable

FLAGS = {"FIN": 1, "SYN": 2, "RST": 4, "PSH": 8, "ACK": 16, "URG": 32, "ECE": 64, "CWR": 128}


def words(address: bytes) -> str:
    value = ipaddress.IPv6Address(address)
    return str(value.ipv4_mapped or value)


def naive_payload(table: PacketTable, row: int) -> int:
    start = int(table.offset[row] + table.network_offset[row])
    head = table.buffer[start : start + 6].tobytes()
    wire = int(table.length[row] - table.network_offset[row])
    stated = int.from_bytes(head[2:4])
    if head[0] >> 4 == 6:
        stated = int.from_bytes(head[4:6])
        stated += 40 if stated else 0
    size = min(stated, wire) if stated else wire
    return max(size - int(table.payload_offset[row] - table.network_offset[row]), 0)


def measures(name: str, values: list[float]) -> dict[str, float]:
    return {
        f"{name} Max": max(values, default=0.0),
        f"{name} Min": min(values, default=0.0),
        f"{name} Mean": statistics.fmean(values) if values else 0.0,
        f"{name} Std": statistics.stdev(values) if len(values) > 1 else 0.0,
    }


def naive_flows(table: PacketTable, **options) -> tuple[list[dict], list[int]]:
    """One packet at a time, in file order within each capture."""
    idle = round(options.get("idle_timeout_s", 60.0) * 1e9)
    active = options.get("active_timeout_s")
    close = options.get("end_on_tcp_close", False)
    activity = round(options.get("activity_timeout_s", 5.0) * 1e9)
    groups: list[list[int]] = []
    for capture in np.unique(table.capture):
        open_flows: dict[tuple, tuple[list[int], int, int]] = {}
        now = None
        for row in np.flatnonzero(table.usable & (table.capture == capture)).tolist():
            time = int(table.time_ns[row])
            if now is None or now - time > 60 * 10**9:
                now, open_flows = time, {}
            now = max(now, time)
            ends = frozenset(
                [
                    (table.source_address[row].tobytes(), int(table.source_port[row])),
                    (table.destination_address[row].tobytes(), int(table.destination_port[row])),
                ]
            )
            key = (int(table.protocol[row]), ends)
            rows, first, last = open_flows.get(key, ([], now, now))
            if (
                not rows
                or now - last > idle
                or (active is not None and now - first > round(active * 1e9))
                or (close and table.tcp_flags[rows[-1]] & 5)
            ):
                rows, first = [], now
                groups.append(rows)
            rows.append(row)
            open_flows[key] = rows, first, now
    groups.sort(key=min)
    flow_of_packet = [-1] * len(table)
    for number, rows in enumerate(groups):
        for row in rows:
            flow_of_packet[row] = number
    return [naive_row(table, rows, activity) for rows in groups], flow_of_packet


def naive_bulks(rows, times, lengths, forward) -> dict:
    """Runs of payload one way, not interrupted by payload the other way, pauses at most 1 s."""
    runs: list[list[int]] = []
    for row in rows:
        if not lengths[row]:
            continue
        run = runs[-1] if runs else None
        if run is None or forward[run[-1]] != forward[row] or times[row] - times[run[-1]] > 1e9:
            runs.append([])
        runs[-1].append(row)
    result = {}
    for name, way in (("Fwd", True), ("Bwd", False)):
        bulks = [run for run in runs if len(run) >= 4 and forward[run[0]] == way]
        volume = sum(lengths[row] for run in bulks for row in run)
        time = sum(times[run[-1]] - times[run[0]] for run in bulks) / 1e9
        result[f"{name} Bytes/Bulk Avg"] = volume / len(bulks) if bulks else 0.0
        result[f"{name} Packet/Bulk Avg"] = sum(map(len, bulks)) / len(bulks) if bulks else 0.0
        result[f"{name} Bulk Rate Avg"] = volume / time if time else 0.0
    return result


def naive_row(table: PacketTable, rows: list[int], activity: int) -> dict:
    def sender(row: int) -> tuple[bytes, int]:
        return table.source_address[row].tobytes(), int(table.source_port[row])

    fwd = [row for row in rows if sender(row) == sender(rows[0])]
    bwd = [row for row in rows if sender(row) != sender(rows[0])]
    first = rows[0]
    lengths = {name: [naive_payload(table, row) for row in part] for name, part in
               (("all", rows), ("fwd", fwd), ("bwd", bwd))}  # fmt: skip
    times = dict(
        zip(rows, itertools.accumulate((int(table.time_ns[row]) for row in rows), max), strict=True)
    )
    duration = (times[rows[-1]] - times[first]) / 1000
    source, destination = (
        words(column[first].tobytes())
        for column in (table.source_address, table.destination_address)
    )
    ports = [max(int(p[first]), 0) for p in (table.source_port, table.destination_port)]

    def gaps(part: list[int]) -> list[float]:
        return [(times[b] - times[a]) / 1000 for a, b in itertools.pairwise(part)]

    def raised(part: list[int], bit: int) -> int:
        return sum(bool(table.tcp_flags[row] & bit) for row in part)

    def rate(amount: float) -> float:
        return amount / (duration / 1e6) if duration else 0.0

    def window(part: list[int]) -> int:
        return next((int(table.tcp_window[row]) for row in part if table.protocol[row] == 6), -1)

    def headers(part: list[int]) -> list[int]:
        return [
            int(table.payload_offset[row] - table.transport_offset[row])
            if table.transport_offset[row] >= 0
            else 0
            for row in part
        ]

    second = int(table.time_ns[first]) // 10**9
    result = {
        "Flow ID": f"{source}-{destination}-{ports[0]}-{ports[1]}-{table.protocol[first]}",
        "Src IP": source,
        "Src Port": ports[0],
        "Dst IP": destination,
        "Dst Port": ports[1],
        "Protocol": int(table.protocol[first]),
        "Timestamp": datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M:%S"),
        "Flow Duration": duration,
        "Total Fwd Packet": len(fwd),
        "Total Bwd packets": len(bwd),
        "Total Length of Fwd Packet": sum(lengths["fwd"]),
        "Total Length of Bwd Packet": sum(lengths["bwd"]),
        "Flow Bytes/s": rate(sum(lengths["all"])),
        "Flow Packets/s": rate(len(rows)),
        "Fwd Packets/s": rate(len(fwd)),
        "Bwd Packets/s": rate(len(bwd)),
        "Fwd IAT Total": sum(gaps(fwd)),
        "Bwd IAT Total": sum(gaps(bwd)),
        "Fwd Header Length": sum(headers(fwd)),
        "Bwd Header Length": sum(headers(bwd)),
        "Packet Length Variance": statistics.variance(lengths["all"]) if len(rows) > 1 else 0.0,
        "Down/Up Ratio": len(bwd) / len(fwd),
        "Average Packet Size": statistics.fmean(lengths["all"]),
        "Fwd Segment Size Avg": statistics.fmean(lengths["fwd"]),
        "Bwd Segment Size Avg": statistics.fmean(lengths["bwd"]) if bwd else 0.0,
        "FWD Init Win Bytes": window(fwd),
        "Bwd Init Win Bytes": window(bwd),
        "Fwd Act Data Pkts": sum(size > 0 for size in lengths["fwd"]),
        "Fwd Seg Size Min": min(headers(fwd)),
    }
    subflows = 1 + sum(gap > 1e6 for gap in gaps(rows))
    for name, part in (("Fwd", fwd), ("Bwd", bwd)):
        result[f"Subflow {name} Packets"] = len(part) / subflows
        result[f"Subflow {name} Bytes"] = sum(lengths[name.lower()]) / subflows
    result |= naive_bulks(
        rows,
        times,
        dict(zip(rows, lengths["all"], strict=True)),
        {row: row in set(fwd) for row in rows},
    )
    idle, active_since, lasted = [], times[first], []
    for before, row in itertools.pairwise(rows):
        if times[row] - times[before] > activity:
            idle.append((times[row] - times[before]) / 1000)
            lasted.append((times[before] - active_since) / 1000)
            active_since = times[row]
    result |= measures("Idle", idle) | measures("Active", [length for length in lasted if length])
    result |= measures("Packet Length", lengths["all"])
    for name, part in (("Fwd", fwd), ("Bwd", bwd)):
        result |= measures(f"{name} Packet Length", lengths[name.lower()])
        result |= measures(f"{name} IAT", gaps(part))
        result |= {f"{name} {flag} Flags": raised(part, FLAGS[flag]) for flag in ("PSH", "URG")}
    result |= measures("Flow IAT", gaps(rows))
    result |= {f"{flag} Flag Count": raised(rows, bit) for flag, bit in FLAGS.items()}
    return result
