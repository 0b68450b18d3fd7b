"""pcapng: sections, interfaces, clocks, three kinds of packet blocks, and lies."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pclip.packets import SKIP_REASONS, iter_captures, read_capture
from pclip.packets.link import LINK_UNKNOWN
from pclip.packets.pcapng_time import MAX_SECONDS, nanoseconds
from tests.packets.write_pcapng import CUSTOM, NAME_RESOLUTION, PcapngWriter

T = 1_700_000_000_123_456_789


def read(tmp_path, content: bytes):
    path = tmp_path / "made.pcapng"
    path.write_bytes(content)
    return read_capture(path)


def frame_of(packets, row: int) -> bytes:
    start = packets.offset[row]
    return packets.buffer[start : start + packets.captured_length[row]].tobytes()


@pytest.mark.parametrize("order", ["<", ">"])
def test_sections_interfaces_and_kinds_of_packets(tmp_path, build, order):
    frames = [build.zoo()[name] for name in ("tcp", "udp 6", "echo")]
    writer = PcapngWriter(order, options=[(1, b"a comment")])
    writer.interface(1, options=[(2, b"eth0")])
    writer.interface(101, resolution=9, offset_s=-5)
    writer.block(NAME_RESOLUTION, bytes(8))
    writer.packet(frames[0], T, interface=0, length=1500, options=[(2, bytes(4))])
    writer.packet(frames[1][14:], T, interface=1)
    writer.block(CUSTOM, b"1234 data")
    writer.old_packet(frames[2], T + 2000, interface=0)
    writer.statistics()
    other = ">" if order == "<" else "<"
    writer.section(other)
    writer.interface(1, resolution=0x80 | 20)
    writer.packet(frames[0], T + 10**9)
    packets = read(tmp_path, writer.content)
    assert packets.warnings == ()
    assert packets.link_type.tolist() == [1, 101, 1, 1]
    assert packets.length.tolist() == [1500, len(frames[1]) - 14, len(frames[2]), len(frames[0])]
    assert [frame_of(packets, row) for row in range(4)] == [
        frames[0], frames[1][14:], frames[2], frames[0],
    ]  # fmt: skip
    micro = T // 1000 * 1000
    assert packets.time_ns[:3].tolist() == [micro, T, micro + 2000]
    assert 0 <= T + 10**9 - packets.time_ns[3] <= 10**9 / 2**20 + 1
    assert packets.usable.all()
    assert packets.protocol.tolist() == [6, 17, 1, 6]


def test_simple_packets_take_the_time_before(tmp_path, build):
    frame = build.zoo()["tcp"]
    writer = PcapngWriter()
    writer.interface(1, snap_length=60)
    writer.simple_packet(frame[:60], length=len(frame))
    writer.packet(frame, T)
    writer.simple_packet(frame[:60], length=len(frame))
    packets = read(tmp_path, writer.content)
    assert packets.time_ns.tolist() == [0, T // 1000 * 1000, T // 1000 * 1000]
    assert packets.captured_length.tolist() == [60, len(frame), 60]
    assert packets.length.tolist() == [len(frame)] * 3
    assert "2 simple packets carry no time" in packets.warnings[0]


def test_packets_of_unknown_interfaces_keep_their_rows(tmp_path, build):
    frame = build.zoo()["tcp"]
    writer = PcapngWriter()
    writer.packet(frame, T)
    writer.interface(1)
    writer.packet(frame, T, interface=7)
    packets = read(tmp_path, writer.content)
    assert packets.link_type.tolist() == [LINK_UNKNOWN] * 2
    assert SKIP_REASONS[packets.skip_reason[0]] == "unknown link type"
    assert "1 packets of interfaces not described" in packets.warnings[1]


def test_interfaces_of_the_next_section_are_not_this_ones(tmp_path, build):
    frame = build.zoo()["tcp"]
    writer = PcapngWriter()
    writer.interface(1)
    writer.packet(frame, T)
    writer.packet(frame, T, interface=1)
    writer.section()
    writer.interface(101)
    writer.packet(frame[14:], T)
    path = tmp_path / "made.pcapng"
    path.write_bytes(writer.content)
    assert read_capture(path).link_type.tolist() == [1, LINK_UNKNOWN, 101]
    chunks = iter_captures([path], chunk_packets=1)
    assert [int(chunk.link_type[0]) for chunk in chunks] == [1, LINK_UNKNOWN, 101]


def test_a_packet_that_claims_more_than_its_block_is_cut(tmp_path, build):
    frame = build.zoo()["tcp"]
    writer = PcapngWriter()
    writer.interface()
    head = struct.pack("<IIIII", 0, 0, 0, 9000, 9000)
    writer.block(6, head + frame)
    writer.packet(frame, T)
    packets = read(tmp_path, writer.content)
    assert packets.captured_length.tolist() == [(len(frame) + 3) // 4 * 4, len(frame)]
    assert "claim more bytes than their blocks hold" in packets.warnings[0]


@pytest.mark.parametrize(
    "garbage", [b"\xff" * 44, b"\x06\0\0\0\xff\xff\0\0" * 40, b"\x0a\x0d\x0d\x0a"]
)
def test_reading_goes_on_behind_garbage(tmp_path, build, garbage):
    frame = build.zoo()["tcp"]
    writer = PcapngWriter()
    writer.interface()
    writer.packet(frame, T)
    stood = len(writer.content)
    writer.content += garbage
    for number in range(4):
        writer.packet(frame, T + number)
    packets = read(tmp_path, writer.content)
    assert len(packets) == 5
    assert f"at byte {stood:,}: {len(garbage):,} bytes skipped" in packets.warnings[0]
    assert packets.usable.all()


def test_blocks_whose_lengths_differ_and_cut_blocks(tmp_path, build):
    frame = build.zoo()["tcp"]
    writer = PcapngWriter()
    writer.interface()
    writer.packet(frame, T)
    good = len(writer.content)
    writer.packet(frame, T)
    bad = bytearray(writer.content)
    bad[-4] ^= 4
    packets = read(tmp_path, bytes(bad))
    assert len(packets) == 1
    assert "two lengths differ" in packets.warnings[0]
    for cut in range(1, len(writer.content) - good):
        packets = read(tmp_path, writer.content[:-cut])
        assert len(packets) == 1
        assert f"cut inside a block at byte {good:,}" in packets.warnings[0]


@pytest.mark.parametrize(
    ("code", "units", "expected"),
    [
        (0, 5, 5 * 10**9),
        (3, 1500, 1_500_000_000),
        (6, 1_500_000, 1_500_000_000),
        (9, 7, 7),
        (12, 7_999, 7),
        (19, 10**19 + 5 * 10**18, 1_500_000_000),
        (0x80, 3, 3 * 10**9),
        (0x80 | 1, 3, 1_500_000_000),
        (0x80 | 40, 3 << 39, 1_500_000_000),
        (0x80 | 63, 3 << 62, 1_500_000_000),
        (20, 2**64 - 1, 0),
        (0x80 | 64, 2**64 - 1, 0),
        (127, 2**64 - 1, 0),
        (0, 2**64 - 1, MAX_SECONDS * 10**9),
        (6, 2**64 - 1, MAX_SECONDS * 10**9 + 551_615_000),
    ],
)
def test_clocks(code, units, expected):
    high, low = (np.array([value], np.int64) for value in divmod(units, 2**32))
    got = nanoseconds(high, low, np.array([code]), np.array([0]))
    assert got.tolist() == [expected]


def test_offsets_of_clocks_are_bounded():
    one = np.array([1], np.int64)
    for offset, expected in ((5, 5), (-5, 0), (2**63 - 1, MAX_SECONDS), (-(2**63), 0)):
        got = nanoseconds(0 * one, 0 * one, 6 * one, np.array([offset], np.int64))
        assert got.tolist() == [expected * 10**9]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    order=st.sampled_from("<>"),
    resolution=st.sampled_from([None, 6, 9, 0x80 | 30]),
    packets=st.lists(
        st.tuples(st.binary(max_size=90), st.integers(0, 4 * 10**18), st.integers(0, 2)),
        max_size=8,
    ),
)
def test_round_trip(tmp_path_factory, order, resolution, packets):
    writer = PcapngWriter(order)
    links = (1, 101, 276)
    for link in links:
        writer.interface(link, resolution=resolution)
    for frame, time, interface in packets:
        writer.packet(frame, time, interface=interface, length=len(frame) + 3)
    path = tmp_path_factory.mktemp("ng") / "x.pcapng"
    path.write_bytes(writer.content)
    table = read_capture(path)
    assert [frame_of(table, row) for row in range(len(table))] == [frame for frame, *_ in packets]
    assert table.link_type.tolist() == [links[interface] for *_, interface in packets]
    assert table.length.tolist() == [len(frame) + 3 for frame, *_ in packets]
    unit = {None: 1000, 6: 1000}.get(resolution, 1)
    for got, (_, time, _) in zip(table.time_ns.tolist(), packets, strict=True):
        assert 0 <= time - got <= max(unit - 1, 1)
