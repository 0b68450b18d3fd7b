"""Other readers doing the same work: every record, its times and lengths, its header fields.

Each gives a list of `Fields`. A peer that is not installed is a `MissingPeerError` with the command
that installs it.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from importlib import import_module, metadata
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

INSTALL = "pip install -c constraints.txt -e '.[peers]'"
INSTALL_TSHARK = "apt-get install tshark"


class MissingPeerError(Exception):
    """The peer is not installed; the message says how to."""


class Fields(NamedTuple):
    """What is read of one packet; 0, -1 or b"" where there is none, as in `PacketTable`."""

    time_s: float
    captured_length: int
    ip_version: int = 0
    source: bytes = b""
    destination: bytes = b""
    protocol: int = 0
    ttl: int = 0
    ip_length: int = 0
    source_port: int = -1
    destination_port: int = -1
    tcp_flags: int = 0
    tcp_window: int = -1


def _module(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingPeerError(f"{name.split('.')[0]} is not installed: {INSTALL}") from error


def read_dpkt(path: Path, limit: int | None = None) -> list[Fields]:
    """dpkt: `pcap.Reader` and `ethernet.Ethernet`; at most `limit` packets."""
    dpkt = _module("dpkt")
    found = []
    with open(path, "rb") as raw:
        for time_s, frame in islice(dpkt.pcap.Reader(raw), limit):
            try:
                packet = dpkt.ethernet.Ethernet(frame).data
            except dpkt.UnpackError:
                found.append(Fields(time_s, len(frame)))
                continue
            if isinstance(packet, dpkt.ip.IP):
                version, ttl, length = 4, packet.ttl, packet.len
            elif isinstance(packet, dpkt.ip6.IP6):
                version, ttl, length = 6, packet.hlim, packet.plen + 40
            else:
                found.append(Fields(time_s, len(frame)))
                continue
            source_port, destination_port, flags, window = -1, -1, 0, -1
            transport = packet.data
            if isinstance(transport, dpkt.tcp.TCP):
                source_port, destination_port = transport.sport, transport.dport
                flags, window = transport.flags, transport.win
            elif isinstance(transport, dpkt.udp.UDP):
                source_port, destination_port = transport.sport, transport.dport
            found.append(
                Fields(
                    time_s,
                    len(frame),
                    version,
                    packet.src,
                    packet.dst,
                    packet.p,
                    ttl,
                    length,
                    source_port,
                    destination_port,
                    flags,
                    window,
                )
            )
    return found


def read_scapy(path: Path, limit: int | None = None) -> list[Fields]:
    """scapy: `PcapReader` and its layers; at most `limit` packets."""
    scapy = _module("scapy.all")
    found = []
    with scapy.PcapReader(str(path)) as reader:
        for packet in islice(reader, limit):
            time_s, captured = float(packet.time), len(packet.original)
            version, protocol = 0, 0
            if scapy.IP in packet:
                network = packet[scapy.IP]
                version, protocol, ttl, length = 4, network.proto, network.ttl, network.len
            elif scapy.IPv6 in packet:
                network = packet[scapy.IPv6]
                version, protocol, ttl, length = 6, network.nh, network.hlim, network.plen + 40
            else:
                found.append(Fields(time_s, captured))
                continue
            source_port, destination_port, flags, window = -1, -1, 0, -1
            if scapy.TCP in packet:
                tcp = packet[scapy.TCP]
                source_port, destination_port = tcp.sport, tcp.dport
                flags, window = int(tcp.flags), tcp.window
            elif scapy.UDP in packet:
                source_port, destination_port = packet[scapy.UDP].sport, packet[scapy.UDP].dport
            found.append(
                Fields(
                    time_s,
                    captured,
                    version,
                    network.src.encode(),
                    network.dst.encode(),
                    protocol,
                    ttl,
                    length,
                    source_port,
                    destination_port,
                    flags,
                    window,
                )
            )
    return found


TSHARK_FIELDS = (
    *("frame.time_epoch", "frame.cap_len", "frame.len", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst"),
    *("ip.proto", "ipv6.nxt", "ip.ttl", "ipv6.hlim", "ip.len", "ipv6.plen"),
    *("tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport", "tcp.flags"),
    "tcp.window_size_value",
)


def read_tshark(path: Path, limit: int | None = None) -> list[str]:
    """tshark: one line of the same fields a packet, name resolution off."""
    program = shutil.which("tshark")
    if program is None:
        raise MissingPeerError(f"tshark is not installed: {INSTALL_TSHARK}")
    command = [program, "-n", "-r", str(path), "-T", "fields"]
    for name in TSHARK_FIELDS:
        command += ["-e", name]
    if limit is not None:
        command += ["-c", str(limit)]
    result = subprocess.run(command, capture_output=True, check=True)
    return result.stdout.decode().splitlines()


def flows_nfstream(path: Path) -> tuple[int, int]:
    """NFStream: flows of one file with the statistics that a flow table holds, and their packets.

    Timeouts as `pclip.packets.flow_table` has them by default: idle 60 s, no active one. Payload
    inspection (nDPI) is off, which is its fastest way.
    """
    nfstream = _module("nfstream")
    streamer = nfstream.NFStreamer(
        source=str(path),
        statistical_analysis=True,
        idle_timeout=60,
        active_timeout=10**9,
        n_dissections=0,
        accounting_mode=3,
    )
    flows = packets = 0
    for flow in streamer:
        flows += 1
        packets += flow.bidirectional_packets
    return flows, packets


READERS: dict[str, Callable[[Path, int | None], list]] = {
    "dpkt": read_dpkt,
    "scapy": read_scapy,
    "tshark": read_tshark,
}


def peer_versions() -> Iterator[str]:
    """Name and version of every peer that is here; of the others that they are absent."""
    for name in ("dpkt", "scapy", "nfstream"):
        try:
            yield f"{name} {metadata.version(name)}"
        except metadata.PackageNotFoundError:
            yield f"{name} is not installed: {INSTALL}"
    program = shutil.which("tshark")
    if program is None:
        yield f"tshark is not installed: {INSTALL_TSHARK}"
    else:
        shown = subprocess.run([program, "--version"], capture_output=True, check=True, text=True)
        yield shown.stdout.splitlines()[0].split("(Git")[0].strip()
