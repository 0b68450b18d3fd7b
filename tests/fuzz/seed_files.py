"""Well-formed capture files and CSVs to damage, of one to eight packets."""

from __future__ import annotations

import gzip
import lzma
import struct

import zstandard

from tests.fuzz.mutate import Field, Seed
from tests.packets.conftest import Build
from tests.packets.write_classic import classic_pcap
from tests.packets.write_pcapng import CUSTOM, NAME_RESOLUTION, OPT_COMMENT, PcapngWriter

FLOW_HEADER = "Flow ID,Src IP,Src Port,Dst IP,Dst Port,Protocol,Timestamp,Flow Duration,Label\n"
FLOW_ROWS = (
    "a,192.0.2.1,40000,198.51.100.1,80,6,2023-11-01 09:43:40,1500000,Benign\n",
    'b,"2001:db8::1",53,2001:db8::2,5353,17,01/11/2023 09:43:40 PM,0,OS Scan\n',
    "c,192.0.2.1,0,198.51.100.1,0,1,2023-11-01 09:43:40.250,7,Web Attack \u2013 XSS\n",
)
LABEL_HEADER = "pcap,start,stop,class,attacker,victim,command\n"
LABEL_ROWS = (
    'x.pcap,1700000000.5,1700000002,Port Scan,192.0.2.1,198.51.100.1,"nmap -p 1-100, x"\n',
    "x.pcap,1700000003,1700000004.000000001,SYN Flood,2001:db8::1,*,hping3\n",
)
CSV_WORDS = tuple(
    b', " "" \n \r\n \0 nan inf -1 1e999 65536 999999999999999999999 0x10 \xff\xfe \xef\xbb\xbf '
    b"::ffff:1.2.3.4 fe80::1%eth0 25:61:61 31/02/2023 \xd9\xa1\xd9\xa2 1_0 \xc2\xb2".split(b" ")
)


def frames() -> list[bytes]:
    """A few, short."""
    zoo = Build.zoo()
    return [zoo[name] for name in ("tcp syn", "udp 6", "echo", "arp", "frame empty")]


def classic_seeds() -> list[Seed]:
    """Both byte orders and units; every number of the headers is a field."""
    found = []
    for order in "<>":
        for nano in (False, True):
            for link in (1, 101, 276):
                content = classic_pcap(frames(), order=order, nano=nano, link_type=link)
                words = [Field(place, 4, order) for place in (0, 4, 16, 20)]
                place = 24
                while place < len(content):
                    words += [Field(place + 4 * number, 4, order) for number in range(4)]
                    place += 16 + struct.unpack_from(f"{order}I", content, place + 8)[0]
                found.append(Seed(content, tuple(words)))
    return found


def pcapng_seeds() -> list[Seed]:
    """Sections, interfaces, clocks, three kinds of packets, options; each word is a field."""
    found = []
    for order, other in ("<>", "><"):
        writer = PcapngWriter(order, options=[(OPT_COMMENT, b"made by hand")])
        writer.interface(1, snap_length=96)
        writer.interface(101, resolution=9, offset_s=3600)
        writer.interface(113, resolution=0x80 | 20)
        one, two, three = frames()[:3]
        writer.packet(one, 1_700_000_000_000_000_000, options=[(OPT_COMMENT, b"x")])
        writer.block(NAME_RESOLUTION, bytes(8))
        writer.simple_packet(two)
        first = writer.content
        writer.old_packet(three, 1_700_000_001_000_000_000, interface=2)
        writer.block(CUSTOM, bytes(12))
        writer.statistics(1)
        writer.section(other, length=0)
        writer.interface(1)
        writer.packet(three, 1_700_000_002_000_000_000, length=1500)
        for content in (first, writer.content):
            words = [Field(place, 4, order) for place in range(0, len(content), 4)]
            shorts = [Field(place, 2, order) for place in range(16, len(content), 2)]
            found.append(Seed(content, (*words, *shorts[: len(words) // 2])))
    return found


def packed_seeds(name: str) -> list[Seed]:
    """Captures packed with gzip, xz or zstd; one file or two streams in a row."""
    pack = {
        "gzip": lambda data: gzip.compress(data, mtime=0),
        "xz": lzma.compress,
        "zstd": zstandard.ZstdCompressor().compress,
    }[name]
    found = []
    for content in (classic_seeds()[0].content, pcapng_seeds()[1].content):
        for packed in (pack(content), pack(content[:70]) + pack(content[70:]) + bytes(8)):
            head = tuple(Field(place, 1) for place in range(min(40, len(packed))))
            found.append(Seed(packed, head))
    return found


def flow_csv_seeds() -> list[Seed]:
    """Several encodings and line ends."""
    text = FLOW_HEADER + "".join(FLOW_ROWS)
    return [
        Seed(text.encode()),
        Seed(text.replace("\n", "\r\n").encode("cp1252")),
        Seed(text.encode("utf-8-sig")),
        Seed((FLOW_HEADER + FLOW_ROWS[0] * 5).encode()),
    ]


def label_seeds() -> list[Seed]:
    text = LABEL_HEADER + "".join(LABEL_ROWS)
    return [Seed(text.encode()), Seed(text.encode("utf-8-sig"))]
