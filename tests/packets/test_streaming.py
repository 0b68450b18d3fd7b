"""Captures chunk by chunk: the same rows, in memory that does not grow."""

from __future__ import annotations

import io
import lzma
import struct
import sys

import numpy as np
import pytest
import zstandard

from pclip.data import load
from pclip.packets import (
    CaptureError,
    PacketTable,
    bigram_tokens,
    capture,
    capture_files,
    iter_captures,
    read_capture,
    read_captures,
)
from pclip.packets.table import COLUMN_NAMES
from tests.packets.write_pcapng import PcapngWriter

OWN = tuple(name for name in COLUMN_NAMES if name != "offset")


def same_rows(whole: PacketTable, chunks: list[PacketTable]) -> None:
    for name in OWN:
        parts = np.concatenate([getattr(chunk, name) for chunk in chunks])
        np.testing.assert_array_equal(parts, getattr(whole, name), err_msg=name)
        assert parts.dtype == getattr(whole, name).dtype
    tokens = np.concatenate([bigram_tokens(chunk).ids for chunk in chunks])
    np.testing.assert_array_equal(tokens, bigram_tokens(whole).ids)
    assert {chunk.captures for chunk in chunks} == {whole.captures}
    assert tuple(w for chunk in chunks for w in chunk.warnings) == whole.warnings


@pytest.fixture
def captures(build, write_pcap, tmp_path):
    frames = list(build.zoo().values())
    paths = [write_pcap(frames, name="a.pcap"), write_pcap([], name="b.pcap")]
    writer = PcapngWriter(">")
    writer.interface()
    for number, frame in enumerate(frames):
        if number == len(frames) // 2:
            writer.section("<")
            writer.interface(resolution=9)
            writer.interface(101)
        writer.packet(frame, 10**18 + number)
        writer.statistics()
    (tmp_path / "c.pcapng").write_bytes(writer.content)
    return [*paths, tmp_path / "c.pcapng"]


@pytest.mark.parametrize("chunk_bytes", [1, 100, 5000, 2**20])
@pytest.mark.parametrize("chunk_packets", [1, 7, 1000])
def test_chunks_hold_the_rows_of_one_piece(captures, monkeypatch, chunk_packets, chunk_bytes):
    monkeypatch.setattr("pclip.packets.capture.CHUNK_BYTES", chunk_bytes)
    monkeypatch.setattr("pclip.packets.decompress.OUTPUT_BYTES", max(6, chunk_bytes))
    chunks = list(iter_captures(captures, chunk_packets=chunk_packets))
    assert max(map(len, chunks)) <= chunk_packets
    assert all(len(set(chunk.capture.tolist())) <= 1 for chunk in chunks)
    same_rows(read_captures(captures), chunks)


