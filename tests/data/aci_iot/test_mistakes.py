"""What is wrong with the user's files is said by file, line and remedy."""

from __future__ import annotations

import shutil

import pytest

from experiments.aci_miniature import FLOW_CSV, PAYLOAD_CSV
from pclip.data.aci_iot import AciOptions, prepare
from pclip.errors import PclipError


def change(path, number, replace):
    lines = path.read_text().splitlines()
    lines[number - 1] = replace(lines[number - 1])
    path.write_text("\n".join(lines) + "\n")


def cell(column, value):
    """A function that puts `value` into a row's cell; columns of the payload CSV by number."""

    def replace(line):
        cells = line.split(",")
        cells[column] = value
        return ",".join(cells)

    return replace


@pytest.mark.parametrize("mode", ["captures", "flows", "payload"])
def test_a_missing_file_is_named_with_what_goes_where(mode, tmp_path):
    manual = tmp_path / "manual"
    manual.mkdir()
    (manual / "readme.txt").write_text("x")
    what = {"captures": "a capture in pcap/ and the flow CSV", "flows": "the flow CSV",
            "payload": "the payload CSV"}[mode]  # fmt: skip
    with pytest.raises(PclipError) as caught:
        prepare(AciOptions(mode=mode), manual, tmp_path / "data")
    said = str(caught.value)
    assert f"{manual} lacks {what} for mode {mode}; it holds readme.txt" in said
    assert "manual_dir/pcap/*.pcap" in said


def test_no_folder(tmp_path):
    with pytest.raises(PclipError, match=r"nowhere is no folder\. ACI-IoT-2023 cannot be"):
        prepare(AciOptions(), tmp_path / "nowhere", tmp_path / "data")


def test_captures_missing_only(manual, prepared):
    shutil.rmtree(manual / "pcap")
    with pytest.raises(PclipError, match="lacks a capture in pcap/ for mode captures"):
        prepared()


@pytest.mark.parametrize("mode", ["captures", "flows"])
@pytest.mark.parametrize(
    ("number", "replace", "message"),
    [
        (1, lambda line: line.replace("Src IP", "Source"), r"line 1.*'?Src IP"),
        (1, lambda line: line + ",More", r"line 1.*'More'"),
        (5, lambda line: line.rsplit(",", 3)[0], r"line 5: 82 cells, expected 85.*short"),
        (5, lambda line: line + ",1", r"line 5: 86 cells, expected 85.*long"),
        (7, cell(83, "Pong"), r"line 7, column Label: 'Pong', .*ARP.*; correct or remove the row$"),
        (7, cell(83, ""), r"line 7, column Label: an empty cell, expected one of"),
        (8, cell(6, "yesterday"), r"line 8, column Timestamp: 'yesterday', expected"),
    ],
)
def test_a_mistake_in_the_flow_csv(manual, prepared, tmp_path, mode, number, replace, message):
    change(manual / FLOW_CSV, number, replace)
    with pytest.raises(PclipError, match=message) as caught:
        prepared(mode=mode)
    assert str(manual / FLOW_CSV) in str(caught.value)
    assert not list((tmp_path / "data").rglob("*1.0.0*")), "a part was left"


def test_a_renamed_column_is_named_and_no_other(manual, prepared):
    change(manual / FLOW_CSV, 1, lambda line: line.replace("Fwd PSH Flags", "PSH Forward"))
    with pytest.raises(PclipError) as caught:
        prepared(mode="flows")
    assert str(caught.value) == (
        f"{manual / FLOW_CSV}, line 1: no column Fwd PSH Flags among 85 columns and, not expected, "
        "PSH Forward; restore the file's first line as it was downloaded"
    )


def test_a_measure_that_is_no_number(manual, prepared):
    change(manual / FLOW_CSV, 9, cell(8, "two"))
    with pytest.raises(
        PclipError, match=r"line 9, column Total Fwd Packet: 'two', expected a number; correct"
    ):
        prepared(mode="flows")


