"""The flow table against a loop over packets."""

from __future__ import annotations

import dataclasses
import ipaddress
import itertools
import math
import statistics
import struct
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pclip.packets import FlowTable, PacketTable, flow_table, read_capture, read_captures

TESTBED = Path(__file__).parents[2] / "pclip" / "data" / "testbed"
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


def naive_flows(table: PacketTable, idle_s: float) -> tuple[list[dict], list[int]]:
    """One packet at a time, in order of time within each capture."""
    order = sorted(
        np.flatnonzero(table.usable).tolist(),
        key=lambda row: (table.capture[row], table.time_ns[row], table.index[row]),
    )
    open_flows: dict[tuple, list[int]] = {}
    groups: list[list[int]] = []
    for row in order:
        ends = frozenset(
            [
                (table.source_address[row].tobytes(), int(table.source_port[row])),
                (table.destination_address[row].tobytes(), int(table.destination_port[row])),
            ]
        )
        key = (int(table.capture[row]), int(table.protocol[row]), ends)
        rows = open_flows.get(key)
        if rows is None or table.time_ns[row] - table.time_ns[rows[-1]] > idle_s * 1e9:
            rows = open_flows[key] = []
            groups.append(rows)
        rows.append(row)
    groups.sort(key=min)
    flow_of_packet = [-1] * len(table)
    for number, rows in enumerate(groups):
        for row in rows:
            flow_of_packet[row] = number
    return [naive_row(table, rows) for rows in groups], flow_of_packet


def naive_row(table: PacketTable, rows: list[int]) -> dict:
    def sender(row: int) -> tuple[bytes, int]:
        return table.source_address[row].tobytes(), int(table.source_port[row])

    fwd = [row for row in rows if sender(row) == sender(rows[0])]
    bwd = [row for row in rows if sender(row) != sender(rows[0])]
    first = rows[0]
    lengths = {name: [naive_payload(table, row) for row in part] for name, part in
               (("all", rows), ("fwd", fwd), ("bwd", bwd))}  # fmt: skip
    duration = int(table.time_ns[rows[-1]] - table.time_ns[first]) / 1000
    source, destination = (
        words(column[first].tobytes())
        for column in (table.source_address, table.destination_address)
    )
    ports = [max(int(p[first]), 0) for p in (table.source_port, table.destination_port)]

    def gaps(part: list[int]) -> list[float]:
        times = [int(table.time_ns[row]) for row in part]
        return [(b - a) / 1000 for a, b in itertools.pairwise(times)]

    def raised(part: list[int], bit: int) -> int:
        return sum(bool(table.tcp_flags[row] & bit) for row in part)

    def rate(amount: float) -> float:
        return amount / (duration / 1e6) if duration else 0.0

    def window(part: list[int]) -> int:
        return next((int(table.tcp_window[row]) for row in part if table.protocol[row] == 6), -1)

    def headers(part: list[int]) -> int:
        return sum(
            int(table.payload_offset[row] - table.transport_offset[row])
            for row in part
            if table.transport_offset[row] >= 0
        )

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
        "Fwd Header Length": headers(fwd),
        "Bwd Header Length": headers(bwd),
        "Packet Length Variance": statistics.variance(lengths["all"]) if len(rows) > 1 else 0.0,
        "Down/Up Ratio": len(bwd) / len(fwd),
        "Average Packet Size": statistics.fmean(lengths["all"]),
        "Fwd Segment Size Avg": statistics.fmean(lengths["fwd"]),
        "Bwd Segment Size Avg": statistics.fmean(lengths["bwd"]) if bwd else 0.0,
        "FWD Init Win Bytes": window(fwd),
        "Bwd Init Win Bytes": window(bwd),
        "Fwd Act Data Pkts": sum(size > 0 for size in lengths["fwd"]),
    }
    result |= measures("Packet Length", lengths["all"])
    for name, part in (("Fwd", fwd), ("Bwd", bwd)):
        result |= measures(f"{name} Packet Length", lengths[name.lower()])
        result |= measures(f"{name} IAT", gaps(part))
        result |= {f"{name} {flag} Flags": raised(part, FLAGS[flag]) for flag in ("PSH", "URG")}
    result |= measures("Flow IAT", gaps(rows))
    result |= {f"{flag} Flag Count": raised(rows, bit) for flag, bit in FLAGS.items()}
    return result


