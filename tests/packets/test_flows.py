"""The flow table against a loop over packets."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pclip.packets import (
    FLOW_COLUMNS,
    FlowTable,
    PacketTable,
    flow_table,
    read_capture,
    read_captures,
)
from tests.packets.made_tables import CHEAP, OPTIONS, made_tables
from tests.packets.naive_flows import naive_flows

TESTBED = Path(__file__).parents[2] / "pclip" / "data" / "testbed"


def assert_equals_naive(table: PacketTable, flows: FlowTable, **options) -> None:
    expected, flow_of_packet = naive_flows(table, **options)
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


@CHEAP
@given(data=st.data())
def test_random_tables_equal_the_loop(few_endpoints, data):
    packets = data.draw(made_tables(few_endpoints))
    options = data.draw(st.sampled_from(OPTIONS))
    assert_equals_naive(packets, flow_table(packets, **options), **options)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("names", [["round1_cloud", "round2_cloud"], ["round4_things"]])
def test_testbed_equals_the_loop(names, options):
    packets = read_captures([TESTBED / f"{name}.pcap.xz" for name in names])
    packets = packets.take(np.arange(0, len(packets), 3 if not options else 11))
    assert_equals_naive(packets, flow_table(packets, **options), **options)


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


def test_columns_are_those_of_aci_iot_2023_in_their_order(few_endpoints):
    """The header of the dataset's flow CSV, without Label and Connection Type."""
    header = """
    Flow ID, Src IP, Src Port, Dst IP, Dst Port, Protocol, Timestamp, Flow Duration,
    Total Fwd Packet, Total Bwd packets, Total Length of Fwd Packet, Total Length of Bwd Packet,
    Fwd Packet Length Max, Fwd Packet Length Min, Fwd Packet Length Mean, Fwd Packet Length Std,
    Bwd Packet Length Max, Bwd Packet Length Min, Bwd Packet Length Mean, Bwd Packet Length Std,
    Flow Bytes/s, Flow Packets/s, Flow IAT Mean, Flow IAT Std, Flow IAT Max, Flow IAT Min,
    Fwd IAT Total, Fwd IAT Mean, Fwd IAT Std, Fwd IAT Max, Fwd IAT Min, Bwd IAT Total,
    Bwd IAT Mean, Bwd IAT Std, Bwd IAT Max, Bwd IAT Min, Fwd PSH Flags, Bwd PSH Flags,
    Fwd URG Flags, Bwd URG Flags, Fwd Header Length, Bwd Header Length, Fwd Packets/s,
    Bwd Packets/s, Packet Length Min, Packet Length Max, Packet Length Mean, Packet Length Std,
    Packet Length Variance, FIN Flag Count, SYN Flag Count, RST Flag Count, PSH Flag Count,
    ACK Flag Count, URG Flag Count, CWR Flag Count, ECE Flag Count, Down/Up Ratio,
    Average Packet Size, Fwd Segment Size Avg, Bwd Segment Size Avg, Fwd Bytes/Bulk Avg,
    Fwd Packet/Bulk Avg, Fwd Bulk Rate Avg, Bwd Bytes/Bulk Avg, Bwd Packet/Bulk Avg,
    Bwd Bulk Rate Avg, Subflow Fwd Packets, Subflow Fwd Bytes, Subflow Bwd Packets,
    Subflow Bwd Bytes, FWD Init Win Bytes, Bwd Init Win Bytes, Fwd Act Data Pkts,
    Fwd Seg Size Min, Active Mean, Active Std, Active Max, Active Min, Idle Mean, Idle Std,
    Idle Max, Idle Min
    """
    names = tuple(" ".join(name.split()) for name in header.split(","))
    assert names == FLOW_COLUMNS
    assert len(set(names)) == 83
    assert tuple(flow_table(few_endpoints).columns) == names
    assert tuple(flow_table(few_endpoints.take([])).columns) == names


def test_bulks_by_hand(build, write_pcap):
    """Five packets of 10 bytes in 0.4 s, an answer, then three that are no bulk."""
    there = build.ethernet(build.ipv4(17, build.udp(bytes(10))))
    back = build.ethernet(
        build.ipv4(
            17,
            build.udp(bytes(7), ports=(53, 5353)),
            source="198.51.100.1",
            destination="198.51.100.66",
        )
    )
    times = [10**18 + n * 10**8 for n in range(9)]
    packets = read_capture(write_pcap([there] * 5 + [back] + [there] * 3, times_ns=times))
    row = flow_table(packets).row(0)
    assert row["Fwd Bytes/Bulk Avg"] == 50
    assert row["Fwd Packet/Bulk Avg"] == 5
    assert row["Fwd Bulk Rate Avg"] == pytest.approx(50 / 0.4)
    assert row["Bwd Bytes/Bulk Avg"] == row["Bwd Bulk Rate Avg"] == 0


def test_pauses_by_hand(build, write_pcap):
    """Active for 2 s, idle for 8 s, active at one moment only, idle for 6 s, then the end."""
    seconds = [0, 0.5, 2, 10, 16, 16.5]
    packets = read_capture(
        write_pcap([build.zoo()["udp"]] * 6, times_ns=[10**18 + int(s * 1e9) for s in seconds])
    )
    row = flow_table(packets).row(0)
    assert (row["Active Mean"], row["Active Max"], row["Active Std"]) == (2e6, 2e6, 0)
    assert (row["Idle Mean"], row["Idle Max"], row["Idle Min"]) == (7e6, 8e6, 6e6)
    assert row["Subflow Fwd Packets"] == 6 / 4
    assert row["Fwd Seg Size Min"] == 8


def test_long_and_closed_flows_are_cut_if_asked(build, write_pcap):
    flags = [2, 16, 17, 16, 4, 2]
    frames = [build.ethernet(build.ipv4(6, build.tcp(flags=flag))) for flag in flags]
    packets = read_capture(
        write_pcap(frames, times_ns=[10**18 + n * 10**9 for n in range(len(frames))])
    )
    assert flow_table(packets).flow_of_packet.tolist() == [0] * 6
    assert flow_table(packets, active_timeout_s=2).flow_of_packet.tolist() == [0, 0, 0, 1, 1, 1]
    closed = flow_table(packets, end_on_tcp_close=True)
    assert closed.flow_of_packet.tolist() == [0, 0, 0, 1, 1, 2]