@pytest.mark.parametrize(
    ("number", "replace", "message"),
    [
        (1, lambda line: line.replace("sttl", "ttl"), r"line 1: no column sttl among 10 columns"),
        (1, lambda line: line.replace("sttl", "label"), r"line 1: no column sttl"),
        (4, lambda line: line.rsplit(",", 1)[0], r"line 4: 9 cells, expected 10.*short"),
        (6, cell(9, "Pong"), r"line 6, column label: 'Pong', expected one of Benign"),
        (6, cell(0, "xyz"), r"line 6, column payload: 'xyz', expected hexadecimal digits"),
        (6, cell(1, "host"), r"line 6, column srcip: 'host', expected an IP address"),
        (6, cell(2, "70000"), r"line 6, column sport: '70000', expected a port"),
        (6, cell(5, "warp"), r"line 6, column protocol_m: 'warp', expected a protocol"),
        (6, cell(6, "256"), r"line 6, column sttl: '256', expected a TTL"),
        (6, cell(7, "-4"), r"line 6, column total_len: '-4', expected a length"),
        (6, cell(8, "noon"), r"line 6, column stime: 'noon', expected a time"),
    ],
)
def test_a_mistake_in_the_payload_csv(manual, prepared, number, replace, message):
    change(manual / PAYLOAD_CSV, number, replace)
    with pytest.raises(PclipError, match=message) as caught:
        prepared(mode="payload")
    assert str(manual / PAYLOAD_CSV) in str(caught.value)


def test_a_csv_of_neither_kind(manual, prepared):
    (manual / "notes.csv").write_text("a,b\n1,2\n")
    with pytest.raises(PclipError, match=r"notes\.csv, line 1: neither the flow CSV's columns"):
        prepared()


def test_a_quote_that_never_ends(manual, prepared):
    change(manual / PAYLOAD_CSV, 3, cell(1, '"x"y'))
    with pytest.raises(PclipError, match=r"line 3: not a row of CSV"):
        prepared(mode="payload")


@pytest.mark.parametrize("mode", ["captures", "flows", "payload"])
def test_the_same_file_twice_is_refused(manual, prepared, mode):
    """As browsers name a second download; every packet in it would be there twice."""
    path = manual / (PAYLOAD_CSV if mode == "payload" else FLOW_CSV)
    if mode == "captures":
        path = sorted((manual / "pcap").rglob("*.pcap"))[0]
    copy = shutil.copy(path, path.with_name(f"copy{path.suffix}"))
    with pytest.raises(PclipError, match="are the same file; remove one") as caught:
        prepared(mode=mode)
    assert str(path) in str(caught.value)
    assert str(copy) in str(caught.value)


def test_two_halves_of_a_csv_are_its_whole(manual, prepared):
    whole = prepared(mode="flows").report["counts"]["flow CSV"]["rows"]
    path = manual / FLOW_CSV
    first, *rows = path.read_text().splitlines(keepends=True)
    path.write_text(first + "".join(rows[:50]))
    (manual / "second.csv").write_text(first + "".join(rows[50:]))
    again = prepared(mode="flows", classes="all").report
    assert again["counts"]["flow CSV"]["rows"] == whole
    size = (manual / "second.csv").stat().st_size
    assert again["files"]["second.csv"].startswith(f"{size:,} bytes, sha256 ")


def test_a_capture_that_is_none(manual, prepared):
    path = next((manual / "pcap").rglob("*.pcap"))
    path.write_bytes(b"\x89PNG not a capture")
    with pytest.raises(PclipError, match=path.name):
        prepared()


def test_a_capture_that_was_cut_is_used_and_said_once_with_its_path(manual, prepared, caplog):
    path = sorted((manual / "pcap").rglob("*.pcap"))[0]
    path.write_bytes(path.read_bytes()[:-5])
    (warning,) = prepared().report["warnings"]
    assert warning.startswith(f"{path}: ")
    assert "lost" in warning
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("mode", "pcap", "mode is 'pcap': expected one of captures, payload, flows"),
        ("classes", "ten", "classes is 'ten': expected one of paper, all"),
        ("snap_length", 0, "snap_length is 0"),
        ("clock_offset_s", float("nan"), "clock_offset_s is nan"),
        ("unmatched", "guess", "expected one of leave_out, benign"),
        ("ambiguous", "guess", "expected one of leave_out, nearest"),
    ],
)
def test_an_option_that_does_not_exist(field, value, message):
    with pytest.raises(PclipError, match=message):
        AciOptions(**{field: value})


def test_a_runner_that_does_not_exist(prepared):
    with pytest.raises(PclipError, match="runner is 'spark': expected local or beam"):
        prepared(runner="spark")
