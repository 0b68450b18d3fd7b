"""Byte policies against a reference that reads one packet at a time."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pclip.packets import PacketTable, bigram_tokens, policy_bytes, read_capture
from tests.packets.naive_policies import naive
from tests.packets.zeroed_cases import CASES, parse

TESTBED = Path(__file__).parents[2] / "pclip" / "data" / "testbed"
READ_TWICE = ("legacy38", "paper", "identity_free")
"""Policies that the reference knows."""


def assert_equals_naive(packets: PacketTable, policy: str, max_bytes: int = 128) -> None:
    block, lengths = policy_bytes(packets, policy, max_bytes)
    for row in range(len(packets)):
        start = int(packets.offset[row])
        frame = packets.buffer[start : start + int(packets.captured_length[row])].tobytes()
        expected = naive(frame, policy)[:max_bytes]
        assert int(lengths[row]) == len(expected), (row, frame.hex())
        assert block[row].tobytes() == expected.ljust(max_bytes, b"\0"), (row, frame.hex())


@pytest.mark.parametrize("policy", READ_TWICE)
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


@pytest.mark.parametrize("policy", READ_TWICE)
@pytest.mark.parametrize("name", ["round1_home", "round2_things", "round4_cloud"])
def test_testbed_sample_byte_by_byte(policy, name):
    packets = read_capture(TESTBED / f"{name}.pcap.xz")
    assert_equals_naive(packets.take(np.arange(0, len(packets), 29)), policy)


@settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(data=st.data())
def test_mutated_packets_byte_by_byte(build, write_pcap, data):
    """Bytes overwritten and tails cut anywhere: the vectorised code reads as the naive one."""
    frames = list(build.zoo().values())
    for protocol, text in CASES.values():
        segment = parse(text)[0]
        frames.append(build.ethernet(build.ipv4(protocol, segment)))
        frames.append(build.ethernet(build.ipv6(protocol, segment), 0x86DD))
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
    with pytest.raises(ValueError, match="max_bytes=0"):
        policy_bytes(packets, "paper", 0)


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
