"""Odd, cut and malformed frames, as public collections hold them, made by our own writers."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from pclip.packets import (
    SKIP_REASONS,
    TUNNELS,
    PacketTable,
    bigram_tokens,
    flow_table,
    iter_captures,
    read_capture,
)
from pclip.packets.table import COLUMN_NAMES
from tests.packets.conftest import Build
from tests.packets.write_classic import classic_pcap
from tests.packets.write_frames import ethernet, in_links, in_tunnels
from tests.packets.write_pcapng import PcapngWriter

TCP = Build.ipv4(6, Build.tcp(b"payload"))
UDP6 = Build.ipv6(17, Build.udp(b"payload"))
LLDP = bytes.fromhex("0207040200000000aa040703020000000001060200780000")
SPANNING_TREE = bytes.fromhex("424203000000000080000200000000aa0000000080000200000000aa")

# Reason -> (LINKTYPE_ number, frame): at least one of each.
ODD: dict[str, list[tuple[int, bytes]]] = {
    "": [(1, ethernet(TCP)), (101, UDP6)],
    "empty record": [(1, b""), (101, b""), (127, b"")],
    "unknown link type": [
        (105, bytes.fromhex("d4000000") + Build.MAC[:6]),  # 802.11
        (127, bytes.fromhex("00000800000000") + bytes(20)),  # radiotap
        (147, TCP),  # somebody's own
        (239, bytes(8) + TCP),  # nflog
        (253, bytes(16) + bytes(20)),  # netlink
    ],
    "truncated link header": [(1, Build.MAC), (1, ethernet(b"\x00", 0x8100)), (276, bytes(9))],
    "malformed link header": [
        (0, bytes([99, 0, 0, 0]) + TCP),
        (101, b"\x15" + TCP[1:]),
        (1, ethernet(b"\x00\x01\x81\x00" * 12, 0x8100)),
    ],
    "not IP (ARP)": [(1, Build.zoo()["arp"]), (113, bytes(14) + b"\x08\x06" + bytes(28))],
    "not IP (802.3 LLC)": [(1, ethernet(SPANNING_TREE, len(SPANNING_TREE)))],
    "not IP (LLDP)": [(1, ethernet(LLDP, 0x88CC))],
    "not IP (MPLS)": [(1, ethernet(b"\x00\x01\x01\xff" + bytes(30), 0x8847))],
    "not IP (PPPoE)": [(1, ethernet(b"\x11\x09\x00\x00\x00\x04\x01\x01\x00\x00", 0x8863))],
    "not IP (PPP)": [(9, b"\xff\x03\xc0\x21\x01\x01\x00\x04")],
    "not IP (EAPOL)": [(1, ethernet(b"\x02\x03\x00\x5f" + bytes(95), 0x888E))],
    "not IP (other EtherType)": [(1, ethernet(bytes(46), 0x88F7)), (104, b"\x8f\x00\x20\x00ab")],
    "truncated IP header": [(1, ethernet(TCP[:19])), (1, ethernet(b"")), (229, UDP6[:39])],
    "malformed IP header": [
        (1, ethernet(b"\x44" + TCP[1:])),
        (1, ethernet(b"\x05" + TCP[1:])),
        (228, TCP[:2] + b"\x00\x13" + TCP[4:]),
    ],
    "truncated extension header": [(101, Build.ipv6(0, b"\x06\x05" + bytes(6)))],
    "too many extension headers": [(101, Build.ipv6(0, Build.extension(0) * 20))],
}
FRAMES = [(reason, *case) for reason, cases in ODD.items() for case in cases]


def read(folder: Path, content: bytes, **options) -> PacketTable:
    path = folder / "odd"
    path.write_bytes(content)
    return read_capture(path, **options)


def words(packets: PacketTable) -> list[str]:
    return [SKIP_REASONS[code] for code in packets.skip_reason]


def test_every_reason_has_a_frame():
    assert set(ODD) == set(SKIP_REASONS)


def test_all_of_them_in_one_file_keep_their_rows_and_are_counted(tmp_path):
    writer = PcapngWriter()
    for _, link, frame in FRAMES:
        writer.packet(frame, interface=writer.interface(link))
    packets = read(tmp_path, writer.content)
    assert words(packets) == [reason for reason, _, _ in FRAMES]
    assert packets.link_type.tolist() == [link for _, link, _ in FRAMES]
    assert packets.warnings == ()
    counts = {reason: len(cases) for reason, cases in ODD.items() if reason}
    assert packets.describe_skips() == counts
    lengths = bigram_tokens(packets).lengths
    assert (lengths[packets.skip_reason != 0] == 1).all()
    assert (lengths[packets.skip_reason == 0] > 1).all()
    assert ((flow_table(packets).flow_of_packet >= 0) == (packets.skip_reason == 0)).all()
    chunks = list(iter_captures([tmp_path / "odd"], chunk_packets=1))
    assert [word for chunk in chunks for word in words(chunk)] == words(packets)


@pytest.mark.parametrize("packet", [TCP, UDP6], ids=["tcp", "udp6"])
def test_a_packet_is_the_same_in_every_link(tmp_path, packet):
    plain = read(tmp_path, classic_pcap([packet], link_type=101))
    for link, frames in in_links(packet).items():
        if link == 105:
            continue
        for frame in frames:
            found = read(tmp_path, classic_pcap([frame], link_type=link))
            assert words(found) == [""], (link, frame.hex())
            head = len(frame) - len(packet)
            for name in COLUMN_NAMES:
                here, there = getattr(found, name)[0], getattr(plain, name)[0]
                if name in ("captured_length", "length") or name.endswith("_offset"):
                    assert here - head == there, name
                elif name not in ("offset", "link_type"):
                    assert np.array_equal(here, there), name
            # Cut anywhere it still is a row, decoded or with its reason.
            for cut in range(len(frame)):
                short = read(tmp_path, classic_pcap([frame[:cut]], link_type=link))
                assert len(short) == 1
                assert short.usable[0] == (short.skip_reason[0] == 0)
                assert short.usable[0] or words(short)[0]
                assert short.usable[0] == (cut >= head + (20 if packet is TCP else 40))


@pytest.mark.parametrize("packet", [TCP, UDP6], ids=["tcp", "udp6"])
@pytest.mark.parametrize("name", TUNNELS)
def test_a_packet_in_a_tunnel_is_found_by_choice(tmp_path, packet, name):
    inner = read(tmp_path, classic_pcap([packet], link_type=101))
    for protocol, body in in_tunnels(packet)[name]:
        for outer in (Build.ipv4(protocol, body), Build.ipv6(protocol, body)):
            content = classic_pcap([ethernet(outer, 0x86DD if outer[0] == 0x60 else 0x0800)])
            closed = read(tmp_path, content)
            assert closed.protocol.tolist() == [protocol]
            opened = read(tmp_path, content, inner=[name])
            head = 14 + len(outer) - len(packet)
            assert opened.network_offset.tolist() == [head], (name, body.hex())
            for column in ("protocol", "source_address", "destination_port", "tcp_flags", "ttl"):
                assert np.array_equal(getattr(opened, column), getattr(inner, column)), column


def test_lengths_that_contradict_each_other(tmp_path):
    frame = ethernet(TCP)
    packets = read(tmp_path, classic_pcap([frame, frame], lengths=[10, 2**32 - 1]))
    assert packets.captured_length.tolist() == [len(frame)] * 2
    assert packets.length.tolist() == [10, 2**31 - 1]
    assert packets.usable.all()
    flows = flow_table(packets)
    assert (flows.columns["Total Length of Fwd Packet"] >= 0).all()


def test_a_clock_that_jumps_and_odd_fractions(tmp_path):
    content = bytearray(classic_pcap([ethernet(TCP)] * 4, times_ns=[5 * 10**9, 0, 2 * 10**9, 7]))
    struct.pack_into("<I", content, 24 + 4, 1_500_000)  # more than a second of microseconds
    packets = read(tmp_path, bytes(content))
    assert packets.time_ns.tolist() == [6_500_000_000, 0, 2_000_000_000, 0]
    flows = flow_table(packets)
    assert (flows.columns["Flow Duration"] >= 0).all()


@pytest.mark.parametrize("seed", range(3))
def test_noise_behind_a_header_gives_no_exception(tmp_path, seed):
    noise = np.random.default_rng(seed).bytes(3000)
    for head in (classic_pcap([]), classic_pcap([], order=">", nano=True), PcapngWriter().content):
        packets = read(tmp_path, head + noise)
        assert packets.warnings
        assert len(packets) <= len(noise) // 16
