from __future__ import annotations

import numpy as np
import pytest

from pclip.data import load, make_split, window_indices
from pclip.errors import PclipError
from pclip.models.packet_encoder import load_packet_encoder
from pclip.packets import PacketTable, bigram_tokens, read_capture
from pclip.serving.traffic import Traffic


def of(capture):
    return Traffic.of(capture, load_packet_encoder("et-bert-tiny"), "identity_free", 128)


def test_only_usable_packets_are_taken_and_each_distinct_input_once(capture):
    traffic = of(capture)
    table = read_capture(capture)
    expected = bigram_tokens(table.take(table.usable)).ids
    np.testing.assert_array_equal(traffic.ids[traffic.input_of_packet], expected)
    assert len(np.unique(traffic.ids, axis=0)) == len(traffic.ids) < len(traffic.packets)
    assert traffic.read == len(table) == len(traffic.packets) + 1
    assert traffic.skipped == {"not IP (ARP)": 1}


def test_a_path_and_its_table_are_the_same_traffic(capture):
    by_path, by_table = of(capture), of(read_capture(capture))
    np.testing.assert_array_equal(by_path.ids, by_table.ids)
    np.testing.assert_array_equal(of(str(capture)).ids, by_table.ids)


def windows_by_loop(traffic, length):
    packets = traffic.packets
    windows = np.full((len(packets), length), -1)
    for i in range(len(packets)):
        moment = (packets.time_ns[i], packets.index[i])
        before = sorted(
            (packets.time_ns[j], packets.index[j], j)
            for j in range(len(packets))
            if packets.capture[j] == packets.capture[i]
            and (packets.time_ns[j], packets.index[j]) <= moment
        )[-length:]
        windows[i, length - len(before) :] = [traffic.input_of_packet[j] for *_, j in before]
    return windows


@pytest.mark.parametrize("length", [1, 4, 30])
def test_windows_are_the_packets_before_in_time(write_pcap, frames, length):
    packets = frames.mixture()
    second = 10**9
    disordered = [second * (1 + (7 * n) % 5) for n in range(len(packets))]
    tables = [
        read_capture(write_pcap(packets, disordered, "a.pcap")),
        read_capture(write_pcap(packets[:5], name="b.pcap")),
    ]
    traffic = of(PacketTable.concatenate(tables))
    np.testing.assert_array_equal(traffic.windows(length), windows_by_loop(traffic, length))


def test_windows_are_those_of_training_where_contexts_cross():
    dataset = load("testbed")
    split = make_split(dataset, "random", 0)
    assert split.contexts_cross
    traffic = of(dataset.packets)
    input_of_row = np.full(len(dataset.packets), -1)
    usable = np.flatnonzero(dataset.packets.usable)
    input_of_row[usable] = traffic.input_of_packet
    asked = window_indices(dataset, split, "test")
    expected = np.where(asked >= 0, input_of_row[asked], -1)
    place = np.searchsorted(usable, split.test)
    np.testing.assert_array_equal(traffic.windows(30)[place], expected)


def test_nothing_usable_says_why_by_count(write_pcap, frames):
    path = write_pcap([frames.arp] * 3 + [frames.tcp(1, 2)[:20]])
    with pytest.raises(PclipError, match=r"none of the 4 packets of .*made\.pcap") as caught:
        of(path)
    assert "3 not IP (ARP), 1 truncated IP header" in str(caught.value)
    with pytest.raises(PclipError, match=r"none of the 1 packets of made\.pcap"):
        of(read_capture(path).take([0]))


def test_an_empty_capture(write_pcap):
    with pytest.raises(PclipError, match="holds no packet"):
        of(write_pcap([]))
    with pytest.raises(PclipError, match="holds no packet"):
        of(read_capture(write_pcap([])))


def test_no_such_file_and_no_capture(tmp_path):
    with pytest.raises(PclipError, match="No such file"):
        of(tmp_path / "nowhere.pcap")
    with pytest.raises(PclipError, match="holds no capture"):
        of(tmp_path)
    (tmp_path / "text").write_text("not a capture")
    with pytest.raises(PclipError, match="Is it a capture"):
        of(tmp_path / "text")
