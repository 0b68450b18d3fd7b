"""The built-in capture: size, labels against the recorder's own, counts that are written down."""

from __future__ import annotations

import csv
import lzma
import re
from pathlib import Path

import numpy as np
import pytest

from pclip.data import CLASSES, DATASETS, GROUP_OF_CLASS, GROUPS, load
from pclip.errors import PclipError
from pclip.packets import bigram_tokens

FOLDER = Path(__file__).parents[2] / "pclip" / "data" / "testbed"
PACKETS = {
    "Benign": 31_703,
    "OS Scan": 3_291,
    "Vulnerability Scan": 6_595,
    "Port Scan": 8_038,
    "ICMP Flood": 6_004,
    "Slowloris": 7_064,
    "SYN Flood": 9_000,
    "UDP Flood": 4_026,
    "DNS Flood": 5_884,
    "Dictionary Attack": 6_933,
}
DISTINCT_INPUTS = {
    "Benign": 16_650,
    "OS Scan": 27,
    "Vulnerability Scan": 1_863,
    "Port Scan": 47,
    "ICMP Flood": 4,
    "Slowloris": 2_368,
    "SYN Flood": 4,
    "UDP Flood": 5,
    "DNS Flood": 5_880,
    "Dictionary Attack": 2_651,
}
"""Different rows of 128 identity-free tokens, IP packets only."""


def test_package_data_stays_small():
    assert len(list(FOLDER.glob("*.pcap.xz"))) == 21
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 4 * 2**20


def test_labels_equal_the_recorders_packet_by_packet(testbed):
    with lzma.open(Path(__file__).parent / "packets.csv.xz", "rt", encoding="utf-8") as file:
        recorded = {
            (row["pcap"], int(row["index"])): (row["label"], row["time"], int(row["len"]))
            for row in csv.DictReader(file)
        }
    packets = testbed.packets
    found = {
        (packets.captures[capture].removesuffix(".xz"), index): (
            CLASSES[label],
            f"{time // 10**9}.{time // 1000 % 10**6:06d}",
            length,
        )
        for capture, index, label, time, length in zip(
            packets.capture.tolist(),
            packets.index.tolist(),
            testbed.labels.tolist(),
            packets.time_ns.tolist(),
            packets.length.tolist(),
            strict=True,
        )
    }
    assert len(found) == 88_538
    assert found == recorded


def test_counts(testbed):
    counts = np.bincount(testbed.labels, minlength=len(CLASSES)).tolist()
    assert dict(zip(CLASSES, counts, strict=True)) == PACKETS
    assert int(testbed.packets.usable.sum()) == 88_090
    assert testbed.packets.describe_skips() == {"not IP (ARP)": 448}
    assert testbed.packets.warnings == ()
    assert len(testbed.flows) == int(testbed.flows.flow_of_packet.max()) + 1
    assert ((testbed.flows.flow_of_packet >= 0) == testbed.packets.usable).all()


def test_distinct_identity_free_inputs(testbed):
    tokens = bigram_tokens(testbed.packets, "identity_free").ids
    usable = testbed.packets.usable
    found = {
        name: len({row.tobytes() for row in tokens[usable & (testbed.labels == number)]})
        for number, name in enumerate(CLASSES)
    }
    assert found == DISTINCT_INPUTS


def test_datasheet_gives_the_same_counts():
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\w ]+) \| [\w ]+ \| ([\d,]+) \| ([\d,]+) \|$", text, re.MULTILINE)
    stated = {name: (int(a.replace(",", "")), int(b.replace(",", ""))) for name, a, b in rows}
    assert stated == {name: (PACKETS[name], DISTINCT_INPUTS[name]) for name in CLASSES}


def test_classes_and_groups(testbed):
    assert CLASSES[0] == GROUPS[0] == "Benign"
    members = {
        group: [name for name, of in zip(CLASSES, GROUP_OF_CLASS, strict=True) if of == number]
        for number, group in enumerate(GROUPS)
    }
    assert members == {
        "Benign": ["Benign"],
        "DoS": ["ICMP Flood", "Slowloris", "SYN Flood", "UDP Flood", "DNS Flood"],
        "Reconnaissance": ["OS Scan", "Vulnerability Scan", "Port Scan"],
        "Brute Force": ["Dictionary Attack"],
    }
    assert (testbed.classes, testbed.groups) == (CLASSES, GROUPS)
    assert np.array_equal(testbed.group_labels, GROUP_OF_CLASS[testbed.labels])


def test_load_is_cached_and_names_what_it_knows(testbed):
    assert load("testbed") is testbed
    assert DATASETS == ("testbed",)
    with pytest.raises(PclipError, match=r"'nonesuch'.*testbed"):
        load("nonesuch")
