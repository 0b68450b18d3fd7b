"""Packets written out by hand, with what `identity_free` zeroes in brackets.

Hexadecimal digits from the first byte of the transport header (of what stands in its place) on:
`[..]` is zeroed, whatever it holds; `(..)` is zeroed too, but tells where other fields are;
the rest stays as it is.
"""

from __future__ import annotations

import re


def bare(text: str) -> str:
    """The digits alone."""
    return re.sub(r"[\s\[\]()]", "", text)


def size(text: str) -> int:
    """Bytes of a text."""
    return len(bare(text)) // 2


def parse(text: str) -> tuple[bytes, list[int], list[int]]:
    """(bytes, places that are zeroed, those of them that may hold anything)."""
    zeroed: list[int] = []
    free: list[int] = []
    place = 0
    for part in re.findall(r"\[[^\]]*\]|\([^)]*\)|[^\[\](]+", text):
        places = range(place, place + size(part))
        if part[0] in "[(":
            zeroed += places
        if part[0] == "[":
            free += places
        place += size(part)
    return bytes.fromhex(bare(text)), zeroed, free


DATA = "41 42 43 44 45 46 47 48 49 4a 4b 4c"


def tcp(options: str = "") -> str:
    words = 5 + size(options) // 4
    assert size(options) % 4 == 0
    return f"9c40 0050 [11223344 55667788] {words:x}018 1234 [99aa] 0102 {options} {DATA}"


def udp(payload: str, ports: str = "14e9 0035") -> str:
    return f"{ports} {8 + size(payload):04x} [abcd] {payload}"


def dccp(kind: int, is_long: int, fields: str, options: str = "") -> str:
    words = (9 + size(fields) + size(options)) // 4
    assert (9 + size(fields) + size(options)) % 4 == 0
    return f"1389 138a {words:02x} 11 [aabb] {kind << 1 | is_long:02x} {fields} {options} {DATA}"


def tlv(kind: str, body: str) -> str:
    """An element of SCTP: kind and flags, length, body, padding to 4."""
    return f"{kind} {4 + size(body):04x} {body} {'00' * (-size(body) % 4)}"


def sctp(*chunks: str) -> str:
    return f"0b59 0b5a [11223344 55667788] {' '.join(chunks)}"


def inner_4(protocol: str, rest: str, length: int | None = None) -> str:
    """An IPv4 header as it is zeroed inside another packet."""
    total = 20 + size(rest) if length is None else length
    return (
        f"(45) [01] ({total:04x}) [beef] (4000) [40] ({protocol}) [cafe c6336442 c6336401] {rest}"
    )


def inner_6(protocol: str, rest: str) -> str:
    return f"(60) [112233] ({size(rest):04x}) ({protocol}) [3f {'20' * 16} {'fd' * 16}] {rest}"


INNER_TCP = f"[9c40 0050 11223344 55667788] (50) [18 1234 99aa 0102] {DATA}"
INNER_UDP = f"[14e9 0036 0014 abcd] {DATA}"
INNER_ECHO = f"(08) [00 7788 1234 0007] {DATA}"
INNER_TIMESTAMPS = (
    f"[9c40 0050 11223344 55667788] (80) [18 1234 99aa 0102 0101080a 11223344 55667788] {DATA}"
)
MACS = "[0200000000aa 0200000000bb]"
ADDRESS_6 = "[20010db8 00000000 00000000 00000066]"
LINK_OPTION = "0101 [0200000000aa]"


def icmp(kind: int, rest: str, code: int = 0) -> str:
    return f"{kind:02x} {code:02x} [7788] {rest}"


def padded(text: str, length: int) -> str:
    return text + " 5a" * (length - size(text))


EXTENSION = "2000 [1234] 0008 0101 [00010140] 000c 020f [00000003 00010000]"

