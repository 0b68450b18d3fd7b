"""The short way of decoding: taken by plain packets alone, and with the same result."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from pclip.packets import PacketTable
from pclip.packets.headers import decode_headers
from pclip.packets.usual import decode_usual
from tests.packets.conftest import Build
from tests.packets.write_frames import ethernet

DATA = bytes(range(0x41, 0x41 + 60))
FOUR, SIX = 0x0800, 0x86DD
PLAIN = {
    "tcp": ethernet(Build.ipv4(6, Build.tcp(DATA))),
    "tcp options": ethernet(Build.ipv4(6, Build.tcp(DATA, Build.TIMESTAMPS))),
    "tcp empty": ethernet(Build.ipv4(6, Build.tcp())),
    "tcp offset 15": ethernet(Build.ipv4(6, Build.tcp(DATA[:8], words=15))),
    "tcp offset 2": ethernet(Build.ipv4(6, Build.tcp(DATA, words=2))),
    "udp": ethernet(Build.ipv4(17, Build.udp(DATA))),
    "icmp": ethernet(Build.ipv4(1, Build.icmp(8, DATA))),
    "first fragment": ethernet(Build.ipv4(17, Build.udp(DATA), fragment=0x2000)),
    "padded": ethernet(Build.ipv4(6, Build.tcp())) + bytes(6),
    "claims too much": ethernet(Build.ipv4(6, Build.tcp(DATA), total=9000)),
    "tcp 6": ethernet(Build.ipv6(6, Build.tcp(DATA)), SIX),
    "udp 6": ethernet(Build.ipv6(17, Build.udp(DATA)), SIX),
    "icmp 6": ethernet(Build.ipv6(58, Build.icmp(135, DATA)), SIX),
    "claims too much 6": ethernet(Build.ipv6(6, Build.tcp(DATA), size=65535), SIX),
}
UNUSUAL = {
    **{name: Build.zoo()[name] for name in ("tcp cut after 10", "frame cut", "ip cut")},
    "options": ethernet(Build.ipv4(6, Build.tcp(DATA), options=bytes([1] * 4))),
    "later fragment": ethernet(Build.ipv4(17, DATA, fragment=9)),
    "total 0": ethernet(Build.ipv4(6, Build.tcp(DATA), total=0)),
    "total 39": ethernet(Build.ipv4(6, Build.tcp(DATA), total=39)),
    "size 0": ethernet(Build.ipv6(17, Build.udp(DATA), size=0), SIX),
    "size 19": ethernet(Build.ipv6(17, Build.udp(DATA), size=19), SIX),
    "extension": ethernet(Build.ipv6(0, Build.extension(17) + Build.udp(DATA)), SIX),
    "gre": ethernet(Build.ipv4(47, bytes(40))),
    "sctp": ethernet(Build.ipv4(132, DATA)),
    "vlan": ethernet(b"\0\1" + struct.pack(">H", FOUR) + Build.ipv4(6, Build.tcp(DATA)), 0x8100),
    "arp": Build.zoo()["arp"] + bytes(40),
    "six in four's type": ethernet(Build.ipv6(6, Build.tcp(DATA))),
    "four in six's type": ethernet(Build.ipv4(6, Build.tcp(DATA)) + DATA, SIX),
}


def columns_of(frames: list[bytes], link: int = 1) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Columns as `decode_headers` gives them, and the rows that the short way leaves."""
    length = np.array([len(frame) for frame in frames], np.int32)
    offset = np.cumsum(length, dtype=np.int64) - length
    buffer = np.frombuffer(b"".join(frames), np.uint8)
    args = (buffer, offset, length, np.full(len(frames), link, np.uint16))
    columns = decode_headers(*args)
    scratch = {name: values.copy() for name, values in columns.items()}
    return columns, decode_usual(scratch, *args)


def test_plain_frames_go_the_short_way_and_others_do_not() -> None:
    frames = [*PLAIN.values(), *UNUSUAL.values()]
    order = np.random.default_rng(0).permutation(len(frames))
    _, left = columns_of([frames[number] for number in order])
    assert {int(order[row]) for row in left} == set(range(len(PLAIN), len(frames)))
    assert len(left) == len(UNUSUAL)
    # The same bytes in another link are no Ethernet frames.
    assert len(columns_of(frames, link=113)[1]) == len(frames)


def test_both_ways_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = [*PLAIN.values(), *UNUSUAL.values()]
    frames += [frame[:cut] for frame in PLAIN.values() for cut in range(0, len(frame), 3)]
    short, left = columns_of(frames)
    assert 0 < len(left) < len(frames)
    monkeypatch.setattr(
        "pclip.packets.headers.decode_usual",
        lambda columns, buffer, offset, *_: np.arange(len(offset)),
    )
    long, _ = columns_of(frames)
    assert set(short) == set(long) <= set(PacketTable.__dataclass_fields__)
    for name, values in long.items():
        assert short[name].dtype == values.dtype
        assert np.array_equal(short[name], values), name
