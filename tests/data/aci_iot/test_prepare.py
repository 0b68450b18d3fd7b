from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from experiments.aci_miniature import FLOW_CSV, PAYLOAD_CSV
from experiments.aci_miniature_csv import CONSTANT
from pclip.data.aci_iot import AciOptions, load_flow_features, prepare
from pclip.data.aci_iot.facts import ALL_CLASSES, FLOW_COLUMNS, IDLE_COLUMNS, MEASURE_COLUMNS
from pclip.data.aci_iot.findings import read_report
from pclip.data.aci_iot.folders import prepared_folder
from pclip.data.aci_iot.load import load_prepared
from pclip.data.classes import CLASSES
from pclip.errors import PclipError


def truth_by_record(made):
    return {
        (int(c), int(i)): str(name)
        for c, i, name in zip(made.packets.capture, made.packets.index, made.classes, strict=True)
    }


def labels_by_record(dataset):
    names = np.array(dataset.classes)[dataset.labels]
    rows = zip(dataset.packets.capture, dataset.packets.index, names, strict=True)
    return {(int(c), int(i)): str(name) for c, i, name in rows}


def test_the_format_is_that_of_the_dataset(miniature):
    with open(miniature.folder / FLOW_CSV, newline="") as file:
        header = next(csv.reader(file))
    assert tuple(header) == FLOW_COLUMNS
    assert len(FLOW_COLUMNS) == 85
    assert FLOW_COLUMNS[20:22] == ("Flow Bytes/s", "Flow Packets/s")
    assert len(MEASURE_COLUMNS) == 79
    assert (header[0], header[6], header[83:]) == (
        "Flow ID", "Timestamp", ["Label", "Connection Type"]
    )  # fmt: skip
    assert set(miniature.made.classes) == {*ALL_CLASSES, ""}


def test_labels_are_those_of_the_recording(miniature, data_dir):
    truth = truth_by_record(miniature.made)
    expected = {key: name for key, name in truth.items() if name in CLASSES}
    assert labels_by_record(load_prepared("aci_iot", data_dir)) == expected
    assert set(expected.values()) == set(CLASSES)


def test_twelve_classes_and_their_groups(miniature, prepared, tmp_path):
    prepared(classes="all")
    dataset = load_prepared("aci_iot:all", tmp_path / "data")
    expected = {k: name for k, name in truth_by_record(miniature.made).items() if name}
    assert labels_by_record(dataset) == expected
    assert dataset.classes[:10] == CLASSES
    assert dataset.classes[10:] == ("Ping Sweep", "ARP Spoofing")
    assert [dataset.groups[g] for g in dataset.group_of_class[10:]] == ["Reconnaissance"] * 2


def test_packets_are_those_of_the_capture(miniature, data_dir):
    made, dataset = miniature.made.packets, load_prepared("aci_iot", data_dir)
    stored = dataset.packets
    row_of = {(int(c), int(i)): row for row, (c, i) in enumerate(zip(made.capture, made.index))}  # noqa: B905
    rows = np.array([row_of[int(c), int(i)] for c, i in zip(stored.capture, stored.index)])  # noqa: B905
    assert stored.captures == miniature.made.names
    cut = np.minimum(made.captured_length[rows], 192)
    assert (stored.captured_length == cut).all()
    same = ("length", "time_ns", "link_type", "source_address", "destination_address",
            "source_port", "destination_port", "protocol", "tcp_flags", "ttl")  # fmt: skip
    for name in same:
        assert (getattr(stored, name) == getattr(made, name)[rows]).all(), name
    for mine, theirs in zip(range(0, len(rows), 97), rows[::97], strict=True):
        size, start, other = int(cut[mine]), int(stored.offset[mine]), int(made.offset[theirs])
        assert (
            stored.buffer[start : start + size].tobytes()
            == made.buffer[other : other + size].tobytes()
        )
    assert dataset.packets.usable.all()


def test_the_join_is_counted(miniature, data_dir):
    made = miniature.made
    report = read_report(prepared_folder("captures", data_dir))
    usable, labelled = made.packets.usable, made.classes != ""
    unclear = made.flow_quirks["ambiguous packets"]
    assert report["counts"]["packets"] == {
        "read": len(made.packets),
        "matched by a flow": int(labelled.sum()) + unclear,
        "ambiguous among them": unclear,
        "unmatched": int((usable & ~labelled).sum()) - unclear,
    }
    assert report["counts"]["packets not IP"] == made.packets.describe_skips()
    assert report["clock_offset_s"] == 4 * 3600
    assert report["clock_offset_is"] == "estimated"
    assert report["counts"]["left out as of another class"] == {
        name: int((made.classes == name).sum()) for name in ALL_CLASSES[10:]
    }
    assert report["counts"]["flow CSV"]["day and month swapped"] == made.flow_quirks["rows"]
    assert sum(report["counts"]["connection types"].values()) == made.flow_quirks["rows"]


