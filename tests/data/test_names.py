"""Datasets by name, those that do not ship included."""

from __future__ import annotations

import pytest

from pclip.data import DATASETS, check_dataset, load
from pclip.data.names import FIRST_FOLDER
from pclip.errors import PclipError
from tests.made_captures import T0, ip, tcp, write_capture


def test_load_is_cached_and_names_what_it_knows():
    assert load("testbed") is load("testbed")
    assert DATASETS == ("testbed", "testbed-v1", "aci_iot")
    with pytest.raises(PclipError, match=r"'nonesuch'.*testbed-v1 \(which does not ship\)"):
        load("nonesuch")


def test_a_datasets_name_goes_before_a_folders(tmp_path, monkeypatch, testbed):
    """The repository itself has a folder `testbed`."""
    (tmp_path / "testbed").mkdir()
    monkeypatch.chdir(tmp_path)
    assert len(load.__wrapped__("testbed").packets) == len(testbed.packets)


def test_the_first_recording_does_not_ship(tmp_path, monkeypatch):
    monkeypatch.setenv(FIRST_FOLDER, str(tmp_path / "nowhere"))
    with pytest.raises(PclipError, match=rf"testbed-v1 does not ship.*nowhere.*{FIRST_FOLDER}"):
        check_dataset("testbed+testbed-v1")
    write_capture(tmp_path / "dos_1.pcap", [(1.0, ip("10.0.0.1", "10.0.0.2", 6, tcp(1, 80)))])
    header = "pcap,start,stop,class,attacker,victim,command"
    row = f"dos_1.pcap,{T0},{T0 + 9},SYN Flood,10.0.0.1,10.0.0.2,hping3"
    (tmp_path / "labels.csv").write_text(f"{header}\n{row}\n")
    monkeypatch.setenv(FIRST_FOLDER, str(tmp_path))
    first = load.__wrapped__("testbed-v1")
    assert (first.name, first.labels.tolist(), first.tools) == ("testbed-v1", [6], ())
