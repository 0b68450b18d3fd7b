from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pytest

from pclip.errors import PclipError
from pclip.packets import read_capture
from pclip.serving import Detections

SECOND = 1_700_000_000 * 10**9


@pytest.fixture
def made(write_pcap, frames):
    """Three flows: TCP of packets 0, 2, 4 (the last is the earliest), ICMP 1, UDP 3."""
    packets = [
        frames.tcp(40000, 80),
        frames.icmp(),
        frames.tcp(80, 40000, source=1, destination=2),
        frames.udp(5353, 53, source=3),
        frames.tcp(40000, 80, b"x"),
    ]
    times = [SECOND + n * 10**6 for n in (30, 20, 40, 50, 10)]
    rows = [
        [0.9, 0.1, 0.0],
        [0.5, 0.2, 0.3],
        [0.2, 0.1, 0.7],
        [0.6, 0.4, 0.0],
        [0.2, 0.8, 0.0],
    ]
    return Detections(
        groups=("Benign", "DoS", "Reconnaissance"),
        packets=read_capture(write_pcap(packets, times)),
        probabilities=np.array(rows, np.float32),
        window=4,
        read=5,
        skipped=MappingProxyType({}),
        model="m",
        note="n",
    )


def test_flows_are_in_the_order_of_their_first_packets(made):
    talk, ping, lookup = made.flow_verdicts()
    assert (talk.time, talk.protocol) == ("2023-11-14T22:13:20.010000Z", "TCP")
    assert (talk.src, talk.sport, talk.dst, talk.dport) == (
        "198.51.100.2",
        40000,
        "198.51.100.1",
        80,
    )
    assert (ping.time, ping.protocol) == ("2023-11-14T22:13:20.020000Z", "ICMP")
    assert (ping.sport, ping.dport) == (None, None)
    assert (lookup.src, lookup.dport, lookup.protocol) == ("198.51.100.3", 53, "UDP")
    assert [flow.packets for flow in (talk, ping, lookup)] == [3, 1, 1]
    assert {flow.capture for flow in (talk, ping, lookup)} == {"made.pcap"}


def test_a_flow_is_what_its_most_suspicious_packet_is_the_earliest_on_a_tie(made):
    talk, ping, lookup = made.flow_verdicts(0.5)
    assert (talk.verdict, talk.flagged_packets) == ("DoS", 2)
    assert talk.attack_probability == pytest.approx(0.8)
    assert talk.probabilities == pytest.approx({"Benign": 0.2, "DoS": 0.8, "Reconnaissance": 0})
    assert (ping.verdict, ping.flagged) == ("Reconnaissance", True)
    assert (lookup.verdict, lookup.flagged, lookup.flagged_packets) == ("Benign", False, 0)
    assert lookup.attack_probability == pytest.approx(0.4)


def test_the_threshold_decides(made):
    assert [flow.flagged for flow in made.flow_verdicts(0.3)] == [True, True, True]
    assert [flow.flagged for flow in made.flow_verdicts(0.7)] == [True, False, False]
    assert [flow.flagged for flow in made.flow_verdicts(1)] == [False] * 3
    assert made.flow_verdicts(0.3)[2].verdict == "DoS"


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan")])
def test_no_such_threshold(made, threshold):
    with pytest.raises(PclipError, match="expected a number from 0 to 1"):
        made.flow_verdicts(threshold)


def test_protocols_without_a_name_are_numbers(made, write_pcap, frames):
    frame = bytearray(frames.icmp())
    frame[23] = 200
    table = read_capture(write_pcap([bytes(frame)]))
    found = Detections(made.groups, table, made.probabilities[:1], 4, 1, {}, "m", "n")
    assert found.flow_verdicts()[0].protocol == "200"
