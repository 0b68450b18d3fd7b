"""The one table of what `identity_free` zeroes: fields, options and chunks of every protocol.

Addresses, ports, identifiers, checksums and whatever counts or tells the time. How headers are
found is `zeroed_walks`; how the table is applied, `policies`. docs/policies.md shows it.
"""

from __future__ import annotations

from typing import NamedTuple

from pclip.packets.transport import DCCP, ICMP, ICMPV6, IGMP, SCTP, TCP, UDP, UDP_LITE

IPIP, EGP, IGRP, IP6IP, RSVP, GRE, DSR, ESP, NARP, MINIMAL = 4, 8, 9, 41, 46, 47, 48, 50, 54, 55
CLNP, EIGRP, OSPF, AX25, OLD_IPIP, ETHERIP, ENCAP = 80, 88, 89, 93, 94, 97, 98
PIM, IPCOMP, IPX, VRRP, PGM, L2TP, ISIS = 103, 108, 111, 112, 113, 115, 124
RSVP_IGNORE, MOBILITY, MPLS, MANET, HIP, SHIM6 = 134, 135, 137, 138, 139, 140
WESP, ROHC, ETHERNET, AGGFRAG, NSH = 141, 142, 143, 144, 145
BARE_PROTOCOLS = (
    IPIP, EGP, IGRP, IP6IP, RSVP, GRE, DSR, ESP, NARP, MINIMAL,
    CLNP, EIGRP, OSPF, AX25, OLD_IPIP, ETHERIP, ENCAP,
    PIM, IPCOMP, IPX, VRRP, PGM, L2TP, ISIS,
    RSVP_IGNORE, MOBILITY, MPLS, MANET, HIP, SHIM6,
    WESP, ROHC, ETHERNET, AGGFRAG, NSH,
)  # fmt: skip
"""Protocols without a transport header of the table: theirs begins where the IP headers end."""

VXLAN_PORTS, GTP_PORT, GTP_CONTROL_PORT = (4789, 8472), 2152, 2123
VXLAN_GPE_PORT, GENEVE_PORT, GRE_PORT, TEREDO_PORT = 4790, 6081, 4754, 3544
GUE_PORT, MPLS_PORT, SCTP_PORT = 6080, 6635, 9899
ANSWERING_PORTS = (GTP_PORT, GTP_CONTROL_PORT, TEREDO_PORT, SCTP_PORT)
"""Ports that answers come from; of the other tunnels the source port is a hash."""

END = 65_536
"""Longer than any datagram; a field is cut at the end of its packet, option or chunk."""

TYPE_FIELDS = {DCCP: (8, 1, 0x1F), OSPF: (0, 2, 0xFFFF)}
"""Protocol -> (place, bytes, mask) of the message type; elsewhere it is the header's first byte.
DCCP: packet type and the bit that says whether sequence numbers are long; OSPF: version, type."""


class Field(NamedTuple):
    """Bytes `first` to `after` (not included), from the first byte of the protocol's header.

    `types` are the message types that have the field, `ports` the UDP ports; () means any.
    """

    what: str
    protocol: int
    types: tuple[int, ...]
    first: int
    after: int
    ports: tuple[int, ...] = ()


ANY: tuple[int, ...] = ()
_ICMP_WITH_ID = (0, 8, 13, 14, 15, 16, 17, 18, 37, 38)
_LONG = 1
_DCCP_LONG_ACK = tuple(kind << 1 | _LONG for kind in (1, 3, 4, 5, 6, 7, 8, 9))

