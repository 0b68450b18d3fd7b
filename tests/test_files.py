"""Files are whole or absent, and bars are for terminals."""

from __future__ import annotations

import asyncio
import errno
import io
import os
import re
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tqdm import tqdm

from pclip.errors import PclipError
from pclip.files import atomic_folder, atomic_path, read_bounded, write_atomic
from pclip.progress import beside_bars, progress, progress_of_tasks


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@given(content=st.one_of(st.binary(), st.text()))
def test_what_is_written_is_read(
    content: bytes | str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("written") / "file"
    write_atomic(path, content)
    expected = content.encode() if isinstance(content, str) else content
    assert path.read_bytes() == expected
    assert left_in(path.parent) == ["file"]


def test_an_old_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text("a longer text than the new one")
    write_atomic(path, "new")
    assert path.read_text() == "new"
    assert left_in(tmp_path) == ["results.json"]


def test_missing_folders_are_made(tmp_path: Path) -> None:
    write_atomic(tmp_path / "a" / "b" / "c.txt", "x")
    assert (tmp_path / "a" / "b" / "c.txt").read_text() == "x"


def test_the_name_appears_only_when_the_block_has_ended(tmp_path: Path) -> None:
    path = tmp_path / "figure.png"
    with atomic_path(path) as scratch:
        scratch.write_bytes(b"half")
        assert not path.exists()
        assert scratch.parent == path.parent  # a rename across file systems is a copy
        assert scratch.suffix == ".png"  # writers choose the format by it
    assert path.read_bytes() == b"half"


def test_an_exception_in_the_block_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("old")

    def stop_half_way() -> None:
        with atomic_path(path) as scratch:
            scratch.write_text("ne")
            raise KeyError("half-way")

    with pytest.raises(KeyError, match="half-way"):
        stop_half_way()
    assert path.read_text() == "old"
    assert left_in(tmp_path) == ["table.csv"]


def test_an_interruption_leaves_nothing(tmp_path: Path) -> None:
    def interrupted() -> None:
        with atomic_path(tmp_path / "table.csv") as scratch:
            scratch.write_text("ne")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("old", [None, "old"])
def test_a_full_disk_is_one_clear_line(
    call: str, old: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "results.json"
    if old is not None:
        path.write_text(old)

    def no_space(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, call, no_space)
    with pytest.raises(PclipError, match=r"cannot write .*results\.json: No space left") as caught:
        write_atomic(path, "new")
    monkeypatch.undo()
    assert "\n" not in str(caught.value)
    assert left_in(tmp_path) == ([] if old is None else ["results.json"])
    assert old is None or path.read_text() == old


def test_a_disk_that_fills_while_writing_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fills_up(path: Path, data: bytes) -> int:
        with open(path, "wb") as file:
            file.write(data[: len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", fills_up)
    with pytest.raises(PclipError, match="No space left"):
        write_atomic(tmp_path / "weights.safetensors", b"x" * 1000)
    assert left_in(tmp_path) == []


def test_a_folder_that_is_a_file_is_one_clear_line(tmp_path: Path) -> None:
    # Also root cannot write there, unlike into a folder without permissions.
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(PclipError, match=r"cannot write .*x\.json.*choose a folder"):
        write_atomic(tmp_path / "file" / "x.json", "{}")
    with pytest.raises(PclipError, match="cannot write"):
        write_atomic(tmp_path / "file" / "deeper" / "x.json", "{}")
    assert (tmp_path / "file").read_text() == "not a folder"


def test_a_name_that_is_a_folder_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "results.json").mkdir()
    with pytest.raises(PclipError, match="cannot write"):
        write_atomic(tmp_path / "results.json", "{}")
    assert left_in(tmp_path) == ["results.json"]


@pytest.mark.parametrize("umask", [0o022, 0o027, 0o077])
def test_permissions_follow_the_umask(umask: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        write_atomic(tmp_path / "x", "x")
        assert os.umask(umask) == umask  # and writing does not change it
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o666 & ~umask


# Progress bars.


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def immediate_bar(*arguments: Any, **options: Any) -> Any:
    """tqdm without the patience that keeps short bars off the screen."""
    return tqdm(*arguments, **{**options, "delay": 0, "mininterval": 0})


def test_piped_progress_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pclip.progress.tqdm", immediate_bar)
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    assert list(progress([3, 1, 2], description="steps")) == [3, 1, 2]
    assert pipe.getvalue() == ""


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pclip.progress.tqdm", immediate_bar)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    resumed = progress(iter(range(2)), description="steps", total=4, unit="batch", initial=2)
    assert list(resumed) == [0, 1]
    drawn = terminal.getvalue()
    assert "steps" in drawn
    assert "4/4" in drawn  # counts from where the earlier run stopped
    assert "batch" in drawn


def test_a_bar_counts_what_items_stand_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pclip.progress.tqdm", immediate_bar)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    batches = progress(
        [[0] * 30, [0] * 12], description="all", total=50, unit=" packets", initial=8, size=len
    )
    assert [len(batch) for batch in batches] == [30, 12]
    assert "38/50" in terminal.getvalue()
    assert " packets/s" in terminal.getvalue()


def test_a_short_wait_gets_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert list(progress(range(5), description="steps")) == [0, 1, 2, 3, 4]
    assert "steps" not in terminal.getvalue()


# Folders.


def test_a_folder_takes_its_name_when_the_block_has_ended(tmp_path: Path) -> None:
    final = tmp_path / "deep" / "made"
    with atomic_folder(final) as scratch:
        (scratch / "a").write_text("x")
        assert not final.exists()
    assert left_in(final) == ["a"]
    assert left_in(final.parent) == ["made"]
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(final.stat().st_mode) == 0o777 & ~umask


def test_a_block_that_fails_leaves_no_folder(tmp_path: Path) -> None:
    def write() -> None:
        with atomic_folder(tmp_path / "made") as scratch:
            (scratch / "a").write_text("x")
            raise KeyError

    with pytest.raises(KeyError):
        write()
    assert left_in(tmp_path) == []


def test_a_folder_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "old").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("file", "full", "link"):
        with (
            pytest.raises(PclipError, match=f"{name} is there already"),
            atomic_folder(tmp_path / name),
        ):
            raise AssertionError("the block must not begin")


def test_who_is_quicker_keeps_the_name(tmp_path: Path) -> None:
    def write() -> None:
        with atomic_folder(tmp_path / "late"):
            (tmp_path / "late").mkdir()
            (tmp_path / "late" / "theirs").write_text("x")

    with pytest.raises(PclipError, match=r"cannot write .*late"):
        write()
    assert left_in(tmp_path / "late") == ["theirs"]
    assert left_in(tmp_path) == ["late"]


def test_a_small_file_is_read_within_its_bound(tmp_path: Path) -> None:
    (tmp_path / "small").write_bytes(b"12345")
    assert read_bounded(tmp_path / "small", 5) == b"12345"
    with pytest.raises(PclipError, match="small is larger than 4 bytes"):
        read_bounded(tmp_path / "small", 4)
    with pytest.raises(
        PclipError, match="gone: cannot read it: No such file or directory; expected a file there"
    ):
        read_bounded(tmp_path / "gone", 4)


async def ended(last: Callable[[], bool]) -> list[int]:
    """What comes of three tasks, of which the last waits for what it is told."""

    async def end(number: int) -> int:
        while number == 2 and not last():
            await asyncio.sleep(0.001)
        return number

    tasks = [asyncio.create_task(end(number)) for number in range(3)]
    async with asyncio.timeout(10):
        found = progress_of_tasks(tasks, description="asking", unit="answer")
        return [task.result() async for task in found]


def test_tasks_are_waited_for_in_silence_where_nobody_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    assert asyncio.run(ended(lambda: True)) == [0, 1, 2]
    assert pipe.getvalue() == ""


def watched(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal as standard error, on which bars are drawn at once and often.

    No fixture: pytest takes standard error back between the phases of a test.
    """
    monkeypatch.setattr("pclip.progress.DELAY_S", 0.001)
    monkeypatch.setattr("pclip.progress.BEAT_S", 0.01)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    return terminal


def test_a_bar_goes_on_while_no_task_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = watched(monkeypatch)
    assert asyncio.run(ended(lambda: terminal.getvalue().count("2/3") > 3)) == [0, 1, 2]
    rates = [float(rate) for rate in re.findall(r" 2/3 .*?([\d.]+)answer/s", terminal.getvalue())]
    assert rates == sorted(rates, reverse=True)  # two answers in a wait that gets longer
    assert len(set(rates)) > 1
    assert terminal.getvalue().rpartition("\r")[2].strip() == ""  # and is taken off the screen


def test_no_bar_is_left_of_tasks_that_nobody_waits_for(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = watched(monkeypatch)

    async def stopped() -> None:
        waiting = asyncio.create_task(ended(lambda: False))
        async with asyncio.timeout(10):
            while terminal.getvalue().count("2/3") < 2:
                await asyncio.sleep(0.001)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    asyncio.run(stopped())
    assert terminal.getvalue().rpartition("\r")[2].strip() == ""


def test_a_line_beside_a_bar_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = watched(monkeypatch)
    bar = progress(iter(range(3)), description="steps", total=3)
    next(bar)
    time.sleep(0.2)  # more than the least time between two drawings
    next(bar)
    with beside_bars():
        print("warning: slow", file=sys.stderr)
    assert list(bar) == [2]
    before = terminal.getvalue().partition("warning: slow")[0]
    assert "steps" in before
    assert before.rpartition("\r")[2].strip() == ""
