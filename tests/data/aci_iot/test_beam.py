"""The pipeline gives what the local builder gives: on DirectRunner, with Apache Beam installed."""

from __future__ import annotations

import importlib.util

import pytest

from pclip.data.aci_iot import MODES, AciOptions, prepare
from pclip.data.aci_iot.builder import AciIot2023
from pclip.data.aci_iot.launch import own_message
from pclip.data.aci_iot.load import load_prepared
from pclip.errors import PclipError

needs_beam = pytest.mark.skipif(
    importlib.util.find_spec("apache_beam") is None,
    reason="apache_beam is not installed: pip install -c constraints.txt -e '.[beam]'",
)
# Beam imports what it can do without, and says so.
quietly = pytest.mark.filterwarnings("ignore:::apache_beam", "ignore::DeprecationWarning")


def examples(data_dir, options):
    """Every example as comparable values, by file and record."""
    source = AciIot2023(options=options, data_dir=data_dir).as_data_source("train")
    file = "file_number" if options.mode == "flows" else "capture_number"
    found = []
    for example in source:
        values = {
            key: (value.dtype.str, value.shape, value.tobytes())
            if hasattr(value, "tobytes")
            else value
            for key, value in example.items()
        }
        found.append(((int(example[file]), int(example["index"])), values))
    keys = [key for key, _ in found]
    assert len(set(keys)) == len(keys)
    return keys, dict(found)


def frames(packets):
    ends = packets.offset + packets.captured_length
    return [packets.buffer[a:b].tobytes() for a, b in zip(packets.offset, ends, strict=True)]


@needs_beam
@quietly
@pytest.mark.parametrize("mode", MODES)
def test_beam_gives_the_same_examples_and_the_same_report(miniature, tmp_path, mode):
    options = AciOptions(mode=mode, classes="all", snap_length=80, ambiguous="nearest")
    by_runner = {}
    for runner in ("local", "beam"):
        folder = tmp_path / runner
        done = prepare(
            options, miniature.folder, folder, runner=runner,
            beam_options=["--runner=DirectRunner"] if runner == "beam" else [],
        )  # fmt: skip
        assert list(done.folder.glob("*.array_record*"))
        by_runner[runner] = (done.report, *examples(folder, options))
    assert by_runner["beam"][0] == by_runner["local"][0]
    assert sorted(by_runner["beam"][1]) == by_runner["local"][1]
    assert by_runner["beam"][2] == by_runner["local"][2]
    if mode != "flows":
        name = f"aci_iot:{mode}_all"
        mine, theirs = (load_prepared(name, tmp_path / runner) for runner in by_runner)
        assert frames(mine.packets) == frames(theirs.packets)
        assert (mine.flows.flow_of_packet == theirs.flows.flow_of_packet).all()
        assert (mine.labels == theirs.labels).all()


@needs_beam
@quietly
def test_a_mistake_comes_through_the_runner_in_one_sentence(manual, prepared, tmp_path):
    path = manual / "ACI-IoT-2023.csv"
    lines = path.read_text().splitlines()
    lines[6] = lines[6].rsplit(",", 3)[0]
    path.write_text("\n".join(lines) + "\n")
    for mode in ("captures", "flows"):
        with pytest.raises(PclipError, match=r"line 7: 82 cells, expected 85") as caught:
            prepared(runner="beam", mode=mode)
        assert "while running" not in str(caught.value)
        assert not list((tmp_path / "data").rglob("*array_record*"))


@needs_beam
def test_an_option_that_is_none(miniature, tmp_path):
    with pytest.raises(PclipError, match="beam_options holds 'FlinkRunner'"):
        prepare(
            AciOptions(), miniature.folder, tmp_path, runner="beam", beam_options=["FlinkRunner"]
        )


def test_without_beam_the_extra_is_named(miniature, tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(PclipError, match=r"apache_beam is not installed; .*extra beam"):
        prepare(AciOptions(), miniature.folder, tmp_path, runner="beam")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PclipError("a.csv, line 3: short [while running 'x/Parse']"), "a.csv, line 3: short"),
        (
            RuntimeError(
                "Traceback (most recent call last):\n  File x\n"
                "pclip.errors.PclipError: a.csv, line 3: short [while running 'Parse-ptransform-1']"
                "\n\nDuring handling of the above"
            ),
            "a.csv, line 3: short",
        ),
        (RuntimeError("no worker"), None),
    ],
)
def test_what_is_said_of_a_runners_error(error, said):
    assert own_message(error) == said
