"""The pcapng writer of the tests, against bytes worked out by hand."""

from __future__ import annotations

import pytest

from tests.packets.write_pcapng import CUSTOM, IF_NAME, OPT_COMMENT, PcapngWriter

SECTION = bytes.fromhex("0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000")


def test_little_endian_blocks() -> None:
    file = PcapngWriter()
    assert file.content == SECTION
    assert file.interface(1, snap_length=96, resolution=9, options=[(IF_NAME, b"eth0")]) == 0
    assert file.content[28:] == bytes.fromhex(
        "01000000 28000000 0100 0000 60000000"
        "0200 0400 65746830 0900 0100 09000000 0000 0000 28000000"
    )
    start = len(file.content)
    file.packet(b"abcde", 0x1_0000_0002, length=99, options=[(OPT_COMMENT, b"hi")])
    assert file.content[start:] == bytes.fromhex(
        "06000000 34000000 00000000 01000000 02000000 05000000 63000000"
        "6162636465000000 0100 0200 68690000 0000 0000 34000000"
    )


def test_big_endian_blocks() -> None:
    file = PcapngWriter(">", length=0)
    assert file.content == bytes.fromhex(
        "0a0d0d0a 0000001c 1a2b3c4d 0001 0000 0000000000000000 0000001c"
    )
    start = len(file.content)
    assert file.interface(101) == 0
    assert file.interface(101) == 1
    file.simple_packet(b"ab", length=7)
    file.old_packet(b"", 5_000_000, interface=1)
    assert file.content[start:] == bytes.fromhex(
        "00000001 00000014 0065 0000 00000000 00000014" * 2
        + "00000003 00000014 00000007 61620000 00000014"
        + "00000002 00000020 0001 ffff 00000000 00001388 00000000 00000000 00000020"
    )


@pytest.mark.parametrize(
    ("resolution", "offset_s", "units"),
    [(None, 0, 3_500_000), (0, 0, 3), (3, 1, 2_500), (9, 0, 3_500_000_000), (0x81, 0, 7)],
)
def test_units(resolution: int | None, offset_s: int, units: int) -> None:
    file = PcapngWriter()
    file.interface(resolution=resolution, offset_s=offset_s)
    file.packet(b"", 3_500_000_000)
    # The block ends with: time high, time low, captured length, length, total length.
    assert int.from_bytes(file.content[-16:-12], "little") == units & 0xFFFFFFFF
    assert int.from_bytes(file.content[-20:-16], "little") == units >> 32


def test_a_new_section_forgets_and_other_blocks_are_words() -> None:
    file = PcapngWriter()
    file.interface()
    file.section(">")
    assert file.interface() == 0
    start = len(file.content)
    file.block(CUSTOM, b"abcde")
    file.statistics()
    assert file.content[start:] == bytes.fromhex(
        "00000bad 00000014 6162636465000000 00000014"
        "00000005 00000018 00000000 00000000 00000000 00000018"
    )
