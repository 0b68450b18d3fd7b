"""Recordings in folders: the lab's label files, its rounds, and what is wrong with a folder."""

from __future__ import annotations

import numpy as np
import pytest

from pclip.data import CLASSES, load, load_recording, make_split, read_label_rules
from pclip.data.labels import LAB_COLUMNS
from pclip.errors import PclipError
from tests.made_captures import T0, ip, port_unreachable, tcp, udp, write_capture

ATTACKER, VICTIM = "198.51.100.150", "198.51.100.14"
ROW = {
    "pcap": "round1_home.pcap", "start": f"{T0 + 10}.000000", "stop": f"{T0 + 16}.000000",
    "class": "SYN Flood", "attacker": ATTACKER, "victim": VICTIM, "protocol": "tcp",
    "ports": "80 443", "round": "1", "event": "0", "tool": "hping3", "mode": "SYNs",
    "technique": "T1499.001", "command": "hping3 -S",
}  # fmt: skip
UDP_ROW = ROW | {"class": "UDP Flood", "protocol": "udp", "ports": "*", "tool": "nping"}


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
        write_capture(folder / f"round{number}_home.pcap", [case[:2] for case in CASES])
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
    assert (first.tool, second.tool) == ("hping3", "nping")
    assert (first.ports, second.ports) == ({80, 443}, frozenset())


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("protocol", "sctp", "column protocol: 'sctp', expected any, icmp, tcp, udp"),
        ("ports", "", "expected ports such as 80 443"),
        ("ports", "70000", "expected ports such as 80 443"),
        ("ports", "http", "expected ports such as 80 443"),
        ("class", "Worm", "the classes are Benign"),
    ],
)
def test_a_bad_row_names_line_and_column(recording, column, value, message):
    write_labels(recording, ROW, UDP_ROW | {column: value})
    with pytest.raises(PclipError, match=message) as error:
        load_recording(recording)
    assert "line 3" in str(error.value)


def test_folders_that_are_no_recording(recording, tmp_path):
    with pytest.raises(PclipError, match=r"no dataset named .*or a folder with labels\.csv"):
        load(str(tmp_path / "nowhere"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(PclipError, match="cannot read labels"):
        load_recording(tmp_path / "empty")
    write_labels(tmp_path / "empty", ROW)
    with pytest.raises(PclipError, match=r"holds no capture: expected names ending in \.pcap"):
        load_recording(tmp_path / "empty")
    write_labels(recording, ROW | {"pcap": "round9_home.pcap"})
    with pytest.raises(PclipError, match=r"labels round9_home\.pcap, which .* does not hold"):
        load_recording(recording)