def test_rules_for_what_no_flow_or_several_cover(miniature, prepared, tmp_path):
    done = prepared(unmatched="benign", ambiguous="nearest", classes="all")
    dataset = load_prepared("aci_iot:all", tmp_path / "data")
    assert len(dataset.packets) == int(miniature.made.packets.usable.sum())
    truth = truth_by_record(miniature.made)
    extra = {k: v for k, v in labels_by_record(dataset).items() if truth[k] == ""}
    assert "Benign" in extra.values()
    assert done.report["options"]["unmatched"] == "benign"


def test_an_offset_that_is_given_is_used(prepared):
    done = prepared(clock_offset_s=14_400.0)
    assert (done.report["clock_offset_s"], done.report["clock_offset_is"]) == (14_400.0, "given")
    assert done.report["counts"]["packets"]["matched by a flow"] > 1000


def test_a_wrong_offset_labels_nothing_and_says_so(prepared, tmp_path):
    with pytest.raises(PclipError, match=r"no packet has a label .*clock_offset_s"):
        prepared(clock_offset_s=-77.5 * 3600)
    assert not list((tmp_path / "data").rglob("*1.0.0*"))


def test_quirks_of_the_flow_csv_are_mended_and_counted(miniature, data_dir):
    quirks = miniature.made.flow_quirks
    report = read_report(prepared_folder("flows", data_dir))
    assert report["counts"]["flow CSV"] == {
        "rows": quirks["rows"],
        "day and month swapped": quirks["swapped"],
        "duplicate rows": quirks["duplicates"],
        "duplicate rows left out": quirks["duplicates"],
        "infinity in Flow Bytes/s": quirks["infinite bytes"],
        "infinity in Flow Packets/s": quirks["infinite packets"],
        "rows with the time of day in Idle": quirks["clock in Idle"],
    }
    assert min(quirks.values()) > 0
    constant = report["constant_columns"]
    assert set(CONSTANT) <= set(constant)
    found = load_flow_features(data_dir=data_dir)
    assert np.isfinite(found.values).all()
    assert not set(found.columns) & {*constant, "Src Port", "Dst Port"}
    assert found.values.max() < 1e12, "a time of day is left"
    with open(miniature.folder / FLOW_CSV, newline="") as file:
        rows = list(csv.DictReader(file))[: -quirks["duplicates"]]
    kept = [row for row in rows if row["Label"] in CLASSES]
    assert [found.classes[label] for label in found.labels] == [row["Label"] for row in kept]
    assert found.connection_type.tolist() == [row["Connection Type"] for row in kept]
    duration = found.values[:, found.columns.index("Flow Duration")]
    assert duration.tolist() == [float(row["Flow Duration"]) for row in kept]
    whole = load_flow_features(data_dir=data_dir, drop_constant=False, drop_ports=False)
    assert whole.columns == MEASURE_COLUMNS
    idle = [whole.columns.index(name) for name in IDLE_COLUMNS]
    told = np.array([float(row["Idle Mean"]) > 1e12 for row in kept])
    assert ((whole.mended & 1) == told).all()
    expected = [[float(row[name]) for name in IDLE_COLUMNS] for row in kept]
    assert (whole.values[:, idle] == np.where(told[:, None], 0.0, expected)).all()
    first = np.datetime64("2023-11-01", "ns").astype(np.int64)
    assert ((whole.start_ns >= first) & (whole.start_ns < first + 86_400 * 10**9)).all()


def test_duplicates_stay_where_that_is_asked(miniature, prepared, tmp_path):
    prepared(mode="flows", keep_duplicates=True, classes="all")
    found = load_flow_features("all", tmp_path / "data")
    assert len(found.labels) == miniature.made.flow_quirks["rows"]


def test_quirks_of_the_payload_csv_are_mended_and_counted(miniature, data_dir):
    quirks = miniature.made.payload_quirks
    report = read_report(prepared_folder("payload", data_dir))
    assert report["counts"]["payload CSV"] == {
        "rows": quirks["rows"],
        "hex of odd length, last digit dropped": quirks["odd"],
        "without payload": quirks["without payload"],
    }
    assert min(quirks.values()) > 0


