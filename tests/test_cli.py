"""The command line itself, over a model that answers at once."""

from __future__ import annotations

import io
import json
import os
import struct
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from pclip import __version__, cli
from pclip.serving import Detections, ZeroShotAnswer

ROOT = Path(__file__).resolve().parent.parent
NOTE = "random weights, seed 0 (not pre-trained)"
COMMANDS = (
    [],
    ["detect"],
    ["query"],
    ["info"],
    ["convert"],
    ["missions"],
    ["missions", "check"],
    ["missions", "draw"],
)


@pytest.fixture
def capture(tmp_path):
    """Two UDP packets of two flows, and a tail that is cut."""
    content = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
    for number in (1, 2):
        head = struct.pack(">BBHHHBBH", 0x45, 0, 32, 1, 0, 64, 17, 0)
        frame = head + bytes([198, 51, 100, number, 198, 51, 100, 9])
        frame += struct.pack(">HHHH", 5000, 53, 12, 0) + b"abcd"
        content += struct.pack("<IIII", 1_700_000_000 + number, 0, 32, 32) + frame
    path = tmp_path / "two.pcap"
    path.write_bytes(content + b"\x00" * 7)
    return path


@pytest.fixture
def answers(monkeypatch):
    """Stands in for the model: the second packet is an attack."""

    def detect(file):
        table = file
        rows = np.array([[0.9, 0.1], [0.2, 0.8]], np.float32)
        return Detections(("Benign", "DoS"), table, rows, 30, len(table), {}, "made", NOTE)

    def zero_shot(file, texts):
        scores = np.eye(2, len(texts), dtype=np.float32)
        return ZeroShotAnswer(tuple(texts), file, scores, 0.1, "made", NOTE)

    loaded = SimpleNamespace(detect=detect, zero_shot=zero_shot)
    monkeypatch.setattr("pclip.serving.load_model", lambda _: loaded)


def run(capsys, *words):
    code = cli.main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out.splitlines(), err.splitlines()


# Results.


def test_detect_shows_flagged_flows_counts_and_the_note(answers, capture, capsys):
    code, out, err = run(capsys, "detect", capture)
    assert code == 0
    header, row, counts, about = out
    assert header.split()[:3] == ["time", "src", "sport"]
    assert row.split()[1:] == (
        ["198.51.100.2", "5000", "198.51.100.9", "53", "UDP", "1", "1", "DoS", "0.800"]
    )
    assert header.index("src") == row.index("198.51.100.2")
    assert counts.startswith("read 2 packets, used 2, skipped 0; 2 windows")
    assert "flagged 1 of 2 flows" in counts
    assert NOTE in about
    assert len(err) == 1
    assert err[0].startswith("warning: two.pcap: ")
    assert "7 bytes lost" in err[0]


def test_all_shows_the_others_too_and_the_threshold_decides(answers, capture, capsys):
    _, out, _ = run(capsys, "detect", capture, "--all")
    assert [line.split()[8] for line in out[1:3]] == ["Benign", "DoS"]
    _, out, _ = run(capsys, "detect", capture, "--threshold", "0.05")
    assert "flagged 2 of 2" in out[-2]
    _, out, _ = run(capsys, "detect", capture, "--threshold", "0.95")
    assert len(out) == 2
    assert "flagged 0 of 2" in out[0]


def test_most_keeps_the_likeliest_attacks_and_counts_the_rest(answers, capture, capsys):
    _, out, _ = run(capsys, "detect", capture, "--all", "--most", "1")
    assert out[1].split()[8:] == ["DoS", "0.800"]
    assert out[2] == "1 more flow, a less likely attack: --most 0 shows all"
    _, everything, _ = run(capsys, "detect", capture, "--all", "--most", "0")
    assert len(everything) == len(out)
    assert "more flow" not in "".join(everything)


def test_of_several_captures_a_column_says_which(answers, capture, capsys):
    other = Path(capture).with_name("empty.pcap")
    other.write_bytes(Path(capture).read_bytes()[:24])
    _, out, _ = run(capsys, "detect", Path(capture).parent, "--all")
    assert out[0].split()[:3] == ["capture", "time", "src"]
    assert [line.split()[0] for line in out[1:3]] == ["two.pcap", "two.pcap"]


def test_of_a_folder_what_is_no_capture_is_left_out(answers, capture, capsys):
    Path(capture).with_name("none.pcap").touch()
    code, out, err = run(capsys, "detect", Path(capture).parent, "--all")
    assert code == 0
    assert out[0].split()[0] == "time"
    assert err[0].startswith("warning: 1 of 2 files of ")
    assert "none.pcap is empty" in err[0]
    code, _, err = run(capsys, "detect", Path(capture).with_name("none.pcap"))
    assert (code, len(err)) == (2, 1)


def test_json_lines_stand_alone_on_standard_output(answers, capture, capsys):
    _, out, err = run(capsys, "detect", capture, "--format", "jsonl", "--all")
    flows = [json.loads(line) for line in out]
    assert {flow["capture"] for flow in flows} == {"two.pcap"}
    assert [flow["verdict"] for flow in flows] == ["Benign", "DoS"]
    assert [flow["note"] for flow in flows] == [NOTE, NOTE]
    assert any("flagged 1 of 2" in line for line in err)