CASES: dict[str, tuple[int, str]] = {
    "tcp": (6, tcp()),
    "tcp timestamps": (6, tcp("0101 080a [1122334455667788]")),
    "tcp timestamps cut": (
        6, "9c40 0050 [11223344 55667788] 8018 1234 [99aa] 0102 0101 [080a 112233445566]",
    ),
    "tcp timestamps elsewhere": (6, tcp("080a [1122334455667788] 0101")),
    "tcp syn": (6, tcp("0204 05b4 0402 080a [1122334455667788] 01 0303 0a")),
    "tcp sack": (6, tcp("0101 0512 [11223344 55667788 99aabbcc ddeeff00]")),
    "tcp sack and timestamps": (
        6, tcp("0101 080a [1122334455667788] 0101 050a [99aabbccddeeff00]"),
    ),
    "tcp md5": (6, tcp("0101 1312 [00112233445566778899aabbccddeeff]")),
    "tcp ao": (6, tcp("1d10 [0001 00112233445566778899aabb]")),
    "tcp mptcp capable": (6, tcp("1e0c 01 [81 1122334455667788]")),
    "tcp mptcp address": (6, tcp("1e08 30 [02 c6336407]")),
    "tcp mptcp data": (6, tcp("1e14 20 [01 11223344 55667788 99aabbcc 0010 abcd]")),
    "tcp fast open": (6, tcp("220a [1122334455667788] 0101")),
    "tcp fast open as an experiment": (6, tcp("fe0c f989 [1122334455667788]")),
    "tcp echo": (6, tcp("0606 [11223344] 0706 [55667788]")),
    "tcp connection count": (6, tcp("0b06 [11223344] 0101")),
    "tcp checksums": (6, tcp("0f04 [aabb] 1203 [cc] 01")),
    "tcp quick-start": (6, tcp("1b08 0104 [11223344]")),
    "tcp user timeout stays": (6, tcp("1c04 8123")),
    "tcp bytes behind the end of options": (6, tcp("0204 05b4 (00) [c63364 11223344]")),
    "tcp timestamps behind the end of options": (6, tcp("(00) [01 080a 1122334455667788]")),
    "tcp option without a length": (6, tcp("0101 (0800) [1122334455667788]")),
    "tcp unknown option without a length": (6, tcp("0101 (4600) [c6336442 c6336401]")),
    "tcp option of length 1": (6, tcp("0204 05b4 (0801) [112233445566]")),
    "tcp option past the header": (6, tcp("0101 (08ff) [1122334455667788]")),
    "tcp segment size past the header": (6, tcp("(02ff) [05b4 0101 080a 1122334455667788]")),
    "tcp option one byte past the header": (6, tcp("0204 05b4 (0805) [1122]")),
    "tcp option whose length is missing": (6, tcp("0101 01 (08)")),
    "tcp unknown option": (6, tcp("0101 4606 c6336442")),
    "tcp unknown option before timestamps": (
        6, tcp("4604 c633 0101 080a [1122334455667788]"),
    ),
    "udp": (17, udp(DATA)),
    "udp-lite": (136, udp(DATA)),
    "vxlan": (17, udp(
        f"08 [010203 0a0b0c 01] {MACS} (0800) {inner_4('06', INNER_TCP)}", "d431 12b5")),
    "vxlan with tags and udp 6": (17, udp(
        f"08 [000000 0a0b0c 00] {MACS} (8100) [2064] (86dd) {inner_6('11', INNER_UDP)}",
        "d431 2118")),
    "vxlan with arp": (17, udp(
        f"08 [000000 0a0b0c 00] {MACS} (0806) [0001080006040001 0200000000aac6336442"
        " 000000000000c6336401]", "d431 12b5")),
    "gtp": (17, udp(f"30ff 0040 [11223344] {inner_4('11', INNER_UDP)}", "0868 0868")),
    "gtp answer with extension": (17, udp(
        f"34ff 0040 [11223344 1234 56] (85 01) [1009] (00) {inner_6('06', INNER_TIMESTAMPS)}",
        "0868 d431")),
    "gtp echo": (17, udp("3201 0006 [00000001 0102 00 00 0e05]", "d431 0868")),
    "gtp control": (17, udp(
        "4820 0014 [11223344 556677 00 0100 0800 1122334455667788]", "084b 084b")),
    "gtp control answer": (17, udp("3211 0008 [11223344 5566 0000 0180]", "084b d431")),
    "vxlan-gpe": (17, udp(
        f"0c 0000 01 [0a0b0c 00 {bare(inner_4('06', INNER_TCP))}]", "d431 12b6")),
    "geneve": (17, udp(
        f"02 00 6558 [0a0b0c 00 0102 80 01 11223344 {bare(MACS)} 0800"
        f" {bare(inner_4('06', INNER_TCP))}]", "d431 17c1")),
    "gre in udp": (17, udp(
        f"2000 0800 [11223344 {bare(inner_4('11', INNER_UDP))}]", "d431 1292")),
    "teredo": (17, udp(f"[0000 2bce 399c9bbd {bare(inner_6('11', INNER_UDP))}]", "d431 0dd8")),
    "teredo answer": (17, udp(f"[{bare(inner_6('3a', INNER_ECHO))}]", "0dd8 d431")),
    "gue": (17, udp(f"[00 04 0000 {bare(inner_4('11', INNER_UDP))}]", "d431 17c0")),
    "mpls in udp": (17, udp(f"[00064140 {bare(inner_4('11', INNER_UDP))}]", "d431 19eb")),
    "sctp in udp": (17, udp(
        f"[0b590b5a 11223344 55667788 {bare(tlv('0700', '11223344'))}]", "26ab 26ab")),
    "sctp in udp answer": (17, udp("[0b590b5a 11223344 55667788 0b00 0004]", "26ab d431")),
    "a hash that is a tunnel's port": (17, udp(DATA, "17c1 d431")),
    "l2tp and esp in udp stay": (17, udp(f"11223344 00000007 {DATA}", "1194 1194")),
    "unreachable geneve": (1, icmp(3, "00000000 " + inner_4("11",
        f"(d431 17c1) [002c abcd] 0000 6558 [0a0b0c 00 {bare(MACS)} 0800 {DATA}]"))),
    "dccp request": (33, dccp(0, 1, "[00112233445566] [deadbeef]", "2906 [11223344] 0000")),
    "dccp response": (33, dccp(1, 1, "[00112233445566] [0000112233445566] [deadbeef]")),
    "dccp data": (33, dccp(2, 0, "[112233]")),
    "dccp data with ack": (33, dccp(4, 0, "[112233] [00445566]")),
    "dccp ack": (33, dccp(
        3, 1, "[00112233445566] [0000112233445566]",
        "2604 0102 2404 [aabb] 2c06 [11223344] 0102")),
    "dccp option without a length": (33, dccp(2, 0, "[112233]", "(2900) [1122]")),
    "dccp option past the header": (33, dccp(2, 0, "[112233]", "(3f05) [1122]")),
    "dccp reset": (33, dccp(7, 1, "[00112233445566] [0000112233445566] 01000000")),
    "sctp init": (132, sctp(tlv("0100", "[11223344] 0001ffff 000a000b [55667788]"
        + tlv("0005", "[c6336442]") + tlv("0006", ADDRESS_6) + tlv("0009", "00001000")
        + tlv("000b", "[6100]") + tlv("000c", "0005") + tlv("8002", "[0011223344556677]")
        + tlv("c000", "")))),
    "sctp init ack": (132, sctp(tlv("0200", "[11223344] 0001ffff 000a000b [55667788]"
        + tlv("0007", "[00112233445566778899aabb]") + tlv("8003", "c080")
        + tlv("c004", "[00000001 00050008 c6336442]")))),
    "sctp parameter without a length": (132, sctp(tlv("0100",
        "[11223344] 0001ffff 000a000b [55667788] 000c 0006 0005 0000 (0009 0000) [c6336442]"))),
    "sctp parameter past its chunk": (132, sctp(tlv("0100",
        "[11223344] 0001ffff 000a000b [55667788] (0009 0040) [00001000 0005 0008 c6336442]"))),
    "sctp chunk without a length": (132, sctp(
        tlv("0700", "[11223344]"), "(0003 0000) [11223344 0001 0005 00000027 41424344]")),
    "sctp chunk of length 3": (132, sctp("(0003 0003) [11223344 0001 0005 00000027 41424344]")),
    "sctp chunk past the packet": (132, sctp(
        f"0003 ffff [11223344] 0001 [0005] 00000027 {DATA}")),
    "sctp data": (132, sctp(
        tlv("0003", "[11223344] 0001 [0005] 00000027 414243"),
        tlv("0003", f"[11223345] 0001 [0006] 00000027 {DATA}"))),
    "sctp i-data": (132, sctp(tlv("4003", f"[11223344] 0001 0000 [00000007] 00000027 {DATA}"))),
    "sctp sack": (132, sctp(
        tlv("0300", "[11223344] 0001ffff 0002 0001 0002 0003 0005 0006 [11223340]"))),
    "sctp nr-sack": (132, sctp(
        tlv("1000", "[11223344] 0001ffff 0001 0001 0001 0000 0002 0003 0005 0006 [11223340]"))),
    "sctp heartbeat": (132, sctp(
        tlv("0400", "[0001 000c 1122334455667788]"), tlv("0500", "[0001 0008 11223344]"))),
    "sctp abort": (132, sctp(tlv("0600", "000c 000a [112233445566]"))),
    "sctp error": (132, sctp(tlv("0900", "0003 0008 [11223344]"))),
    "sctp shutdown": (132, sctp(tlv("0700", "[11223344]"), tlv("0c00", "[11223344]"))),
    "sctp cookie": (132, sctp(
        tlv("0a00", "[001122334455667788]"), tlv("0003", "[11223344] 0001 [0005] 00000027 41"))),
    "sctp cookie ack": (132, sctp(tlv("0b00", ""), tlv("0800", ""))),
    "sctp auth": (132, sctp(
        tlv("0f00", "[0001] 0001 [00112233445566778899]"), tlv("c100", "[11223344 0005 0008]"))),
    "sctp stream reset": (132, sctp(tlv("8200", "000d 0010 [112233445566778899aabbcc]"))),
    "sctp forward": (132, sctp(
        tlv("c000", "[11223344 0001 0005]"), tlv("c200", "[11223344 0001 0000 00000005]"))),
    "sctp dropped": (132, sctp(
        tlv("8100", "00010000 00000010 0000 0000 [0b590b5a 1122334455667788]"))),
    "sctp padding stays": (132, sctp(tlv("8400", "0102030405"))),
    "echo": (1, icmp(8, f"[1234 0007] {DATA}")),
    "timestamp": (1, icmp(13, "[1234 0007 00112233 00112244 00112255]")),
    "address mask": (1, icmp(18, "[1234 0007 ffffff00]")),
    "information": (1, icmp(15, "[1234 0007]")),
    "redirect": (1, icmp(5, f"[c6336401] {inner_4('06', INNER_TCP)}", 1)),
    "router advertisement 4": (1, icmp(9, "0102 0708 [c6336401 00000000]")),
    "router solicitation 4": (1, icmp(10, "00000000")),
    "traceroute": (1, icmp(30, "[1234 0000 0003 0004] 000000ff 000005dc")),
    "domain name": (1, icmp(38, "[1234 0007 00000e10 0161 00]")),
    "unreachable": (1, icmp(3, f"0000 05dc {inner_4('11', INNER_UDP)}", 4)),
    "quench": (1, icmp(4, f"00000000 {inner_4('06', INNER_TIMESTAMPS, 1500)}")),
    "problem": (1, icmp(12, f"14000000 {inner_4('32', f'[11223344 55667788] {DATA}')}")),
    "unreachable echo": (1, icmp(3, f"00000000 {inner_4('01', INNER_ECHO)}")),
    "unreachable sctp": (1, icmp(3, "00000000 " + inner_4("84",
        "[0b59 0b5a 11223344 55667788]" + tlv("0003", f"[11223344] 0001 [0005] 00000027 {DATA}")))),
    "unreachable fragment": (1, icmp(3,
        f"00000000 (45) [00] (002c) [beef] (2005) [40] (11) [cafe c6336442 c6336401] {DATA}")),
    "unreadable quote": (1, icmp(11, f"00000000 [{DATA}]")),
    "exceeded with extension": (1, icmp(11,
        f"00 20 0000 {padded(inner_4('11', INNER_UDP), 128)} {EXTENSION}")),
    "exceeded with extension, no length": (1, icmp(11,
        f"00000000 {padded(inner_4('11', INNER_UDP), 128)} 2000 [1234] 0008 0101 [00010140]")),
    "conversion error": (1, icmp(31, f"00000014 {inner_4('11', INNER_UDP)}", 2)),
    "photuris": (1, icmp(40, f"0000 0018 {inner_4('32', f'[11223344 00000007] {DATA}')}")),
    "alternate address": (1, icmp(6, "[c6336407]")),
    "mobile host redirect": (1, icmp(32, f"[c6336407] [{bare(inner_4('06', INNER_TCP))}]")),
    "mobile registration": (1, icmp(35, "[1234 0007 c6336407 11223344]")),
    "skip": (1, icmp(39, "[00010203 c6336407]")),
    "mobility experiment": (1, icmp(41, "01 000000 [0106 1234 c6336407]")),
    "exceeded with an object without a length": (1, icmp(11,
        f"00 20 0000 {padded(inner_4('11', INNER_UDP), 128)} 2000 [1234] (0000 0101) [00010140]")),
    "unreachable, bytes behind the end of IP options": (1, icmp(3, "00000000 (46) [01] (002c)"
        f" [beef] (4000) [40] (11) [cafe c6336442 c6336401] (00) [c63364] {INNER_UDP}")),
    "unreachable, IP option without a length": (1, icmp(3, "00000000 (47) [01] (0030)"
        f" [beef] (4000) [40] (11) [cafe c6336442 c6336401] (8300) [04 c6336407 00] {INNER_UDP}")),
    "unreachable, IP option past the header": (1, icmp(3, "00000000 (47) [01] (0030)"
        f" [beef] (4000) [40] (11) [cafe c6336442 c6336401] (83ff) [04 c6336407 00] {INNER_UDP}")),
    "unreachable, unknown IP option": (1, icmp(3, "00000000 (47) [01] (0030)"
        f" [beef] (4000) [40] (11) [cafe c6336442 c6336401] (9908) [04 c6336407 00] {INNER_UDP}")),
    "unreachable, IP header past the end": (1, icmp(3,
        "00000000 (4f) [01 0028 beef 4000 40 11 cafe c6336442 c6336401 14e9 0036 0014 abcd]")),
    "extended echo": (1, icmp(42, "[1234 07] 01 2000 [1234] 000c 0303 [00010400 c6336401]")),
    "extended echo answer": (1, icmp(43, "[1234 07] 64")),
    "echo 6": (58, icmp(128, f"[1234 0007] {DATA}")),
    "unreachable 6": (58, icmp(1, f"00000000 {inner_6('3a', f'(80) [00 7788 1234 0007] {DATA}')}")),
    "exceeded 6 with extension": (58, icmp(3,
        f"0a 000000 {padded(inner_6('11', INNER_UDP), 80)} {EXTENSION}")),
    "error about a solicitation": (58, icmp(4,
        f"00000028 {inner_6('3a', f'(87) [007788 00000000] {ADDRESS_6} {LINK_OPTION}')}")),
    "listener query": (58, icmp(130, f"27100000 {ADDRESS_6} 0a7d 0001 {ADDRESS_6}")),
    "listener report": (58, icmp(131, f"00000000 {ADDRESS_6}")),
    "listener report 2": (58, icmp(143, f"0000 0001 [04000000] {ADDRESS_6}")),
    "router solicitation": (58, icmp(133, f"00000000 {LINK_OPTION}")),
    "router advertisement": (58, icmp(134, f"40c00708 00000000 00000000 {LINK_OPTION}"
        f" 0501 0000 000005dc 0304 [40c0 00015180 00003840 00000000] {ADDRESS_6}"
        f" 1903 [0000 00000e10] {ADDRESS_6} 1f02 [0000 00000e10 036c616e 0000 0000]")),
    "neighbour solicitation": (58, icmp(135,
        f"00000000 {ADDRESS_6} {LINK_OPTION} 0e01 [112233445566]")),
    "neighbour option without a length": (58, icmp(135,
        f"00000000 {ADDRESS_6} (0100) [0200000000aa] [0e01 112233445566]")),
    "neighbour option past the packet": (58, icmp(135,
        f"00000000 {ADDRESS_6} (0503) [0000000005dc] [0101 0200000000aa]")),
    "neighbour advertisement": (58, icmp(136, f"60000000 {ADDRESS_6} 0201 [0200000000aa]")),
    "redirect 6": (58, icmp(137, f"00000000 {ADDRESS_6} {ADDRESS_6} 0402 [000000000000"
        " 6000000000083aff]")),
    "renumbering": (58, icmp(138, "[00000007 00 00 0000 00000000]")),
    "node information": (58, icmp(140, "0003 0000 [1122334455667788 0000 c6336442]")),
    "router advertisement with rare options": (58, icmp(134, "40c00708 00000000 00000000"
        " 1502 [0000 0161 0000 000000000000 0000] 1b01 [010203040506] 1e01 [0105 6d6e6d6e]"
        " 1a01 000000000000 2701 [112233445566] 2a01 [000000000e10] 9001 [000100000e10]")),
    "inverse solicitation": (58, icmp(141, "00000000 0901 [112233445566]")),
    "home agent": (58, icmp(145, f"[1234] 0000 {ADDRESS_6}")),
    "certification path": (58, icmp(148, "[1234 ffff 0f01 112233445566]")),
    "mobility experiment 6": (58, icmp(150, "01 000000 [0106 1234 c6336407]")),
    "locator update": (58, icmp(156, "01 01 0000 [0001 0e10 20010db800000001]")),
    "fast handover": (58, icmp(154, f"02 00 [1234] {LINK_OPTION}")),
    "rpl": (58, icmp(155, "[00f00100 00000000 fd000000000000000000000000000001]", 1)),
    "duplicate address": (58, icmp(157, f"00000e10 [0200000000aabbcc] {ADDRESS_6}")),
    "mpl": (58, icmp(159, "[00050003]")),
    "extended echo 6": (58, icmp(160, "[1234 07] 01 2000 [1234] 0008 0302 [00000003]")),
    "igmp": (2, "1600 [1234 e0000016]"),
    "igmp query": (2, "1164 [1234 e0000016] 027d 0001 [c6336442]"),
    "igmp report": (2, "2200 [1234 00000001 04000000 e0000016]"),
    "pim hello": (103, "2000 [1234] [0001 0002 0069 0014 0004 11223344]"),
    "pim register": (103, f"2100 [1234] 40000000 {inner_4('11', INNER_UDP)}"),
    "esp": (50, f"[11223344 00000007] {DATA}"),
    "compressed": (108, f"06 00 [1234] {DATA}"),
    "vrrp": (112, "31 [33] 64 01 0064 [1234 c6336401]"),
    "ospf hello": (89, "0201 0030 [c6336401 00000001 1234] 0000 [0011223344556677]"
        " [ffffff00] 000a 0201 00000028 [c6336401 c6336402 c6336403]"),
    "ospf description": (89, "0202 0020 [c6336401 00000001 1234] 0000 [0011223344556677]"
        " 05dc 0207 [11223344 00010201]"),
    "ospf request": (89, "0203 0024 [c6336401 00000001 1234] 0000 [0011223344556677]"
        " [00000001 c6336401 c6336402]"),
    "ospf update": (89, "0204 0020 [c6336401 00000001 1234] 0000 [0011223344556677]"
        " 00000001 [00010201]"),
    "ospf 3 hello": (89, "0301 0028 [c6336401 00000001 1234] 0000 [00000005]"
        " 01000013 000a 0028 [c6336401 c6336402 c6336403]"),
    "ospf 3 description": (89, "0302 0020 [c6336401 00000001 1234] 0000"
        " 00000013 05dc 0007 [11223344 00012001]"),
    "ospf 3 acknowledgement": (89, "0305 0014 [c6336401 00000001 1234] 0000 [00012001]"),
    "ospf 3 update": (89, "0304 0018 [c6336401 00000001 1234] 0000 00000001 [00012001]"),
    "eigrp": (88, "0205 [1234] 00000000 [00000007 00000006 0000 0064 0001000c]"),
    "rsvp": (46, "1001 [1234] ff00 001c [000c0101 c6336401 1100d431]"),
    "rsvp passed on": (134, "1001 [1234] ff00 001c [000c0101 c6336401 1100d431]"),
    "l2tp": (115, "[11223344 0200000000aa]"),
    "mobility": (135, "3b01 0500 [1234 0001 1122334455667788]"),
    "hip": (139, "3b04 0121 [1234 0000 00112233]"),
    "shim6": (140, "3b01 0121 [1234 00112233]"),
    "egp": (8, "02 01 01 01 [1234 0064 0007 0010 c6336400]"),
    "igrp": (9, "11 [07 0064] 0001 0001 0000 [1234 336440 0007d0]"),
    "dsr": (48, f"11 00 000c [020a 0123 c6336407 c6336408 14e9 0036 0014 abcd {DATA}]"),
    "narp": (54, "[0100 0000 0003 c6336407 c6336401]"),
    "minimal encapsulation": (55, f"06 80 [1234 c6336407 c6336401 {bare(INNER_TCP)}]"),
    "clnp": (80, f"[81 33 01 40 1c 0040 1234 14 4900010203 {DATA}]"),
    "ax.25": (93, f"[9c6486988ca240 ae8286a06040e1 03f0 {DATA}]"),
    "old ip in ip": (94, f"[{bare(inner_4('11', INNER_UDP))}]"),
    "etherip": (97, f"3000 [{bare(MACS)} 0800 {bare(inner_4('11', INNER_UDP))}]"),
    "encap": (98, f"[10 06 1234 11223344 {bare(inner_4('11', INNER_UDP))}]"),
    "ipx": (111, f"[ffff 002a 00 04 00000001 0200000000aa 0452 00000001 0200000000bb 0452 {DATA}]"),
    "pgm": (113, f"[9c40 0050 04 00 1234 c63364420001 000c 00000007 00000005 {DATA}]"),
    "is-is": (124, "83 1b 01 00 0f 01 00 00 [03 c63364420001 001b 05d4 40 c63364420002 01]"),
    "mpls": (137, f"[00064140 {bare(inner_4('11', INNER_UDP))}]"),
    "manet": (138, "[08 0007 0010 000c c6336407 0107 0000]"),
    "wesp": (141, f"06 10 00 40 [11223344 00000007 {bare(INNER_TCP)}]"),
    "rohc": (142, f"[fd 01 40 11 c6336407 c6336401 {DATA}]"),
    "ethernet": (143, f"[{bare(MACS)} 0800 {bare(inner_4('11', INNER_UDP))}]"),
    "aggfrag": (144, f"00 00 0000 [{bare(inner_4('11', INNER_UDP))}]"),
    "nsh": (145, f"0f c6 02 01 [00000a05 11223344 {bare(inner_4('11', INNER_UDP))}]"),
    "unreachable etherip": (1, icmp(3, "00000000 "
        + inner_4("61", f"[3000 {bare(MACS)} 0800 {bare(inner_4('11', INNER_UDP))}]"))),
    "ip in ip": (4, inner_4("06", INNER_TIMESTAMPS)),
    "ip 6 in ip": (41, inner_6("11", INNER_UDP)),
    "gre": (47, f"0000 0800 {inner_4('06', INNER_TCP)}"),
    "gre with all": (47, f"b000 86dd [1234 0000 11223344 00000007] {inner_6('11', INNER_UDP)}"),
    "gre frame": (47, f"2000 6558 [11223344] {MACS} (0800) {inner_4('01', INNER_ECHO)}"),
    "gre mirrored": (47,
        f"1000 88be [00000007 1064 0005 00000000] {MACS} (86dd) {inner_6('06', INNER_TCP)}"),
    "gre of point to point": (47, f"3001 880b [0010 1234 00000007 ff030021 {DATA}]"),
    "gre in gre in an error": (1, icmp(11, "00000000 " + inner_4("2f",
        "(2000 0800) [11223344]" + inner_4("2f", f"(0000 0800) {inner_4('11', INNER_UDP)}")))),
    "too deep": (4, inner_4("04", inner_4("04", inner_4("04", inner_4("04",
        "[" + bare(inner_4("11", INNER_UDP)) + "]"))))),
}  # fmt: skip
"""Name -> (protocol, text). ICMPv6, HIP, mobility and Shim6 go over IPv6, the rest over IPv4."""

OVER_IPV6 = (58, 135, 139, 140)
