"""Labels and checks on a small recording made by hand."""

from __future__ import annotations

import csv
import errno
import json
import lzma
from collections import Counter
from pathlib import Path

import pytest

from testbed.announce import MDNS
from testbed.checks import check, failed, peak
from testbed.conductor import Executed
from testbed.datasheet import datasheet
from testbed.finish import finish
from testbed.finish import main as finish_main
from testbed.labels import COLUMNS, label_rows, to_csv
from testbed.packets import Packet
from testbed.recorder import capture_name, seen_elsewhere, sensor_of
from testbed.scenario import BENIGN, Event, Scenario
from testbed.tables import FLOW_COLUMNS, Flow
from tests.made_captures import (
    ACK,
    RST,
    SYN,
    T0,
    ip,
    port_unreachable,
    tcp,
    udp,
    write_capture,
)

ATTACKER, VICTIM, OTHER = "198.51.100.150", "198.51.100.14", "198.51.100.10"


def event(number: int, label: str, **changes) -> Event:
    fields = {
        "id": number, "round": 1, "start": 0.0, "label": label, "host": "vps", "target": "nas",
        "source": ATTACKER, "address": VICTIM, "protocol": "tcp", "ports": (80,), "tool": "tool",
        "mode": "mode", "technique": "T1", "setting": {}, "unusual": False, "seconds": 9.0,
        "pause": 0.0, "commands": (("tool", VICTIM),),
    }  # fmt: skip
    return Event(**(fields | changes))


@pytest.fixture
def recording(tmp_path):
    events = (
        event(0, "SYN Flood"),
        event(1, "UDP Flood", protocol="udp", ports=()),
        event(2, BENIGN, host="laptop", source=OTHER, ports=(80,), mode="browse", technique=""),
        event(3, BENIGN, protocol="udp", ports=(53,), mode="DNS", technique=""),
        event(4, "ICMP Flood", protocol="icmp", ports=()),
        event(5, BENIGN, host="laptop", source=OTHER, target="", address="", protocol="udp",
              ports=(), mode="mDNS", technique=""),
    )  # fmt: skip
    scenario = Scenario(1, False, (1,), 225.0, events)
    (tmp_path / "scenario.json").write_text(scenario.to_json())
    ns = T0 * 10**9
    executed = [
        Executed(n, ("tool",), ns + start * 10**9, ns + stop * 10**9, code, "")
        for n, start, stop, code in (
            (0, 10, 12, 0), (0, 13, 14, 0), (1, 10, 12, 1), (2, 9, 20, 28), (3, 11, 12, 0),
            (4, 10, 10, None), (5, 17, 18, 0),
        )
    ]  # fmt: skip
    with (tmp_path / "executed.jsonl").open("w") as file:
        for done in executed:
            file.write(json.dumps(done.__dict__) + "\n")
    rows = label_rows(scenario, executed)
    (tmp_path / "labels.csv").write_text(to_csv(rows))
    error = port_unreachable(ip(ATTACKER, VICTIM, 17, udp(5000, 9)))
    write_capture(
        tmp_path / "round1_home.pcap",
        [
            (9.9, ip(ATTACKER, VICTIM, 6, tcp(5000, 80))),  # before
            (10.5, ip(ATTACKER, VICTIM, 6, tcp(5000, 80))),  # SYN flood
            (10.6, ip(VICTIM, ATTACKER, 6, tcp(80, 5000, SYN | ACK))),  # its answer
            (10.7, ip(ATTACKER, VICTIM, 6, tcp(80, 22))),  # another port of the victim
            (10.8, ip(OTHER, VICTIM, 6, tcp(5000, 80))),  # another host
            (11.0, ip(ATTACKER, VICTIM, 17, udp(5000, 9))),  # UDP flood
            (11.1, ip(VICTIM, ATTACKER, 1, error)),  # port unreachable, quoting it
            (11.5, ip(ATTACKER, VICTIM, 17, udp(5000, 53))),  # or is it the harmless query?
            (15.9, ip(ATTACKER, VICTIM, 6, tcp(5001, 80))),  # a late answer within the tail
            (16.1, ip(ATTACKER, VICTIM, 6, tcp(5001, 80))),  # after it
            (17.0, b"\x45"),  # no packet
            (17.5, ip(OTHER, MDNS[0], 17, udp(5353, 5353))),  # for all to hear
            (17.6, ip(VICTIM, MDNS[0], 17, udp(5353, 5353))),  # of another
        ],
    )
    write_capture(tmp_path / "round1_cloud.pcap", [])
    for subnet, lost in (("home", 7), ("cloud", 0)):
        words = f"13 packets captured\n{lost} packets dropped by kernel\n"
        (tmp_path / f"round1_{subnet}.log").write_text(words)
    return tmp_path


