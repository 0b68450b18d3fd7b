"""The capture reader, also fed rubbish."""

from __future__ import annotations

import gzip
import logging
import lzma
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pclip.errors import PclipError
from pclip.packets import (
    CaptureError,
    PacketTable,
    bigram_tokens,
    flow_table,
    read_capture,
    read_captures,
)

FUZZ = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)


def read_all(packets: PacketTable) -> None:
    """Everything that reads packet contents."""
    for policy in ("legacy38", "paper", "identity_free"):
        bigram_tokens(packets, policy)
    flows = flow_table(packets)
    assert ((flows.flow_of_packet >= 0) == packets.usable).all()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nano", [False, True])
def test_byte_orders_and_time_units(build, write_pcap, order, nano):
    frames = [build.zoo()["tcp"], b"", build.zoo()["udp 6"]]
    times = [1_700_000_000_123_456_789, 1, 4_294_967_295_999_999_999]
    path = write_pcap(frames, order=order, nano=nano, times_ns=times, lengths=[1500, 0, 999])
    packets = read_capture(path)
    unit = 1 if nano else 1000
    assert packets.time_ns.tolist() == [time // unit * unit for time in times]
    assert packets.length.tolist() == [1500, 0, 999]
    assert packets.captured_length.tolist() == [len(frame) for frame in frames]
    assert packets.index.tolist() == [0, 1, 2]
    assert packets.captures == ("made.pcap",)
    assert packets.warnings == ()
    for row, frame in enumerate(frames):
        start = packets.offset[row]
        assert packets.buffer[start : start + len(frame)].tobytes() == frame
    for name in ("offset", "time_ns"):
        assert getattr(packets, name).dtype == np.int64
    assert packets.capture.dtype == np.int16
    assert packets.link_type.dtype == np.uint16


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress])
def test_compression_is_told_from_content(build, write_pcap, compress):
    path = write_pcap(list(build.zoo().values()))
    plain = read_capture(path)
    path.write_bytes(compress(path.read_bytes()))
    packed = read_capture(path)
    assert np.array_equal(plain.buffer, packed.buffer)
    assert np.array_equal(plain.offset, packed.offset)


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress])
def test_damaged_compression_keeps_what_stands_before(write_pcap, compress, caplog):
    noise = np.random.default_rng(0).integers(0, 256, (300, 9000), np.uint8)
    path = write_pcap([row.tobytes() for row in noise])
    path.write_bytes(compress(path.read_bytes())[: -len(path.read_bytes()) // 3])
    with caplog.at_level(logging.WARNING, "pclip"):
        packets = read_capture(path)
    assert 100 < len(packets) < 300
    assert "compressed data is damaged" in packets.warnings[0]
    assert "damaged" in caplog.text


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress])
def test_a_cut_small_file_gives_all_that_the_tools_would(build, write_pcap, compress):
    path = write_pcap([build.zoo()["tcp"]] * 400)
    packed = compress(path.read_bytes())
    path.write_bytes(packed[:-12])
    packets = read_capture(path)
    assert len(packets) > 300
    assert "the file ends within it" in packets.warnings[0]


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress])
def test_streams_in_a_row_are_one_file(build, write_pcap, compress):
    path = write_pcap([build.zoo()["tcp"]] * 9)
    whole = path.read_bytes()
    path.write_bytes(compress(whole[:100]) + compress(whole[100:]) + bytes(64))
    packets = read_capture(path)
    assert len(packets) == 9
    assert not packets.warnings
    path.write_bytes(compress(whole) + b"garbage, not a stream")
    packets = read_capture(path)
    assert len(packets) == 9
    assert "compressed data is damaged" in packets.warnings[0]


def test_a_small_file_that_decompresses_to_a_huge_one_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("pclip.packets.capture.MAX_CAPTURE_BYTES", 2**22)
    path = tmp_path / "bomb.pcap.xz"
    path.write_bytes(lzma.compress(bytes(2**26)))
    with pytest.raises(CaptureError, match="more than 4,194,304 bytes"):
        read_capture(path)


def test_cut_record_keeps_what_stands_before(build, write_pcap, caplog):
    frame = build.zoo()["tcp"]
    path = write_pcap([frame] * 3)
    whole = path.read_bytes()
    record = 16 + len(frame)
    for lost in range(1, record):
        path.write_bytes(whole[:-lost])
        with caplog.at_level(logging.WARNING, "pclip"):
            packets = read_capture(path)
        assert len(packets) == 2
        (warning,) = packets.warnings
        assert f"at byte {24 + 2 * record}" in warning
        assert f"{record - lost} bytes lost" in warning
        assert warning in caplog.text


