from __future__ import annotations

import io
import tarfile

import numpy as np
import pytest

from pclip.data import load, make_split
from pclip.data.pretraining_corpora import (
    ArchiveCaptures,
    burst_corpus,
    is_held_out,
    pretraining_data,
)
from pclip.errors import PclipError
from tests.made_captures import ACK, ip, tcp, write_capture


def pack(path, members):
    with tarfile.open(path, "w:xz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            if content is None:
                info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
                archive.addfile(info)
            else:
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))


def names(held: bool, number: int) -> list[str]:
    found = (f"traces/{i}.pcap" for i in range(10_000) if is_held_out(f"traces/{i}.pcap") == held)
    return [next(found) for _ in range(number)]


@pytest.fixture
def archive(tmp_path):
    def content(*payloads: bytes) -> bytes:
        bodies = [ip("10.0.0.1", "10.0.0.2", 6, tcp(5, 80, ACK, payload)) for payload in payloads]
        write_capture(tmp_path / "made.pcap", [(0.1 * i, body) for i, body in enumerate(bodies)])
        return (tmp_path / "made.pcap").read_bytes()

    first, second = names(held=False, number=2)
    (held,) = names(held=True, number=1)
    members = {
        first: content(b"one", b"two"),
        second: content(b"two", b"three"),
        held: content(b"three", b"four"),
        "README": b"no capture",
        "../../outside.pcap": content(b"five"),
        "link.pcap": None,
    }
    pack(tmp_path / "made.tar.xz", members)
    return tmp_path / "made.tar.xz"


def test_archive_gives_captures_and_counts_what_is_none(archive):
    captures = ArchiveCaptures(archive)
    found = {name: len(table) for name, table in captures}
    assert sorted(found.values()) == [1, 2, 2, 2]
    assert captures.left_out == 2
    assert not (archive.parent.parent / "outside.pcap").exists()


def test_held_out_files_and_rows_are_not_trained_on(archive):
    data = pretraining_data(archive.parent, ["made"], "", bytes="identity_free", max_length=32)
    (source,) = data.sources
    assert (source.files, source.left_out) == (4, 2)
    assert (source.packets, source.held_out_packets) == (5, 2)
    # "three" is in a held-out file and in a training file: no measure of what was not seen.
    assert len(data.train) == 4
    assert len(data.held_out) == 1
    trained = {row.tobytes() for row in data.train.ids}
    assert not trained & {row.tobytes() for row in data.held_out.ids}


def test_about_one_file_in_twenty_is_held_out():
    held = sum(is_held_out(f"a/{i}.pcap") for i in range(4000))
    assert 0.04 < held / 4000 < 0.06


def test_of_a_dataset_only_the_training_part_is_trained_on():
    data = pretraining_data("nowhere", [], "testbed", bytes="identity_free", max_length=16)
    dataset = load("testbed")
    rows = make_split(dataset, "round").train
    expected = burst_corpus(dataset.packets.take(rows), bytes="identity_free", max_length=16)
    np.testing.assert_array_equal(data.train.ids, expected.ids)
    np.testing.assert_array_equal(data.train.pairs, expected.pairs)
    assert data.sources[0].packets == len(rows)


@pytest.mark.parametrize("content", [None, b"no archive"])
def test_an_archive_that_cannot_be_read_is_named(tmp_path, content):
    if content is not None:
        (tmp_path / "made.tar.xz").write_bytes(content)
    expected = "no archive" if content is None else "cannot read the archive"
    with pytest.raises(PclipError, match=rf"{expected} .*made\.tar\.xz"):
        pretraining_data(tmp_path, ["made"], "", bytes="identity_free", max_length=16)


def test_a_truncated_archive_is_an_error(archive):
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(PclipError, match="cannot read the archive"):
        list(ArchiveCaptures(archive))


def test_nothing_to_train_on_is_an_error(tmp_path):
    with pytest.raises(PclipError, match=r"no packets to train on.*archives none"):
        pretraining_data(tmp_path, [], "", bytes="identity_free", max_length=16)
