"""Recordings in folders: the lab's label files, its rounds, and what is wrong with a folder."""

from __future__ import annotations

import gzip
import shutil

import numpy as np
import pytest
import zstandard

from pclip.data import CLASSES, load, load_recording, make_split, read_label_rules
from pclip.data.labels import LAB_COLUMNS
from pclip.errors import PclipError
from tests.made_captures import T0, ip, port_unreachable, tcp, udp, write_capture
from tests.packets.conftest import Build
from tests.packets.write_pcapng import PcapngWriter

ATTACKER, VICTIM = "198.51.100.150", "198.51.100.14"
ROW = {
    "pcap": "round1_home.pcap", "start": f"{T0 + 10}.000000", "stop": f"{T0 + 16}.000000",
    "class": "SYN Flood", "group": "DoS", "attacker": ATTACKER, "victim": VICTIM, "protocol": "tcp",
    "ports": "80 443", "round": "1", "event": "0", "tool": "hping3", "mode": "SYNs",
    "technique": "T1499.001", "command": "hping3 -S",
}  # fmt: skip
UDP_ROW = ROW | {
    "class": "UDP Flood", "protocol": "udp", "ports": "*", "tool": "nping", "mode": "datagrams",
}  # fmt: skip


def write_labels(folder, *rows, columns=LAB_COLUMNS):
    lines = [",".join(columns), *(",".join(row[name] for name in columns) for row in rows)]
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")


ERROR = port_unreachable(ip(ATTACKER, VICTIM, 17, udp(5000, 9)))
CASES = [
    (10.5, ip(ATTACKER, VICTIM, 6, tcp(5000, 80)), "SYN Flood"),
    (10.5, ip(VICTIM, ATTACKER, 6, tcp(443, 5000)), "SYN Flood"),
    (10.5, ip(ATTACKER, VICTIM, 6, tcp(80, 22)), "Benign"),
    (10.5, ip(VICTIM, ATTACKER, 6, tcp(5000, 80)), "Benign"),
    (10.5, ip(ATTACKER, VICTIM, 17, udp(5000, 9)), "UDP Flood"),
    (10.5, ip(VICTIM, ATTACKER, 1, ERROR), "UDP Flood"),
    (10.5, ip(VICTIM, ATTACKER, 1, b"\x08" + bytes(7)), "Benign"),
    (16.5, ip(ATTACKER, VICTIM, 6, tcp(5000, 80)), "Benign"),
]


@pytest.fixture
def recording(tmp_path):
    folder = tmp_path / "lab"
    folder.mkdir()
    for number in (1, 2, 3, 4):
        # A tenth of a second later each time: no attack begins or ends by that.
        later = [(t + number / 10, packet) for t, packet, _ in CASES]
        write_capture(folder / f"round{number}_home.pcap", later)
    write_labels(folder, ROW, UDP_ROW)
    return folder


def test_protocol_and_port_tell_overlapping_attacks_apart(recording):
    dataset = load_recording(recording)
    names = [CLASSES[label] for label in dataset.labels]
    assert names[: len(CASES)] == [case[2] for case in CASES]
    assert set(names[len(CASES) :]) == {"Benign"}
    assert dataset.name == str(recording)
    assert load(str(recording)).packets.captures == dataset.packets.captures


def test_rounds_of_the_lab(recording):
    dataset = load_recording(recording)
    split = make_split(dataset, "round")
    rounds = {
        part: set(dataset.packets.capture[getattr(split, part)] + 1)
        for part in ("train", "validation", "test")
    }
    assert rounds == {"train": {1, 2}, "validation": {3}, "test": {4}}
    assert len(np.concatenate([split.train, split.validation, split.test])) == 4 * len(CASES)


def test_the_rule_knows_its_tool(recording):
    first, second = read_label_rules(recording / "labels.csv")
    assert (first.tool, second.mode) == ("hping3", "datagrams")
    assert (first.ports, second.ports) == ({80, 443}, frozenset())


