"""Conversations: ports as they are, those of the quote turned round for an ICMP error."""

from __future__ import annotations

import numpy as np
import pytest

from pclip.packets import conversation, read_capture

ZOO = {
    "tcp": (6, 40000, 80),
    "udp": (17, 5353, 53),
    "echo": (1, -1, -1),
    "later fragment": (1, -1, -1),
    "gre": (47, -1, -1),
    # The quoted packets went from 40000 to 80 and from 5353 to 53.
    "redirect": (6, 80, 40000),
    "unreachable udp": (17, 53, 5353),
    "unreachable 6": (17, 53, 5353),
    "unreachable cut": (6, 80, 40000),
    "unreachable quote cut": (1, -1, -1),
    "unreachable rubbish": (1, -1, -1),
    "unreachable esp": (50, -1, -1),
    "unreachable fragment": (17, -1, -1),
    "icmp cut after 3": (1, -1, -1),
}


@pytest.mark.parametrize("name", ZOO)
def test_each_kind(build, write_pcap, name):
    packets = read_capture(write_pcap([build.zoo()[name]]))
    talk = conversation(packets)
    assert (talk.protocol[0], talk.source_port[0], talk.destination_port[0]) == ZOO[name]
    assert talk.protocol.dtype == np.uint8
    assert talk.source_port.dtype == talk.destination_port.dtype == np.int32


def test_the_table_stays_as_it_was(build, write_pcap):
    packets = read_capture(write_pcap(list(build.zoo().values())))
    before = packets.source_port.copy(), packets.protocol.copy()
    conversation(packets)
    assert np.array_equal(before[0], packets.source_port)
    assert np.array_equal(before[1], packets.protocol)


def test_no_packets(write_pcap):
    talk = conversation(read_capture(write_pcap([])))
    assert len(talk.protocol) == len(talk.source_port) == len(talk.destination_port) == 0