ZEROED_FIELDS: tuple[Field, ...] = (
    Field("sequence and acknowledgement numbers", TCP, ANY, 4, 12),
    Field("checksum", TCP, ANY, 16, 18),
    Field("checksum", UDP, ANY, 6, 8),
    Field("VXLAN group policy and network identifier", UDP, ANY, 9, 16, VXLAN_PORTS),
    Field("GTP-U tunnel endpoint identifier", UDP, ANY, 12, 16, (GTP_PORT,)),
    Field("GTP-C identifiers, sequence number, elements", UDP, ANY, 12, END, (GTP_CONTROL_PORT,)),
    Field("VXLAN-GPE network identifier, inner packet", UDP, ANY, 12, END, (VXLAN_GPE_PORT,)),
    Field("GENEVE network identifier, options, inner frame", UDP, ANY, 12, END, (GENEVE_PORT,)),
    Field("GRE in UDP: checksum, key, sequence number, inner packet", UDP, ANY, 12, END,
          (GRE_PORT,)),
    Field("Teredo, GUE, MPLS in UDP, SCTP in UDP: what they carry", UDP, ANY, 8, END,
          (TEREDO_PORT, GUE_PORT, MPLS_PORT, SCTP_PORT)),
    Field("checksum", UDP_LITE, ANY, 6, 8),
    Field("checksum", DCCP, ANY, 6, 8),
    Field("short sequence number", DCCP, tuple(range(0, 32, 2)), 9, 12),
    Field("long sequence number", DCCP, tuple(range(1, 32, 2)), 9, 16),
    Field("short acknowledgement number", DCCP, (3 << 1, 4 << 1), 12, 16),
    Field("long acknowledgement number", DCCP, _DCCP_LONG_ACK, 16, 24),
    Field("service code of a request", DCCP, (0 << 1 | _LONG,), 16, 20),
    Field("service code of a response", DCCP, (1 << 1 | _LONG,), 24, 28),
    Field("verification tag and checksum", SCTP, ANY, 4, 12),
    Field("checksum", ICMP, ANY, 2, 4),
    Field("identifier and sequence number", ICMP, _ICMP_WITH_ID, 4, 8),
    Field("timestamps (time of day)", ICMP, (13, 14), 8, 20),
    Field("address mask", ICMP, (17, 18), 8, 12),
    Field("redirect: gateway", ICMP, (5,), 4, 8),
    Field("router advertisement: addresses", ICMP, (9,), 8, END),
    Field("traceroute: identifier and hop counts", ICMP, (30,), 4, 12),
    Field("addresses and keys of hosts, mobile and other", ICMP,
          (6, 32, 33, 34, 35, 36, 39), 4, END),
    Field("experimental mobility: options", ICMP, (41,), 8, END),
    Field("domain names", ICMP, (37, 38), 8, END),
    Field("extended echo: identifier and sequence number", ICMP, (42, 43), 4, 7),
    Field("checksum", ICMPV6, ANY, 2, 4),
    Field("identifier and sequence number", ICMPV6, (128, 129), 4, 8),
    Field("listener discovery: group address", ICMPV6, (130, 131, 132), 8, 24),
    Field("listener query: sources", ICMPV6, (130,), 28, END),
    Field("listener report: records", ICMPV6, (143,), 8, END),
    Field("neighbour discovery: target address", ICMPV6, (135, 136, 137), 8, 24),
    Field("redirect: destination address", ICMPV6, (137,), 24, 40),
    Field("router renumbering: sequence number, prefixes", ICMPV6, (138,), 4, END),
    Field("node information: nonce, names, addresses", ICMPV6, (139, 140), 8, END),
    Field("home agents: identifier", ICMPV6, (144, 145, 146, 147), 4, 6),
    Field("home agents: addresses", ICMPV6, (145,), 8, END),
    Field("certification path: identifier, names, certificates", ICMPV6, (148, 149), 4, END),
    Field("experimental mobility: options", ICMPV6, (150,), 8, END),
    Field("fast handover: identifier", ICMPV6, (154,), 6, 8),
    Field("RPL: instance, DODAG, counters, options", ICMPV6, (155,), 4, END),
    Field("locator update: locators", ICMPV6, (156,), 8, END),
    Field("duplicate address: owner and address", ICMPV6, (157, 158), 8, END),
    Field("MPL: seed and sequence numbers", ICMPV6, (159,), 4, END),
    Field("extended echo: identifier and sequence number", ICMPV6, (160, 161), 4, 7),
    Field("checksum and group address", IGMP, ANY, 2, 8),
    Field("query: sources", IGMP, (0x11,), 12, END),
    Field("group records; what DVMRP, PIM and traces say", IGMP,
          (0x13, 0x14, 0x1E, 0x1F, 0x22), 8, END),
    Field("PIM: checksum", PIM, ANY, 2, 4),
    Field("PIM: addresses and identifiers", PIM, (0x20, *range(0x22, 0x30)), 4, END),
    Field("security parameters index, sequence number", ESP, ANY, 0, 8),
    Field("compression parameter index", IPCOMP, ANY, 2, 4),
    Field("router", VRRP, ANY, 1, 2),
    Field("checksum, addresses, authentication", VRRP, ANY, 6, END),
    Field("router, area, checksum", OSPF, ANY, 4, 14),
    Field("authentication", OSPF, tuple(range(0x0200, 0x0300)), 16, 24),
    Field("hello: network mask", OSPF, (0x0201,), 24, 28),
    Field("hello: routers and neighbours", OSPF, (0x0201,), 36, END),
    Field("description: sequence number, link states", OSPF, (0x0202,), 28, END),
    Field("link states", OSPF, (0x0203, 0x0205), 24, END),
    Field("link states", OSPF, (0x0204,), 28, END),
    Field("hello: interface", OSPF, (0x0301,), 16, 20),
    Field("hello: routers and neighbours", OSPF, (0x0301,), 28, END),
    Field("description: sequence number, link states", OSPF, (0x0302,), 24, END),
    Field("link states", OSPF, (0x0303, 0x0305), 16, END),
    Field("link states", OSPF, (0x0304,), 20, END),
    Field("checksum", EIGRP, ANY, 2, 4),
    Field("sequence numbers, router, system, routes", EIGRP, ANY, 8, END),
    Field("checksum", RSVP, ANY, 2, 4),
    Field("objects", RSVP, ANY, 8, END),
    Field("checksum", RSVP_IGNORE, ANY, 2, 4),
    Field("objects", RSVP_IGNORE, ANY, 8, END),
    Field("session, cookie, inner frame", L2TP, ANY, 0, END),
    Field("checksum, cookies, addresses", MOBILITY, ANY, 4, END),
    Field("checksum, host identities", HIP, ANY, 4, END),
    Field("checksum, context, locators", SHIM6, ANY, 4, END),
    Field("checksum, system, sequence number, networks", EGP, ANY, 4, END),
    Field("edition, system", IGRP, ANY, 1, 4),
    Field("checksum, routes", IGRP, ANY, 10, END),
    Field("routes; the payload behind them", DSR, ANY, 4, END),
    Field("addresses", NARP, ANY, 0, END),
    Field("checksum, addresses, inner transport header and payload", MINIMAL, ANY, 2, END),
    Field("addresses, payload", CLNP, ANY, 0, END),
    Field("call signs, payload", AX25, ANY, 0, END),
    Field("inner packet", OLD_IPIP, ANY, 0, END),
    Field("inner frame", ETHERIP, ANY, 2, END),
    Field("inner packet", ENCAP, ANY, 0, END),
    Field("addresses, payload", IPX, ANY, 0, END),
    Field("ports, source, sequence numbers, payload", PGM, ANY, 0, END),
    Field("systems, routes", ISIS, ANY, 8, END),
    Field("labels, inner packet", MPLS, ANY, 0, END),
    Field("addresses, sequence numbers", MANET, ANY, 0, END),
    Field("security parameters index, sequence number, payload", WESP, ANY, 4, END),
    Field("contexts, compressed headers, payload", ROHC, ANY, 0, END),
    Field("inner frame", ETHERNET, ANY, 0, END),
    Field("inner packets", AGGFRAG, ANY, 4, END),
    Field("path, metadata, inner packet", NSH, ANY, 4, END),
)  # fmt: skip