def test_packets_know_their_tools(recording):
    """By program, or by mode where a class has but one."""
    write_labels(recording, ROW, UDP_ROW, ROW | {"pcap": "round2_home.pcap", "tool": "nping"})
    dataset = load_recording(recording)
    assert dataset.tools == ("hping3", "nping", "nping, datagrams")
    names = [dataset.tools[i] if i >= 0 else "" for i in dataset.tool_of_packet]
    half = len(CASES)
    in_round_1 = {"SYN Flood": "hping3", "UDP Flood": "nping, datagrams", "Benign": ""}
    in_round_2 = {"SYN Flood": "nping"}
    assert names[:half] == [in_round_1[case[2]] for case in CASES]
    assert names[half : 2 * half] == [in_round_2.get(case[2], "") for case in CASES]


def test_recordings_are_joined(recording, tmp_path):
    other = tmp_path / "other+one"
    shutil.copytree(recording, other)
    write_labels(other, UDP_ROW)
    for number in (1, 2, 3, 4):
        write_capture(other / f"round{number}_home.pcap", [(t + number, p) for t, p, _ in CASES])
    link = tmp_path / "link"
    link.symlink_to(other)
    both = load(f"{recording}+{link}")
    assert both.recording_of_capture == (0,) * 4 + (1,) * 4
    assert both.name == f"{recording}+{link}"
    alone = load(str(other))
    assert alone.tools == ("nping, datagrams",), "a folder's own name may hold the sign"
    both = load_recording(recording, other)
    half = len(both.labels) // 2
    assert np.array_equal(both.labels[:half], load_recording(recording).labels)
    assert np.array_equal(both.labels[half:], alone.labels)
    assert both.tools == ("hping3, SYNs", "nping, datagrams")
    assert set(both.tool_of_packet[half:].tolist()) == {-1, 1}


def test_the_split_recording_tests_on_the_second(recording, tmp_path):
    with pytest.raises(PclipError, match=r"are the same capture; remove one, or join"):
        load_recording(recording, recording)
    packed = recording / "round1_home.pcap.gz"
    packed.write_bytes(gzip.compress((recording / "round1_home.pcap").read_bytes()))
    with pytest.raises(PclipError, match=r"home\.pcap\.gz and .*home\.pcap are the same capture"):
        load_recording(recording)
    packed.unlink()
    part = tmp_path / "part"
    part.mkdir()
    shutil.copy(recording / "round4_home.pcap", part / "renamed.pcap")
    write_labels(part)
    with pytest.raises(PclipError, match=r"renamed\.pcap and .*round4_home\.pcap are the same"):
        load_recording(recording, part)
    for name in (f"{recording}+", ""):
        with pytest.raises(PclipError, match="no dataset named ''"):
            load(name)
    other = tmp_path / "other"
    shutil.copytree(recording, other)
    for number in (1, 2, 3, 4):
        write_capture(other / f"round{number}_home.pcap", [(t + number, p) for t, p, _ in CASES])
    both = load_recording(recording, other)
    split = make_split(both, "recording")
    first = make_split(load_recording(recording), "round")
    assert np.array_equal(split.train, first.train)
    assert np.array_equal(split.validation, first.validation)
    assert np.array_equal(split.test, np.flatnonzero(both.recording_of_packet == 1))
    # The second needs no rounds.
    for number in (1, 2, 3, 4):
        (other / f"round{number}_home.pcap").rename(other / f"lan-{number}.pcap")
    write_labels(other, ROW | {"pcap": "lan-1.pcap"})
    foreign = make_split(load_recording(recording, other), "recording")
    assert np.array_equal(foreign.test, split.test)
    with pytest.raises(PclipError, match=r"needs two recordings.*testbed\+recordings/8"):
        make_split(load_recording(recording), "recording")