def test_query_shows_shares(answers, capture, capsys):
    code, out, _ = run(capsys, "query", capture, "a SYN flood", "a\x1b[31m page")
    assert code == 0
    assert out[1].split()[-4:-1] == ["1", "50.0%", "0.500"]
    assert out[2].startswith("a\\x1b[31m page ")
    assert NOTE in out[-1]
    _, out, err = run(capsys, "query", capture, "one", "--format", "jsonl")
    assert json.loads(out[0])["share"] == 1
    assert any(line.startswith("warning: with one text") for line in err)


def test_on_a_terminal_the_table_is_drawn(answers, capture, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    code, out, _ = run(capsys, "query", capture, "[red]x[/red]", "b\x07")
    assert code == 0
    assert any("[red]x[/red]" in line for line in out)
    assert any("b\\x07" in line for line in out)


def test_missions_are_checked_and_drawn(tmp_path, capsys):
    graph = ROOT / "pclip" / "missions" / "graphs" / "dos.json"
    code, out, _ = run(capsys, "missions", "check", graph)
    assert (code, len(out)) == (0, 1)
    assert "mission dos (DoS) is valid" in out[0]
    figure = tmp_path / "dos.svg"
    code, out, _ = run(capsys, "missions", "draw", graph, "--out", figure)
    assert (code, out) == (0, [f"wrote {figure}"])
    assert figure.read_bytes().startswith(b"<?xml")


def test_version(capsys):
    assert run(capsys, "--version") == (0, [f"pclip {__version__}"], [])


@pytest.mark.parametrize("command", COMMANDS)
def test_help(command, capsys):
    code, out, err = run(capsys, *command, "--help")
    assert (code, err) == (0, [])
    assert any("Usage: pclip" in line for line in out)


def test_nothing_typed_is_a_cry_for_help(capsys):
    assert run(capsys)[1] == run(capsys, "--help")[1]


# Mistakes.


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["detect"], "Missing argument 'FILE'"),
        (["query", "x.pcap"], "Missing argument 'TEXT"),
        (["detect", "x", "--threshold", "2"], "--threshold"),
        (["detect", "x", "--threshold", "many"], "--threshold"),
        (["detect", "x", "--threshold", "nan"], "--threshold"),
        (["detect", "x", "--format", "xml"], "--format"),
        (["detect", "x", "--no-such-option"], "--no-such-option"),
        (["fly"], "fly"),
        (["missions"], "Missing command"),
        (["missions", "check", "nowhere.json"], "no such file"),
        (["missions", "check", "a\x1b[31m\nb.json"], r"a\x1b[31m b.json"),
    ],
)
def test_mistakes_are_one_line_and_code_2(words, said, capsys):
    code, out, err = run(capsys, *words)
    assert (code, out, len(err)) == (2, [], 1)
    assert err[0].startswith("error: ")
    assert said in err[0]


def test_a_figure_that_cannot_be_written(tmp_path, capsys):
    graph = ROOT / "pclip" / "missions" / "graphs" / "dos.json"
    (tmp_path / "file").write_text("")
    for out, said in ((tmp_path / "file" / "x.svg", "cannot write"), (tmp_path / "x.gif", ".svg")):
        code, _, err = run(capsys, "missions", "draw", graph, "--out", out)
        assert (code, len(err)) == (2, 1)
        assert said in err[0]


@pytest.mark.skipif(
    not os.path.exists("/dev/full"),
    reason="/dev/full, a disk that is always full, exists on Linux only",
)
def test_a_full_disk():
    with open("/dev/full", "w") as full:
        done = shell("--version", stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert done.stderr.startswith("error: cannot write the output: No space left")


def test_a_closed_pipe_is_handled_quietly():
    reader, writer = os.pipe()
    os.close(reader)
    graph = ROOT / "pclip" / "missions" / "graphs" / "dos.json"
    done = shell("missions", "check", str(graph), stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert done.stderr == ""
    assert done.returncode not in (0, 2)


# Start.


def shell(*words, **options):
    code = "import sys; from pclip.cli import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", code, *words], text=True, timeout=120, check=False, **options
    )


def test_python_m_pclip_is_the_same_command():
    words = [sys.executable, "-m", "pclip"]
    for arguments, code in ((["--version"], 0), (["fly"], 2)):
        done = subprocess.run([*words, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == code
    assert "see pclip --help" in done.stderr


def test_help_does_not_wait_for_jax():
    code = (
        "import sys; from pclip.cli import main; main(['--help']); main(['--version']); "
        "sys.exit(any(name in sys.modules for name in ('jax', 'numpy', 'transformers')))"
    )
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL).returncode == 0


def test_a_text_beyond_the_terminals_encoding_is_escaped():
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = shell("missions", "check", "é.json", stderr=subprocess.PIPE, env=environment)
    assert done.returncode == 2
    assert "\\xe9.json" in done.stderr


def test_folders_tunnels_and_standard_input_are_read(answers, capture, capsys, monkeypatch):
    _, alone, _ = run(capsys, "detect", capture, "--all")
    _, folder, _ = run(capsys, "detect", Path(capture).parent, "--all")
    assert folder == alone
    content = Path(capture).read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    _, piped, _ = run(capsys, "detect", "-", "--all", "--inner", "gre", "--inner", "vxlan")
    assert piped == alone
    code, _, err = run(capsys, "detect", capture, "--inner", "ipsec")
    assert code == 2
    assert "ipsec" in err[0]