class Option(NamedTuple):
    """Bytes of an option, chunk or object, from its own first byte; () means every kind."""

    what: str
    layout: str
    kinds: tuple[int, ...]
    first: int
    after: int


TCP_OPTIONS, DCCP_OPTIONS, ND_OPTIONS = "TCP option", "DCCP option", "ICMPv6 option"
SCTP_CHUNKS, SCTP_PARAMETERS = "SCTP chunk", "SCTP parameter"
EXTENSION_OBJECTS = "ICMP extension object"
SCTP_INIT = (1, 2)
SCTP_SACK, SCTP_NR_SACK = 3, 16

ZEROED_OPTIONS: tuple[Option, ...] = (
    Option("SACK: edges, which are sequence numbers", TCP_OPTIONS, (5,), 2, END),
    Option("echo, echo reply", TCP_OPTIONS, (6, 7), 2, END),
    Option("timestamps", TCP_OPTIONS, (8,), 2, END),
    Option("connection counts (T/TCP)", TCP_OPTIONS, (11, 12, 13), 2, END),
    Option("alternate and trailer checksum", TCP_OPTIONS, (15, 18), 2, END),
    Option("MD5 signature", TCP_OPTIONS, (19,), 2, END),
    Option("quick-start: nonce", TCP_OPTIONS, (27,), 4, END),
    Option("TCP-AO: key and signature", TCP_OPTIONS, (29,), 2, END),
    Option("MPTCP: keys, tokens, addresses, numbers (the subtype stays)", TCP_OPTIONS,
           (30,), 3, END),
    Option("fast open cookie", TCP_OPTIONS, (34,), 2, END),
    Option("experiments: after their identifier", TCP_OPTIONS, (253, 254), 4, END),
    Option("init cookie", DCCP_OPTIONS, (36,), 2, END),
    Option("timestamp, timestamp echo, elapsed time", DCCP_OPTIONS, (41, 42, 43), 2, END),
    Option("data checksum", DCCP_OPTIONS, (44,), 2, END),
    Option("link-layer addresses, prefix, redirected packet", ND_OPTIONS, (1, 2, 3, 4), 2, END),
    Option("address lists, keys, signatures, timestamp, nonce", ND_OPTIONS,
           (*range(9, 20), 20, 23, *range(27, 31), 32, 39, 40, 138, 139), 2, END),
    Option("routes, DNS servers, search names, portals, contexts, uptime", ND_OPTIONS,
           (21, 24, 25, 31, 33, 34, 35, 37, 38, 41, 42, 144), 2, END),
    Option("DATA, I-DATA: sequence number", SCTP_CHUNKS, (0, 64), 4, 8),
    Option("DATA: number in its stream", SCTP_CHUNKS, (0,), 10, 12),
    Option("I-DATA: message number", SCTP_CHUNKS, (64,), 12, 16),
    Option("INIT, INIT ACK: tag", SCTP_CHUNKS, SCTP_INIT, 4, 8),
    Option("INIT, INIT ACK: initial sequence number", SCTP_CHUNKS, SCTP_INIT, 16, 20),
    Option("SACK: cumulative number (gaps are relative and stay)", SCTP_CHUNKS,
           (SCTP_SACK, SCTP_NR_SACK), 4, 8),
    Option("HEARTBEAT and its answer: information", SCTP_CHUNKS, (4, 5), 4, END),
    Option("ABORT, ERROR: what the first cause holds, and further causes", SCTP_CHUNKS,
           (6, 9), 8, END),
    Option("SHUTDOWN, ECNE, CWR: sequence number", SCTP_CHUNKS, (7, 12, 13), 4, 8),
    Option("COOKIE ECHO: cookie", SCTP_CHUNKS, (10,), 4, END),
    Option("AUTH: key", SCTP_CHUNKS, (15,), 4, 6),
    Option("AUTH: signature", SCTP_CHUNKS, (15,), 8, END),
    Option("ASCONF, ASCONF-ACK: number, addresses", SCTP_CHUNKS, (0xC1, 0x80), 4, END),
    Option("RE-CONFIG: numbers", SCTP_CHUNKS, (0x82,), 8, END),
    Option("FORWARD-TSN, I-FORWARD-TSN: numbers", SCTP_CHUNKS, (0xC0, 0xC2), 4, END),
    Option("PKTDROP: the packet", SCTP_CHUNKS, (0x81,), 16, END),
    Option("heartbeat information, addresses, cookie, unknown, host name", SCTP_PARAMETERS,
           (1, 5, 6, 7, 8, 11), 4, END),
    Option("random number, address changes", SCTP_PARAMETERS,
           (0x8002, 0xC001, 0xC002, 0xC003, 0xC004), 4, END),
    Option("interface, addresses, names, labels", EXTENSION_OBJECTS, (), 4, END),
)  # fmt: skip

