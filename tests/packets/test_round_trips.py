"""Any capture that our writers write is read back: bytes, times, lengths, link types, order."""

from __future__ import annotations

import gzip
import lzma
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from pclip.packets import PacketTable, iter_captures, read_capture
from tests.packets.write_classic import classic_pcap
from tests.packets.write_pcapng import CUSTOM, OPT_COMMENT, PcapngWriter, units_per_second

ROUND_TRIP = settings(max_examples=120, deadline=None, derandomize=True)
LINKS = st.sampled_from([0, 1, 9, 12, 101, 104, 105, 108, 113, 127, 228, 229, 239, 253, 276])
FRAMES = st.binary(max_size=90)
NS_PER_S = 10**9
# 2 ** 31 s are in 2038; nanoseconds there come to 2 ** 61.
TIMES = st.integers(0, 2**31 * NS_PER_S)
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "xz": lzma.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


@dataclass(frozen=True)
class Written:
    """One packet as it was written."""

    frame: bytes
    length: int
    time_ns: int
    link_type: int


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trips")


def rows(packets: PacketTable) -> list[Written]:
    """The same of the packets that were read."""
    found = []
    for row, start in enumerate(packets.offset.tolist()):
        frame = packets.buffer[start : start + packets.captured_length[row]].tobytes()
        numbers = (packets.length[row], packets.time_ns[row], packets.link_type[row])
        found.append(Written(frame, *map(int, numbers)))
    return found


def check(content: bytes, written: list[Written], folder: Path, *, silent: bool = True) -> None:
    path = folder / "made"
    for pack in PACKERS.values():
        path.write_bytes(pack(content))
        packets = read_capture(path)
        assert rows(packets) == written
        assert packets.index.tolist() == list(range(len(written)))
        if silent:
            assert packets.warnings == ()
    pieces = list(iter_captures([path], chunk_packets=3))
    assert [row for piece in pieces for row in rows(piece)] == written
    assert all(len(piece) <= 3 for piece in pieces)


@ROUND_TRIP
@given(
    packets=st.lists(st.tuples(FRAMES, st.integers(0, 2000), TIMES), max_size=8),
    link=LINKS,
    order=st.sampled_from("<>"),
    nano=st.booleans(),
)
def test_classic(packets, link, order, nano, folder):
    frames = [frame for frame, _, _ in packets]
    lengths = [len(frame) + more for frame, more, _ in packets]
    times = [time for _, _, time in packets]
    content = classic_pcap(
        frames, link_type=link, order=order, nano=nano, times_ns=times, lengths=lengths
    )
    unit = 1 if nano else 1000
    written = [
        Written(frame, length, time // unit * unit, link)
        for frame, length, time in zip(frames, lengths, times, strict=True)
    ]
    check(content, written, folder)


# Resolution: not said, decimal from seconds to nanoseconds, binary.
RESOLUTIONS = st.sampled_from([None, 0, 3, 6, 7, 9, 0x80, 0x80 | 10, 0x80 | 30])
INTERFACE = st.tuples(LINKS, RESOLUTIONS, st.sampled_from([0, 0, 3600, -86_400]))
COMMENT = st.lists(st.tuples(st.just(OPT_COMMENT), st.binary(max_size=9)), max_size=2)
PACKET = st.tuples(
    st.sampled_from(["enhanced", "old", "simple", "statistics", "custom"]),
    FRAMES,
    st.integers(0, 2000),
    TIMES,
    st.integers(0, 2),
    COMMENT,
)
SECTION = st.tuples(
    st.sampled_from("<>"),
    COMMENT,
    st.lists(INTERFACE, min_size=1, max_size=3),
    st.lists(PACKET, max_size=6),
)


@ROUND_TRIP
@given(sections=st.lists(SECTION, min_size=1, max_size=3))
def test_pcapng(sections, folder):
    writer, written, last_ns = None, [], 0
    for order, options, interfaces, packets in sections:
        if writer is None:
            writer = PcapngWriter(order, options=options)
        else:
            writer.section(order, options=options)
        for link, resolution, offset in interfaces:
            writer.interface(link, resolution=resolution, offset_s=offset)
        for kind, frame, more, time_ns, number, comments in packets:
            if kind == "custom":
                writer.block(CUSTOM, frame + bytes(4))
                continue
            if kind == "statistics":
                writer.statistics(options=comments)
                continue
            link, resolution, offset = interfaces[number % len(interfaces)]
            length = len(frame) + more
            if kind == "simple":
                # Its captured length is the length on the wire where no snapshot length bounds it.
                writer.simple_packet(frame)
                written.append(Written(frame, len(frame), last_ns, interfaces[0][0]))
                continue
            write = writer.packet if kind == "enhanced" else writer.old_packet
            write(
                frame, time_ns, interface=number % len(interfaces), length=length, options=comments
            )
            per_second = units_per_second(resolution)
            units = max(0, (time_ns - offset * NS_PER_S) * per_second // NS_PER_S)
            last_ns = max(0, units * NS_PER_S // per_second + offset * NS_PER_S)
            written.append(Written(frame, length, last_ns, link))
    assert writer is not None
    check(writer.content, written, folder, silent=False)
