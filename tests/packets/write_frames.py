"""Frames of every link type, encapsulation and tunnel around one IP packet."""

from __future__ import annotations

import struct

IPV4, IPV6 = 0x0800, 0x86DD
MAC = bytes.fromhex("0200000000aa0200000000bb")
PPP_TYPES = {IPV4: b"\x00\x21", IPV6: b"\x00\x57"}
VXLAN_PORT, GTP_PORT = 4789, 2152


def ethernet(body: bytes, ethertype: int = IPV4) -> bytes:
    return MAC + struct.pack(">H", ethertype) + body


def version_ethertype(packet: bytes) -> int:
    return IPV6 if packet[0] >> 4 == 6 else IPV4


def in_links(packet: bytes) -> dict[int, list[bytes]]:
    """LINKTYPE_ number -> frames of that type that hold the IP packet."""
    kind = version_ethertype(packet)
    word = struct.pack(">H", kind)
    family = 24 if kind == IPV6 else 2
    ppp = PPP_TYPES[kind]
    pppoe = b"\x11\x00\x00\x07" + struct.pack(">H", len(packet) + 2) + ppp + packet
    mpls = b"\x00\x01\x00\xff" + b"\x00\x02\x01\xff" + packet
    snap = b"\xaa\xaa\x03\x00\x00\x00" + word + packet
    tags = b"\x20\x64\x81\x00\x20\x65" + word + packet
    cooked = struct.pack(">HHH", 0, 1, 6) + MAC[:6] + bytes(2)
    return {
        1: [
            ethernet(packet, kind),
            ethernet(tags, 0x88A8),
            ethernet(mpls, 0x8847),
            ethernet(pppoe, 0x8864),
            ethernet(snap, len(snap)),
        ],
        0: [struct.pack("<I", family) + packet, struct.pack(">I", family) + packet],
        108: [struct.pack(">I", family) + packet],
        101: [packet],
        228 if kind == IPV4 else 229: [packet],
        113: [cooked + word + packet, cooked + b"\x81\x00\x20\x65" + word + packet],
        276: [word + bytes(2) + struct.pack(">IHBB", 3, 1, 0, 6) + MAC[:8] + packet],
        9: [b"\xff\x03" + ppp + packet, ppp[1:] + packet],
        50: [b"\xff\x03" + ppp + packet],
        166: [b"\x00\x01\xff\x03" + ppp + packet],
        204: [b"\x00\xff\x03" + ppp + packet],
        104: [b"\x0f\x00" + word + packet],
        51: [pppoe],
        105: [bytes(30)],  # not understood
    }


def in_tunnels(packet: bytes) -> dict[str, list[tuple[int, bytes]]]:
    """Tunnel -> (IP protocol, what follows the outer IP header), with the IP packet inside."""
    kind = version_ethertype(packet)
    word = struct.pack(">H", kind)
    ppp = PPP_TYPES[kind]
    frame = ethernet(packet, kind)

    def udp(port: int, body: bytes) -> bytes:
        return struct.pack(">HHHH", 40000, port, 8 + len(body), 0) + body

    gtp_long = struct.pack(">BBHI", 0x34, 0xFF, len(packet) + 8, 9) + b"\x00\x00\x00\x85"
    return {
        "gre": [
            (47, b"\x00\x00" + word + packet),
            (47, b"\xb0\x00" + word + bytes(12) + packet),
            (47, b"\x00\x00\x65\x58" + frame),
            (47, b"\x10\x00\x88\xbe" + bytes(4) + bytes(8) + frame),
            (47, b"\x30\x81\x88\x0b" + bytes(12) + b"\xff\x03" + ppp + packet),
        ],
        "vxlan": [(17, udp(VXLAN_PORT, b"\x08\x00\x00\x00\x00\x00\x07\x00" + frame))],
        "gtp": [
            (17, udp(GTP_PORT, struct.pack(">BBHI", 0x30, 0xFF, len(packet), 9) + packet)),
            (17, udp(GTP_PORT, gtp_long + b"\x01\x10\x00\x00" + packet)),
        ],
        "ipip": [(41 if kind == IPV6 else 4, packet)],
    }
