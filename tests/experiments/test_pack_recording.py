"""A recording packed as it ships."""

from __future__ import annotations

import errno
import json
import lzma
import sys

import pytest

from experiments import pack_recording
from pclip.data import load_recording
from testbed.checks import NOTHING
from tests.made_captures import T0, ip, tcp, udp, write_capture

ATTACKER, VICTIM = "198.51.100.150", "198.51.100.14"
HEADER = (
    "pcap,start,stop,class,group,attacker,victim,protocol,ports,round,event,tool,mode,technique,"
    "command"
)
ROW = (
    f"round1_home.pcap,{T0},{T0 + 9},SYN Flood,DoS,{ATTACKER},{VICTIM},tcp,80,1,0,hping3,SYNs,"
    "T1499.001,hping3 -S"
)


CHECKS = {
    "class": {"Benign": 2, "SYN Flood": 3},
    "doubtful": {},
    "unexplained": {},
} | dict.fromkeys(NOTHING, 0)


@pytest.fixture
def recording(tmp_path, monkeypatch):
    # A recording that passes every check has ten classes; what fails them is tested with the lab.
    monkeypatch.setattr(pack_recording, "check", lambda _: CHECKS)
    folder = tmp_path / "7"
    folder.mkdir()
    packets = [(1.0, ip(ATTACKER, VICTIM, 6, tcp(5000 + i, 80))) for i in range(3)]
    packets += [(2.0, ip(VICTIM, ATTACKER, 17, udp(53, 5000 + i))) for i in range(2)]
    write_capture(folder / "round1_home.pcap", packets)
    (folder / "labels.csv").write_text(f"{HEADER}\n{ROW}\n")
    for name in ("scenario.json", "executed.jsonl", "isolation.txt", "versions.txt", "round1.log"):
        (folder / name).write_text(name)
    for name in ("packets.csv.xz", "flows.csv.xz"):
        (folder / name).write_bytes(lzma.compress(b"a,b\n"))
    (folder / "checks.json").write_text(json.dumps(CHECKS))
    (folder / "README.md").write_text("# Recording of seed 7\n")
    return folder


def run(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["pack_recording", *map(str, words)])
    pack_recording.main()


def test_packed_it_is_the_same_recording(recording, tmp_path, monkeypatch, capsys):
    out = tmp_path / "packed"
    run(monkeypatch, "--recording", recording, "--out", out)
    assert f"{out}: 5 packets" in capsys.readouterr().out
    assert {path.name for path in out.iterdir()} == {
        "round1_home.pcap.xz", "scenario.json.xz", "executed.jsonl.xz", "labels.csv",
        "isolation.txt", "checks.json", "README.md", "versions.txt", "packets.csv.xz",
        "flows.csv.xz", "round1.log",
    }  # fmt: skip
    plain = (recording / "round1_home.pcap").read_bytes()
    assert lzma.decompress((out / "round1_home.pcap.xz").read_bytes()) == plain
    before, after = load_recording(recording), load_recording(out)
    assert before.labels.tolist() == after.labels.tolist() == [6, 6, 6, 0, 0]
    text = (out / "README.md").read_text()
    assert text.startswith("# Recording of seed 7\n")
    assert "| SYN Flood | 1 | 1 | 1 |" in text, "they differ in ports alone, which no policy shows"
    assert "| all |" in text
    assert "5 of 5 packets are IPv4 or IPv6." in text


def test_a_full_disk_leaves_nothing(recording, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pack_recording.shutil, "copyfile", full)
    with pytest.raises(pack_recording.PclipError, match="new: No space left on device; nothing"):
        run(monkeypatch, "--recording", recording, "--out", tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["7"]


def test_nothing_is_overwritten(recording, tmp_path, monkeypatch):
    (tmp_path / "there").mkdir()
    with pytest.raises(pack_recording.PclipError, match="is there already"):
        run(monkeypatch, "--recording", recording, "--out", tmp_path / "there")
    new = tmp_path / "new"
    (recording / "checks.json").write_text(json.dumps(CHECKS | {"packets": 3}))
    with pytest.raises(pack_recording.PclipError, match=r"is not what the recording gives.*finish"):
        run(monkeypatch, "--recording", recording, "--out", new)
    (recording / "checks.json").write_text("{")
    with pytest.raises(pack_recording.PclipError, match="cannot be checked"):
        run(monkeypatch, "--recording", recording, "--out", new)
    lossy = CHECKS | {"dropped": 3}
    monkeypatch.setattr(pack_recording, "check", lambda _: lossy)
    (recording / "checks.json").write_text(json.dumps(lossy))
    with pytest.raises(pack_recording.PclipError, match="fails a check: dropped: 3; record"):
        run(monkeypatch, "--recording", recording, "--out", new)
    (recording / "labels.csv").unlink()
    with pytest.raises(pack_recording.PclipError, match=r"lacks labels\.csv"):
        run(monkeypatch, "--recording", recording, "--out", new)
    assert not (tmp_path / "new").exists()
