"""The comparison with NFStream finds what differs; NFStream itself is not needed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.flow_differences import PAIRS, compare
from benchmarks.nfstream_table import in_milliseconds, write_whole_frames
from pclip.packets import flow_table, read_capture

TESTBED = Path(__file__).parents[2] / "pclip" / "data" / "testbed"


@pytest.fixture(scope="module")
def packets():
    table = read_capture(TESTBED / "round1_things.pcap.xz")
    assert (table.transport_offset[table.usable] < 0).any(), "no fragments left to test with"
    return table


def as_nfstream(packets, flows):
    """Flows as NFStream would show them, if it agreed."""
    first = np.full(len(flows), np.iinfo(np.int64).max)
    rows = packets.usable
    np.minimum.at(first, flows.flow_of_packet[rows], packets.time_ns[rows])
    shown = []
    for flow in range(len(flows)):
        row = flows.row(flow)
        named = {theirs: row[ours] / unit for ours, (theirs, unit) in PAIRS.items()}
        ends = (row["Src IP"], row["Src Port"]), (row["Dst IP"], row["Dst Port"])
        (named["src_ip"], named["src_port"]), (named["dst_ip"], named["dst_port"]) = ends
        named |= {
            "protocol": row["Protocol"],
            "bidirectional_first_seen_ms": int(first[flow]) // 10**6,
        }
        shown.append(SimpleNamespace(**named))
    return shown


def test_the_same_flows_are_equal_and_a_changed_one_is_found(packets):
    flows = flow_table(packets)
    theirs = as_nfstream(packets, flows)
    differences = {}
    found = compare(packets, flows, theirs, differences)
    assert (found.ours, found.matched, found.unmatched) == (len(flows), len(flows), {})
    assert all(d.equal == d.compared == len(flows) for d in differences.values())
    theirs[5].src2dst_packets += 3
    differences = {}
    compare(packets, flows, theirs, differences)
    assert differences["Total Fwd Packet"].largest == 3
    assert differences["Total Fwd Packet"].equal == len(flows) - 1


def test_missing_flows_are_explained_or_said_not_to_be(packets):
    flows = flow_table(packets)
    theirs = as_nfstream(packets, flows)
    whole = np.zeros(len(flows), bool)
    whole[flows.flow_of_packet[packets.usable & (packets.transport_offset >= 0)]] = True
    kept = [flow for flow, chosen in zip(theirs, whole, strict=True) if chosen]
    found = compare(packets, flows, kept[1:], {})
    assert found.unmatched == {"fragments": int((~whole).sum()), "other": 1}


def test_cut_frames_are_filled_up_and_keep_their_headers(packets, tmp_path):
    cut = int((packets.captured_length < packets.length).sum())
    assert write_whole_frames(packets, tmp_path / "whole.pcap") == cut > 0
    whole = read_capture(tmp_path / "whole.pcap")
    assert (whole.captured_length == packets.length).all()
    for name in ("time_ns", "source_port", "tcp_flags", "protocol", "destination_address"):
        assert (getattr(whole, name) == getattr(packets, name)).all()
    clock = in_milliseconds(np.array([1_999_999, 3_000_001, 2_000_000]))
    assert clock.tolist() == [1_000_000, 3_000_000, 3_000_000]
