"""Byte policies against a reference that reads one packet at a time."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pclip.packets import BYTE_POLICIES, PacketTable, bigram_tokens, policy_bytes, read_capture

TESTBED = Path(__file__).parents[2] / "pclip" / "data" / "testbed"
PORTS = {6, 17, 33, 132, 136}
HEADERS = {1: 8, 2: 8, 6: 20, 17: 8, 33: 12, 58: 8, 132: 12, 136: 8}


def walk_ip(data: bytes) -> tuple[int, int, int, bool] | None:
    """(protocol, start of what follows the headers, end, first fragment), None if malformed."""
    if not data:
        return None
    if data[0] >> 4 == 4:
        header = (data[0] & 15) * 4
        if header < 20 or len(data) < header:
            return None
        total = int.from_bytes(data[2:4])
        if total and total < header:
            return None
        protocol, place, extensions = data[9], header, {51}
        first = int.from_bytes(data[6:8]) & 0x1FFF == 0
    elif data[0] >> 4 == 6:
        if len(data) < 40:
            return None
        total = int.from_bytes(data[4:6])
        total += 40 if total else 0
        protocol, place, extensions, first = data[6], 40, {0, 43, 44, 51, 60}, True
    else:
        return None
    end = min(total, len(data)) if total else len(data)
    seen = 0
    while protocol in extensions and first:
        head = data[place:end]
        if len(head) < 2 or seen == 16:
            return None
        size = {44: 8, 51: (head[1] + 2) * 4}.get(protocol, (head[1] + 1) * 8)
        if len(head) < size:
            return None
        if protocol == 44 and int.from_bytes(head[2:4]) >> 3:
            first = False
        protocol, place, seen = head[0], place + size, seen + 1
    return protocol, place, end, first


def datagram(frame: bytes) -> bytes | None:
    """The IP datagram of an Ethernet frame with what follows it, None if there is none."""
    place = 12
    while frame[place : place + 2] in (b"\x81\x00", b"\x88\xa8", b"\x91\x00", b"\x92\x00"):
        place += 4
        if place > 12 + 8 * 4:
            return None
    if frame[place : place + 2] not in (b"\x08\x00", b"\x86\xdd"):
        return None
    return frame[place + 2 :]


def naive(frame: bytes, policy: str) -> bytes:
    if policy == "legacy38":
        return frame[38:]
    data = datagram(frame)
    walked = None if data is None else walk_ip(data)
    if data is None or walked is None:
        return b""
    protocol, place, end, first = walked
    segment = bytearray(data[place:end])
    has_header = first and protocol in HEADERS
    if policy == "identity_free" and has_header:
        zero_identity(segment, protocol)
    return bytes(segment[4:] if has_header and protocol in PORTS else segment)


def zero_identity(segment: bytearray, protocol: int) -> None:
    size = len(segment)

    def zero(start: int, stop: int) -> None:
        for place in range(start, min(stop, size)):
            segment[place] = 0

    kind = segment[0] if segment else 0
    original = bytes(segment)
    if protocol == 6:
        zero(4, 12)
        zero(16, 18)
        header = max(20, (original[12] >> 4) * 4) if size > 12 else 20
        options = original[20 : min(header, size)]
        place = 0
        while place < len(options) and options[place] != 0:
            if options[place] == 1:
                place += 1
                continue
            length = options[place + 1] if place + 1 < len(options) else 0
            if length < 2:
                break
            if options[place] == 8:
                zero(20 + place + 2, 20 + min(place + length, len(options)))
            place += length
    elif protocol in (17, 136, 33):
        zero(6, 8)
    elif protocol == 132:
        zero(4, 12)
    elif protocol == 2:
        zero(2, size if kind == 0x22 else 8)
    elif protocol == 1:
        zero(2, 4)
        if kind in (0, 8, 13, 14, 15, 16, 17, 18):
            zero(4, 8)
        if kind in (13, 14):
            zero(8, 20)
        if kind == 5:
            zero(4, 8)
        if kind in (3, 4, 5, 11, 12):
            zero(8, 8 + quoted_header_bytes(original[8:]))
    elif protocol == 58:
        zero(2, 4)
        if kind in (128, 129):
            zero(4, 8)
        if kind in (1, 2, 3, 4):
            zero(8, 8 + quoted_header_bytes(original[8:]))
        if kind in (130, 131, 132, 135, 136, 137):
            zero(8, 24)
        if kind == 137:
            zero(24, 40)
        if kind == 143:
            zero(8, size)
        place = {133: 8, 134: 16, 135: 24, 136: 24, 137: 40}.get(kind, size)
        while place + 1 < size and original[place + 1]:
            if original[place] in (1, 2, 3, 4, 24, 25):
                zero(place + 2, place + original[place + 1] * 8)
            place += original[place + 1] * 8


def quoted_header_bytes(quote: bytes) -> int:
    walked = walk_ip(quote)
    if walked is None:
        return len(quote)
    protocol, place, _, first = walked
    if not first:
        return place
    size = HEADERS.get(protocol, 8)
    if protocol == 6 and len(quote) > place + 12:
        size = max(20, (quote[place + 12] >> 4) * 4)
    return place + size


def assert_equals_naive(packets: PacketTable, policy: str, max_bytes: int = 128) -> None:
    block, lengths = policy_bytes(packets, policy, max_bytes)
    for row in range(len(packets)):
        start = int(packets.offset[row])
        frame = packets.buffer[start : start + int(packets.captured_length[row])].tobytes()
        expected = naive(frame, policy)[:max_bytes]
        assert int(lengths[row]) == len(expected), (row, frame.hex())
        assert block[row].tobytes() == expected.ljust(max_bytes, b"\0"), (row, frame.hex())


@pytest.mark.parametrize("policy", BYTE_POLICIES)
@pytest.mark.parametrize("max_bytes", [1, 20, 128, 300])
def test_each_kind_of_packet_byte_by_byte(build, write_pcap, policy, max_bytes):
    assert_equals_naive(read_capture(write_pcap(list(build.zoo().values()))), policy, max_bytes)


def visible(build, write_pcap, name: str, policy: str = "identity_free") -> bytes:
    packets = read_capture(write_pcap([build.zoo()[name]]))
    block, lengths = policy_bytes(packets, policy, 300)
    return block[0, : lengths[0]].tobytes()


def test_expected_bytes_written_out_by_hand(build, write_pcap):
    data = bytes(range(0x41, 0x41 + 60))
    tcp_head = bytes(8) + bytes.fromhex("8018 1234 0000 0102 0101080a") + bytes(8)
    assert visible(build, write_pcap, "tcp timestamps") == tcp_head + data
    assert visible(build, write_pcap, "vlan") == tcp_head + data
    assert visible(build, write_pcap, "qinq") == tcp_head + data
    assert visible(build, write_pcap, "udp") == bytes.fromhex("00440000") + data
    assert visible(build, write_pcap, "udp", "paper") == bytes.fromhex("0044abcd") + data
    assert visible(build, write_pcap, "echo") == bytes.fromhex("08030000 00000000") + data
    assert visible(build, write_pcap, "later fragment 6") == build.udp(data)
    assert visible(build, write_pcap, "padding") == bytes(8) + bytes.fromhex("5018123400000102")
    assert visible(build, write_pcap, "tcp cut after 3") == b""
    assert visible(build, write_pcap, "unreachable tcp") == (
        bytes.fromhex("03030000 00000000") + bytes(20 + 32) + data
    )
    assert visible(build, write_pcap, "neighbour solicitation") == (
        bytes.fromhex("87030000 00000000") + bytes(16) + b"\x01\x01" + bytes(6)
    )


def test_addresses_and_ports_of_headers_leave_no_trace(build, write_pcap):
    """Other addresses, ports and counters give the same identity-free bytes."""
    zoo = build.zoo()
    swaps = [
        (bytes.fromhex("c6336442"), bytes.fromhex("0a090807")),
        (bytes.fromhex("c6336401"), bytes.fromhex("0a090806")),
        (bytes.fromhex("20010db8"), bytes.fromhex("20010dcc")),
        (bytes.fromhex("9c400050"), bytes.fromhex("77770051")),
        (bytes.fromhex("14e90035"), bytes.fromhex("66660036")),
        (bytes.fromhex("11223344"), bytes.fromhex("99887766")),
        (bytes.fromhex("aabbccdd"), bytes.fromhex("01020304")),
        (bytes(range(0xA0, 0xB0)), bytes(range(0xB0, 0xC0))),
    ]
    opaque = {"unreachable fragment", "later fragment 6", "later fragment"}
    opaque |= {"tcp option of size 0", "tcp end of options"}
    changed = 0
    for name, frame in zoo.items():
        other = frame
        for old, new in swaps:
            other = other.replace(old, new)
        if name in opaque or other == frame:
            continue
        changed += 1
        block, _ = policy_bytes(read_capture(write_pcap([frame, other])), "identity_free", 300)
        assert block[0].tobytes() == block[1].tobytes(), name
    assert changed > 40


@pytest.mark.parametrize("policy", BYTE_POLICIES)
@pytest.mark.parametrize("name", ["round1_home", "round2_things", "round4_cloud"])
def test_testbed_sample_byte_by_byte(policy, name):
    packets = read_capture(TESTBED / f"{name}.pcap.xz")
    assert_equals_naive(packets.take(np.arange(0, len(packets), 29)), policy)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(data=st.data())
def test_mutated_packets_byte_by_byte(build, write_pcap, data):
    """Bytes overwritten and tails cut anywhere: the vectorised code reads as the naive one."""
    frames = list(build.zoo().values())
    mutated = []
    for _ in range(8):
        frame = bytearray(data.draw(st.sampled_from(frames)))
        for _ in range(data.draw(st.integers(0, 4))):
            if frame:
                frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
        mutated.append(bytes(frame[: data.draw(st.integers(0, len(frame)))]))
        mutated.append(bytes(frame))
    packets = read_capture(write_pcap(mutated))
    for policy in ("paper", "identity_free"):
        assert_equals_naive(packets, policy)


def test_unknown_policy_is_named(build, write_pcap):
    packets = read_capture(write_pcap([build.zoo()["tcp"]]))
    with pytest.raises(ValueError, match="identity_free"):
        policy_bytes(packets, "payload")


def test_tokens_are_the_naive_bigrams(build, write_pcap):
    frames = list(build.zoo().values())
    packets = read_capture(write_pcap(frames))
    for max_length in (1, 2, 50, 128):
        tokens = bigram_tokens(packets, "paper", max_length)
        assert tokens.ids.dtype == np.int32
        for row, frame in enumerate(frames):
            seen = naive(frame, "paper")
            pairs = [5 + 256 * a + b for a, b in itertools.pairwise(seen)]
            expected = [2, *pairs][:max_length]
            assert tokens.lengths[row] == len(expected)
            assert tokens.ids[row].tolist() == expected + [0] * (max_length - len(expected))


def test_tokens_of_unusable_rows_are_cls_only(build, write_pcap):
    packets = read_capture(write_pcap([build.zoo()["arp"]]))
    assert bigram_tokens(packets).lengths.tolist() == [1]
    assert bigram_tokens(packets).ids[0].tolist() == [2] + [0] * 127
    assert bigram_tokens(packets, "legacy38").lengths.tolist() == [1 + 42 - 38 - 1]
    with pytest.raises(ValueError, match="max_length"):
        bigram_tokens(packets, max_length=0)
