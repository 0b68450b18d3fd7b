"""What packets of a class look like: one that does not was labelled against its nature."""

from __future__ import annotations

from testbed.packets import Packet

SYN, RST, ACK = 2, 4, 16
# Echo, timestamp and their answers; of ICMPv6 echoes.
ASKED_AND_ANSWERED = {0, 8, 13, 14, 128, 129}
# How clients of the lab's services begin; a scan that asks for no versions says none of it.
GREETINGS = (b"GET ", b"POST ", b"HEAD ", b"SSH-", b"USER ", b"OPTIONS ")
MQTT = b"MQTT"
DNS_HEADER_BYTES = 12


def against_nature(label: str, packet: Packet, from_attacker: bool) -> str:
    """Why a packet cannot be of the class `label`, "" where it may be.

    Args:
        label: an attack class.
        packet: labelled so.
        from_attacker: its direction.
    """
    protocols = {
        "ICMP Flood": {"icmp"},
        "UDP Flood": {"udp"},
        "DNS Flood": {"udp", "tcp"},
        "Port Scan": {"tcp", "udp"},
        "OS Scan": {"tcp", "udp", "icmp"},
    }.get(label, {"tcp"})
    if packet.protocol not in protocols:
        return packet.protocol
    if packet.error:
        return ""
    if label == "ICMP Flood" and packet.kind not in ASKED_AND_ANSWERED:
        return f"ICMP type {packet.kind}"
    if label == "SYN Flood":
        return _not_a_syn_or_its_answer(packet, from_attacker)
    if label in ("Port Scan", "OS Scan") and from_attacker and packet.protocol == "tcp":
        greets = packet.payload.startswith(GREETINGS) or MQTT in packet.payload[:12]
        return "a client's greeting" if greets else ""
    if label == "DNS Flood" and packet.protocol == "udp":
        return "" if len(packet.payload) >= DNS_HEADER_BYTES else "no DNS header"
    return ""


def _not_a_syn_or_its_answer(packet: Packet, from_attacker: bool) -> str:
    # The attacker's own kernel knows of no connection and answers with RST.
    if from_attacker and not packet.flags & (SYN | RST):
        return "no SYN and no RST from the attacker"
    if not from_attacker and not (packet.flags & RST or packet.flags & (SYN | ACK) == SYN | ACK):
        return "no SYN+ACK and no RST from the victim"
    return ""
