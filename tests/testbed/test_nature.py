"""Packets against the nature of their class, made by hand and read back."""

from __future__ import annotations

import pytest

from testbed.nature import against_nature
from testbed.packets import read_packets
from tests.made_captures import ACK, PSH, RST, SYN, ip, port_unreachable, tcp, udp, write_capture

A, V = "198.51.100.150", "198.51.100.14"
CONNECT = b"\x10\x1d\x00\x04MQTT\x05\x02"


def echo(kind: int) -> bytes:
    return bytes([kind]) + bytes(11)


@pytest.mark.parametrize(
    ("label", "packet", "why"),
    [
        ("Port Scan", ip(A, V, 6, tcp(5000, 1883, PSH | ACK, CONNECT)), "a client's greeting"),
        (
            "OS Scan",
            ip(A, V, 6, tcp(5000, 80, PSH | ACK, b"GET / HTTP/1.1")),
            "a client's greeting",
        ),
        ("Port Scan", ip(A, V, 6, tcp(5000, 80, SYN, b"\x99" * 9)), ""),
        ("Port Scan", ip(V, A, 6, tcp(22, 5000, PSH | ACK, b"SSH-2.0-OpenSSH")), ""),
        ("SYN Flood", ip(A, V, 6, tcp(5000, 80, SYN)), ""),
        ("SYN Flood", ip(A, V, 6, tcp(5000, 80, RST)), ""),
        ("SYN Flood", ip(A, V, 6, tcp(5000, 80, ACK)), "no SYN and no RST from the attacker"),
        ("SYN Flood", ip(V, A, 6, tcp(80, 5000, SYN | ACK)), ""),
        ("SYN Flood", ip(V, A, 6, tcp(80, 5000, RST | ACK)), ""),
        (
            "SYN Flood",
            ip(V, A, 6, tcp(80, 5000, PSH | ACK)),
            "no SYN+ACK and no RST from the victim",
        ),
        ("ICMP Flood", ip(A, V, 1, echo(8)), ""),
        ("ICMP Flood", ip(A, V, 1, echo(5)), "ICMP type 5"),
        ("UDP Flood", ip(A, V, 6, tcp(5000, 80)), "tcp"),
        ("UDP Flood", ip(V, A, 1, port_unreachable(ip(A, V, 17, udp(5000, 9)))), ""),
        ("DNS Flood", ip(A, V, 17, udp(5000, 53, bytes(5))), "no DNS header"),
        ("DNS Flood", ip(A, V, 17, udp(5000, 53, bytes(12))), ""),
        ("Slowloris", ip(A, V, 17, udp(5000, 80)), "udp"),
    ],
)
def test_a_packet_and_its_class(tmp_path, label, packet, why):
    write_capture(tmp_path / "one.pcap", [(1.0, packet)])
    (found,) = read_packets((tmp_path / "one.pcap").read_bytes())
    assert against_nature(label, found, found.source == A) == why
