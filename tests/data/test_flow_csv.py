"""Flow CSVs: every dialect's clock, every oddity counted, every mistake named with its line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pclip.data import FlowCsvLayout, read_flow_csv
from pclip.data.csv_lines import LONGEST_LINE
from pclip.data.flow_csv_layout import label_key
from pclip.errors import PclipError

HEADER = "Src IP,Src Port,Dst IP,Dst Port,Protocol,Timestamp,Flow Duration,Flow Bytes/s,Label"
ROW = "10.0.0.1,1234,10.0.0.2,80,6,2023-01-11 09:43:40,1500000,12.5,Benign"
LAYOUT = FlowCsvLayout()


def write(folder: Path, *lines: str | bytes, name: str = "flows.csv") -> Path:
    path = folder / name
    path.write_bytes(b"\n".join(s.encode() if isinstance(s, str) else s for s in lines) + b"\n")
    return path


def read(folder: Path, *lines: str | bytes, layout: FlowCsvLayout = LAYOUT):
    return read_flow_csv(write(folder, *lines), layout)


def at(time: str) -> int:
    return np.datetime64(time, "ns").astype(np.int64)


def test_columns_of_a_row(tmp_path):
    v6 = "2001:db8::1,0,fe80::2%eth0,0.0,icmpv6,2023-01-11 09:43:40.25,0,Infinity,OS Scan"
    flows = read(tmp_path, HEADER, ROW, v6)
    assert flows.source_address[0].tobytes().hex() == "00" * 10 + "ffff0a000001"
    assert flows.destination_address[1].tobytes().hex() == "fe80" + "00" * 13 + "02"
    assert flows.source_port.tolist() == [1234, 0]
    assert flows.destination_port.tolist() == [80, 0]
    assert flows.protocol.tolist() == [6, 58]
    assert flows.start_ns[0] == at("2023-01-11T09:43:40")
    assert flows.start_ns[1] == at("2023-01-11T09:43:40.25")
    assert flows.resolution_ns.tolist() == [10**9, 0]
    assert flows.duration_ns.tolist() == [1_500_000_000, 0]
    assert (flows.label.tolist(), flows.label_names) == ([0, 1], ("Benign", "OS Scan"))
    assert (flows.line.tolist(), flows.files) == ([2, 3], ("flows.csv",))
    assert flows.counts() == {"Benign": 1, "OS Scan": 1}


def test_several_files_are_one_after_the_other(tmp_path):
    one, two = write(tmp_path, HEADER, ROW), write(tmp_path, HEADER, ROW, ROW, name="b.csv")
    flows = read_flow_csv([one, two], LAYOUT)
    assert (flows.file.tolist(), flows.line.tolist()) == ([0, 1, 1], [2, 2, 3])
    assert flows.quirks == {"duplicate rows": 2}


@pytest.mark.parametrize(
    ("layout", "text", "time", "resolution_s"),
    [
        # CIC-IDS2017: day first, 12 hours without AM and PM, Halifax.
        ({"timestamps": ("%d/%m/%Y %H:%M",), "afternoon_below_hour": 8, "utc_offset_s": -10800},
         "5/7/2017 1:02", "2017-07-05T16:02", 60),
        ({"timestamps": ("%d/%m/%Y %H:%M",), "afternoon_below_hour": 8},
         "5/7/2017 12:59", "2017-07-05T12:59", 60),
        ({"timestamps": ("%d/%m/%Y %H:%M",), "afternoon_below_hour": 8},
         "5/7/2017 8:00", "2017-07-05T08:00", 60),
        ({}, "05/07/2017 01:02:03 PM", "2017-07-05T13:02:03", 1),
        ({"timestamps": ("epoch_s",)}, "1499249523", "2017-07-05T10:12:03", 1),
        ({"timestamps": ("epoch_s",)}, "1499249523.5", "2017-07-05T10:12:03.5", 0),
        ({"timestamps": ("epoch_us",)}, "1499249523000001", "2017-07-05T10:12:03.000001", 1e-6),
        ({"timestamps": ("%Y-%d-%m %H:%M:%S",)}, "2023-01-11 09:43:40", "2023-11-01T09:43:40", 1),
        ({"timestamps": ("%Y-%m-%dT%H:%M:%S%z",)}, "2023-01-11T09:43:40+0200",
         "2023-01-11T07:43:40", 1),
    ],
)  # fmt: skip
def test_clocks(tmp_path, layout, text, time, resolution_s):
    row = ROW.replace("2023-01-11 09:43:40", text)
    flows = read(tmp_path, HEADER, row, layout=FlowCsvLayout(**layout))
    assert flows.start_ns[0] == at(time)
    assert flows.resolution_ns[0] == round(resolution_s * 1e9)


def test_day_and_month_exchanged(tmp_path):
    rows = [ROW, ROW.replace("2023-01-11", "2023-12-02"), ROW.replace("2023-01-11", "2024-02-12")]
    layout = replace(LAYOUT, utc_offset_s=-11 * 3600)
    flows = read(tmp_path, HEADER, *rows, layout=layout)
    swapped = flows.day_and_month_swapped()
    assert swapped.start_ns.tolist() == [
        at(f"{date}T20:43:40") for date in ("2023-11-01", "2023-02-12", "2024-12-02")
    ]
    assert read(tmp_path, HEADER, ROW.replace("01-11", "01-13")).day_and_month_swapped() is None


def test_durations_and_words_of_other_tools(tmp_path):
    header = "from,fp,to,tp,proto,when,secs,kind,Connection Type"
    layout = FlowCsvLayout(
        "from", "fp", "to", "tp", "proto", "when", "kind", "secs", "s", ("Connection Type",),
        timestamps=("epoch_s",),
    )  # fmt: skip
    rows = ["10.0.0.1,1,10.0.0.2,-1,TCP,5,0.25,x,wired", "10.0.0.1,1,10.0.0.2,2,17,6,1,x,wireless"]
    flows = read(tmp_path, header, *rows, layout=layout)
    assert flows.duration_ns.tolist() == [250_000_000, 10**9]
    assert flows.protocol.tolist() == [6, 17]
    codes, words = flows.extra["Connection Type"]
    assert [words[code] for code in codes] == ["wired", "wireless"]
    assert flows.take([1]).extra["Connection Type"][0].tolist() == [1]
    without = read(tmp_path, header, *rows, layout=replace(layout, duration=None))
    assert without.duration_ns.tolist() == [0, 0]


def test_oddities_are_counted(tmp_path):
    header = " " + HEADER.replace(",", ", ") + ", Fwd Header Length, Fwd Header Length"
    odd = [
        ROW.replace(",12.5,", ",Infinity,"), ROW.replace(",12.5,", ", nan,"),
        ROW.replace(",1500000,", ",-1,"), ROW, ROW,
    ]  # fmt: skip
    rows = [f"{row},1,2" for row in odd]
    flows = read(tmp_path, b"\xef\xbb\xbf" + header.encode(), *rows, header, "", "," * 10, "," * 10)
    assert len(flows) == 5
    assert flows.duration_ns[2] == 0
    assert flows.quirks == {
        "infinite rates": 1,
        "rates that are no number": 1,
        "negative durations": 1,
        "duplicate rows": 1,
        "empty rows": 3,
        "repeated headers": 1,
    }


@pytest.mark.parametrize(
    "dash",
    [b"\x96", "–".encode(), b"\xef\xbf\xbd", b"-", "â€“".encode(), b" - "],  # noqa: RUF001
)
def test_spellings_of_one_label(tmp_path, dash):
    row = ROW.removesuffix("Benign").encode() + b"Web Attack " + dash + b" XSS"
    layout = replace(LAYOUT, labels=("Benign", "Web Attack - XSS"))
    assert read(tmp_path, HEADER, row, layout=layout).label_names == ("Web Attack - XSS",)


def test_labels_that_differ_stay_apart():
    assert len({label_key(text) for text in ("DoS 1", "DoS 2", "攻击", "流量", "DDoS")}) == 5


@pytest.mark.parametrize(
    ("old", "new", "column", "expected"),
    [
        ("10.0.0.1,1", "10.0.0.999,1", "Src IP", "'10.0.0.999', expected an IP address"),
        ("1234", "70000", "Src Port", "'70000', expected a port from 0 to 65535"),
        (",80,", ",http,", "Dst Port", "'http', expected a port"),
        (",6,", ",quic,", "Protocol", "'quic', expected a protocol from 0 to 255"),
        ("2023-01-11", "2023-31-31", "Timestamp", "expected a time such as %d/%m/%Y"),
        ("2023-01-11", "1923-01-11", "Timestamp", "'1923-01-11 09:43:40', expected a time"),
        (",1500000,", ",inf,", "Flow Duration", "'inf', expected a number of us, at most a year"),
        (",1500000,", ",1e300,", "Flow Duration", "'1e300', expected a number of us"),
        (",1500000,", ",,", "Flow Duration", "an empty cell, expected a number"),
        ("Benign", "Begnin", "Label", "'Begnin', expected one of Benign, OS Scan; give it a class"),
        ("Benign", " ", "Label", "an empty cell, expected one of Benign"),
        ("1234", "9" * 5000, "Src Port", "expected a port"),
    ],
)
def test_a_cell_that_cannot_be_read(tmp_path, old, new, column, expected):
    layout = replace(LAYOUT, labels=("Benign", "OS Scan"))
    with pytest.raises(PclipError) as caught:
        read(tmp_path, HEADER, ROW, ROW, "", ROW.replace(old, new, 1), layout=layout)
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'flows.csv'}, line 5, column {column}: ")
    assert expected in message
    assert len(message) < 500


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([HEADER, ROW, ROW + ",1"], "line 3: 10 cells, expected 9 as in the header.*long"),
        ([HEADER, "10.0.0.1,5"], "line 2: 2 cells, expected 9.*short: correct or remove"),
        ([HEADER.replace("Dst IP", "Dest")], "line 1: no column Dst IP or Destination IP among 9"),
        ([HEADER + ",Label"], "line 1: column Label is there 2 times, expected once; rename"),
        ([b""], "line 1: the file is empty, expected a header"),
        ([HEADER, ROW, '10.0.0.1,"a'], "line 3: not a row of CSV"),
        ([HEADER, "x" * (LONGEST_LINE + 9)], "line 2: more than 1,048,576 bytes without"),
        ([HEADER, ROW, b"\x81\x8d" * 9], "line 3: bytes that are not utf-8 or cp1252"),
    ],
)
def test_a_file_that_is_not_as_the_layout_says(tmp_path, lines, message):
    with pytest.raises(PclipError, match=f"flows.csv, {message}"):
        read(tmp_path, *lines)


def test_a_header_that_must_be_exact(tmp_path):
    exact = replace(LAYOUT, header=tuple(HEADER.split(",")), remedy="take the other file")
    assert len(read(tmp_path, HEADER, ROW, layout=exact)) == 1
    other = HEADER.replace("Protocol", "Proto")
    with pytest.raises(PclipError, match=r"line 1, column 5: 'Proto', expected 'Protocol'.*other"):
        read(tmp_path, other, ROW, layout=exact)
    with pytest.raises(PclipError, match="column 9: nothing, expected 'Label'; the file has 8"):
        read(tmp_path, HEADER.removesuffix(",Label"), layout=exact)
    with pytest.raises(PclipError, match="10 columns, expected 9; the first one too many is 'x'"):
        read(tmp_path, HEADER + ",x", layout=exact)


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(PclipError, match=r"cannot read .*none.csv: No such file.*name a CSV"):
        read_flow_csv(tmp_path / "none.csv", LAYOUT)
    with pytest.raises(PclipError, match=r"cannot read .*directory"):
        read_flow_csv(tmp_path, LAYOUT)
    with pytest.raises(PclipError, match="no flow CSV was given"):
        read_flow_csv([], LAYOUT)


def test_a_file_of_a_header_alone_has_no_flows(tmp_path):
    flows = read(tmp_path, HEADER)
    assert (len(flows), flows.label_names, flows.source_address.shape) == (0, (), (0, 16))


def test_rows_across_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr("pclip.data.flow_csv.ROWS_AT_ONCE", 3)
    monkeypatch.setattr("pclip.data.flow_csv_cells.MOST_REMEMBERED", 2)
    rows = [ROW.replace("1234", str(port)) for port in range(10)]
    flows = read(tmp_path, HEADER, *rows)
    assert flows.source_port.tolist() == list(range(10))
    with pytest.raises(PclipError, match="line 9, column Protocol"):
        read(tmp_path, HEADER, *rows[:7], rows[7].replace(",6,", ",x,"))


def test_layouts_that_make_no_sense():
    with pytest.raises(ValueError, match="duration_unit='h'"):
        FlowCsvLayout(duration_unit="h")
    with pytest.raises(ValueError, match="needs a format"):
        FlowCsvLayout(timestamps=())


PIECES = [
    b"",
    b",",
    b'"',
    b"\n",
    b"\r",
    b"\0",
    b"-",
    b"9" * 30,
    b"1e999",
    b"nan",
    b"\xff\xfe",
    b"::1",
]


@pytest.mark.parametrize("seed", range(150))
def test_hostile_files_end_in_flows_or_in_an_error_of_ours(tmp_path, seed):
    rng = np.random.default_rng(seed)
    content = bytearray("\n".join([HEADER, *[ROW] * 5]).encode())
    for _ in range(int(rng.integers(1, 5))):
        place = int(rng.integers(0, len(content)))
        content[place : place + int(rng.integers(0, 4))] = PIECES[rng.integers(len(PIECES))]
    path = tmp_path / "hostile.csv"
    path.write_bytes(content)
    said, flows = "", None
    try:
        flows = read_flow_csv(path, LAYOUT)
    except PclipError as error:
        said = str(error)
    if flows is None:
        assert str(path) in said
    else:
        assert len(flows) == len(flows.start_ns) == len(flows.source_address)
