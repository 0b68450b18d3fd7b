"""Small parts: dates, batches of rows, findings, shards, frames."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pclip.data.aci_iot import csv_batches as batches_module
from pclip.data.aci_iot.builder import AciIot2023
from pclip.data.aci_iot.cells import parse_label, true_dates
from pclip.data.aci_iot.csv_batches import CsvBatch, csv_batches
from pclip.data.aci_iot.facts import ALL_CLASSES, PAYLOAD_COLUMNS
from pclip.data.aci_iot.findings import Findings, added
from pclip.data.aci_iot.options import AciOptions
from pclip.data.aci_iot.payload_rows import payload_frames
from pclip.errors import PclipError
from pclip.packets.headers import decode_headers


def ns(text):
    return np.datetime64(text, "ns").astype(np.int64)


@pytest.mark.parametrize(
    ("written", "true"),
    [
        ("2023-01-11T09:43:40", "2023-11-01T09:43:40"),
        ("2023-03-11T00:00:00", "2023-11-03T00:00:00"),
        ("2023-11-01T09:43:40", "2023-11-01T09:43:40"),
        ("2023-10-30T23:59:59", "2023-10-30T23:59:59"),
        # Not to be told apart: both readings lie in the months of the recording.
        ("2023-10-11T05:00:00", "2023-10-11T05:00:00"),
        ("2024-05-06T05:00:00", "2024-05-06T05:00:00"),
    ],
)
def test_day_and_month(written, true):
    found, swapped = true_dates(np.array([ns(written)]))
    assert found.tolist() == [ns(true)]
    assert swapped.tolist() == [written != true]


def test_labels_are_known_by_their_letters():
    assert ALL_CLASSES[parse_label(" syn  flood")] == "SYN Flood"
    assert ALL_CLASSES[parse_label("Ping-Sweep")] == "Ping Sweep"
    with pytest.raises(KeyError):
        parse_label("Flood")


def test_batches_are_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(batches_module, "ROWS_AT_ONCE", 3)
    one, two = tmp_path / "a.csv", tmp_path / "b.csv"
    one.write_text("\ufeffx, y\n1,2\n\n3,4\nx,y\n1,2\n5,6\n7,8\n", encoding="utf-8")
    two.write_bytes(b"x,y\r\n3,4\r\n9,\x96\r\n")
    found = list(csv_batches([one, two], ("x", "y"), exact=True, duplicates=True))
    assert [(b.number, b.first, b.lines, b.repeated, b.empty) for b in found] == [
        (0, 0, (2, 4, 6), (False, False, True), 2),
        (0, 3, (7, 8), (False, False), 0),
        (1, 0, (2, 3), (True, False), 0),
    ]
    assert [row for b in found for row in b.rows][-1] == ("9", "–")  # noqa: RUF001


def test_findings_add_up_in_any_order():
    parts = [
        Findings({"a/x": 1, "a/y": 0}, np.array([1.0, 5.0]), np.array([1.0, 6.0]), np.array([4])),
        Findings({"a/x": 2}, np.array([1.0, 4.0]), np.array([1.0, 5.0]), np.array([1, 4])),
        Findings({"b/z": 3}),
    ]
    for order in (parts, parts[::-1], [parts[2], parts[0], parts[1]]):
        total = added(order)
        assert dict(total.counts) == {"a/x": 3, "b/z": 3}
        assert total.lowest.tolist() == [1, 4]
        assert total.highest.tolist() == [1, 6]
        assert total.used.tolist() == [1, 4]


def test_shards_hold_everything_in_order(miniature, tmp_path):
    import tensorflow_datasets as tfds

    builder = AciIot2023(options=AciOptions(mode="flows"), data_dir=tmp_path, shard_bytes=40_000)
    words = tfds.download.DownloadConfig(manual_dir=str(miniature.folder))
    builder.download_and_prepare(download_config=words)
    assert len(builder.info.splits["train"].shard_lengths) > 3
    fresh = AciIot2023(config="flows", data_dir=tmp_path)
    source = fresh.as_data_source("train")
    index = [int(example["index"]) for example in source]
    assert index == sorted(index)
    assert len(index) == fresh.info.splits["train"].num_examples
    assert "10.21227/qacj-3x32" in fresh.info.citation
    assert fresh.info.features["label"].names[0] == "Benign"


def test_parquet_is_refused(tmp_path):
    with pytest.raises(PclipError, match="expected array_record"):
        AciIot2023(config="flows", data_dir=tmp_path, file_format="parquet")


def test_options_of_another_config_are_refused(tmp_path):
    with pytest.raises(PclipError, match="options are those of flows_all, the config is payload"):
        AciIot2023(
            config="payload", data_dir=tmp_path, options=AciOptions(mode="flows", classes="all")
        )


def payload_batch(tmp_path, *rows):
    cells = tuple(tuple(row) for row in rows)
    lines = tuple(range(2, 2 + len(rows)))
    return CsvBatch(tmp_path / "p.csv", 0, PAYLOAD_COLUMNS, 0, lines, cells, (), 0)


def row(**changes):
    cells = {"srcip": "10.0.0.1", "sport": "80", "dstip": "10.0.0.2", "dsport": "443",
             "protocol_m": "tcp", "sttl": "63", "total_len": "44", "payload": "41424344",
             "stime": "1698846220.25", "label": "Benign"}  # fmt: skip
    return (cells | changes).values()


def decoded(frames):
    return decode_headers(frames.buffer, frames.offset, frames.captured_length, frames.link_type)


@pytest.mark.parametrize(
    ("changes", "header", "length"),
    [
        ({}, 40, 44),
        ({"total_len": "56"}, 52, 56),  # TCP options of 12 bytes
        ({"total_len": "20"}, 40, 44),  # less than there is
        ({"total_len": "1500"}, 40, 1500),  # more than options can be
        ({"protocol_m": "udp", "total_len": "32"}, 28, 32),
        ({"protocol_m": "ICMP", "total_len": "32"}, 28, 32),
        ({"protocol_m": "47", "total_len": "24"}, 20, 24),
        ({"srcip": "2001:db8::1", "dstip": "2001:db8::2", "total_len": "64"}, 60, 64),
    ],
)
def test_a_payload_row_is_a_packet(tmp_path, changes, header, length):
    frames, _ = payload_frames(payload_batch(tmp_path, row(), row(**changes)), AciOptions())
    found = decoded(frames)
    assert not found["skip_reason"].any()
    assert frames.length.tolist() == [44, length]
    payload = int(frames.offset[1] + found["payload_offset"][1])
    assert found["payload_offset"][1] == header
    assert frames.buffer[payload : payload + 4].tobytes() == b"ABCD"
    assert frames.time_ns.tolist() == [1_698_846_220_250_000_000] * 2


@pytest.mark.parametrize(
    ("text", "bytes_"), [("0", b""), ("", b""), ("414", b"A"), ("4a4B", b"JK")]
)
def test_payload_text(tmp_path, text, bytes_):
    frames, findings = payload_frames(
        payload_batch(tmp_path, row(payload=text, total_len="40")), AciOptions()
    )
    assert frames.buffer[40:].tobytes() == bytes_
    assert findings.counts.get("payload CSV/without payload", 0) == (not bytes_)
    odd = "payload CSV/hex of odd length, last digit dropped"
    assert findings.counts.get(odd, 0) == (text == "414")


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["tcp", "udp", "icmp", "2", "132"]),
            st.integers(0, 70_000),
            st.binary(max_size=90),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_no_payload_row_moves_another(tmp_path_factory, rows):
    folder = tmp_path_factory.getbasetemp()
    batch = payload_batch(
        folder,
        *(row(protocol_m=p, total_len=str(n), payload=b.hex() or "0") for p, n, b in rows),
    )
    frames, _ = payload_frames(batch, AciOptions())
    for number, (_, _, body) in enumerate(rows):
        start, size = int(frames.offset[number]), int(frames.captured_length[number])
        frame = frames.buffer[start : start + size].tobytes()
        assert frame.endswith(body)
        assert frame[12:20] == bytes([10, 0, 0, 1, 10, 0, 0, 2])