@pytest.mark.parametrize("chunk_packets", [1, 2, 20, 10_000])
@pytest.mark.parametrize("kind", ["classic", "pcapng"])
def test_small_chunks_copy_each_byte_few_times(
    build, write_pcap, tmp_path, monkeypatch, kind, chunk_packets
):
    path = write_pcap([build.zoo()["tcp"]] * 1000)
    if kind == "pcapng":
        writer = PcapngWriter()
        writer.interface()
        for number in range(1000):
            writer.packet(build.zoo()["tcp"], 10**18 + number)
        path = tmp_path / "x.pcapng"
        path.write_bytes(writer.content)
    size = path.stat().st_size
    monkeypatch.setattr("pclip.packets.capture.CHUNK_BYTES", size // 5)
    monkeypatch.setattr("pclip.packets.decompress.OUTPUT_BYTES", size // 50)
    walked: dict[int, bytes] = {}
    start_walk = capture._walker

    def watched(*arguments):
        walker = start_walk(*arguments)
        walk = walker.walk

        def watch(data, *others):
            walked[id(data)] = data
            return walk(data, *others)

        walker.walk = watch
        return walker

    monkeypatch.setattr(capture, "_walker", watched)
    chunks = list(iter_captures([path], chunk_packets=chunk_packets))
    assert sum(map(len, chunks)) == 1000
    assert 5 <= len(walked) <= 7
    assert sum(map(len, walked.values())) < 1.1 * size
    assert sum(chunk.buffer.size for chunk in chunks) <= size


@pytest.mark.parametrize("chunk_packets", [1, 2, 20])
@pytest.mark.parametrize("chunk_bytes", [1, 100, 2**20])
def test_garbage_and_cuts_are_met_alike(build, write_pcap, monkeypatch, chunk_bytes, chunk_packets):
    monkeypatch.setattr("pclip.packets.capture.CHUNK_BYTES", chunk_bytes)
    monkeypatch.setattr("pclip.packets.decompress.OUTPUT_BYTES", max(6, chunk_bytes))
    path = write_pcap([build.zoo()["tcp"]] * 9)
    content = path.read_bytes()
    record = (len(content) - 24) // 9
    broken = content[: 24 + 3 * record] + b"\xff" * 77 + content[24 + 3 * record :]
    path.write_bytes(broken[:-5])
    whole = read_capture(path)
    assert len(whole) == 8
    assert "77 bytes skipped" in whole.warnings[0]
    assert "cut inside a record" in whole.warnings[1]
    same_rows(whole, list(iter_captures([path], chunk_packets=chunk_packets)))


@pytest.mark.parametrize("chunk_bytes", [2**16, 2**20])
def test_a_long_stretch_of_garbage_is_passed_alike(build, write_pcap, monkeypatch, chunk_bytes):
    monkeypatch.setattr("pclip.packets.capture.CHUNK_BYTES", chunk_bytes)
    monkeypatch.setattr("pclip.packets.decompress.OUTPUT_BYTES", chunk_bytes)
    path = write_pcap([build.zoo()["tcp"]] * 4)
    content = path.read_bytes()
    noise = np.random.default_rng(3).integers(128, 256, 2**21, np.uint8).tobytes()
    path.write_bytes(content + noise + content[24:])
    whole = read_capture(path)
    assert len(whole) == 8
    assert "2,097,152 bytes skipped" in whole.warnings[0]
    same_rows(whole, list(iter_captures([path])))


def test_the_built_in_recording_in_chunks(write_pcap):
    packets = load("testbed").packets
    rows = np.flatnonzero(packets.capture == 3)[:5000]
    frames = [
        packets.buffer[o : o + n].tobytes()
        for o, n in zip(packets.offset[rows], packets.captured_length[rows], strict=True)
    ]
    path = write_pcap(frames)
    same_rows(read_capture(path), list(iter_captures([path], chunk_packets=777)))


def test_standard_input(captures, monkeypatch):
    content = captures[0].read_bytes()
    for data in (content, zstandard.compress(content)):
        stdin = io.TextIOWrapper(io.BytesIO(data))
        monkeypatch.setattr(sys, "stdin", stdin)
        packets = read_capture("-")
        assert packets.captures == ("standard input",)
        assert len(packets) == len(read_capture(captures[0]))


def test_folders_give_their_captures_in_order(captures, tmp_path):
    (tmp_path / "notes.txt").write_text("no capture")
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "d.PCAP.gz").write_bytes(b"")
    assert [p.name for p in capture_files([tmp_path])] == [
        "a.pcap", "b.pcap", "c.pcapng", "d.PCAP.gz",
    ]  # fmt: skip
    (tmp_path / "empty").mkdir()
    with pytest.raises(CaptureError, match=r"holds no capture: names end in \.pcap"):
        capture_files([tmp_path / "empty"])
    with pytest.raises(CaptureError, match="no capture was given"):
        capture_files([])


def test_mistakes_are_said_before_reading(captures):
    with pytest.raises(ValueError, match="chunk_packets=0"):
        iter_captures(captures, chunk_packets=0)
    with pytest.raises(ValueError, match="the tunnels are gre"):
        iter_captures(captures, inner=("ipsec",))
    with pytest.raises(CaptureError, match="cannot read"):
        list(iter_captures(["missing.pcap"]))


def test_many_stretches_of_garbage_end_the_file(write_pcap, monkeypatch):
    monkeypatch.setattr("pclip.packets.resync.MAX_RESTARTS", 3)
    path = write_pcap([b"\0" * 20] * 2)
    content = path.read_bytes()
    pair = content[24:]
    path.write_bytes(content + (b"\xff" * 40 + pair) * 6)
    packets = read_capture(path)
    assert len(packets) == 8
    assert "stretches of garbage: what follows byte 432 is left, 8" in packets.warnings[-1]


def test_a_lying_snapshot_length_does_not_fill_the_memory(tmp_path):
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 2**31, 1)
    record = struct.pack("<IIII", 1, 0, 2**30, 2**30)
    path = tmp_path / "x.pcap"
    path.write_bytes(head + record + bytes(1000))
    packets = read_capture(path)
    assert len(packets) == 0
    assert "claims 1,073,741,824 captured bytes" in packets.warnings[0]


@pytest.mark.parametrize("chunk_bytes", [500, 2**20])
@pytest.mark.parametrize("fault", ["hole", "cut"])
def test_a_fault_in_the_middle_costs_few_packets(
    build, write_pcap, monkeypatch, chunk_bytes, fault
):
    monkeypatch.setattr("pclip.packets.capture.CHUNK_BYTES", chunk_bytes)
    monkeypatch.setattr("pclip.packets.decompress.OUTPUT_BYTES", chunk_bytes)
    path = write_pcap([build.zoo()["tcp timestamps"]] * 300)
    content = path.read_bytes()
    middle = len(content) // 2
    hole = bytes(4101) if fault == "hole" else b""
    path.write_bytes(content[:middle] + hole + content[middle + (16 if fault == "cut" else 0) :])
    whole = read_capture(path)
    assert 296 <= len(whole) <= 303
    assert "reading goes on" in whole.warnings[0]
    same_rows(whole, list(iter_captures([path], chunk_packets=50)))


def test_a_header_that_asks_for_much_memory_is_damage(write_pcap, tmp_path):
    path = tmp_path / "x.pcap.xz"
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 2**29}]
    path.write_bytes(lzma.compress(bytes(100), filters=filters))
    with pytest.raises(CaptureError, match="Memory usage limit"):
        read_capture(path)