def assert_equals_naive(table: PacketTable, flows: FlowTable, idle_s: float = 60.0) -> None:
    expected, flow_of_packet = naive_flows(table, idle_s)
    assert flows.flow_of_packet.dtype == np.int32
    assert flows.flow_of_packet.tolist() == flow_of_packet
    assert len(flows) == len(expected)
    for number, row in enumerate(expected):
        found = flows.row(number)
        assert found.keys() == row.keys()
        for name, value in row.items():
            if isinstance(value, str):
                assert found[name] == value
            else:
                assert math.isclose(found[name], value, rel_tol=1e-9, abs_tol=1e-6), name


@pytest.fixture(scope="module")
def table(build, tmp_path_factory) -> PacketTable:
    """Packets between two endpoints in either direction, and the zoo."""
    sides = [("198.51.100.66", 4000), ("198.51.100.1", 80), ("198.51.100.2", 80)]
    frames = list(build.zoo().values())
    for source, source_port in sides:
        for destination, destination_port in sides:
            for flags in (0x02, 0x19, 0xE4):
                segment = build.tcp(
                    bytes(flags), ports=(source_port, destination_port), flags=flags, window=flags
                )
                frames.append(
                    build.ethernet(build.ipv4(6, segment, source=source, destination=destination))
                )
    content = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for frame in frames:
        content += struct.pack("<IIII", 0, 0, len(frame), len(frame) + 300) + frame
    path = tmp_path_factory.mktemp("flows") / "made.pcap"
    path.write_bytes(content)
    return read_capture(path)


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(data=st.data())
def test_random_tables_equal_the_loop(table, data):
    count = data.draw(st.integers(0, 25))
    near_the_end = st.integers(len(table) - 27, len(table) - 1)
    rows = data.draw(
        st.lists(near_the_end | st.integers(0, len(table) - 1), min_size=count, max_size=count)
    )
    # Times with ties, steps back and gaps at and around the idle timeout.
    steps = data.draw(
        st.lists(
            st.sampled_from([0, 1, 1000, 7_000_000, -1000, 60 * 10**9, 60 * 10**9 + 1]),
            min_size=count,
            max_size=count,
        )
    )
    captures = data.draw(st.lists(st.integers(0, 1), min_size=count, max_size=count))
    packets = dataclasses.replace(
        table.take(rows),
        time_ns=1_700_000_000_000_000_000 + np.cumsum(np.array(steps, np.int64)),
        capture=np.array(captures, np.int16),
        index=np.arange(count, dtype=np.int32),
        captures=("one.pcap", "two.pcap"),
    )
    assert_equals_naive(packets, flow_table(packets))


@pytest.mark.parametrize("names", [["round1_cloud", "round2_cloud"], ["round4_things"]])
def test_testbed_equals_the_loop(names):
    packets = read_captures([TESTBED / f"{name}.pcap.xz" for name in names])
    packets = packets.take(np.arange(0, len(packets), 3))
    assert_equals_naive(packets, flow_table(packets))


def test_idle_timeout_is_a_parameter(build, write_pcap):
    frame = build.zoo()["echo"]
    times = [10**18, 10**18 + 2 * 10**9, 10**18 + 5 * 10**9]
    packets = read_capture(write_pcap([frame] * 3, times_ns=times))
    assert flow_table(packets).flow_of_packet.tolist() == [0, 0, 0]
    assert flow_table(packets, 2.0).flow_of_packet.tolist() == [0, 0, 1]
    assert flow_table(packets, 1.9).flow_of_packet.tolist() == [0, 1, 2]


def test_payload_is_counted_as_on_the_wire(build, write_pcap):
    frame = build.ethernet(build.ipv4(17, build.udp(bytes(1000))))
    packets = read_capture(write_pcap([frame[:60]], lengths=[len(frame)]))
    assert flow_table(packets).row(0)["Total Length of Fwd Packet"] == 1000
