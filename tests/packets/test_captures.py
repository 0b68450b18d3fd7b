"""Folders of captures: what is no capture is left out and named."""

from __future__ import annotations

import errno
import gzip
import io
import logging
import lzma
import sys

import pytest
import zstandard

from pclip.packets import (
    CaptureError,
    capture,
    captures,
    iter_captures,
    read_capture,
    read_captures,
    without_others,
)

MAGIC = b"\xd4\xc3\xb2\xa1"


@pytest.fixture
def folder(build, write_pcap, tmp_path):
    place = tmp_path / "day"
    place.mkdir()
    for name in ("a.pcap", "z.pcap"):
        write_pcap(list(build.zoo().values()), name=f"day/{name}")
    return place


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"hello, I am a text", "starts with bytes 68 65 6c 6c"),
        (MAGIC + bytes(10), "ends after 14 bytes, within its header"),
        (zstandard.compress(MAGIC + bytes(9000))[:12], "cannot be read (it was cut before"),
        (b"\xfd7zXZ\x00 no xz stream", "cannot be read (its compressed data is damaged"),
    ],
)
def test_a_file_of_a_folder_that_is_no_capture_is_left_out_and_named(folder, content, why, caplog):
    whole = read_captures([folder])
    assert whole.warnings == ()
    (folder / "b.pcap").write_bytes(content)
    with caplog.at_level(logging.WARNING, "pclip"):
        read = read_captures(folder)
    said = f"1 of 3 files of {folder} is no capture and is left out: {folder / 'b.pcap'} {why}"
    assert read.captures == ("a.pcap", "z.pcap")
    assert len(read) == len(whole)
    assert read.warnings[0].startswith(said)
    assert caplog.messages == [read.warnings[0]]
    chunks = list(iter_captures([folder], chunk_packets=5))
    assert sum(map(len, chunks)) == len(whole)
    assert [warning for chunk in chunks for warning in chunk.warnings] == list(read.warnings)
    with pytest.raises(CaptureError):
        read_captures([folder / "b.pcap"])


def test_many_are_counted_and_all_is_an_error(folder):
    for number in range(25):
        (folder / f"m{number:02}.pcap").touch()
    (warning,) = read_captures([folder]).warnings
    assert warning.startswith("25 of 27 files")
    assert "m19.pcap is empty; and 5 more" in warning
    for name in ("a.pcap", "z.pcap"):
        (folder / name).unlink()
    with pytest.raises(CaptureError, match=r"no capture that can be read: .*m00\.pcap is empty"):
        read_captures([folder])
    with pytest.raises(CaptureError, match="holds no capture"):
        iter_captures([folder])


def test_files_that_are_cut_later_stay(folder):
    whole = (folder / "a.pcap").read_bytes()
    (folder / "a.pcap").write_bytes(whole[:-3])
    (folder / "c.pcapng").write_bytes(b"\n\r\r\n")
    names = ("a.pcap", "c.pcapng", "z.pcap")
    assert read_captures([folder]).captures == names
    paths = [folder / name for name in names]
    assert without_others(folder, paths) == paths


def test_a_name_that_a_folder_holds_twice_is_its_path(folder, build, write_pcap):
    (folder / "deeper").mkdir()
    write_pcap(list(build.zoo().values()), name="day/deeper/a.pcap")
    names = ("a.pcap", "deeper/a.pcap", "z.pcap")
    other = write_pcap([], name="other.pcap")
    assert read_captures([folder]).captures == names
    assert read_captures([other, folder]).captures == ("other.pcap", *names)
    assert {chunk.captures for chunk in iter_captures([folder])} == {names}
    assert read_captures([folder / name for name in names]).captures == ("a.pcap",) * 2 + names[2:]
    path = folder / "deeper" / "a.pcap"
    path.write_bytes(path.read_bytes()[:-1])
    (said,) = read_captures([folder]).warnings
    assert said.startswith("deeper/a.pcap: the file is cut")
    assert [w for chunk in iter_captures([folder]) for w in chunk.warnings] == [said]


def test_a_disk_that_fails_leaves_no_capture_out(folder, monkeypatch):
    def fail(raw):
        raise OSError(errno.EIO, "Input/output error")
        yield b""

    for module in (capture, captures):
        monkeypatch.setattr(module, "decompressed", fail)
    with pytest.raises(CaptureError, match=r"cannot read .*a\.pcap: Input/output error"):
        read_captures([folder])


def test_standard_input_has_a_name(monkeypatch):
    for content, said in (
        (b"", "^standard input is empty"),
        (b"hello", "^standard input starts with bytes 68 65 6c 6c"),
        (b"\x1f\x8b\x08", "^cannot read standard input: it was cut"),
    ):
        for read in (read_captures, lambda paths: list(iter_captures(paths))):
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
            with pytest.raises(CaptureError, match=said):
                read(["-"])


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, zstandard.compress])
def test_a_packed_file_cut_before_its_first_byte_says_so_in_one_sentence(folder, pack):
    path = folder / "cut.pcap"
    path.write_bytes(pack((folder / "a.pcap").read_bytes())[:20])
    with pytest.raises(CaptureError) as error:
        read_capture(path)
    assert str(error.value) == (
        f"cannot read {path}: it was cut before its first compressed block was whole; name a "
        "capture file"
    )
