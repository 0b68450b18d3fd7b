"""Decoded columns of hand-built packets."""

from __future__ import annotations

import ipaddress
import struct

import pytest

from pclip.packets import SKIP_REASONS, PacketTable, read_capture


@pytest.fixture
def decode(build, write_pcap):
    def one(frame: bytes, **options: int) -> PacketTable:
        packets = read_capture(write_pcap([frame], **options))
        assert len(packets) == 1
        return packets

    return one


def words(address) -> str:
    value = ipaddress.IPv6Address(address.tobytes())
    return str(value.ipv4_mapped or value)


def reason(packets: PacketTable) -> str:
    return SKIP_REASONS[packets.skip_reason[0]]


def test_tcp_over_ipv4(build, decode):
    packets = decode(build.zoo()["tcp timestamps"])
    assert (packets.ip_version[0], packets.protocol[0], packets.ttl[0]) == (4, 6, 64)
    assert words(packets.source_address[0]) == "198.51.100.66"
    assert words(packets.destination_address[0]) == "198.51.100.1"
    assert (packets.source_port[0], packets.destination_port[0]) == (40000, 80)
    assert (packets.tcp_flags[0], packets.tcp_window[0]) == (0x18, 0x1234)
    assert packets.network_offset[0] == 14
    assert packets.transport_offset[0] == 34
    assert packets.payload_offset[0] == 34 + 32
    assert packets.end_offset[0] == 34 + 32 + 60
    assert packets.usable.tolist() == [True]


@pytest.mark.parametrize(
    ("link", "head"),
    [
        (12, b""),
        (101, b""),
        (228, b""),
        (0, struct.pack("<I", 2)),
        (0, struct.pack(">I", 2)),
        (108, struct.pack(">I", 2)),
        (113, bytes(14) + b"\x08\x00"),
        (276, b"\x08\x00" + bytes(18)),
        (1, bytes(12) + b"\x88\xa8\x00\x01\x81\x00\x00\x02\x81\x00\x00\x03\x08\x00"),
    ],
)
def test_link_types_give_the_same_packet(build, decode, link, head):
    datagram = build.ipv4(17, build.udp(b"hello"))
    packets = decode(head + datagram, link_type=link)
    assert reason(packets) == ""
    assert packets.network_offset[0] == len(head)
    assert packets.end_offset[0] == len(head) + len(datagram)
    assert packets.link_type[0] == link
    assert (packets.source_port[0], packets.destination_port[0]) == (5353, 53)


@pytest.mark.parametrize(
    ("link", "head"),
    [(101, b""), (229, b""), *((0, struct.pack("<I", n)) for n in (10, 24, 28, 30))],
)
def test_ipv6_on_links_without_ethertype(build, decode, link, head):
    packets = decode(head + build.ipv6(6, build.tcp()), link_type=link)
    assert (packets.ip_version[0], packets.protocol[0], packets.ttl[0]) == (6, 6, 63)
    assert words(packets.source_address[0]) == "2001:db8::66"


def test_frame_check_sequence_bits_in_the_link_type(build, decode):
    assert reason(decode(build.zoo()["tcp"] + b"\1\2\3\4", link_type=0x54000001)) == ""


@pytest.mark.parametrize(
    ("name", "transport", "payload", "end"),
    [
        ("udp 6 extensions", 54 + 32, 54 + 32 + 8, 54 + 32 + 68),
        ("tcp 6 authentication", 54 + 24, 54 + 44, 54 + 104),
        ("first fragment 6", 54 + 8, 54 + 16, 54 + 76),
        ("later fragment 6", -1, 54 + 8, 54 + 76),
        ("no next header", -1, 54, 54 + 60),
        ("ip options", 42, 42 + 32, 42 + 92),
        ("later fragment", -1, 34, 34 + 64),
        ("gre", -1, 34, 34 + 64),
        ("padding", 34, 54, 54),
        ("offloaded", 34, 66, 126),
        ("claims too much", 34, 66, 126),
        ("tcp cut after 10", 34, 44, 44),
        ("tcp data offset 2", 34, 54, 114),
        ("tcp data offset beyond", 34, 66, 66),
        ("qinq", 62, 94, 154),
        ("authentication 4", 46, 54, 114),
    ],
)
def test_offsets(build, decode, name, transport, payload, end):
    packets = decode(build.zoo()[name])
    assert reason(packets) == ""
    assert packets.transport_offset[0] == transport
    assert packets.payload_offset[0] == payload
    assert packets.end_offset[0] == end
    has_ports = transport >= 0
    assert (packets.source_port[0] >= 0) == has_ports


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("arp", "not IP (ARP)"),
        ("llc", "not IP (802.3 LLC)"),
        ("unknown ethertype", "not IP (other EtherType)"),
        ("vlan cut", "truncated link header"),
        ("frame cut", "truncated link header"),
        ("frame empty", "empty record"),
        ("ip cut", "truncated IP header"),
        ("ip missing", "truncated IP header"),
        ("header beyond", "truncated IP header"),
        ("header of 16", "malformed IP header"),
        ("claims too little", "malformed IP header"),
        ("extension cut", "truncated extension header"),
        ("too many extensions", "too many extension headers"),
    ],
)
def test_skipped_rows_say_why(build, decode, name, expected):
    packets = decode(build.zoo()[name])
    assert reason(packets) == expected
    assert packets.describe_skips() == {expected: 1}
    assert not packets.usable.any()
    assert packets.ip_version[0] == 0
    assert packets.end_offset[0] == -1
    assert packets.captured_length[0] == len(build.zoo()[name])


def test_tags_without_end_and_unknown_links(build, decode):
    endless = build.ethernet(bytes(8), 0x8100, tags=(0x8100,) * 12)
    assert reason(decode(endless)) == "malformed link header"
    assert reason(decode(build.zoo()["tcp"], link_type=105)) == "unknown link type"
    assert reason(decode(b"\x99" * 40, link_type=101)) == "malformed link header"
    assert reason(decode(b"\x99" * 40, link_type=0)) == "malformed link header"
    assert reason(decode(b"", link_type=101)) == "empty record"


def test_sixteen_extension_headers_are_read(build, decode):
    chain = build.extension(0) * 15 + build.extension(17) + build.udp()
    packets = decode(build.ethernet(build.ipv6(0, chain), 0x86DD))
    assert reason(packets) == ""
    assert packets.protocol[0] == 17


def test_ports_need_four_bytes(build, decode):
    packets = decode(build.zoo()["tcp cut after 3"])
    assert reason(packets) == ""
    assert (packets.source_port[0], packets.tcp_window[0], packets.tcp_flags[0]) == (-1, -1, 0)


def test_arp_carries_protocol_addresses(build, decode):
    packets = decode(build.zoo()["arp"])
    assert words(packets.source_address[0]) == "198.51.100.66"
    assert words(packets.destination_address[0]) == "198.51.100.1"
    cut = decode(build.zoo()["arp"][:-1])
    assert not cut.source_address.any()
