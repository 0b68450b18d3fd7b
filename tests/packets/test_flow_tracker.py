"""Flows chunk by chunk against flows in one piece."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pclip.packets import (
    FLOW_COLUMNS,
    FlowTable,
    FlowTracker,
    PacketTable,
    flow_table,
    read_capture,
    read_captures,
)
from tests.packets.made_tables import CHEAP, OPTIONS, made_tables

TESTBED = Path(__file__).parents[2] / "pclip" / "data" / "testbed"


def streamed(packets: PacketTable, sizes: list[int], **options) -> tuple[dict, list[int]]:
    """Columns by flow number and flows of packets, from chunks of these sizes."""
    tracker = FlowTracker(**options)
    numbers: list[int] = []
    parts = []
    rows, start = np.arange(len(packets)), 0
    for size in itertools.cycle(sizes):
        if start >= len(packets):
            break
        numbers += tracker.add(packets.take(rows[start : start + size])).tolist()
        start += size
        parts.append(tracker.finished())
    parts.append(tracker.close())
    order = np.argsort(np.concatenate([part.number for part in parts]))
    assert not any(part.evicted.any() for part in parts)
    columns = {
        name: np.concatenate([part.columns[name] for part in parts])[order] for name in FLOW_COLUMNS
    }
    return columns, numbers


def assert_same_flows(flows: FlowTable, columns: dict, numbers: list[int]) -> None:
    assert flows.flow_of_packet.tolist() == numbers
    for name in FLOW_COLUMNS:
        one, many = flows.columns[name], columns[name]
        if one.dtype.kind == "f":
            np.testing.assert_allclose(many, one, rtol=1e-9, atol=1e-9, err_msg=name)
        else:
            assert (one == many).all(), name


@CHEAP
@given(data=st.data())
def test_chunks_give_what_one_piece_gives(few_endpoints, data):
    packets = data.draw(made_tables(few_endpoints, dealt=False))
    options = data.draw(st.sampled_from(OPTIONS))
    sizes = data.draw(st.lists(st.integers(1, 7), min_size=1, max_size=3))
    assert_same_flows(flow_table(packets, **options), *streamed(packets, sizes, **options))


@pytest.mark.parametrize("sizes", [[1], [7], [1000, 13], [4096]])
@pytest.mark.parametrize("options", [{}, OPTIONS[3]])
def test_chunks_of_the_testbed_give_what_one_piece_gives(sizes, options):
    packets = read_captures([TESTBED / "round4_cloud.pcap.xz", TESTBED / "round3_cloud.pcap.xz"])
    if max(sizes) < 10:
        packets = packets.take(np.arange(0, len(packets), 9))
    assert_same_flows(flow_table(packets, **options), *streamed(packets, sizes, **options))


def spoofed(build, write_pcap, count: int, name: str = "flood.pcap"):
    """As many flows of one SYN, a millisecond apart."""
    frames = [
        build.ethernet(build.ipv4(6, build.tcp(flags=2), source=f"10.{n >> 8}.{n & 255}.1"))
        for n in range(count)
    ]
    times = [10**18 + n * 10**6 for n in range(count)]
    return read_capture(write_pcap(frames, times_ns=times, name=name))


def test_a_flood_is_evicted_oldest_first_and_counted(build, write_pcap):
    packets = spoofed(build, write_pcap, 300)
    tracker = FlowTracker(max_flows=50)
    numbers = np.concatenate(
        [tracker.add(packets.take(np.arange(n, n + 20))) for n in range(0, 300, 20)]
    )
    assert numbers.tolist() == list(range(300))
    assert tracker.open_flows == 50
    assert tracker.evicted == 250
    ended = tracker.finished()
    assert ended.number.tolist() == list(range(250))
    assert ended.evicted.all()
    rest = tracker.close()
    assert rest.number.tolist() == list(range(250, 300))
    assert not rest.evicted.any()
    assert (rest.columns["Total Fwd Packet"] == 1).all()


def test_which_flows_are_evicted_depends_on_the_chunks(build, write_pcap):
    frames = [build.zoo()["tcp"], build.zoo()["udp"]] * 2
    packets = read_capture(write_pcap(frames))
    found = []
    for size in (1, 4):
        tracker = FlowTracker(max_flows=1)
        numbers = [tracker.add(packets.take(range(n, n + size))) for n in range(0, 4, size)]
        found.append((np.concatenate(numbers).tolist(), tracker.evicted))
    assert found == [([0, 1, 2, 3], 3), ([0, 1, 0, 1], 1)]


def test_rows_of_ended_flows_are_used_again(build, write_pcap):
    packets = spoofed(build, write_pcap, 2000)
    tracker = FlowTracker(idle_timeout_s=0.1, max_flows=None)
    for n in range(0, 2000, 100):
        tracker.add(packets.take(np.arange(n, n + 100)))
        assert tracker.open_flows <= 101
    assert len(tracker._store.alive) < 500
    assert len(tracker.finished()) + len(tracker.close()) == 2000
    assert tracker.evicted == 0


def test_a_flow_comes_out_once_and_only_after_it_ended(build, write_pcap):
    frame = build.zoo()["echo"]
    packets = read_capture(
        write_pcap([frame] * 3, times_ns=[10**18, 10**18 + 1000, 10**18 + 10**11])
    )
    tracker = FlowTracker()
    assert tracker.add(packets.take([0, 1])).tolist() == [0, 0]
    assert len(tracker.finished()) == 0
    assert tracker.add(packets.take([2])).tolist() == [1]
    assert tracker.finished().columns["Total Fwd Packet"].tolist() == [2]
    assert len(tracker.finished()) == 0
    assert tracker.close().number.tolist() == [1]
    with pytest.raises(ValueError, match="was closed"):
        tracker.add(packets)


def test_one_time_far_ahead_costs_each_flow_a_cut_and_no_more(build, write_pcap):
    frame = build.zoo()["echo"]
    times = [10**18 + n * 10**9 for n in range(10)]
    times[4] = 10**18 + 10**15
    packets = read_capture(write_pcap([frame] * 10, times_ns=times))
    tracker = FlowTracker()
    assert tracker.add(packets).tolist() == [0] * 4 + [1] + [2] * 5
    assert tracker.clock.steps_back == 1


@pytest.mark.parametrize("size", [1, 3, 100])
def test_joined_captures_whose_clocks_are_apart_are_warned_of(build, write_pcap, caplog, size):
    frames = [build.zoo()[name] for name in ("echo", "arp", "tcp", "udp")]
    late = [10**18 + n * 10**9 for n in range(4)]
    early = [10**18 - 3_600 * 10**9 + n * 10**9 for n in range(4)]
    joined = write_pcap(frames * 3, times_ns=late + early + late, name="joined.pcap")
    again = write_pcap(frames * 2, times_ns=late + early, name="again.pcap")
    packets = read_captures([joined, write_pcap(frames, times_ns=late, name="one.pcap"), again])
    tracker = FlowTracker()
    for start in range(0, len(packets), size):
        tracker.add(packets.take(range(start, min(start + size, len(packets)))))
    tracker.close()
    back = "the clock goes back by 3,603 s, and all open flows end there. Were captures joined?"
    assert [warning.partition(" Give")[0] for warning in tracker.warnings] == [
        f"joined.pcap: at record 5 {back}",
        f"again.pcap: at record 5 {back}",
    ]
    assert [record.getMessage() for record in caplog.records] == list(tracker.warnings)
    assert flow_table(packets).warnings == tracker.warnings
    assert flow_table(packets.take(np.argsort(packets.time_ns, kind="stable"))).warnings == ()
    swung = FlowTracker()
    swung.add(read_capture(write_pcap(frames * 4, times_ns=(late + early) * 2, name="x.pcap")))
    (warning,) = swung.warnings
    assert "by 3,603 s, the first of 2 such steps, and all" in warning
    assert swung.clock.steps_back == 2


@pytest.mark.parametrize(
    "options",
    [{"idle_timeout_s": -1.0}, {"active_timeout_s": float("nan")}, {"max_flows": 0}],
)
def test_options_that_mean_nothing_are_refused(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        FlowTracker(**options)