def test_absurd_record_header_ends_the_walk(build, write_pcap):
    frame = build.zoo()["udp"]
    path = write_pcap([frame] * 3)
    content = bytearray(path.read_bytes())
    second = 24 + 16 + len(frame)
    content[second + 8 : second + 12] = struct.pack("<I", 300_000)
    path.write_bytes(bytes(content) + bytes(400_000))
    packets = read_capture(path)
    assert len(packets) == 1
    assert "claims 300,000 captured bytes" in packets.warnings[0]
    # The same record is believed where the file's snapshot length admits it.
    content[16:20] = struct.pack("<I", 400_000)
    path.write_bytes(bytes(content) + bytes(400_000))
    assert read_capture(path).captured_length[1] == 300_000


def test_no_records(write_pcap):
    packets = read_capture(write_pcap([]))
    assert len(packets) == 0
    assert bigram_tokens(packets).ids.shape == (0, 128)
    assert len(flow_table(packets)) == 0
    read_all(packets)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04 a zip archive of some kind", "50 4b 03 04"),
        (b"\xd4\xc3\xb2\xa1" + bytes(10), "ends after 14 bytes"),
        (b"\x34\xcd\xb2\xa1" + bytes(40), "34 cd b2 a1"),
        (b"\xfd7zXZ\x00 no xz stream", "data is damaged"),
        (gzip.compress(b"hello, hello", mtime=0), "68 65 6c 6c"),
    ],
)
def test_what_is_not_a_capture_is_said(tmp_path, content, found, caplog):
    path = tmp_path / "thing.pcap"
    path.write_bytes(content)
    with pytest.raises(CaptureError, match=found):
        read_capture(path)


def test_missing_files_and_folders(tmp_path):
    assert issubclass(CaptureError, PclipError)
    with pytest.raises(CaptureError, match="No such file"):
        read_capture(tmp_path / "absent.pcap")
    with pytest.raises(CaptureError, match="directory"):
        read_capture(tmp_path)
    with pytest.raises(CaptureError, match="at least one"):
        read_captures([])


def test_too_large_a_capture_is_refused(write_pcap, monkeypatch):
    path = write_pcap([bytes(1000)] * 10)
    monkeypatch.setattr("pclip.packets.capture.MAX_CAPTURE_BYTES", 5000)
    with pytest.raises(CaptureError, match="editcap -c"):
        read_capture(path)


def test_records_are_bounded(write_pcap, monkeypatch):
    monkeypatch.setattr("pclip.packets.capture.MAX_RECORDS", 7)
    packets = read_capture(write_pcap([b""] * 10))
    assert len(packets) == 7
    assert "more than 7 records at byte" in packets.warnings[0]
    assert "48 bytes lost, 7 packets kept" in packets.warnings[0]


def test_captures_are_joined_in_order(build, write_pcap):
    zoo = build.zoo()
    one = write_pcap([zoo["tcp"], zoo["arp"]], name="one.pcap")
    two = write_pcap([zoo["udp 6"], zoo["echo"], zoo["tcp"]], name="two.pcap", order=">")
    both = read_captures([one, two])
    assert both.captures == ("one.pcap", "two.pcap")
    assert both.capture.tolist() == [0, 0, 1, 1, 1]
    assert both.index.tolist() == [0, 1, 0, 1, 2]
    for part, rows in ((read_capture(one), [0, 1]), (read_capture(two), [2, 3, 4])):
        assert np.array_equal(bigram_tokens(part).ids, bigram_tokens(both.take(rows)).ids)
    assert np.array_equal(both.take(both.protocol == 6).offset, both.offset[[0, 4]])
    assert PacketTable.concatenate([both]) is both
    with pytest.raises(ValueError, match="at least one"):
        PacketTable.concatenate([])


@FUZZ
@given(content=st.binary(max_size=400), link=st.sampled_from([0, 1, 12, 101, 108, 113, 228, 276]))
def test_random_records_never_raise(write_pcap, content, link):
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)
    path = write_pcap([])
    path.write_bytes(head + content)
    read_all(read_capture(path))


@FUZZ
@given(data=st.data())
def test_random_frames_never_raise_and_keep_their_rows(write_pcap, data):
    ip_heads = st.sampled_from([b"", b"\x45\x00", b"\x60\x00", bytes(12) + b"\x08\x00\x45"])
    frames = data.draw(
        st.lists(st.builds(bytes.__add__, ip_heads, st.binary(max_size=120)), max_size=12)
    )
    link = data.draw(st.sampled_from([0, 1, 12, 101, 108, 113, 228, 229, 276, 105]))
    packets = read_capture(write_pcap(frames, link_type=link))
    assert len(packets) == len(frames)
    read_all(packets)
