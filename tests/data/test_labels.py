"""The label rule and malformed label files."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from pclip.data import CLASSES, apply_label_rules, read_label_rules
from pclip.errors import PclipError

HEADER = "pcap,start,stop,class,attacker,victim,command\n"
GOOD = 'a.pcap,10.000001,11.5,Port Scan,198.51.100.66,198.51.100.1,"nmap, and more"\n'


@pytest.fixture
def rules_of(tmp_path):
    def read(text: str | bytes):
        path = tmp_path / "labels.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return read_label_rules(path)

    return read


def mapped(last: int) -> list[int]:
    return [0] * 10 + [255, 255, 198, 51, 100, last]


@pytest.fixture
def packets_of(testbed):
    """Rows of given (capture, time in ns, last byte of source, of destination)."""

    def make(rows: list[tuple[int, int, int, int]]):
        capture, time, source, destination = (list(column) for column in zip(*rows, strict=True))
        return dataclasses.replace(
            testbed.packets.take(np.arange(len(rows))),
            capture=np.array(capture, np.int16),
            time_ns=np.array(time, np.int64),
            source_address=np.array([mapped(last) for last in source], np.uint8),
            destination_address=np.array([mapped(last) for last in destination], np.uint8),
            captures=("a.pcap.xz", "b.pcap"),
        )

    return make


def test_fields_are_exact(rules_of):
    (rule,) = rules_of(HEADER + GOOD)
    assert (rule.start_ns, rule.stop_ns) == (10_000_001_000, 11_500_000_000)
    assert rule.command == "nmap, and more"
    (late,) = rules_of(HEADER + GOOD.replace("11.5", "1795405107.210414"))
    assert late.stop_ns == 1_795_405_107_210_414_000


def test_rule_holds_both_ways_and_at_both_ends(rules_of, packets_of):
    rules = rules_of(HEADER + GOOD)
    start, stop = 10_000_001_000, 11_500_000_000
    cases = [
        ((0, start, 66, 1), "Port Scan"),
        ((0, stop, 1, 66), "Port Scan"),
        ((0, start - 1, 66, 1), "Benign"),
        ((0, stop + 1, 66, 1), "Benign"),
        ((0, start, 66, 2), "Benign"),
        ((0, start, 2, 1), "Benign"),
        ((0, start, 66, 66), "Benign"),
        ((1, start, 66, 1), "Benign"),
    ]
    labels = apply_label_rules(packets_of([case for case, _ in cases]), rules)
    assert labels.dtype == np.int8
    assert [CLASSES[label] for label in labels] == [expected for _, expected in cases]


def test_any_victim_and_first_rule_wins(rules_of, packets_of):
    anyone = GOOD.replace("198.51.100.1,", "*,").replace("Port Scan", "OS Scan")
    packets = packets_of([(0, 11 * 10**9, *pair) for pair in ((66, 1), (9, 66), (1, 9))])
    names = [CLASSES[n] for n in apply_label_rules(packets, rules_of(HEADER + GOOD + anyone))]
    assert names == ["Port Scan", "OS Scan", "Benign"]
    names = [CLASSES[n] for n in apply_label_rules(packets, rules_of(HEADER + anyone + GOOD))]
    assert names == ["OS Scan", "OS Scan", "Benign"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: columns none; expected pcap, start"),
        ("pcap,begin\n", "line 1: columns pcap, begin"),
        ("pcap,begin\n", "; none of them is called begin"),
        (HEADER + GOOD + "a.pcap,1,2\n", "line 3: 3 columns, expected 7"),
        (HEADER + GOOD.replace("10.000001", "noon"), "line 2, column start: 'noon'"),
        (HEADER + GOOD.replace("11.5", "NaN"), "line 2, column stop: 'NaN'"),
        (HEADER + GOOD.replace("11.5", "1e99999999"), "line 2, column stop"),
        (HEADER + GOOD.replace("11.5", "1e30"), "line 2, column stop"),
        (HEADER + GOOD.replace("10.000001", "-1"), "line 2, column start: '-1'"),
        (HEADER + GOOD.replace("11.5", "9.5"), "column stop: 9.5 is before start 10.000001"),
        (HEADER + GOOD.replace("Port Scan", "Port scan"), "line 2, column class: 'Port scan'"),
        (HEADER + GOOD.replace(".66", ".666"), "line 2, column attacker: '198.51.100.666'"),
        (HEADER + GOOD.replace("198.51.100.1,", ","), "line 2, column victim: ''"),
        (HEADER + GOOD.replace("a.pcap", ""), "line 2, column pcap: empty"),
        (HEADER + GOOD + 'a.pcap,"1\n', "not a CSV row"),
        (b"\xff\xfe\x00", "cannot read labels"),
    ],
)
def test_malformed_files_are_named_by_line_and_column(rules_of, text, message):
    with pytest.raises(PclipError, match=r"labels\.csv") as caught:
        rules_of(text)
    assert message in str(caught.value)


def test_missing_file(tmp_path):
    with pytest.raises(PclipError, match="cannot read labels"):
        read_label_rules(tmp_path / "labels.csv")
