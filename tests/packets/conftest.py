"""Hand-built packets and captures."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pclip.packets import PacketTable, read_capture


class Build:
    """Headers as bytes; every identity field is non-zero, so that a missed one is seen."""

    MAC = bytes.fromhex("0200000000aa0200000000bb")

    @staticmethod
    def ethernet(payload: bytes, ethertype: int = 0x0800, tags: Sequence[int] = ()) -> bytes:
        tagged = b"".join(struct.pack(">HH", tag, 0x2064) for tag in tags)
        return Build.MAC + tagged + struct.pack(">H", ethertype) + payload

    @staticmethod
    def ipv4(
        protocol: int,
        payload: bytes,
        options: bytes = b"",
        fragment: int = 0,
        source: str = "198.51.100.66",
        destination: str = "198.51.100.1",
        total: int | None = None,
        header_words: int | None = None,
    ) -> bytes:
        words = 5 + len(options) // 4 if header_words is None else header_words
        size = 20 + len(options) + len(payload) if total is None else total
        head = struct.pack(
            ">BBHHHBBH", 0x40 | words, 0, size, 0xBEEF, fragment, 64, protocol, 0xCAFE
        )
        addresses = ipaddress.ip_address(source).packed + ipaddress.ip_address(destination).packed
        return head + addresses + options + payload

    @staticmethod
    def ipv6(
        next_header: int,
        payload: bytes,
        source: str = "2001:db8::66",
        destination: str = "2001:db8::1",
        size: int | None = None,
    ) -> bytes:
        length = len(payload) if size is None else size
        head = struct.pack(">IHBB", 0x60012345, length, next_header, 63)
        addresses = ipaddress.ip_address(source).packed + ipaddress.ip_address(destination).packed
        return head + addresses + payload

    @staticmethod
    def extension(next_header: int, size: int = 8) -> bytes:
        return bytes([next_header, size // 8 - 1]) + bytes(range(0x31, 0x31 + size - 2))

    @staticmethod
    def fragment_header(next_header: int, offset: int) -> bytes:
        return struct.pack(">BBHI", next_header, 0, offset << 3 | 1, 0xDEADBEEF)

    @staticmethod
    def tcp(
        payload: bytes = b"",
        options: bytes = b"",
        ports: tuple[int, int] = (40000, 80),
        flags: int = 0x18,
        window: int = 0x1234,
        words: int | None = None,
    ) -> bytes:
        size = 5 + len(options) // 4 if words is None else words
        head = struct.pack(
            ">HHIIBBHHH", *ports, 0x11223344, 0x55667788, size << 4, flags, window, 0x99AA, 0x0102
        )
        return head + options + payload

    @staticmethod
    def udp(payload: bytes = b"", ports: tuple[int, int] = (5353, 53)) -> bytes:
        return struct.pack(">HHHH", *ports, 8 + len(payload), 0xABCD) + payload

    @staticmethod
    def icmp(kind: int, rest: bytes, code: int = 3) -> bytes:
        """Type, code, checksum, then the rest (4 bytes of header and the body)."""
        return struct.pack(">BBH", kind, code, 0x7788) + rest

    TIMESTAMPS = bytes.fromhex("0101080a1122334455667788")
    SYN_OPTIONS = bytes.fromhex("020405b40402080aaabbccddeeff11220103030a")

    @classmethod
    def zoo(cls) -> dict[str, bytes]:
        """Ethernet frames of each kind that the policies tell apart."""
        data = bytes(range(0x41, 0x41 + 60))
        quoted_tcp = cls.ipv4(6, cls.tcp(data, cls.TIMESTAMPS))
        quoted_udp = cls.ipv4(17, cls.udp(data), options=b"\x07\x07\x04\x01\x02\x03\x04\x00")
        quoted_6 = cls.ipv6(0, cls.extension(17) + cls.udp(data))
        target = bytes(range(0xA0, 0xB0))
        link_option = b"\x01\x01\x02\x00\x00\x00\x00\xaa"
        mtu_option = b"\x05\x01\x00\x00\x00\x00\x05\xdc"
        prefix_option = b"\x03\x04" + bytes(range(0x51, 0x51 + 30))
        four = {
            "tcp": (6, cls.tcp(data)),
            "tcp without payload": (6, cls.tcp()),
            "tcp timestamps": (6, cls.tcp(data, cls.TIMESTAMPS)),
            "tcp syn": (6, cls.tcp(options=cls.SYN_OPTIONS, flags=2)),
            "tcp two timestamps": (6, cls.tcp(data, cls.TIMESTAMPS * 2)),
            "tcp option of size 0": (6, cls.tcp(data, b"\x08\x00" + b"\x33" * 10)),
            "tcp option too long": (6, cls.tcp(data, b"\x01\x01\x08\xff" + b"\x33" * 8)),
            "tcp option size missing": (6, cls.tcp(data, b"\x01\x01\x01\x08")),
            "tcp end of options": (6, cls.tcp(data, b"\x00\x01" + cls.TIMESTAMPS[2:])),
            "tcp data offset 2": (6, cls.tcp(data, words=2)),
            "tcp data offset beyond": (6, cls.tcp(b"", cls.TIMESTAMPS, words=15)),
            "tcp cut after 10": (6, cls.tcp()[:10]),
            "tcp cut after 3": (6, cls.tcp()[:3]),
            "udp": (17, cls.udp(data)),
            "udp empty": (17, cls.udp()),
            "udp-lite": (136, cls.udp(data)),
            "sctp": (132, struct.pack(">HHII", 1, 2, 0x01020304, 0x05060708) + data),
            "dccp": (33, struct.pack(">HHBBHI", 1, 2, 3, 0, 0xAAAA, 5) + data),
            "gre": (47, b"\x00\x00\x08\x00" + data),
            "igmp": (2, struct.pack(">BBH", 0x16, 0, 0x1234) + b"\xe0\x00\x00\x16"),
            "igmp 3": (2, struct.pack(">BBHI", 0x22, 0, 0x1234, 1) + data[:8]),
            "echo": (1, cls.icmp(8, b"\x12\x34\x00\x07" + data)),
            "timestamp": (1, cls.icmp(13, b"\x12\x34\x00\x07" + data[:12])),
            "redirect": (1, cls.icmp(5, b"\xc6\x33\x64\x01" + quoted_tcp)),
            "unreachable udp": (1, cls.icmp(3, b"\x00\x00\x05\xdc" + quoted_udp)),
            "unreachable tcp": (1, cls.icmp(3, bytes(4) + quoted_tcp)),
            "unreachable cut": (1, cls.icmp(3, bytes(4) + quoted_tcp[:28])),
            "unreachable quote cut": (1, cls.icmp(11, bytes(4) + quoted_tcp[:15])),
            "unreachable rubbish": (1, cls.icmp(12, b"\x01\x02\x03\x04" + data)),
            "unreachable esp": (1, cls.icmp(3, bytes(4) + cls.ipv4(50, data))),
            "unreachable fragment": (1, cls.icmp(3, bytes(4) + cls.ipv4(17, data, fragment=5))),
            "icmp cut after 3": (1, cls.icmp(8, b"")[:3]),
        }
        six = {
            "tcp 6": (6, cls.tcp(data, cls.TIMESTAMPS)),
            "udp 6": (17, cls.udp(data)),
            "udp 6 extensions": (
                0,
                cls.extension(43) + cls.extension(60, 16) + cls.extension(17) + cls.udp(data),
            ),
            "tcp 6 authentication": (
                51,
                bytes([6, 4]) + bytes(range(0x61, 0x61 + 22)) + cls.tcp(data),
            ),
            "first fragment 6": (44, cls.fragment_header(17, 0) + cls.udp(data)),
            "later fragment 6": (44, cls.fragment_header(17, 9) + cls.udp(data)),
            "echo 6": (58, cls.icmp(128, b"\x12\x34\x00\x07" + data)),
            "unreachable 6": (58, cls.icmp(1, bytes(4) + quoted_6)),
            "router solicitation": (58, cls.icmp(133, bytes(4) + link_option)),
            "router advertisement": (
                58,
                cls.icmp(134, data[:12] + mtu_option + prefix_option + link_option),
            ),
            "neighbour solicitation": (58, cls.icmp(135, bytes(4) + target + link_option)),
            "neighbour advertisement": (
                58,
                cls.icmp(136, b"\x60\x00\x00\x00" + target + mtu_option + link_option),
            ),
            "nd option of size 0": (58, cls.icmp(135, bytes(4) + target + b"\x01\x00" + data)),
            "redirect 6": (58, cls.icmp(137, bytes(4) + target + target + b"\x04\x08" + data)),
            "listener report": (58, cls.icmp(131, bytes(4) + target)),
            "listener report 2": (58, cls.icmp(143, bytes(2) + b"\x00\x01" + b"\x04" * 4 + target)),
            "no next header": (59, data),
            "extension cut": (0, cls.extension(6)[:5]),
        }
        frames = {name: cls.ethernet(cls.ipv4(*parts)) for name, parts in four.items()}
        frames |= {name: cls.ethernet(cls.ipv6(*parts), 0x86DD) for name, parts in six.items()}
        tcp = cls.tcp(data, cls.TIMESTAMPS)
        frames |= {
            "vlan": cls.ethernet(cls.ipv4(6, tcp), tags=(0x8100,)),
            "qinq": cls.ethernet(cls.ipv6(6, tcp), 0x86DD, tags=(0x88A8, 0x8100)),
            "ip options": cls.ethernet(cls.ipv4(6, tcp, options=b"\x07\x07\x04" + bytes(5))),
            "first fragment": cls.ethernet(cls.ipv4(17, cls.udp(data), fragment=0x2000)),
            "later fragment": cls.ethernet(cls.ipv4(1, cls.icmp(8, data), fragment=7)),
            "authentication 4": cls.ethernet(
                cls.ipv4(51, bytes([17, 1]) + bytes(range(0x61, 0x6B)) + cls.udp(data))
            ),
            "padding": cls.ethernet(cls.ipv4(6, cls.tcp())) + b"\xee" * 6,
            "offloaded": cls.ethernet(cls.ipv4(6, tcp, total=0)),
            "claims too much": cls.ethernet(cls.ipv4(6, tcp, total=9000)),
            "claims too little": cls.ethernet(cls.ipv4(6, tcp, total=10)),
            "header of 16": cls.ethernet(cls.ipv4(6, tcp, header_words=4)),
            "header beyond": cls.ethernet(cls.ipv4(6, b"", header_words=15)),
            "too many extensions": cls.ethernet(
                cls.ipv6(0, cls.extension(0) * 20 + cls.udp(data)), 0x86DD
            ),
            "arp": cls.ethernet(
                bytes.fromhex("0001080006040001")
                + cls.MAC[:6]
                + b"\xc6\x33\x64\x42"
                + cls.MAC[6:]
                + b"\xc6\x33\x64\x01",
                0x0806,
            ),
            "llc": cls.ethernet(b"\x42\x42\x03" + bytes(30), 38),
            "unknown ethertype": cls.ethernet(data, 0x1234),
            "vlan cut": cls.MAC + b"\x81\x00\x00",
            "frame cut": cls.MAC[:9],
            "frame empty": b"",
            "ip cut": cls.ethernet(cls.ipv4(6, tcp)[:12]),
            "ip missing": cls.ethernet(b""),
        }
        return frames


@pytest.fixture(scope="session")
def build() -> type[Build]:
    return Build


@pytest.fixture
def write_pcap(tmp_path: Path) -> Callable[..., Path]:
    """Write frames as a classic pcap; lengths on the wire and times may be given."""

    def write(
        frames: Sequence[bytes],
        *,
        link_type: int = 1,
        order: str = "<",
        nano: bool = False,
        snap_length: int = 65535,
        lengths: Sequence[int] | None = None,
        times_ns: Sequence[int] | None = None,
        name: str = "made.pcap",
    ) -> Path:
        unit = 1 if nano else 1000
        magic = 0xA1B23C4D if nano else 0xA1B2C3D4
        content = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, snap_length, link_type)
        for number, frame in enumerate(frames):
            time = times_ns[number] if times_ns else (1_700_000_000_000_000 + number) * 1000
            length = lengths[number] if lengths else len(frame)
            second, rest = divmod(time, 10**9)
            content += struct.pack(f"{order}IIII", second, rest // unit, len(frame), length) + frame
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.fixture(scope="session")
def few_endpoints(build, tmp_path_factory) -> PacketTable:
    """Packets between two endpoints in either direction, and the zoo."""
    sides = [("198.51.100.66", 4000), ("198.51.100.1", 80), ("198.51.100.2", 80)]
    frames = list(build.zoo().values())
    for source, source_port in sides:
        for destination, destination_port in sides:
            for flags in (0x02, 0x19, 0xE4):
                segment = build.tcp(
                    bytes(flags), ports=(source_port, destination_port), flags=flags, window=flags
                )
                frames.append(
                    build.ethernet(build.ipv4(6, segment, source=source, destination=destination))
                )
    content = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for frame in frames:
        content += struct.pack("<IIII", 0, 0, len(frame), len(frame) + 300) + frame
    path = tmp_path_factory.mktemp("flows") / "made.pcap"
    path.write_bytes(content)
    return read_capture(path)
