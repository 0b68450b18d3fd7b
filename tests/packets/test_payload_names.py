"""What `nameless` zeroes in payloads, byte by byte."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pclip.packets import payload_names, policy_bytes, read_capture
from tests.packets.zeroed_cases import parse, size

NO_PORTS = (40_000, 40_001)
ADDRESS = "c6336442"


def label(*names: str) -> str:
    return "".join(f"{len(name):02x}{name.encode().hex()}" for name in names) + "00"


def hello(kind: str, session: str, middle: str, extensions: str) -> str:
    body = f"0303 [{'5a' * 32}] {size(session):02x} [{session}] {middle}"
    body += f" {size(extensions):04x} {extensions}"
    message = f"{kind} {size(body):06x} {body}"
    return f"16 0301 {size(message):04x} {message}"


BINARY: dict[str, tuple[int, tuple[int, int], str]] = {
    "dns query": (17, (40_000, 53), f"[1234] 0100 0001 0000 0000 0000 [{label('www', 'example')}]"
        " 0001 0001"),
    "dns answer": (17, (53, 40_000),
        f"[1234] 8180 0001 0002 0000 0001 [{label('www', 'example')}] 0001 0001"
        f" [c00c] 0005 0001 [0000003c] 0006 [{label('web1')}]"
        f" [c00c] 0001 0001 [0000003c] 0004 [{ADDRESS}]"
        " [00] 0029 1000 [00000000] 0008 [000a000400112233]"),
    "dns over tcp": (6, (40_000, 53), f"001d [1234] 0100 0001 0000 0000 0000 [{label('a')}] 0001"
        " 0001"),
    "mdns": (17, (5353, 5353), f"[0000] 0000 0001 0000 0000 0000 [{label('printer', 'local')}]"
        " 00ff 0001"),
    "llmnr": (17, (40_000, 5355), f"[1234] 0000 0001 0000 0000 0000 [{label('printer')}] 0001"
        " 0001"),
    "dns with endless pointers and counts": (17, (40_000, 53), "[1234] 0100 ffff ffff ffff ffff"
        + "[c00c] 0001 0001" * 3),
    "client hello": (6, NO_PORTS, hello("01", "aa" * 8, "0004 1301 1302 01 00",
        "0000 000c [000a 00 0007 6578616d706c65] 0010 0005 0003 02 6832 0023 0004 [01020304]"
        " 0033 0006 [0004 001d 0000] 000b 0002 0100")),
    "server hello": (6, NO_PORTS, hello("02", "aa" * 4, "1301 00",
        "002b 0002 0304 0033 0004 [001d 0000]")),
    "server hello and certificate": (6, NO_PORTS,
        hello("02", "aa" * 4, "1301 00", "0017 0000") + "16 0303 000b 0b 000007 [00 0004 30820304]"
        + "16 0303 0004 0e 000000"),
    "dhcp": (17, (68, 67), f"01 01 06 00 [{'12' * 6}] 8000 [{'34' * 224}] 63825363"
        f" 35 01 01 3d 07 [0102030405 0607] 32 04 [{ADDRESS}] 0c 05 [7068 6f6e65] 00 37 02 0103"
        " ff 0c01"),
    "dhcp makers, classes, machines, servers": (17, (67, 68), f"02 01 06 00 [{'12' * 6}] 8000"
        f" [{'34' * 224}] 63825363 35 01 05 3c 03 [6d6178] 2b 03 [010161] 4d 02 [0161]"
        f" 61 05 [00 11223344] 7c 06 [00000009 0161] 96 04 [{ADDRESS}] 7d 01 [00] 33 04 00000e10"
        " 39 02 05dc 5d 02 0007 ff"),
    "dhcpv6 classes and links": (17, (547, 546), "07 [112233] 000f 0003 [000161] 0010 0005"
        " [00000009 61] 004f 0003 [000102] 0020 0004 00000e10"),
    "dhcpv6": (17, (546, 547), "01 [112233] 0001 0006 [000300010a0b] 0006 0002 0017 0008 0002"
        " [0064]"),
    "ntp": (17, (40_000, 123), f"23 03 06 ec 00000100 00000200 [{ADDRESS} {'c3' * 32}]"),
    "netbios datagram": (17, (138, 138), f"11 0a [1234 {ADDRESS} 008a] 00bb 0000"
        f"[{'20' + '41' * 67}] ff"),
    "mqtt connect": (6, (40_000, 1883), "10 17 0004 4d515454 04 c2 003c 0003 [616263 0001 75 0002"
        " 7077]"),
    "mqtt connect with a long length": (6, (40_000, 1883),
        f"10 8101 0004 4d515454 04 02 003c 0075 [{'61' * 117}]"),
    "mqtt publish stays": (6, (40_000, 1883), "30 07 0003 612f62 3231"),
}  # fmt: skip

TEXT: dict[str, tuple[int, str]] = {
    "http request": (6, "GET /a.html HTTP/1.1\r\nHost: «www.example.org:8080»\r\n"
        "User-Agent: curl/7.88.1\r\nReferer: «http://a.example/b?c»\r\nCookie: «id=12; n=x»\r\n"
        "Authorization: «Basic dXNlcjpwYXNz»\r\nAccept: */*\r\n\r\n"),
    "http answer": (6, "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\n"
        "date:«Sun, 06 Nov 1994 08:49:37 GMT»\r\nLast-Modified:  «Sat, 05 Nov 1994»\r\n"
        'ETag: «"65a1-2f"»\r\nSet-Cookie: «s=1»\r\nLocation: «/b»\r\nContent-Length: 42\r\n\r\n'
        "Host: «b»"),
    "http to a proxy": (6, "GET http://«anna:pw@www.example.org:8080»/a HTTP/1.1\r\n\r\n"),
    "a way through a proxy": (6, "CONNECT «www.example.org:443» HTTP/1.1\r\n"
        "Proxy-Connection: keep-alive\r\n\r\n"),
    "no way inside a line": (6, "do CONNECT b HTTP/1.1\r\n"),
    "paths and queries stay": (6, "GET /users/anna?host=printer HTTP/1.1\r\n\r\n"),
    "session owners stay": (17, "v=0\r\no=anna 28908 28908 IN IP4 «192.0.2.7»\r\ns=call\r\n"),
    "remote desktop users stay": (6, "\x03Cookie: mstshash=anna\r\n"),
    "snmp communities stay": (17,
        "0\x26\x02\x01\x01\x04\x06secret\x30\x0a\x06\x08+\x06\x01\x02\x01\x01\x01"),
    "ldap users stay": (6, "0\x16\x02\x01\x01\x60\x11\x02\x01\x03\x04\x07cn=anna"),
    "hosts asked of socks stay": (6, "\x05\x01\x03\x0bwww.example"),
    "syslog hosts stay": (17, "<34>«Nov  6 08:49:37» printer su: failed"),
    "no header inside a line": (6, "a Host: b\r\nXDate: c\r\nHosts: d\r\n"),
    "form": (6, "user=«anna»&password=«b+c»&page=3&name=«x»"),
    "address in text": (6, "see «192.0.2.7», «2001:db8::1» and «::1»; v1.2.3, 12:30"),
    "address with a port": (17, "connect «198.51.100.7»:80"),
    "times and dates": (17, "«2024-05-06» «07:08:09» done; «Nov  6 08:49:37» host «6 Nov 1994»"),
    "mac addresses": (17, "«02:00:00:00:00:aa» «02-00-00-00-00-aa»"),
    "ftp commands": (6, "USER «anna»\r\nPASS «b c»\r\nPORT «192,0,2,7,19,136»\r\n"
        "EPRT «|1|192.0.2.7|5000|»\r\nTYPE I\r\n"),
    "ftp answers": (6, "227 Entering Passive Mode («192,0,2,7,19,136»).\r\n"
        "229 Extended (|||«5000»|)\r\n331 Please specify the password.\r\n"),
    "mail": (6, "EHLO «client.example»\r\nMAIL FROM:«<a@b.example> SIZE=9»\r\n"
        "rcpt to: «<c@d.example>»\r\nDATA\r\n"),
    "mail greeting": (6,
        "220 «mx.example.org» ESMTP\r\n250-«mx.example.org» hello\r\n250-SIZE 9\r\n"),
    "mail address": (6, "write to «a.b+c@d.example» soon"),
    "imap": (6, "a1 LOGIN «anna pw»\r\n"),
    "ssdp": (17, "NOTIFY * HTTP/1.1\r\nHOST: «239.255.255.250:1900»\r\n"
        "LOCATION: «http://192.0.2.7:5000/d.xml»\r\nUSN: «uuid:1-2::upnp:rootdevice»\r\n"
        "NTS: ssdp:alive\r\nX: uuid:«4d69»\r\n"),
    "sip": (17, "INVITE sip:«bob@b.example» SIP/2.0\r\nVia: «SIP/2.0/UDP 192.0.2.7;branch=z9»\r\n"
        "Max-Forwards: sip:«pbx»\r\nCall-ID: «a84b4c76e66710»\r\nCSeq: 1 INVITE\r\n"),
    "rtsp": (6, "DESCRIBE rtsp://«cam.example:554»/live RTSP/1.0\r\nCSeq: 2\r\n"
        "Session: «12345678»\r\n"),
}  # fmt: skip
"""Text payloads by protocol; what stands between the marks is zeroed."""


def text_case(text: str) -> tuple[bytes, bytes]:
    payload = re.sub("[«»]", "", text).encode()
    expected = re.sub("«([^»]*)»", lambda match: "\0" * len(match[1]), text).encode()
    return payload, expected


@pytest.fixture
def payload_of(build, write_pcap):
    """The payload as a policy shows it; a TCP segment with timestamps, where the protocol is 6."""

    def shown(protocol, payload, ports=NO_PORTS, policy="nameless", max_bytes=1000):
        segment, header = build.udp(payload, ports=ports), 4
        if protocol == 6:
            segment, header = build.tcp(payload, build.TIMESTAMPS, ports=ports), 28
        packets = read_capture(write_pcap([build.ethernet(build.ipv4(protocol, segment))]))
        block, lengths = policy_bytes(packets, policy, max_bytes)
        return block[0, header : lengths[0]].tobytes()

    return shown


@pytest.mark.parametrize("name", BINARY)
def test_messages_byte_by_byte(name, payload_of):
    protocol, ports, text = BINARY[name]
    payload, zeroed, _ = parse(text)
    expected = bytes(0 if place in set(zeroed) else byte for place, byte in enumerate(payload))
    assert payload_of(protocol, payload, ports).hex() == expected.hex()
    assert payload_of(protocol, payload, ports, "identity_free") == payload


@pytest.mark.parametrize("name", TEXT)
def test_text_byte_by_byte(name, payload_of):
    protocol, text = TEXT[name]
    payload, expected = text_case(text)
    assert payload_of(protocol, payload) == expected
    assert payload_of(protocol, payload, policy="identity_free") == payload


@pytest.mark.parametrize("max_bytes", range(5, 60))
def test_names_that_the_view_cuts_are_names(max_bytes, payload_of):
    payload, expected = text_case("a «192.0.2.7» b «2001:db8::1» c «12:30:59»")
    assert payload_of(17, payload, max_bytes=max_bytes) == expected[: max_bytes - 4]


def test_rows_do_not_reach_into_each_other(build, write_pcap):
    """A payload that ends within a name says nothing of the next one's beginning."""
    texts = [b"x\nHost: a", b"b.example 1.2", b".3.4 c", b"", b"@d", b"x\n", b"Date"]
    frames = [build.ethernet(build.ipv4(17, build.udp(text, ports=NO_PORTS))) for text in texts]
    block, lengths = policy_bytes(read_capture(write_pcap(frames)), "nameless", 40)
    shown = [row[4:size].tobytes() for row, size in zip(block, lengths, strict=True)]
    assert shown == [b"x\nHost: \0", *texts[1:4], b"\0\0", b"x\n", b"Date"]


