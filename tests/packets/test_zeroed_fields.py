"""What `identity_free` zeroes, byte by byte, and that the table is whole."""

from __future__ import annotations

import numpy as np
import pytest

from pclip.packets import options, policies, policy_bytes, read_capture, zeroed_fields, zeroed_walks
from pclip.packets.transport import HEADER_BYTES
from tests.packets.naive_policies import naive
from tests.packets.zeroed_cases import CASES, OVER_IPV6, bare, parse

SHOWN = 500
PORTS = (6, 17, 33, 132, 136)


@pytest.fixture(scope="module")
def frames(build):
    return {name: frame_of(build, name, parse(text)[0]) for name, (_, text) in CASES.items()}


def frame_of(build, name: str, segment: bytes) -> bytes:
    protocol = CASES[name][0]
    if protocol in OVER_IPV6:
        return build.ethernet(build.ipv6(protocol, segment), 0x86DD)
    return build.ethernet(build.ipv4(protocol, segment))


@pytest.fixture
def shown(write_pcap):
    def visible(frames, policy="identity_free", max_bytes=SHOWN):
        block, lengths = policy_bytes(read_capture(write_pcap(frames)), policy, max_bytes)
        return [row[:size].tobytes() for row, size in zip(block, lengths, strict=True)]

    return visible


@pytest.mark.parametrize("name", CASES)
def test_each_field_byte_by_byte(name, frames, shown):
    protocol, text = CASES[name]
    segment, zeroed, _ = parse(text)
    expected = np.frombuffer(segment, np.uint8).copy()
    expected[zeroed] = 0
    (found,) = shown([frames[name]])
    skipped = 4 if protocol in PORTS else 0
    assert found.hex() == expected.tobytes()[skipped:].hex()


def test_a_short_view_is_the_beginning_of_a_long_one(frames, shown):
    whole = shown(list(frames.values()))
    for width in (1, 2, 7, 16, 40, 64, 128, 200):
        assert shown(list(frames.values()), max_bytes=width) == [row[:width] for row in whole]


@pytest.mark.parametrize("seed", range(10))
def test_identity_fields_leave_no_trace(seed, build, frames, shown):
    """Every packet with other bytes in all its identity fields gives the same bytes."""
    rng = np.random.default_rng(seed)
    # Other bytes in place of what cannot be read could be read.
    names = [name for name in CASES if name != "unreadable quote"]
    others = []
    for name in names:
        segment, _, free = parse(CASES[name][1])
        changed = np.frombuffer(segment, np.uint8).copy()
        changed[free] = rng.integers(0, 256, len(free), np.uint8)
        others.append(frame_of(build, name, changed.tobytes()))
    before, after = shown([frames[name] for name in names]), shown(others)
    for name, one, other in zip(names, before, after, strict=True):
        assert one.hex() == other.hex(), name


def without(monkeypatch, table: str, row: int) -> None:
    rows = getattr(zeroed_fields, table)
    for module in (policies, zeroed_walks, options):
        if hasattr(module, table):
            monkeypatch.setattr(module, table, rows[:row] + rows[row + 1 :])


@pytest.mark.parametrize("table", ["ZEROED_FIELDS", "ZEROED_OPTIONS"])
def test_every_row_of_the_table_is_needed(table, frames, shown, monkeypatch):
    """A row taken out shows in the bytes of at least one packet above."""
    whole = shown(list(frames.values()))
    for number, row in enumerate(getattr(zeroed_fields, table)):
        with monkeypatch.context() as patch:
            without(patch, table, number)
            assert shown(list(frames.values())) != whole, row


def test_every_protocol_has_a_row():
    listed = {field.protocol for field in zeroed_fields.ZEROED_FIELDS}
    carriers = {zeroed_fields.IPIP, zeroed_fields.IP6IP, zeroed_fields.GRE}
    assert listed | carriers == set(HEADER_BYTES) | set(zeroed_fields.BARE_PROTOCOLS)
    assert {field.layout for field in zeroed_fields.ZEROED_OPTIONS} == set(options.LAYOUTS)


def test_link_layer_ip_options_and_extension_headers_are_never_visible(build, shown):
    segment = build.udp(b"data")
    plain = build.ethernet(build.ipv4(17, segment))
    same = [
        plain,
        build.ethernet(build.ipv4(17, segment), tags=(0x88A8, 0x8100)),
        build.ethernet(build.ipv4(17, segment, options=b"\x07\x07\x04" + bytes(5))),
        *(
            build.ethernet(build.ipv4(17, segment, options=bytes.fromhex(lie)))
            for lie in ("00c63364", "8300c633", "83ffc633", "9904c633")
        ),
        build.ethernet(build.ipv4(17, segment, source="192.0.2.1", destination="192.0.2.2")),
        build.ethernet(build.ipv4(17, segment, fragment=0x2000)),
        build.ethernet(build.ipv4(51, bytes([17, 1]) + b"\x77" * 10 + segment)),
        build.ethernet(build.ipv6(17, segment), 0x86DD),
        build.ethernet(build.ipv6(60, build.extension(17) + segment), 0x86DD),
        build.ethernet(build.ipv6(43, build.extension(17, 24) + segment), 0x86DD),
        build.ethernet(build.ipv6(44, build.fragment_header(17, 0) + segment), 0x86DD),
        build.ethernet(build.ipv6(51, bytes([17, 4]) + b"\x77" * 22 + segment), 0x86DD),
    ]
    assert set(shown(same)) == {bytes.fromhex("000c0000") + b"data"}
    assert shown([build.zoo()["arp"]]) == [b""]


@pytest.mark.parametrize("protocol", [1, 4, 6, 47, 50, 132])
def test_a_later_fragment_keeps_its_bytes(protocol, build, shown):
    """Its bytes are the middle of a payload: no header can be there."""
    data = bytes(range(1, 61))
    four = build.ethernet(build.ipv4(protocol, data, fragment=9))
    six = build.ethernet(build.ipv6(44, build.fragment_header(protocol, 9) + data), 0x86DD)
    assert shown([four, six]) == [data, data]


def test_hostile_lengths_are_read_as_one_by_one(build, shown):
    """Bytes overwritten anywhere: the vectorised code reads as the reference, and ends."""
    rng = np.random.default_rng(0)
    frames = []
    for name, (_, text) in CASES.items():
        for value in (0x00, 0x01, 0xFF):
            lying = bytearray.fromhex(bare(text))
            for place in rng.integers(4, len(lying), 3):
                lying[place] = value
            frames.append(frame_of(build, name, bytes(lying)))
    frames += [build.ethernet(build.ipv4(132, build.udp()[:4] + b"\x11" * 8 + b"\0\0\0\4" * 300))]
    frames += [build.ethernet(build.ipv4(4, build.ipv4(4, b"")[:20] * 60))]
    assert [row.hex() for row in shown(frames)] == [
        naive(frame, "identity_free")[:SHOWN].hex() for frame in frames
    ]
