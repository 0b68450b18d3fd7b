"""A folder of captures each: classes by folders' names, groups by groups.csv."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from pclip.data import load
from pclip.errors import PclipError
from tests.data.made_datasets import make_folders, write_frames

OWN = {"Benign": "normal", "SYN Flood": "syn_flood", "Port Scan": "my scan"}


def test_folders_of_classes(testbed, tmp_path, caplog):
    counts = make_folders(testbed, tmp_path, OWN)
    dataset = load(f"folder:{tmp_path}")
    assert dataset.classes == ("Benign", "syn_flood")
    assert "my scan (60 packets)" in caplog.text
    assert "give them groups in a groups.csv" in caplog.text
    assert np.bincount(dataset.labels).tolist() == [counts["Benign"], counts["SYN Flood"]]
    kept = load(f"folder/all:{tmp_path}")
    assert kept.classes == ("Benign", "syn_flood", "my scan")
    assert kept.group_of_class.tolist() == [0, 1, 4]
    (tmp_path / "groups.csv").write_text("class,group\nmy scan,Reconnaissance\n")
    assert load.__wrapped__(f"folder:{tmp_path}").group_of_class.tolist() == [0, 1, 2]


def test_spellings_of_a_class_are_one(testbed, tmp_path):
    counts = make_folders(testbed, tmp_path, {"Benign": "normal", "SYN Flood": "SYN Flood"})
    for path in sorted((tmp_path / "SYN Flood").iterdir())[:1]:
        (tmp_path / "syn-flood").mkdir()
        path.rename(tmp_path / "syn-flood" / path.name)
    dataset = load.__wrapped__(f"folder:{tmp_path}")
    assert len(dataset.classes) == 2
    assert np.bincount(dataset.labels).tolist() == [counts["Benign"], counts["SYN Flood"]]


@pytest.mark.parametrize("keep", ["name", "packing"])
def test_a_capture_twice_would_be_in_train_and_test(testbed, tmp_path, keep):
    make_folders(testbed, tmp_path, OWN)
    path = sorted((tmp_path / "normal").iterdir())[0]
    copy = tmp_path / "syn_flood" / (path.name if keep == "name" else "again.pcap.gz")
    content = path.read_bytes()
    copy.write_bytes(content if keep == "name" else gzip.compress(content))
    with pytest.raises(PclipError, match="are the same capture; remove one") as caught:
        load.__wrapped__(f"folder:{tmp_path}")
    assert str(path) in str(caught.value)
    assert str(copy) in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("class;group\n", "line 1: columns class;group; expected class, group"),
        ("class,group\nscan,DoS\n", "line 2, column class: no folder 'scan'; the folders are my"),
        ("class,group\n\nmy scan,Scans\n", "line 3, column group: 'Scans', expected one of Ben"),
        (
            "class,group\nmy scan,DoS\nmy-scan,Reconnaissance\n",
            "line 3: 'my-scan' is of group Reconnaissance, and of DoS in a line above",
        ),
        ("class,group\nmy scan\n", "line 2: 1 cells, expected class, group"),
        ('class,group\n"my scan\n', "line 2: not a row of CSV"),
    ],
)
def test_mistakes_in_groups_csv(testbed, tmp_path, content, message):
    make_folders(testbed, tmp_path, OWN)
    (tmp_path / "groups.csv").write_text(content)
    with pytest.raises(PclipError, match=f"groups.csv, {message}"):
        load(f"folder:{tmp_path}")


def test_folders_that_are_none(testbed, tmp_path):
    make_folders(testbed, tmp_path, {"Port Scan": "odd"})
    with pytest.raises(PclipError, match=r"no packet of .* is left for the dataset folder: left"):
        load(f"folder:{tmp_path}")
    write_frames(tmp_path / "loose.pcap", testbed.packets.take([0]))
    with pytest.raises(PclipError, match=r"loose.pcap lies in no class: expected .*/CLASS/loose"):
        load.__wrapped__(f"folder:{tmp_path}")
    (tmp_path / "loose.pcap").unlink()
    for number in range(130):
        write_frames(tmp_path / f"c{number}" / "a.pcap", testbed.packets.take([]))
    with pytest.raises(PclipError, match="holds 131 classes, expected at most 127"):
        load.__wrapped__(f"folder:{tmp_path}")
