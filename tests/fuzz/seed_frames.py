"""Well-formed frames to damage, one set a parser, with the places of their lengths and types."""

from __future__ import annotations

import struct

from tests.fuzz.mutate import Field, Seed
from tests.packets.conftest import Build
from tests.packets.write_frames import in_links, in_tunnels

OUTER_LINK = 1
ETHERNET_BYTES = 14
IPV4_FIELDS = (Field(0, 1), Field(2, 2), Field(6, 2), Field(9, 1))
IPV6_FIELDS = (Field(0, 1), Field(4, 2), Field(6, 1))
TYPE_FIELD = Field(12, 2)
DATA = bytes(range(0x41, 0x41 + 24))
SCTP_HEAD = struct.pack(">HHII", 36412, 36412, 0x01020304, 0x05060708)


def shifted(fields: tuple[Field, ...], by: int) -> tuple[Field, ...]:
    return tuple(Field(field.place + by, field.width, field.order) for field in fields)


def on_ethernet(packet: bytes, fields: tuple[Field, ...] = ()) -> Seed:
    """An IP packet in Ethernet; `fields` count from the packet's first byte."""
    four = packet[0] >> 4 == 4
    own = IPV4_FIELDS if four else IPV6_FIELDS
    frame = Build.ethernet(packet, 0x0800 if four else 0x86DD)
    return Seed(frame, (TYPE_FIELD, *shifted((*own, *fields), ETHERNET_BYTES)))


def in_both(protocol: int, body: bytes, fields: tuple[Field, ...] = ()) -> list[Seed]:
    """A transport segment in IPv4 and in IPv6; `fields` count from the segment's first byte."""
    four, six = Build.ipv4(protocol, body), Build.ipv6(protocol, body)
    return [
        on_ethernet(four, shifted(fields, 20)),
        on_ethernet(six, shifted(fields, 40)),
    ]


def ipv4_seeds() -> list[Seed]:
    udp, tcp = Build.udp(DATA), Build.tcp(DATA)
    return [
        on_ethernet(Build.ipv4(17, udp)),
        on_ethernet(Build.ipv4(6, tcp, options=b"\x07\x0b\x04" + bytes(9)), (Field(21, 1),)),
        on_ethernet(Build.ipv4(6, tcp, options=b"\x94\x04\x00\x00" * 10), (Field(21, 1),)),
        on_ethernet(Build.ipv4(17, udp, fragment=0x2000)),
        on_ethernet(Build.ipv4(17, DATA, fragment=185)),
        on_ethernet(Build.ipv4(51, bytes([17, 4]) + bytes(22) + udp), (Field(21, 1),)),
        on_ethernet(Build.ipv4(6, tcp, total=0)),
        Seed(Build.ethernet(Build.ipv4(6, tcp)) + bytes(18), shifted(IPV4_FIELDS, 14)),
        Seed(Build.zoo()["arp"], (TYPE_FIELD, Field(16, 2), Field(18, 1), Field(19, 1))),
    ]


def ipv6_seeds() -> list[Seed]:
    udp = Build.udp(DATA)
    chain = Build.extension(43) + Build.extension(60, 16) + Build.extension(17) + udp
    first, size = Field(40, 1), Field(41, 1)
    return [
        on_ethernet(Build.ipv6(17, udp)),
        on_ethernet(Build.ipv6(0, chain), (first, size, Field(48, 1), Field(49, 1))),
        on_ethernet(Build.ipv6(44, Build.fragment_header(17, 0) + udp), (first, Field(42, 2))),
        on_ethernet(Build.ipv6(44, Build.fragment_header(17, 9) + DATA), (first, Field(42, 2))),
        on_ethernet(Build.ipv6(51, bytes([6, 4]) + bytes(22) + Build.tcp()), (first, size)),
        on_ethernet(Build.ipv6(0, Build.extension(0) * 15 + Build.extension(17) + udp), (first,)),
        on_ethernet(Build.ipv6(59, DATA)),
        on_ethernet(Build.ipv6(17, udp, size=0)),
    ]


def tcp_seeds() -> list[Seed]:
    offset = Field(12, 1)
    options = (offset, Field(20, 1), Field(21, 1), Field(24, 1), Field(25, 1))
    sack = b"\x01\x01\x05\x12" + bytes(16)
    found = in_both(6, Build.tcp(DATA), (offset,))
    for words in (Build.TIMESTAMPS, Build.SYN_OPTIONS, Build.TIMESTAMPS * 3, sack):
        found += in_both(6, Build.tcp(DATA, words), options)
    return found


