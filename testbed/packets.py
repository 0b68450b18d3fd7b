"""As much of a capture as labels and checks need, with the standard library alone."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator
from dataclasses import dataclass

ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58
NAMES = {ICMP: "icmp", ICMPV6: "icmp", TCP: "tcp", UDP: "udp"}
PAYLOAD_BYTES = 64
# ICMP messages that quote the packet they are about.
QUOTING = {ICMP: (3, 4, 5, 11, 12), ICMPV6: (1, 2, 3, 4)}


@dataclass(frozen=True)
class Packet:
    """What tells whose a packet is; an ICMP error bears what it quotes, turned to its own way.

    Attributes:
        time_ns: nanoseconds since 1970.
        length: bytes on the wire.
        source, destination: addresses as text.
        protocol: "tcp", "udp", "icmp" or a number.
        source_port, destination_port: 0 where there are none.
        error: it is an ICMP error.
        flags: of TCP, 0 elsewhere.
        kind: type of an ICMP message, -1 elsewhere.
        payload: the first bytes after the TCP or UDP header, as far as they were recorded.
    """

    time_ns: int
    length: int
    source: str
    destination: str
    protocol: str
    source_port: int
    destination_port: int
    error: bool = False
    flags: int = 0
    kind: int = -1
    payload: bytes = b""


def read_packets(data: bytes) -> Iterator[Packet | None]:
    """Each record of a classic pcap file of Ethernet; None where it is no IP packet."""
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    unit = 1000 if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4") else 1
    place = 24
    while place + 16 <= len(data):
        seconds, part, captured, length = struct.unpack_from(f"{order}4I", data, place)
        frame = data[place + 16 : place + 16 + captured]
        yield _ethernet(frame, seconds * 10**9 + part * unit, length)
        place += 16 + captured


def _ethernet(frame: bytes, time_ns: int, length: int) -> Packet | None:
    kind = frame[12:14]
    found = _ip(frame[14:]) if kind in (b"\x08\x00", b"\x86\xdd") else None
    if found is None:
        return None
    source, destination, number, body = found
    name = NAMES.get(number, str(number))
    if number in QUOTING and body[:1] and body[0] in QUOTING[number]:
        quoted = _ip(body[8:])
        if quoted is not None:
            _, _, inner, rest = quoted
            sent_from, sent_to = _ports(inner, rest)
            # The quoted packet went the other way: its destination's port is this one's source's.
            return Packet(
                time_ns, length, source, destination, NAMES.get(inner, str(inner)),
                sent_to, sent_from, error=True,
            )  # fmt: skip
    tcp = number == TCP and len(body) >= 20
    payload = body[4 * (body[12] >> 4) :] if tcp else body[8:] if number == UDP else b""
    return Packet(
        time_ns, length, source, destination, name, *_ports(number, body),
        flags=body[13] if tcp else 0,
        kind=body[0] if number in (ICMP, ICMPV6) and body else -1,
        payload=payload[:PAYLOAD_BYTES],
    )  # fmt: skip


def _ip(data: bytes) -> tuple[str, str, int, bytes] | None:
    if len(data) >= 20 and data[0] >> 4 == 4:
        start = 4 * (data[0] & 15)
        source, destination = (str(ipaddress.IPv4Address(data[i : i + 4])) for i in (12, 16))
        if int.from_bytes(data[6:8], "big") & 0x1FFF:
            return source, destination, data[9], b""
        # A short frame is padded to Ethernet's least.
        return source, destination, data[9], data[start : int.from_bytes(data[2:4], "big") or None]
    if len(data) >= 40 and data[0] >> 4 == 6:
        source, destination = (str(ipaddress.IPv6Address(data[i : i + 16])) for i in (8, 24))
        number, start = data[6], 40
        while number in (0, 43, 60) and start + 2 <= len(data):
            number, start = data[start], start + 8 * (data[start + 1] + 1)
        if number == 44 and start + 8 <= len(data):
            later = int.from_bytes(data[start + 2 : start + 4], "big") >> 3
            number, start = data[start], start + 8
            if later:
                return source, destination, number, b""
        return source, destination, number, data[start:]
    return None


def _ports(number: int, body: bytes) -> tuple[int, int]:
    if number in (TCP, UDP) and len(body) >= 4:
        return struct.unpack_from(">2H", body)
    return 0, 0