def test_payload_rows_are_packets_with_the_headers_that_are_known(miniature, data_dir):
    made = miniature.made.packets
    usable = np.flatnonzero(made.usable)
    dataset = load_prepared("aci_iot:payload", data_dir)
    stored, rows = dataset.packets, usable[dataset.packets.index]
    assert (stored.link_type == 101).all()
    for name in ("source_address", "destination_address", "protocol", "ttl", "time_ns"):
        assert (getattr(stored, name) == getattr(made, name)[rows]).all(), name
    udp_tcp = np.isin(stored.protocol, (6, 17)) & (made.transport_offset[rows] >= 0)
    for name in ("source_port", "destination_port"):
        assert (getattr(stored, name) == getattr(made, name)[rows])[udp_tcp].all(), name
    assert (stored.tcp_flags == 0).all()
    # IPv4 payloads stand where they stood, TCP options included.
    plain = np.flatnonzero(udp_tcp & (stored.ip_version == 4))
    header = (stored.payload_offset - stored.network_offset)[plain]
    assert (header == (made.payload_offset - made.network_offset)[rows][plain]).all()
    for row in plain[:: max(len(plain) // 50, 1)].tolist():
        theirs = int(rows[row])
        size = min(int(stored.end_offset[row] - stored.payload_offset[row]), 60)
        at = int(stored.offset[row] + stored.payload_offset[row])
        other = int(made.offset[theirs] + made.payload_offset[theirs])
        assert (
            stored.buffer[at : at + size].tobytes() == made.buffer[other : other + size].tobytes()
        )


def test_what_is_there_is_not_made_again(miniature, data_dir):
    again = prepare(AciOptions(), miniature.folder / "gone", data_dir)
    assert not again.fresh
    assert again.report == read_report(again.folder)
    with pytest.raises(PclipError, match=r"prepared with snap_length=192, and 64 is asked for"):
        prepare(AciOptions(snap_length=64), miniature.folder, data_dir)


def test_a_stopped_preparation_leaves_nothing(prepared, monkeypatch, tmp_path):
    from pclip.data.aci_iot import local

    def stop(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(local, "captures_report", stop)
    with pytest.raises(KeyboardInterrupt):
        prepared()
    assert not list((tmp_path / "data").rglob("*array_record*"))
    monkeypatch.undo()
    assert prepared().fresh


@pytest.mark.parametrize("limit", [5_000, 50_000])
def test_a_full_disk_is_one_sentence(manual, tmp_path, limit):
    """A limit on the size of files stands for the disk."""
    code = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from pclip.data.aci_iot import AciOptions, prepare\n"
        "from pclip.errors import PclipError\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "try:\n"
        "    prepare(AciOptions(), Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "except PclipError as error:\n"
        "    print(error)\n"
    )
    data = tmp_path / "data"
    command = [sys.executable, "-c", code, str(manual), str(data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("cannot write into ")
    assert "nothing was left under the dataset's name" in done.stdout
    assert not list(data.rglob("1.0.0"))
    assert not list(data.rglob("*array_record*"))


def test_other_files_than_those_it_was_made_of(manual, prepared):
    prepared(mode="flows")
    path = manual / FLOW_CSV
    before = path.read_text()
    size = path.stat().st_size
    path.write_text(before + before.splitlines()[-1] + "\n")
    now = path.stat().st_size
    expected = rf"from other files: {FLOW_CSV} was {size:,} bytes, sha256 \w+, and is {now:,} bytes"
    with pytest.raises(PclipError, match=expected):
        prepared(mode="flows")
    path.write_text(before.replace("UDP Flood", "SYN Flood", 1))
    assert path.stat().st_size == size
    with pytest.raises(PclipError, match=rf"was {size:,} bytes, .*, and is {size:,} bytes, .*rem"):
        prepared(mode="flows")
    path.write_text(before)
    assert not prepared(mode="flows").fresh
    path.rename(manual / "again.csv")
    with pytest.raises(PclipError, match=rf"{FLOW_CSV} was .*, and is not there|again.csv was not"):
        prepared(mode="flows")
    for child in manual.iterdir():
        shutil.rmtree(child) if child.is_dir() else child.unlink()
    assert not prepared(mode="flows").fresh
    manual.rmdir()
    assert not prepared(mode="flows").fresh


def test_a_report_of_an_older_version_is_said(prepared):
    path = prepared(mode="flows").folder / "report.json"
    report = json.loads(path.read_text())
    del report["files"]
    path.write_text(json.dumps(report))
    with pytest.raises(PclipError, match="does not say of which files it was made"):
        prepared(mode="flows")


def test_what_a_stopped_preparation_left_is_named(prepared, tmp_path, caplog):
    left = prepared_folder("flows", tmp_path / "data").with_name("incomplete.AB12CD_1.0.0")
    left.mkdir(parents=True)
    assert prepared(mode="flows").fresh
    assert f"{left}: left by a stopped preparation; remove it, unless one runs now" in caplog.text


def test_no_tensorflow(data_dir):
    assert "tensorflow" not in sys.modules


def test_the_report_is_plain_json(data_dir):
    path = prepared_folder("captures", data_dir) / "report.json"
    assert json.loads(path.read_text())["doi"] == "10.21227/qacj-3x32"


def test_the_payload_csv_is_told_by_its_columns(manual, prepared):
    (manual / PAYLOAD_CSV).rename(manual / "z.CSV")
    (manual / FLOW_CSV).rename(manual / "a.csv")
    assert prepared(mode="payload").report["payload_csv"] == ["z.CSV"]
