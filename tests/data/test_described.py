"""Datasets by description, from folders that look like the originals."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from pclip.data import (
    DESCRIPTIONS,
    GROUPS,
    NO_MISSION,
    Dataset,
    DatasetDescription,
    FlowCsvLayout,
    check_dataset,
    load,
    load_described,
    make_split,
    window_indices,
)
from pclip.data.label_streams import clock_sample
from pclip.errors import PclipError
from pclip.packets import iter_captures
from pclip.text import class_prompts
from tests.data.made_datasets import (
    EMPTY_ROWS,
    IDS_COLUMNS,
    IDS_LABELS,
    IOT_FOLDERS,
    chosen_rows,
    make_cic_ids2017,
    make_folders,
    write_frames,
)
from tests.made_captures import ip, tcp, write_capture

IDS = DESCRIPTIONS["cic_ids2017"]
CSV = "TrafficLabelling/Monday-WorkingHours.pcap_ISCX.csv"


@pytest.fixture(scope="session")
def made(testbed, tmp_path_factory) -> tuple[Path, dict[str, list[str]]]:
    folder = tmp_path_factory.mktemp("ids2017")
    return folder, make_cic_ids2017(testbed, folder)


@pytest.fixture
def folder(made, tmp_path) -> Path:
    """A copy that may be spoiled."""
    return Path(shutil.copytree(made[0], tmp_path / "ids"))


def class_of(label: bytes) -> str:
    return IDS.classes[label.decode("cp1252").replace("\u2013", "-")]


def of_packets(dataset: Dataset) -> Iterator[tuple[str, int, str]]:
    for capture, index, label in zip(
        dataset.packets.capture, dataset.packets.index, dataset.labels, strict=True
    ):
        yield dataset.packets.captures[capture], int(index), dataset.classes[label]


# CIC-IDS2017.


def test_every_packet_has_the_recordings_class(made):
    folder, truth = made
    dataset = load(f"cic_ids2017/all:{folder}")
    expected = {
        (capture, index): class_of(IDS_LABELS[name])
        for capture, names in truth.items()
        for index, name in enumerate(names)
    }
    assert {(c, i): name for c, i, name in of_packets(dataset)} == expected
    assert dataset.groups == (*GROUPS, "Other")
    of_group = {
        n: dataset.groups[g] for n, g in zip(dataset.classes, dataset.group_of_class, strict=True)
    }
    assert of_group["HTTP Flood by Hulk"] == "DoS"
    assert of_group["SSH Brute Force"] == "Brute Force"
    assert of_group["Cross-Site Scripting"] == "Other"
    assert dataset.classes[0] == "Benign"
    assert np.all(np.diff(dataset.group_of_class) >= 0)
    assert any(f"{2 * EMPTY_ROWS} empty rows" in note for note in dataset.notes)
    assert any("4 duplicate rows" in note for note in dataset.notes)
    assert not dataset.labels.flags.writeable


def test_classes_of_no_mission_are_left_out_and_said(made, caplog):
    folder, truth = made
    dataset = load.__wrapped__(f"cic_ids2017:{folder}")
    counts = {name: sum(names.count(name) for names in truth.values()) for name in IDS_LABELS}
    text = f"left out, of no mission: Cross-Site Scripting ({counts['Vulnerability Scan']:,} "
    assert text in caplog.text
    assert text in " ".join(dataset.notes)
    assert dataset.groups == GROUPS
    assert not {"Botnet", "Heartbleed", "Cross-Site Scripting"} & set(dataset.classes)
    outside = [n for n, label in IDS_LABELS.items() if IDS.groups[class_of(label)] == NO_MISSION]
    assert len(dataset.packets) == sum(counts.values()) - sum(counts[name] for name in outside)


def test_it_splits_and_has_windows_and_prompts(made):
    dataset = load(f"cic_ids2017:{made[0]}")
    for name in ("flow", "random"):
        split = make_split(dataset, name, 0)
        windows = window_indices(dataset, split, "train", 5)
        assert (windows[:, -1] == split.train).all()
        assert min(len(split.train), len(split.validation), len(split.test)) > 0
    for name in {*IDS.groups, *DESCRIPTIONS["cic_iot2023"].groups, "netflix (4K)", "{}", "攻击"}:
        assert all(name in prompt for prompt in class_prompts(name))


def test_the_miniature_is_as_odd_as_the_original(made):
    lines = (made[0] / CSV).read_bytes().splitlines()
    assert lines[0].decode() == IDS_COLUMNS
    assert lines[0].count(b",") == 84
    assert b" Source IP" in lines[0]
    assert lines[0].count(b"Fwd Header Length") == 2
    assert lines[-1] == b"," * 84
    every = b"".join(path.read_bytes() for path in made[0].glob("*/*.csv"))
    assert b"Web Attack \x96 XSS" in every
    assert b",Infinity," in every
    assert b",-1," in every
    wednesday = (made[0] / CSV.replace("Monday-W", "Wednesday-w")).read_bytes()
    assert b",05/07/2017 12:58," in wednesday
    assert b",05/07/2017 01:0" in wednesday


def test_its_time_zone_can_be_found(made):
    lost = replace(IDS, layout=replace(IDS.layout, utc_offset_s=0), clock_offset_s=None)
    dataset = load_described(lost, made[0])
    assert len(dataset.packets) == len(load(f"cic_ids2017:{made[0]}").packets)
    assert any(note.startswith("clock: +10800 s, dates as written") for note in dataset.notes)
    wrong = replace(lost, clock_offset_s=0.0)
    with pytest.raises(PclipError, match=r"no packet of .* is covered by any of \d+ flows: look"):
        load_described(wrong, made[0])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b",BENIGN", b",Malign", r"line 2, column Label: 'Malign', expected one of BENIGN, DoS"),
        (b", Source IP", b", Source", r"line 1: no column Src IP or Source IP.*MachineLearningCSV"),
        (b"\r\n192", b"\r\n1,192", r"line 2: 86 cells, expected 85"),
        (b",03/07/2017", b",2017/07/03", r"line 2, column Timestamp: '2017/07/03 .*expected a"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_csv(folder, old, new, message):
    path = folder / CSV
    content = path.read_bytes()
    first = content.split(b"\r\n")[1]
    if old == b",BENIGN":
        content = content.replace(first, first.rpartition(b",")[0] + new, 1)
    elif old == b"\r\n192":
        content = content.replace(first, b"1," + first, 1)
    else:
        assert old in content
        content = content.replace(old, new, 1)
    path.write_bytes(content)
    with pytest.raises(PclipError, match=message):
        load(f"cic_ids2017:{folder}")


def test_files_that_are_missing(folder, tmp_path):
    name = f"cic_ids2017:{tmp_path / 'none'}"
    for look in (check_dataset, load):
        with pytest.raises(PclipError, match=r"no folder .*none for .*cic_ids2017.*PCAPs"):
            look(name)
    shutil.rmtree(folder / "TrafficLabelling")
    for look in (check_dataset, load):
        with pytest.raises(PclipError, match=r"holds no flow CSV of cic_ids2017.*\*\*/\*.csv"):
            look(f"cic_ids2017:{folder}")
    shutil.rmtree(folder / "PCAPs")
    with pytest.raises(PclipError, match=r"holds no capture of cic_ids2017: .* a\.pcap, b"):
        check_dataset(f"cic_ids2017:{folder}")


def test_names_that_are_none():
    with pytest.raises(PclipError, match=r"after cic_ids2017 expected a colon and a folder, or /a"):
        load("cic_ids2017/some:x")
    with pytest.raises(PclipError, match="expected folder:FOLDER"):
        check_dataset("folder:")
    with pytest.raises(PclipError, match=r"'cic_ids2018:x'.*cic_ids2017:FOLDER, cic_iot2023:FOLD"):
        load("cic_ids2018:x")


# CIC-IoT-2023 and folders of classes.


def test_cic_iot2023_goes_by_folders(testbed, tmp_path):
    counts = make_folders(testbed, tmp_path, IOT_FOLDERS)
    dataset = load(f"cic_iot2023:{tmp_path}")
    assert dataset.classes == (
        "Benign", "DDoS SYN Flood", "DDoS Slowloris", "Mirai UDP Flood", "Port Scan",
        "Dictionary Attack",
    )  # fmt: skip
    names = ("Benign", "SYN Flood", "Slowloris", "UDP Flood", "Port Scan", "Dictionary Attack")
    assert np.bincount(dataset.labels).tolist() == [counts[name] for name in names]
    assert dataset.groups == GROUPS
    assert "Cross-Site Scripting" in load(f"cic_iot2023/all:{tmp_path}").classes


def test_a_capture_may_say_its_class_by_its_own_name(testbed, tmp_path):
    packets = testbed.packets.take(chosen_rows(testbed, 1, ["UDP Flood"]))
    write_frames(tmp_path / "DDoS-UDP_Flood12.pcap", packets)
    assert load(f"cic_iot2023:{tmp_path}").classes == ("Benign", "DDoS UDP Flood")
    write_frames(tmp_path / "DDoS-Unheard_Of.pcap", packets)
    with pytest.raises(PclipError, match=r"Unheard_Of.pcap is of no class of cic_iot2023.*rename"):
        load.__wrapped__(f"cic_iot2023:{tmp_path}")


def test_cic_iot2023_has_33_attacks():
    assert len(set(DESCRIPTIONS["cic_iot2023"].classes.values())) == 34
    assert sum(g == NO_MISSION for g in DESCRIPTIONS["cic_iot2023"].groups.values()) == 8


# One's own description.


def test_a_description_of_ones_own(made):
    mine = DatasetDescription(
        name="mine",
        title="my captures",
        labels_from="flow csv",
        layout=FlowCsvLayout(
            timestamps=("%d/%m/%Y %H:%M:%S",), afternoon_below_hour=8, utc_offset_s=-10800
        ),
        csvs=("*/Monday*.csv",),
        captures=("*/Monday*.pcap",),
        classes={
            label.decode("cp1252"): "Benign" if name == "Benign" else "Bad Thing"
            for name, label in IDS_LABELS.items()
        },
        groups={"Benign": "Benign", "Bad Thing": "DoS"},
    )
    dataset = load_described(mine, made[0])
    assert dataset.classes == ("Benign", "Bad Thing")
    assert np.bincount(dataset.labels, minlength=2)[0] == made[1]["Monday-WorkingHours.pcap"].count(
        "Benign"
    )
    with pytest.raises(ValueError, match="class Bad Thing is of group 'DDoS'"):
        replace(mine, groups={"Benign": "Benign", "Bad Thing": "DDoS"})
    with pytest.raises(ValueError, match="no group for Bad Thing"):
        replace(mine, groups={"Benign": "Benign"})


def test_rules_with_classes_of_ones_own(testbed, tmp_path, caplog):
    packets = testbed.packets.take(chosen_rows(testbed, 1, ["Benign", "UDP Flood"]))
    write_frames(tmp_path / "a.pcap", packets)
    mine = DatasetDescription(
        name="mine",
        title="my captures",
        labels_from="rules",
        groups={"Odd Flood": "DoS", "Odd Thing": NO_MISSION},
    )
    header = "pcap,start,stop,class,attacker,victim,command\n"
    flood = packets.take([int(np.flatnonzero(packets.protocol == 17)[-1])])
    host = ".".join(map(str, flood.source_address[0, 12:]))
    row = f"a.pcap,0,4000000000,Odd Flood,{host},*,x\n"
    (tmp_path / "labels.csv").write_text(header + row + row.replace(host, "192.0.2.9"))
    dataset = load_described(mine, tmp_path)
    assert dataset.classes == ("Benign", "Odd Flood")
    its = (packets.source_address == flood.source_address).all(axis=1)
    its |= (packets.destination_address == flood.source_address).all(axis=1)
    np.testing.assert_array_equal(dataset.labels, its.astype(np.int8))
    assert "1 of 2 rows of labels.csv label packets" in dataset.notes
    write_frames(tmp_path / "b.pcap", packets.take(np.arange(len(packets) - 1)))
    (tmp_path / "c.pcap").write_text("no capture")
    load_described(mine, tmp_path)
    assert "labels.csv names b.pcap: every packet of it is Benign" in caplog.text
    assert "c.pcap starts with bytes 6e 6f 20 63" in caplog.text
    (tmp_path / "b.pcap").unlink()
    (tmp_path / "labels.csv").write_text(header + row.replace("Flood", "Thing"))
    load_described(mine, tmp_path)
    assert "of no mission: Odd Thing" in caplog.text
    assert "; pass keep_other=True to keep them in a group Other" in caplog.text
    (tmp_path / "labels.csv").write_text(header + row.replace("Odd Flood", "SYN Flood"))
    with pytest.raises(PclipError, match=r"line 2, column class: 'SYN Flood'.* Odd Flood, Odd Th"):
        load_described(mine, tmp_path)
    (tmp_path / "labels.csv").write_text(header + row.replace(host, "192.0.2.9"))
    with pytest.raises(PclipError, match=r"no packet fits any of the 1 rows of .*labels.csv: look"):
        load_described(mine, tmp_path)
    (tmp_path / "labels.csv").unlink()
    with pytest.raises(PclipError, match=r"cannot read labels from .*labels.csv"):
        load_described(mine, tmp_path)


def test_chunks_of_any_size_give_the_same(made, monkeypatch):
    for most in (0, 20):
        expected = load(f"cic_ids2017:{made[0]}", most)
        with monkeypatch.context() as patched:
            small = partial(iter_captures, chunk_packets=97)
            patched.setattr("pclip.data.label_streams.iter_captures", small)
            found = load.__wrapped__(f"cic_ids2017:{made[0]}", most)
        assert list(of_packets(found)) == list(of_packets(expected))
        assert found.notes == expected.notes
        assert found.flows.row(3) == expected.flows.row(3)


# Thinned.


def test_thinned_datasets(made):
    dataset = load(f"cic_ids2017:{made[0]}", 20)
    key = dataset.packets.capture.astype(int) * 100 + dataset.labels
    assert np.bincount(key).max() == 20
    assert "at most 20 packets of each class and capture" in dataset.notes[-1]
    assert len(dataset.flows.flow_of_packet) == len(dataset.packets)


def test_a_clock_is_found_in_few_packets_of_many_captures(tmp_path, monkeypatch):
    captures = []
    for number in range(23):
        path = tmp_path / f"{number:02}.pcap"
        write_capture(
            path, [(second, ip("10.0.0.1", "10.0.0.2", 6, tcp(1, 2))) for second in range(40)]
        )
        captures.append(path)
    monkeypatch.setattr("pclip.data.label_streams.MOST_CLOCK_CAPTURES", 10)
    monkeypatch.setattr("pclip.data.label_streams.CLOCK_PACKETS", 100)
    sample = clock_sample(captures)
    assert len(sample) <= 100
    assert len(set(sample.capture.tolist())) == 8
