"""The commands with a real model: what a user types, from the shell to the last line."""

from __future__ import annotations

import json
import subprocess
import sys

from pclip import cli


def shell(*words):
    code = "import sys; from pclip.cli import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_detect_prints_a_line_a_flow_and_the_note(saved, capture, model):
    words = ("detect", str(capture), "--model", str(saved), "--format", "jsonl", "--all")
    done = shell(*words)
    assert done.returncode == 0, done.stderr
    flows = [json.loads(line) for line in done.stdout.splitlines()]
    expected = model.detect(capture).flow_verdicts()
    assert [flow["src"] for flow in flows] == [flow.src for flow in expected]
    assert [flow["time"] for flow in flows] == sorted(flow["time"] for flow in flows)
    assert {flow["note"] for flow in flows} == {model.note}
    assert "read 14 packets, used 13, skipped 1 (1 not IP (ARP))" in done.stderr
    assert "WARNING" not in done.stderr


def test_mistakes_are_one_line_and_code_2(saved, copy, capture, write_pcap, frames, capsys):
    only_arp = write_pcap([frames.arp] * 2, name="arp.pcap")
    (copy / "weights.safetensors").write_bytes(b"")
    for words, said in (
        (("detect", "nowhere.pcap", "--model", saved), "cannot read nowhere.pcap"),
        (("detect", saved / "manifest.json", "--model", saved), "Is it a capture"),
        (("detect", only_arp, "--model", saved), "none of the 2 packets"),
        (("query", capture, " ", "--model", saved), "blank"),
        (("detect", capture, "--model", "pclip-maxi"), "no model is called 'pclip-maxi'"),
        (("info", "pclip-maxi"), "no model is called 'pclip-maxi'"),
        (("info", copy), "has sha256"),
    ):
        assert cli.main([str(word) for word in words]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        *_, last = err.splitlines()
        assert last.startswith("error: ")
        assert said in last