def test_ping_and_quotes(build, write_pcap):
    body = bytes(range(0x41, 0x41 + 20))
    question = parse(BINARY["dns query"][2])[0]
    datagram = build.udp(question, ports=(40_000, 53))
    frames = [
        build.ethernet(build.ipv4(1, build.icmp(8, b"\x12\x34\x00\x07" + body))),
        build.ethernet(build.ipv6(58, build.icmp(129, b"\x12\x34\x00\x07" + body)), 0x86DD),
        build.ethernet(build.ipv4(1, build.icmp(3, bytes(4) + build.ipv4(17, datagram)))),
        build.ethernet(
            build.ipv4(1, build.icmp(11, bytes(4) + build.ipv4(6, build.tcp(b"\nHost: a"))))
        ),
    ]
    block, lengths = policy_bytes(read_capture(write_pcap(frames)), "nameless", 200)
    shown = [row[:size].tobytes() for row, size in zip(block, lengths, strict=True)]
    assert shown[0][8:] == shown[1][8:] == bytes(16) + body[16:]
    asked = shown[2][8 + 28 :]
    assert asked[:2] == bytes(2)
    assert asked[2:12] == question[2:12]
    assert asked[12:-4] == bytes(len(asked) - 16)
    assert shown[3][8 + 40 :] == b"\nHost: \0"