def udp_seeds() -> list[Seed]:
    length = Field(4, 2)
    dccp = struct.pack(">HHBBHI", 1, 2, 3, 0, 0xAAAA, 5) + DATA
    return [
        *in_both(17, Build.udp(DATA), (length,)),
        *in_both(17, Build.udp(), (length,)),
        *in_both(136, Build.udp(DATA), (length,)),
        *in_both(33, dccp, (Field(4, 1), Field(8, 1))),
    ]


def icmp_seeds() -> list[Seed]:
    kind, quote = Field(0, 1), shifted(IPV4_FIELDS, 8)
    tcp, udp = Build.tcp(DATA, Build.TIMESTAMPS), Build.udp(DATA)
    four = [Build.ipv4(6, tcp), Build.ipv4(17, udp, options=b"\x07\x07\x04" + bytes(5))]
    six = Build.ipv6(0, Build.extension(17) + udp)
    target = bytes(range(0xA0, 0xB0))
    found = [on_ethernet(Build.ipv4(1, Build.icmp(8, b"\x12\x34\x00\x07" + DATA)), (Field(20, 1),))]
    for number in (3, 4, 5, 11, 12):
        for quoted in four:
            packet = Build.ipv4(1, Build.icmp(number, bytes(4) + quoted))
            found.append(on_ethernet(packet, shifted((kind, *quote), 20)))
    for number in (1, 2, 3, 4):
        packet = Build.ipv6(58, Build.icmp(number, bytes(4) + six))
        fields = (kind, *shifted(IPV6_FIELDS, 8), Field(48, 1), Field(49, 1))
        found.append(on_ethernet(packet, shifted(fields, 40)))
    options = b"\x01\x01\x02\x00\x00\x00\x00\xaa" + b"\x05\x01\x00\x00\x00\x00\x05\xdc"
    for number in (133, 134, 135, 136, 137, 143):
        packet = Build.ipv6(58, Build.icmp(number, bytes(4) + target + target + options))
        fields = (kind, Field(24, 1), Field(25, 1), Field(41, 1), Field(49, 1))
        found.append(on_ethernet(packet, shifted(fields, 40)))
    return found


def sctp_seeds() -> list[Seed]:
    data = struct.pack(">BBHIHHI", 0, 3, 16 + len(DATA), 1, 2, 3, 46) + DATA
    init = struct.pack(">BBHIIHHI", 1, 0, 20, 0x11223344, 65536, 10, 10, 7)
    heartbeat = struct.pack(">BBHHH", 4, 0, 12, 1, 8) + b"beat"
    fields = (Field(12, 1), Field(14, 2))
    return [
        *in_both(132, SCTP_HEAD + data, fields),
        *in_both(132, SCTP_HEAD + init, fields),
        *in_both(132, SCTP_HEAD + heartbeat + data, (*fields, Field(24, 1), Field(26, 2))),
    ]


def tunnel_seeds(name: str) -> list[Seed]:
    """The tunnel around IPv4 and IPv6 packets, in both."""
    found = []
    for inner in (Build.ipv4(6, Build.tcp(DATA)), Build.ipv6(17, Build.udp(DATA))):
        for protocol, body in in_tunnels(inner)[name]:
            head = tuple(Field(place, 1) for place in range(min(20, len(body))))
            found += in_both(protocol, body, (*head, Field(2, 2)))
            # One tunnel within another.
            around = Build.ipv4(protocol, body)
            outer = in_tunnels(around)[name][0]
            found += in_both(*outer, head)
    return found


def link_seeds() -> dict[int, list[Seed]]:
    """LINKTYPE_ number -> seeds; headers of links are taken to be all types and lengths."""
    found: dict[int, list[Seed]] = {}
    for packet in (Build.ipv4(6, Build.tcp(DATA)), Build.ipv6(17, Build.udp(DATA))):
        for link, frames in in_links(packet).items():
            for frame in frames:
                head = min(24, len(frame) - 2)
                bytewise = tuple(Field(place, 1) for place in range(head))
                words = tuple(Field(place, 2) for place in range(0, head, 2))
                found.setdefault(link, []).append(Seed(frame, bytewise + words))
    return found
