"""What `nameless` zeroes in payloads: names of hosts and users, addresses, the time of day.

Three tables: fields at fixed places, elements of a kind, and patterns in text. Messages whose
fields move (DNS, TLS, MQTT) are read by `payload_walks`. Only what the packet itself holds is
recognised: a value whose header stands in an earlier packet stays, and so does the length of every
name. User-Agent and Server stay: they name programs.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pclip.packets.carried import Headers
from pclip.packets.fields import Bytes, Positions, read_u8
from pclip.packets.options import Layout, Ranges, walk
from pclip.packets.payload_walks import DNS_PORTS, MQTT_PORT, dns, mqtt, tls
from pclip.packets.table import PacketTable
from pclip.packets.transport import ICMP, ICMPV6, TCP, UDP, header_bytes
from pclip.packets.zeroed_fields import END

NAME_MARGIN = 64
"""Bytes read beyond those shown, more than a textual address has: one that is cut is still one."""


class Named(NamedTuple):
    """Bytes `first` to `after` of a payload to or from one of the ports (or ICMP types)."""

    what: str
    protocol: int
    ports: tuple[int, ...]
    first: int
    after: int


DHCP, DHCP6 = (67, 68), (546, 547)
NAMED_FIELDS: tuple[Named, ...] = (
    Named("ping: time of day, first bytes of its pattern", ICMP, (0, 8), 0, 16),
    Named("ping: time of day, first bytes of its pattern", ICMPV6, (128, 129), 0, 16),
    Named("NTP: reference, timestamps, key", UDP, (123,), 12, END),
    Named("DHCP: transaction, seconds", UDP, DHCP, 4, 10),
    Named("DHCP: addresses, server, file", UDP, DHCP, 12, 236),
    Named("DHCPv6: transaction", UDP, DHCP6, 1, 4),
    Named("NetBIOS datagram: number, address, port", UDP, (138,), 2, 10),
    Named("NetBIOS datagram: names", UDP, (138,), 14, 82),
)


class NamedOption(NamedTuple):
    """Elements of a kind, from `start` of the payload on; their heads stay."""

    what: str
    ports: tuple[int, ...]
    start: int
    layout: Layout
    kinds: tuple[int, ...]


_DHCP_OPTION = Layout(uncounted=2, single=(0,), ends=(255,))
_DHCP6_OPTION = Layout(kind_bytes=2, length_at=2, length_bytes=2, uncounted=4, least=4)
NAMED_OPTIONS: tuple[NamedOption, ...] = (
    NamedOption("DHCP: mask, addresses, names, identifiers", DHCP, 240, _DHCP_OPTION,
                (1, *range(3, 13), *range(14, 19), 21, 28, 32, 33, *range(40, 46), *range(47, 51),
                 54, *range(60, 80), 81, 82, *range(85, 91), *range(97, 102), *range(112, 115),
                 *range(118, 126), *range(136, 140), *range(141, 145), *range(146, 149), 150, 161,
                 162, 209, 210, 212, 249, 252)),
    NamedOption("DHCPv6: identifiers, addresses, elapsed time, names", DHCP6, 4, _DHCP6_OPTION,
                (*range(1, 6), 8, 9, 11, 12, *range(15, 19), *range(21, 32), 33, 34,
                 *range(36, 43), 51, 53, 56, 59, 64, 79, 103)),
)  # fmt: skip


class NamedText(NamedTuple):
    """A pattern in a payload of any port; what its last group holds is zeroed (all without one).

    `before` are bytes that belong to the name where they stand before the match.
    """

    what: str
    pattern: re.Pattern[bytes]
    before: bytes = b""


NAMED_HEADERS = (
    "Host", "Date", "Referer", "Cookie", "Set-Cookie", "Authorization", "Proxy-Authorization",
    "WWW-Authenticate", "Proxy-Authenticate", "Last-Modified", "If-Modified-Since",
    "If-Unmodified-Since", "Expires", "ETag", "If-None-Match", "If-Match", "Location",
    "Content-Location", "Origin", "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP",
    "Via", "From", "To", "Cc", "Bcc", "Sender", "Reply-To", "Return-Path", "Received",
    "Delivered-To", "Message-ID", "In-Reply-To", "References", "Contact", "Call-ID", "Route",
    "Record-Route", "P-Asserted-Identity", "USN", "Session", "Transport",
)  # fmt: skip
"""Headers of HTTP, SSDP, SIP, RTSP and mail whose values are zeroed."""

NAMED_COMMANDS = (
    "USER ", "PASS ", "ACCT ", "PORT ", "EPRT ", "APOP ", "AUTH ", "HELO ", "EHLO ", "LHLO ",
    "VRFY ", "EXPN ", "NICK ", "MAIL FROM:", "RCPT TO:",
)  # fmt: skip
"""Commands of FTP, SMTP, POP3 and IRC whose arguments are zeroed."""

_BETWEEN = b" /-._%+"
_DIGITS = b"0123456789"
_HEX = b"0123456789abcdefABCDEF"
_LOCAL_PART = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+-"
_HEADERS = "|".join(NAMED_HEADERS).encode()
_COMMANDS = "|".join(NAMED_COMMANDS).encode()

# Patterns begin with a literal where they can, which `re` looks for fast; none can match a zero
# byte, which stands between rows. A line break stands before each payload.
NAMED_TEXT: tuple[NamedText, ...] = (
    NamedText("header values", re.compile(rb"\n(?i:" + _HEADERS + rb")[ \t]*:[ \t]*([^\r\n\0]*)")),
    NamedText("command arguments", re.compile(rb"\n(?i:" + _COMMANDS + rb") *([^\r\n\0]*)")),
    NamedText("mail greetings",
              re.compile(rb"\n(?:220|221|250)[ -]([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")),
    NamedText("IMAP users", re.compile(rb" LOGIN ([^\r\n\0]*)")),
    NamedText("hosts that a proxy is to reach", re.compile(rb"\nCONNECT ([^ \r\n\0]*)")),
    NamedText("hosts and users in URLs", re.compile(rb"://([^/\s\0\"'<>]*)")),
    NamedText("SIP addresses", re.compile(rb"sips?:([^\s;>\0]*)")),
    NamedText("device numbers", re.compile(rb"uuid:([^\s\0]*)")),
    NamedText("mail addresses", re.compile(rb"@[A-Za-z0-9.-]+"), _LOCAL_PART),
    NamedText("users and passwords in forms", re.compile(
        rb"=(?:(?<=user=)|(?<=name=)|(?<=login=)|(?<=email=)|(?<=mail=)|(?<=pass=)|(?<=word=)"
        rb"|(?<=pwd=))([^&\s\0]*)")),
    NamedText("IPv4 addresses", re.compile(rb"\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}"), _DIGITS),
    NamedText("IPv6 and MAC addresses, times of day",
              re.compile(rb":[0-9a-fA-F]{0,4}:[0-9a-fA-F:.]*"), _HEX),
    NamedText("MAC addresses with hyphens",
              re.compile(rb"-[0-9a-fA-F]{2}(?:-[0-9a-fA-F]{2}){4}"), _HEX),
    NamedText("FTP addresses", re.compile(rb",[0-9]{1,3}(?:,[0-9]{1,3}){4}"), _DIGITS),
    NamedText("FTP ports", re.compile(rb"\|\|\|([0-9]+)")),
    NamedText("dates", re.compile(rb"-[0-9]{2}-[0-9]{2}"), _DIGITS),
    NamedText("dates", re.compile(
        rb"[JFMASOND](?:an|eb|ar|pr|ay|un|ul|ug|ep|ct|ov|ec)[ /-]{1,2}[0-9]{1,4}"
        rb"(?: [0-9:]{4,8})?"), b"0123456789 /-"),
)  # fmt: skip

WALKED: tuple[tuple[str, str], ...] = (
    ("DNS, mDNS, LLMNR, NetBIOS names (ports 53, 5353, 5355, 137)",
     "transaction; names of questions and records, times to live, record data"),
    ("TLS hello, any TCP port",
     "random number, session; server name, ticket, pre-shared and shared keys, cookie"),
    ("TLS certificate, key exchange, ticket", "all after the message's head"),
    ("MQTT connect (port 1883)", "client, will, user, password"),
)  # fmt: skip

KEPT_NAMES: tuple[tuple[str, str], ...] = (
    ("HTTP, FTP, TFTP, NFS", "paths, queries, file names; of HTTP bodies all but forms and textual "
     "addresses; hosts in HTTP/2 and QUIC"),
    ("DTLS, SSH, IPsec key exchange", "hellos, certificates, host keys, cookies"),
    ("Telnet, RDP, VNC, X11, SOCKS", "users and hosts before encryption, hosts asked for"),
    ("SMB, NetBIOS sessions", "hosts, users, domains, shares"),
    ("LDAP, Kerberos, NTLM, RADIUS", "users, realms, hosts, tickets"),
    ("SNMP, syslog, NetFlow, sFlow", "communities, systems, hosts, times since start"),
    ("RIP, HSRP, BGP, BFD, LDP", "addresses in binary, routers, discriminators"),
    ("MQTT after CONNECT, AMQP, CoAP, Redis", "topics, queues, hosts, keys"),
    ("SDP, RTP, STUN", "owners and numbers of sessions, sources, users, mapped addresses"),
    ("MySQL, PostgreSQL, SQL Server, MongoDB", "users, databases"),
    ("IRC, XMPP", "nicknames in answers, channels, domains"),
    ("OpenVPN, WireGuard, BitTorrent", "numbers of sessions and of peers"),
    ("DNS, DHCP, NTP, MQTT", "everything on ports that the tables do not name"),
)  # fmt: skip
"""(protocols, what): names that no table looks for; the list is not whole."""


class Payloads(NamedTuple):
    """Payloads of packets and of packets within them, as far as they are looked at."""

    row: NDArray[np.int64]
    place: Positions
    end: Positions
    protocol: NDArray[np.int64]
    message: NDArray[np.int64]
    source_port: NDArray[np.int64]
    destination_port: NDArray[np.int64]

    def of(self, protocol: int, ports: tuple[int, ...] = ()) -> Payloads:
        """Those of a protocol and of any of the ports (all where none is named)."""
        at = np.flatnonzero(self.protocol == protocol)
        part = Payloads(*(values[at] for values in self))
        if not ports:
            return part
        met = np.isin(part.message if protocol in (ICMP, ICMPV6) else part.source_port, ports)
        met |= np.isin(part.destination_port, ports)
        return Payloads(*(values[met] for values in part))


def name_ranges(
    packets: PacketTable, block: Bytes, start: Positions, inside: list[Headers]
) -> list[Ranges]:
    """Ranges, in the shared buffer, of names in the payloads of one chunk of rows.

    Args:
        packets: n rows.
        block: uint8[n, width], what is shown of each with its fields zeroed, `NAME_MARGIN` more.
        start: int64[n], place of each row of the block in the shared buffer.
        inside: headers of inner packets, as `walked_ranges` gives them.
    """
    buffer = packets.buffer
    payloads = _payloads(packets, start, start + block.shape[1], inside)
    ranges: list[Ranges] = []
    for field in NAMED_FIELDS:
        found = payloads.of(field.protocol, field.ports)
        after = np.minimum(found.place + field.after, found.end)
        ranges.append((found.row, found.place + field.first, after))
    for option in NAMED_OPTIONS:
        found = payloads.of(UDP, option.ports)
        options = walk(buffer, found.place + option.start, found.end, found.end, option.layout)
        at = np.flatnonzero(np.isin(options.kind, option.kinds))
        head = option.layout.uncounted
        ranges.append((found.row[options.area[at]], options.place[at] + head, options.after[at]))
    for protocol, prefix in ((UDP, 0), (TCP, 2)):
        found = payloads.of(protocol, DNS_PORTS)
        ranges += dns(buffer, found.row, found.place + prefix, found.end)
    found = payloads.of(TCP)
    ranges += tls(buffer, found.row, found.place, found.end)
    found = payloads.of(TCP, (MQTT_PORT,))
    ranges += mqtt(buffer, found.row, found.place, found.end)
    ranges.append(_text(packets, block, start))
    return ranges


def _payloads(
    packets: PacketTable, start: Positions, limit: Positions, inside: list[Headers]
) -> Payloads:
    buffer = packets.buffer
    rows = np.flatnonzero(packets.usable & (packets.transport_offset >= 0))
    place = packets.offset[rows] + packets.transport_offset[rows]
    end = np.minimum(packets.offset[rows] + packets.end_offset[rows], limit[rows])
    parts = [
        Payloads(
            row=rows,
            place=packets.offset[rows] + packets.payload_offset[rows],
            end=end,
            protocol=packets.protocol[rows].astype(np.int64),
            message=read_u8(buffer, place, end),
            source_port=packets.source_port[rows].astype(np.int64),
            destination_port=packets.destination_port[rows].astype(np.int64),
        )
    ]
    for headers in inside:
        end = np.minimum(headers.end, limit[headers.row])
        size = header_bytes(buffer, headers.place, end, headers.protocol)
        parts.append(
            Payloads(
                headers.row,
                headers.place + size,
                end,
                headers.protocol,
                read_u8(buffer, headers.place, end),
                headers.source_port,
                headers.destination_port,
            )
        )
    whole = Payloads(*(np.concatenate(values) for values in zip(*parts, strict=True)))
    there = np.flatnonzero(whole.place < whole.end)
    return Payloads(*(values[there] for values in whole))


def _text(packets: PacketTable, block: Bytes, start: Positions) -> Ranges:
    """What the patterns find in the payloads of a block, all rows in one string."""
    width = block.shape[1]
    column = np.clip(packets.offset + packets.payload_offset - start, 0, width)
    # A row: one byte in front, the block's bytes with the headers blank, a zero at the end.
    size = np.clip(packets.end_offset - packets.payload_offset, 0, None)
    rows = np.flatnonzero(packets.usable & (size > 0) & (column < width))
    column = column[rows]
    text = np.zeros((len(rows), width + 2), np.uint8)
    text[:, 1:-1] = block[rows] * (np.arange(width) >= column[:, None])
    text[np.arange(len(rows)), column] = ord("\n")
    data = text.tobytes()
    first: list[int] = []
    after: list[int] = []
    for _, pattern, before in NAMED_TEXT:
        for match in pattern.finditer(data):
            begin, end = match.span(pattern.groups)
            while before and data[begin - 1] in before:
                begin -= 1
            # A name begins with a letter or digit, not with what stands between two.
            while before and begin < match.start() and data[begin] in _BETWEEN:
                begin += 1
            first.append(begin)
            after.append(end)
    places = np.array(first, np.int64)
    row = places // (width + 2)
    shift = start[rows[row]] - row * (width + 2) - 1
    return rows[row], places + shift, np.array(after, np.int64) + shift