def test_rows_say_who_whom_when_and_with_what(recording):
    with (recording / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert [row["class"] for row in rows] == ["SYN Flood", "UDP Flood", "ICMP Flood"]
    first = rows[0]
    assert (first["pcap"], first["attacker"], first["victim"]) == (
        "round1_home.pcap", ATTACKER, VICTIM,
    )  # fmt: skip
    assert (first["start"], first["stop"]) == (f"{T0 + 10}.000000", f"{T0 + 16}.000000")
    assert (first["protocol"], first["ports"], rows[1]["ports"]) == ("tcp", "80", "*")


def test_packets_are_counted_by_rule(recording):
    found = check(recording)
    assert found["packets"] == 13
    assert found["not_ip"] == 1
    assert found["class"] == {"Benign": 6, "SYN Flood": 3, "UDP Flood": 3}
    assert found["twofold"] == 0
    assert found["dropped"] == 7
    assert found["silent"] == ["ICMP Flood: tool (mode), event 4"]
    assert found["unnatural"] == {}
    assert found["unexplained"] == {"SYN Flood": 1}
    assert found["doubtful"] == {"UDP Flood and DNS": 1}
    assert "Port Scan" in found["classes_missing"]
    assert found["quiet"] == ["DNS"], "its only packet went to the flood"
    assert found["action"] == {"browse": 1, "mDNS": 1}
    assert found["ended_with_error"] == {"browse": 1}
    assert found["broken"] == ["browse"]
    assert found["busiest"] == {"round1 vps": 2}
    assert found["unrun"] == ["ICMP Flood: tool (mode), event 4"]
    assert found["captures_missing"] == ["round1_things.pcap"]
    assert found["fastest"] == {"tool, mode": 2}
    wrong = [words.split(":")[0] for words in failed(found)]
    assert wrong == [
        "dropped", "unrun", "broken", "silent", "quiet", "classes missing", "captures missing",
    ]  # fmt: skip
    mended = found | {"dropped": 0} | {words.replace(" ", "_"): [] for words in wrong[1:]}
    assert failed(mended) == []
    assert failed(mended | {"doubtful": {"UDP Flood and DNS": 11}})[0].startswith("doubtful, more")


@pytest.mark.parametrize(
    ("words", "lost"),
    [
        ("1 packet dropped by kernel", 1),
        ("0 packets dropped by kernel\n3 packets dropped by interface", 3),
    ],
)
def test_every_lost_packet_counts(recording, words, lost):
    log = recording / "round1_home.log"
    log.write_text(f"13 packets captured\n{words}\n")
    assert check(recording)["dropped"] == lost
    log.write_text("")
    with pytest.raises(ValueError, match="does not say what was lost"):
        check(recording)


def test_the_fastest_second_is_measured(recording):
    packets = [(10 + i / 600, ip(ATTACKER, VICTIM, 6, tcp(5000, 80))) for i in range(700)]
    packets += [(10.001 + i / 600, ip(VICTIM, ATTACKER, 6, tcp(80, 5000, RST))) for i in range(700)]
    write_capture(recording / "round1_home.pcap", packets)
    found = check(recording)
    assert found["fastest"] == {"tool, mode": 600}, "the victim's answers are not the tool's"
    assert found["too_fast"] == ["SYN Flood: tool (mode), event 0: 600 packets in a second"]
    assert found["too_busy"] == []
    packets += [(10 + i / 600, ip(ATTACKER, VICTIM, 17, udp(5000, 9))) for i in range(700)]
    write_capture(recording / "round1_home.pcap", packets)
    assert check(recording)["too_busy"] == ["round1 vps: 1200 packets in a second"]
    assert peak([0, 999_999_999, 1_000_000_000, 5_000_000_000]) == 2


def test_packets_and_flows_have_their_tables(recording):
    finish(recording)
    packets, flows = (table(recording / f"{name}.csv.xz") for name in ("packets", "flows"))
    indices = [int(row["index"]) for row in packets]
    assert indices == [*range(10), 11, 12], "one record is not IP"
    counts = Counter(row["class"] for row in packets)
    assert counts == check(recording)["class"]
    assert {row["group"] for row in packets} == {"Benign", "DoS"}
    (flood,) = [f for f in flows if f["class"] == "UDP Flood" and f["destination_port"] == "9"]
    assert (flood["packets"], flood["packets_of_class"]) == ("2", "2"), "with the error it drew"
    assert (flood["source"], flood["source_port"]) == (ATTACKER, "5000")
    assert (flood["round"], flood["group"]) == ("1", "DoS")
    assert sum(int(flow["packets"]) for flow in flows) == len(packets)
    assert [flow["flow"] for flow in flows] == [str(i) for i in range(len(flows))]


def test_a_flow_is_of_the_class_of_most_of_its_packets_whatever_the_event(tmp_path):
    """Two attacks of one class and something harmless on one flow of ICMP."""
    rows = {"1": {"class": "ICMP Flood", "group": "DoS", "event": "1"}}
    rows["2"] = rows["1"] | {"event": "2"}
    opener = Packet(0, 60, ATTACKER, VICTIM, "icmp", 0, 0)
    flow = Flow(0, "round1_home.pcap", opener, 0, 100, 6000, Counter({"": 40, "1": 25, "2": 35}))
    found = dict(zip(FLOW_COLUMNS, flow.row(rows), strict=True))
    assert (found["class"], found["packets_of_class"], found["event"]) == ("ICMP Flood", 60, "2")


def test_a_compressed_recording_is_checked_alike(recording, capsys):
    before = check(recording)
    for name in ("round1_home.pcap", "round1_cloud.pcap", "scenario.json", "executed.jsonl"):
        path = recording / name
        (recording / f"{name}.xz").write_bytes(lzma.compress(path.read_bytes()))
        path.unlink()
    assert check(recording) == before
    assert finish_main([str(recording)]) == 2
    assert "holds no .pcap" in capsys.readouterr().err
    (recording / "scenario.json.xz").write_bytes(b"rubbish")
    with pytest.raises(ValueError, match=r"scenario\.json\.xz"):
        check(recording)


def table(path):
    with lzma.open(path, "rt", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", ["labels.csv", "scenario.json", "executed.jsonl"])
def test_what_is_no_whole_recording_is_said(recording, capsys, name):
    assert finish_main([str(recording)]) == 0
    assert "13 packets; see" in capsys.readouterr().out
    made = {path.name for path in recording.iterdir()}
    assert {"checks.json", "README.md", "packets.csv.xz", "flows.csv.xz"} <= made
    (recording / name).write_text("{}" if name == "scenario.json" else "a,b\n1,2\n")
    (recording / "checks.json").unlink()
    assert finish_main([str(recording)]) == 2
    _, err = capsys.readouterr()
    assert err.startswith(f"error: {recording} is no whole recording of the lab: ")
    assert len(err.splitlines()) == 1
    assert not (recording / "checks.json").exists()
    assert finish_main([str(recording / "nowhere")]) == 2
    assert finish_main([]) == 2


def test_a_full_disk_leaves_what_was_there(recording, capsys, monkeypatch):
    finish(recording)
    before = {path.name: path.read_bytes() for path in recording.iterdir()}

    def full(path, content):
        with path.open("wb") as file:
            file.write(content[:5])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert finish_main([str(recording)]) == 2
    assert "No space left" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in recording.iterdir()} == before


def test_the_datasheet_counts_what_the_checks_found(recording):
    (recording / "checks.json").write_text(json.dumps(check(recording)))
    text = datasheet(recording)
    assert "13 packets in 2 capture files" in text
    assert "| browse | 1 | 1 | 1 |" in text
    assert "| SYN Flood | 3 | 1 | 1 | 1 |" in text
    assert "| UDP Flood | tool, mode | 3 |" in text
    assert "- attacks without a packet: ICMP Flood: tool (mode), event 4" in text
    assert "- benign packets between an attacker and its victim that nothing explains: 1" in text
    assert "not ACI-IoT-2023" in text
    assert "in one round of about 225 seconds" in " ".join(text.split())
    assert "only round 4 has others" not in text
    assert "| nas | home | 198.51.100.14 |" in text


def test_a_packet_between_two_subnets_is_recorded_once():
    assert seen_elsewhere("home") == ""
    assert "198.51.100.0/26" in seen_elsewhere("things")
    assert "2001:db8:2::/64" in seen_elsewhere("cloud")
    assert sensor_of("cloud", "home") == "home"
    assert sensor_of("cloud", "things") == "things"
    assert capture_name(2, "cloud") == "round2_cloud.pcap"
