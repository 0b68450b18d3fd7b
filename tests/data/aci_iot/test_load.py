from __future__ import annotations

import numpy as np
import pytest

from pclip.data import check_dataset, load, make_split, window_indices
from pclip.data.aci_iot import load_flow_features
from pclip.data.aci_iot.load import load_prepared
from pclip.errors import PclipError


@pytest.fixture
def elsewhere(monkeypatch, data_dir):
    monkeypatch.setenv("PCLIP_DATA_DIR", str(data_dir))
    load.cache_clear()
    yield data_dir
    load.cache_clear()


@pytest.mark.parametrize("name", ["aci_iot", "aci_iot:captures", "aci_iot:payload"])
def test_a_dataset_by_name(elsewhere, name):
    check_dataset(name)
    dataset = load(name)
    assert dataset.name == name
    assert len(dataset.labels) == len(dataset.packets) == len(dataset.tool_of_packet)
    assert dataset.groups == ("Benign", "DoS", "Reconnaissance", "Brute Force")
    order = np.lexsort((dataset.packets.index, dataset.packets.capture))
    assert (order == np.arange(len(order))).all()
    for split in ("random", "flow"):
        parts = make_split(dataset, split, 0)
        assert min(len(parts.train), len(parts.validation), len(parts.test)) > 0
        assert window_indices(dataset, parts, "test", length=6).shape[1] == 6
    assert dataset.recording_of_packet.max() == 0
    with pytest.raises(PclipError, match="use the split random or flow"):
        make_split(dataset, "round")
    with pytest.raises(ValueError, match="read-only"):
        dataset.labels[0] = 1


def test_flows_have_no_packets(elsewhere):
    for ask in (load, check_dataset):
        with pytest.raises(
            PclipError, match=r"aci_iot:flows holds flows and no packets.*load_flow_features"
        ):
            ask("aci_iot:flows")


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("aci_iot", "--config.manual_dir=FOLDER`"),
        ("aci_iot:payload", "--config.manual_dir=FOLDER --config.mode=payload`"),
        ("aci_iot:all", "--config.manual_dir=FOLDER --config.classes=all`"),
    ],
)
def test_what_is_not_prepared_says_the_command(monkeypatch, tmp_path, name, command):
    monkeypatch.setenv("PCLIP_DATA_DIR", str(tmp_path))
    for ask in (load, check_dataset):
        with pytest.raises(PclipError) as caught:
            ask(name)
        assert f"{name} is not prepared: {tmp_path}" in str(caught.value)
        assert command in str(caught.value)
        assert "python -m experiments.prepare --config=configs/aci_iot.py" in str(caught.value)


def test_flow_features_that_are_not_prepared(tmp_path):
    with pytest.raises(PclipError, match=r"aci_iot:flows_all is not prepared"):
        load_flow_features("all", tmp_path)


@pytest.mark.parametrize("name", ["aci_iot:pcap", "aci_iot:captures:2"])
def test_an_unknown_variant(name):
    with pytest.raises(PclipError, match=r"known variants: aci_iot, aci_iot:captures"):
        check_dataset(name)


def test_without_a_variable_tfds_decides(monkeypatch, tmp_path):
    monkeypatch.delenv("PCLIP_DATA_DIR", raising=False)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "theirs"))
    with pytest.raises(PclipError, match="theirs"):
        load_prepared("aci_iot")
    monkeypatch.delenv("TFDS_DATA_DIR")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    with pytest.raises(PclipError, match="home/tensorflow_datasets"):
        load_prepared("aci_iot")


def test_spoilt_shards_are_one_sentence(manual, prepared, tmp_path):
    done = prepared()
    for shard in done.folder.glob("*array_record*"):
        shard.write_bytes(b"nothing")
    with pytest.raises(PclipError, match=r"cannot be read .*prepare it again"):
        load_prepared("aci_iot", tmp_path / "data")


def test_a_lost_report_is_one_sentence(manual, prepared, tmp_path):
    done = prepared()
    (done.folder / "report.json").unlink()
    with pytest.raises(PclipError, match=r"no readable report\.json .*prepare the data again"):
        load_prepared("aci_iot", tmp_path / "data")
