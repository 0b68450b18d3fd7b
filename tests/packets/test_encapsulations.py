"""What stands between a frame and its IP packet, and tunnels looked into by choice."""

from __future__ import annotations

import struct

import pytest

from pclip.packets import SKIP_REASONS, TUNNELS, read_capture

INNER_PORTS = (1234, 4321)
SNAP = bytes(12) + b"\x00\x40\xaa\xaa\x03"


@pytest.fixture
def inner(build):
    return build.ipv4(17, build.udp(b"inside", INNER_PORTS), source="203.0.113.9")


def label(number: int, bottom: bool) -> bytes:
    return struct.pack(">I", number << 12 | bottom << 8 | 64)


@pytest.mark.parametrize(
    ("link", "head"),
    [
        (1, bytes(12) + b"\x88\x47" + label(100, False) + label(17, True)),
        (1, bytes(12) + b"\x81\x00\x00\x05\x88\x48" + label(3, True)),
        (1, bytes(12) + b"\x88\x64\x11\x00\x12\x34\x00\x50\x00\x21"),
        (1, bytes(12) + b"\x88\x64\x11\x00\x12\x34\x00\x50\x21"),
        (1, bytes(12) + b"\x00\x40\xaa\xaa\x03\x00\x00\x00\x08\x00"),
        (9, b"\xff\x03\x00\x21"),
        (9, b"\x00\x21"),
        (9, b"\x21"),
        (50, b"\xff\x03\x21"),
        (51, b"\x11\x00\x12\x34\x00\x50\x00\x21"),
        (166, b"\x01\x03\x00\x21"),
        (204, b"\x01\xff\x03\x00\x21"),
        (9, b"\x02\x81" + label(9, True)),
        (104, b"\x0f\x00\x08\x00"),
        (113, bytes(14) + b"\x08\x00"),
        (276, b"\x08\x00" + bytes(18)),
        (276, b"\x81\x00" + bytes(18) + b"\x00\x07\x08\x00"),
        (0, b"\x02\x00\x00\x00"),
        (108, b"\x00\x00\x00\x02"),
        (12, b""),
        (14, b""),
        (101, b""),
        (228, b""),
    ],
)
def test_the_packet_behind_the_link_is_found(write_pcap, inner, link, head):
    packets = read_capture(write_pcap([head + inner], link_type=link))
    assert packets.describe_skips() == {}
    assert packets.network_offset.tolist() == [len(head)]
    assert (packets.source_port[0], packets.destination_port[0]) == INNER_PORTS
    for cut in range(len(head)):
        short = read_capture(write_pcap([head[:cut]], link_type=link))
        assert not short.usable.any()
        assert sum(short.describe_skips().values()) == 1


@pytest.mark.parametrize(
    ("link", "frame", "reason"),
    [
        (1, bytes(12) + b"\x88\x47" + label(1, True) + b"\0\0\0\0" + bytes(30), "not IP (MPLS)"),
        (1, bytes(12) + b"\x88\x47" + label(1, False) * 9, "malformed link header"),
        (1, bytes(12) + b"\x88\x64\x11\xa7" + bytes(30), "not IP (PPPoE)"),
        (1, bytes(12) + b"\x88\x47" + label(1, True), "truncated link header"),
        (1, bytes(12) + b"\x88\x63\x11\x09" + bytes(30), "not IP (PPPoE)"),
        (1, SNAP + b"\x00\x00\x0c\x20\x00" + bytes(9), "not IP (802.3 LLC)"),
        (1, SNAP + b"\x00\x00\x00\x20\x00" + bytes(9), "not IP (other EtherType)"),
        (1, SNAP + b"\x00\x00\x0c\x01\x0b" + bytes(9), "not IP (802.3 LLC)"),
        (9, b"\xc0\x21\x01\x01\x00\x04", "not IP (PPP)"),
    ],
)  # fmt: skip
def test_what_is_no_ip_packet_says_so(write_pcap, link, frame, reason):
    packets = read_capture(write_pcap([frame], link_type=link))
    assert SKIP_REASONS[packets.skip_reason[0]] == reason


