"""The built-in recording: size, labels against the lab's own, counts that are written down."""

from __future__ import annotations

import csv
import json
import lzma
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from experiments.pack_recording import COUNTED_POLICIES
from pclip.data import CLASSES, GROUP_OF_CLASS, GROUPS, load, make_split
from pclip.data.classes import GROUP_NAME_OF_CLASS
from pclip.packets import BYTE_POLICIES, bigram_tokens
from pclip.report.limits import known_limits
from testbed.attacks import MOST_PACKETS_PER_SECOND
from testbed.checks import check, failed
from testbed.datasheet import datasheet
from testbed.scenario import draw_scenario

ROOT = Path(__file__).parents[2]
FOLDERS = {
    "testbed": ROOT / "pclip" / "data" / "testbed",
    "recordings/8": ROOT / "recordings" / "8",
}
SNAP_BYTES = 200
LEAST_DISTINCT = 300


@pytest.fixture(params=FOLDERS)
def name(request):
    return request.param


@pytest.fixture
def folder(name):
    return FOLDERS[name]


@pytest.fixture
def recording(name, testbed):
    return testbed if name == "testbed" else load(str(FOLDERS[name]))


def table(path):
    with lzma.open(path, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_it_stays_small(folder):
    assert len(list(folder.glob("round?_*.pcap.xz"))) == 12
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 8e6


def test_labels_equal_the_labs_packet_by_packet(folder, recording):
    """Two programs that share no line: the lab's labeller and pclip's."""
    packets = recording.packets
    captures = [name.removesuffix(".xz") for name in packets.captures]
    found = [
        (captures[capture], index, CLASSES[label], time, length)
        for capture, index, label, time, length, used in zip(
            packets.capture.tolist(),
            packets.index.tolist(),
            recording.labels.tolist(),
            packets.time_ns.tolist(),
            packets.length.tolist(),
            packets.usable.tolist(),
            strict=True,
        )
        if used
    ]
    rows = table(folder / "packets.csv.xz")
    assert sorted(found) == sorted(
        (row["pcap"], int(row["index"]), row["class"], int(row["time_ns"]), int(row["length"]))
        for row in rows
    )
    assert {(row["class"], row["group"]) for row in rows} == set(GROUP_NAME_OF_CLASS.items())


def test_flows_of_the_lab_add_up(folder, recording):
    flows = table(folder / "flows.csv.xz")
    assert sum(int(flow["packets"]) for flow in flows) == recording.packets.usable.sum()
    votes: dict[str, Counter[str]] = {}
    for row in table(folder / "packets.csv.xz"):
        votes.setdefault(row["flow"], Counter())[row["class"]] += 1
    for flow in flows:
        cast = votes[flow["flow"]]
        assert cast[flow["class"]] == max(cast.values()) == int(flow["packets_of_class"])
        assert sum(cast.values()) == int(flow["packets"])
    assert {flow["class"] for flow in flows} == set(CLASSES)


def test_its_scenario_is_what_its_seed_draws(folder):
    text = lzma.decompress((folder / "scenario.json.xz").read_bytes()).decode()
    assert text == draw_scenario(json.loads(text)["seed"]).to_json()


def test_what_the_lab_checked(folder, recording):
    found = json.loads((folder / "checks.json").read_text())
    assert check(folder) == found, "it can be checked again as it ships"
    assert 150_000 <= found["packets"] == len(recording.packets) <= 250_000
    assert failed(found) == []
    assert max(found["fastest"].values()) <= MOST_PACKETS_PER_SECOND
    assert recording.packets.warnings == ()
    lines = (folder / "isolation.txt").read_text().splitlines()
    assert len(lines) > 300
    assert all(line.startswith("holds: ") for line in lines if not line.startswith("all of"))


def test_no_address_but_those_of_documentation(recording):
    packets = recording.packets
    usable = packets.usable
    for addresses in (packets.source_address[usable], packets.destination_address[usable]):
        for address in np.unique(addresses, axis=0):
            text = bytes(address).hex()
            four = text.startswith("0" * 20 + "ffff")
            multicast = text.startswith("ff") or (four and 0xE0 <= int(text[24:26], 16) <= 0xEF)
            local = text.startswith("fe80") or text == "0" * 32
            documented = text[24:30] == "c63364" if four else text.startswith("20010db8")
            assert documented or multicast or local, text


def test_tokens_are_whole(recording):
    """Cut at 200 bytes, a packet still has 128 positions where its datagram has."""
    packets = recording.packets
    cut = packets.usable & (packets.length > packets.captured_length)
    assert cut.any()
    assert set(packets.captured_length[cut].tolist()) == {SNAP_BYTES}
    for policy in BYTE_POLICIES:
        assert (bigram_tokens(packets, policy).lengths[cut] == 128).all(), policy


def test_every_class_has_variety_and_the_datasheet_says_how_much(folder, recording):
    usable = recording.packets.usable
    counts = {}
    for policy in COUNTED_POLICIES:
        ids = bigram_tokens(recording.packets, policy).ids
        for number, name in enumerate(CLASSES):
            rows = usable & (recording.labels == number)
            counts.setdefault(name, []).append(len(np.unique(ids[rows], axis=0)))
    assert all(count[-1] >= LEAST_DISTINCT for count in counts.values()), counts
    text = (folder / "README.md").read_text(encoding="utf-8")
    section = text[text.index("## Distinct inputs") :]
    rows = re.findall(
        r"^\| ([\w ]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$", section, re.MULTILINE
    )
    stated = {name: [int(n.replace(",", "")) for n in numbers] for name, *numbers in rows}
    stated.pop("all")
    assert stated == counts


def test_the_limits_say_what_the_data_hold(testbed):
    packets, usable = testbed.packets, testbed.packets.usable
    data = packets.buffer.tobytes()
    dated = clocked = 0
    for start, header, length, time, protocol in zip(
        packets.offset[usable].tolist(),
        packets.transport_offset[usable].tolist(),
        packets.captured_length[usable].tolist(),
        packets.time_ns[usable].tolist(),
        packets.protocol[usable].tolist(),
        strict=True,
    ):
        frame = data[start : start + length]
        dated += b"\r\nDate: " in frame
        message = frame[header:] if protocol in (1, 58) and header >= 0 else b""
        if message[:1] in (b"\x08", b"\0", b"\x80", b"\x81") and len(message) >= 24:
            seconds = int.from_bytes(message[8:16], "little")
            clocked += abs(seconds - time // 10**9) <= 2
    ids = bigram_tokens(packets, "identity_free").ids
    distinct = {
        name: len(np.unique(ids[usable & (testbed.labels == CLASSES.index(name))], axis=0))
        for name in CLASSES
    }
    named = ("OS Scan", "DNS Flood", "ICMP Flood")
    stated = [distinct[name] for name in named] + [min(distinct.values()), max(distinct.values())]
    text = " ".join(known_limits("testbed"))
    for number in (dated, clocked, *stated):
        assert f"{number:,}" in text, (dated, clocked, distinct)


def test_the_limits_say_how_much_of_a_test_part_pre_training_met(testbed):
    met = make_split(testbed, "round").train
    shares = [
        100 * np.isin(make_split(testbed, split, seed).test, met).mean()
        for split in ("random", "flow", "tool")
        for seed in range(3)
    ]
    said = f"{min(shares):.0f} % to {max(shares):.0f} % of their test packets"
    assert said in " ".join(known_limits("testbed")), shares
    assert not np.isin(make_split(testbed, "round").test, met).any()


def test_the_datasheet_is_what_the_code_writes(folder):
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert text.startswith(datasheet(folder))


def test_rounds_attackers_and_tools(folder, recording):
    with (folder / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    attackers = Counter(row["attacker"] for row in rows)
    assert len(attackers) >= 4
    last = [row for row in rows if row["round"] == "4"]
    rest = [row for row in rows if row["round"] != "4"]
    for column in ("attacker", "victim"):
        assert not {row[column] for row in last} & {row[column] for row in rest}
    for name in CLASSES[1:]:
        ways = {(row["tool"], row["mode"]) for row in rows if row["class"] == name}
        assert len(ways) >= 3, name
    assert recording.recording_of_capture == (0,) * 12
    assert ((recording.tool_of_packet >= 0) == (recording.labels > 0)).all()


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