CARRIED: tuple[tuple[str, str], ...] = (
    ("ICMP errors (types 3, 4, 5, 11, 12, 31, 40)", "the packet quoted at byte 8"),
    ("ICMPv6 errors (types 1, 2, 3, 4)", "the packet quoted at byte 8"),
    ("ICMP types 3, 11, 12, ICMPv6 types 1, 3", "checksum and objects of RFC 4884 extensions"),
    ("extended echo (ICMP 42, ICMPv6 160)", "checksum and objects at byte 8"),
    ("SCTP SACK, NR-SACK", "duplicates, which are absolute numbers"),
    ("IP in IP (protocols 4 and 41)", "the inner packet"),
    ("GRE (protocol 47)", "checksum, key, sequence number, call; the inner packet or frame"),
    ("VXLAN (UDP to 4789, 8472)", "the inner frame"),
    ("GTP-U (UDP port 2152)", "sequence number, extension headers; the inner packet; of other "
     "messages than G-PDU all elements"),
    ("PIM register (type 1)", "the inner packet"),
)  # fmt: skip
"""(where, what): headers in headers. Of each inner packet the link, IP and transport headers are
zeroed whole, ports included, and in what follows the fields of this table, as of an outer one."""

PIM_REGISTER = 0x21
QUOTING_TYPES = {ICMP: (3, 4, 5, 11, 12, 31, 40), ICMPV6: (1, 2, 3, 4)}
"""Errors that quote a packet; 31 is a failed conversion (RFC 1475), 40 Photuris (RFC 2521)."""

QUOTE_OFFSET = 8
EXTENDED_TYPES = {ICMP: (3, 11, 12), ICMPV6: (1, 3)}
"""Errors that may have an extension behind the quote (RFC 4884)."""

EXTENDED_ECHO = {ICMP: (42,), ICMPV6: (160,)}
ND_OPTIONS_OFFSETS = {
    133: 8, 134: 16, 135: 24, 136: 24, 137: 40, 141: 8, 142: 8, 147: 8, 154: 8,
}  # fmt: skip
"""ICMPv6 type -> place of its options."""