def test_headers_are_no_text(build, write_pcap):
    """Header bytes that happen to be letters are not read as names."""
    segment = build.tcp(b"", b"\x02\x0aHost: b\0"[:8] + b"\x01" * 4)
    packets = read_capture(write_pcap([build.ethernet(build.ipv4(6, segment))]))
    free, nameless = (policy_bytes(packets, name, 64)[0] for name in ("identity_free", "nameless"))
    assert free.tobytes() == nameless.tobytes()


@pytest.mark.parametrize("table", ["NAMED_FIELDS", "NAMED_OPTIONS", "NAMED_TEXT"])
def test_every_row_of_the_tables_is_needed(table, payload_of, build, write_pcap, monkeypatch):
    """A row taken out shows in at least one payload above."""
    ping = [(1, build.icmp(8, bytes(4) + b"\x77" * 20)), (58, build.icmp(128, b"\x77" * 24))]
    frames = [build.ethernet(build.ipv4(*ping[0])), build.ethernet(build.ipv6(*ping[1]), 0x86DD)]
    cases = [(protocol, ports, parse(text)[0]) for protocol, ports, text in BINARY.values()]
    cases += [(protocol, NO_PORTS, text_case(text)[0]) for protocol, text in TEXT.values()]
    for protocol, ports, payload in cases:
        segment = (build.udp if protocol == 17 else build.tcp)(payload, ports=ports)
        frames.append(build.ethernet(build.ipv4(protocol, segment)))
    packets = read_capture(write_pcap(frames))
    whole = policy_bytes(packets, "nameless", 600)[0]
    rows = getattr(payload_names, table)
    for number, row in enumerate(rows):
        with monkeypatch.context() as patch:
            patch.setattr(payload_names, table, rows[:number] + rows[number + 1 :])
            assert (policy_bytes(packets, "nameless", 600)[0] != whole).any(), row


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(data=st.data())
def test_whatever_a_payload_holds_bytes_are_kept_or_zeroed(build, write_pcap, data):
    """Bytes overwritten anywhere: never an error, never another byte, never another length."""
    payloads = [(protocol, ports, parse(text)[0]) for protocol, ports, text in BINARY.values()]
    payloads += [(protocol, NO_PORTS, text_case(text)[0]) for protocol, text in TEXT.values()]
    frames = []
    for _ in range(10):
        protocol, ports, payload = data.draw(st.sampled_from(payloads))
        lying = bytearray(payload)
        for _ in range(data.draw(st.integers(0, 4))):
            lying[data.draw(st.integers(0, len(lying) - 1))] = data.draw(st.integers(0, 255))
        segment = (build.udp if protocol == 17 else build.tcp)(bytes(lying), ports=ports)
        frame = build.ethernet(build.ipv4(protocol, segment))
        frames.append(frame[: data.draw(st.integers(60, len(frame)))])
    packets = read_capture(write_pcap(frames))
    free, free_lengths = policy_bytes(packets, "identity_free", 400)
    nameless, lengths = policy_bytes(packets, "nameless", 400)
    assert lengths.tolist() == free_lengths.tolist()
    assert ((nameless == free) | (nameless == 0)).all()