def test_captures_may_lie_in_a_folder(recording):
    (recording / "pcap").mkdir()
    for path in recording.glob("*.pcap"):
        path.rename(recording / "pcap" / path.name)
    assert len(load_recording(recording).packets.captures) == 4


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("protocol", "sctp", "column protocol: 'sctp', expected any, icmp, tcp, udp"),
        ("ports", "", "expected ports such as 80 443"),
        ("ports", "70000", "expected ports such as 80 443"),
        ("ports", "http", "expected ports such as 80 443"),
        ("ports", "9" * 5000, "expected ports such as 80 443"),
        ("class", "Worm", "the classes are Benign"),
        ("group", "Brute Force", "'Brute Force', but UDP Flood is of DoS"),
    ],
)
def test_a_bad_row_names_line_and_column(recording, column, value, message):
    write_labels(recording, ROW, UDP_ROW | {column: value})
    with pytest.raises(PclipError, match=message) as error:
        load_recording(recording)
    assert "line 3" in str(error.value)


def test_captures_that_no_row_names_are_said(recording, caplog):
    write_labels(recording, ROW)
    load_recording(recording)
    named = ROW["pcap"]
    others = sorted(path.name for path in recording.glob("*.pcap") if path.name != named)
    assert f"no row of {recording / 'labels.csv'} names {', '.join(others)}: every" in caplog.text
    caplog.clear()
    write_labels(recording, *(ROW | {"pcap": path.name} for path in recording.glob("*.pcap")))
    load_recording(recording)
    assert "names" not in caplog.text


def test_a_file_that_is_no_capture_is_left_out(recording, caplog):
    (recording / "zero.pcap").touch()
    assert "zero.pcap" not in load_recording(recording).packets.captures
    assert "zero.pcap is empty" in caplog.text
    write_labels(recording, ROW, ROW | {"pcap": "zero.pcap"})
    with pytest.raises(PclipError, match=r"labels zero\.pcap, of which .* a file that is no capt"):
        load_recording(recording)


def test_rows_that_label_nothing_are_said(recording, caplog):
    write_labels(recording, ROW, UDP_ROW | {"victim": "198.51.100.99"})
    load_recording(recording)
    assert "1 of 2 rows of" in caplog.text
    assert "the first is of round1_home.pcap: UDP Flood" in caplog.text
    caplog.clear()
    write_labels(recording)
    load_recording(recording)
    assert "has no rows: every packet of" in caplog.text
    hours = 7_200
    late = {name: f"{float(ROW[name]) + hours:.0f}" for name in ("start", "stop")}
    write_labels(recording, ROW | late)
    with pytest.raises(
        PclipError, match=rf"no packet of .* fits any of the 1 rows.*from {T0 + 11}"
    ):
        load_recording(recording)


def test_captures_of_other_formats_are_read(recording):
    whole = load_recording(recording)
    writer = PcapngWriter()
    writer.interface()
    writer.packet(Build.zoo()["tcp"], T0 * 10**9)
    (recording / "more.pcapng.zst").write_bytes(zstandard.compress(writer.content))
    (recording / "notes.txt").write_text("no capture")
    more = load_recording(recording)
    assert len(more.packets) == len(whole.packets) + 1
    assert "more.pcapng.zst" in more.packets.captures


def test_a_spreadsheets_mark_is_no_column(recording):
    path = recording / "labels.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(read_label_rules(path)) == 2


def test_folders_that_are_no_recording(recording, tmp_path):
    with pytest.raises(PclipError, match=r"no dataset named .*a folder with labels\.csv"):
        load(str(tmp_path / "nowhere"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(PclipError, match="cannot read labels"):
        load_recording(tmp_path / "empty")
    write_labels(tmp_path / "empty", ROW)
    with pytest.raises(PclipError, match=r"holds no capture: expected names such as a\.pcap"):
        load_recording(tmp_path / "empty")
    write_labels(recording, ROW | {"pcap": "round9_home.pcap"})
    with pytest.raises(PclipError, match=r"labels round9_home\.pcap, which .* does not hold"):
        load_recording(recording)