def tunnels(build, inner) -> dict[str, tuple[str, bytes, int]]:
    """Name -> tunnel, frame, where the inner IP header stands in what the tunnel carries."""
    frame = build.ethernet(inner)
    gtp = b"\x30\xff\x00\x50\x12\x34\x56\x78"
    extended = b"\x34\xff\x00\x50\x12\x34\x56\x78\x00\x01\x00\x85\x01\x10\x05\x00"
    udp = lambda data, port: build.ipv4(17, build.udp(data, (50000, port)))  # noqa: E731
    made = {
        "gre": ("gre", build.ipv4(47, b"\x00\x00\x08\x00" + inner)),
        "gre with key, checksum, sequence": (
            "gre", build.ipv4(47, b"\xb0\x00\x08\x00" + bytes(12) + inner)),
        "gre over ipv6": ("gre", build.ipv6(47, b"\x00\x00\x08\x00" + inner)),
        "gre bridged": ("gre", build.ipv4(47, b"\x00\x00\x65\x58" + frame)),
        "gre ppp": ("gre", build.ipv4(
            47, b"\x30\x81\x88\x0b\x00\x50\x00\x01" + bytes(8) + b"\xff\x03\x00\x21" + inner)),
        "gre erspan": ("gre", build.ipv4(47, b"\x10\x00\x88\xbe" + bytes(4) + bytes(8) + frame)),
        "gre mpls": ("gre", build.ipv4(47, b"\x00\x00\x88\x47" + label(7, True) + inner)),
        "vxlan": ("vxlan", udp(b"\x08\x00\x00\x00\x00\x00\x2a\x00" + frame, 4789)),
        "vxlan linux": ("vxlan", udp(b"\x08\x00\x00\x00\x00\x00\x2a\x00" + frame, 8472)),
        "gtp": ("gtp", udp(gtp + inner, 2152)),
        "gtp extension": ("gtp", udp(extended + inner, 2152)),
        "ip in ip": ("ipip", build.ipv4(4, inner)),
    }  # fmt: skip
    return {
        name: (tunnel, build.ethernet(outer, 0x86DD if outer[0] >> 4 == 6 else 0x0800))
        for name, (tunnel, outer) in made.items()
    }


NAMES = (
    "gre", "gre with key, checksum, sequence", "gre over ipv6", "gre bridged", "gre ppp",
    "gre erspan", "gre mpls", "vxlan", "vxlan linux", "gtp", "gtp extension", "ip in ip",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_tunnels_are_looked_into_by_choice(build, write_pcap, inner, name):
    tunnel, frame = tunnels(build, inner)[name]
    path = write_pcap([frame, build.zoo()["tcp"]])
    outside = read_capture(path)
    assert tuple(outside.source_port) != INNER_PORTS
    others = tuple(other for other in TUNNELS if other != tunnel)
    unopened = read_capture(path, inner=others)
    assert unopened.network_offset.tolist() == outside.network_offset.tolist()
    packets = read_capture(path, inner=(tunnel,))
    assert packets.network_offset[0] == len(frame) - len(inner)
    assert (packets.source_port[0], packets.destination_port[0]) == INNER_PORTS
    assert packets.source_address[0, -4:].tolist() == [203, 0, 113, 9]
    start = packets.offset[0] + packets.payload_offset[0]
    end = packets.offset[0] + packets.end_offset[0]
    assert packets.buffer[start:end].tobytes() == b"inside"
    assert packets.protocol[1] == 6


def test_a_tunnel_within_a_tunnel(build, write_pcap, inner):
    outer = build.ipv4(47, b"\x00\x00\x08\x00" + build.ipv4(4, build.ipv4(4, inner)))
    path = write_pcap([build.ethernet(outer)])
    assert read_capture(path, inner=("gre",)).protocol[0] == 4
    assert read_capture(path, inner=TUNNELS).source_port[0] == INNER_PORTS[0]


@pytest.mark.parametrize("name", NAMES)
def test_what_cannot_be_decoded_inside_leaves_the_outer_packet(build, write_pcap, inner, name):
    _, frame = tunnels(build, inner)[name]
    for cut in range(len(frame) - len(inner), len(frame) - len(inner) + 20):
        path = write_pcap([frame[:cut]])
        whole, looked = read_capture(path), read_capture(path, inner=TUNNELS)
        assert whole.network_offset.tolist() == looked.network_offset.tolist()
        assert whole.protocol.tolist() == looked.protocol.tolist()


def test_the_order_of_tunnels_does_not_matter(build, write_pcap, inner):
    packet = inner
    for _ in range(3):
        packet = build.ipv4(47, b"\x00\x00\x08\x00" + build.ipv4(4, packet))
    path = write_pcap([build.ethernet(packet)])
    places = [
        read_capture(path, inner=names).network_offset[0] for names in (TUNNELS, TUNNELS[::-1])
    ]
    assert places[0] == places[1]
    assert read_capture(path, inner="gre").network_offset[0] == 14 + 20 + 4
