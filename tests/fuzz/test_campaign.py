"""The harness finds what it is for, and the mutator does what it says."""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.fuzz import __main__ as command
from tests.fuzz import campaign
from tests.fuzz.campaign import attempt, make_case, run_campaign, save_crash
from tests.fuzz.invariants import check_same, check_table
from tests.fuzz.mutate import MOST_BYTES, Field, Mutator, Seed
from tests.fuzz.parsers import FrameParser, Parser, parsers
from tests.packets.conftest import Build

SEEDS = (Seed(b"0123456789abcdef", (Field(0, 2), Field(4, 4, "<"))), Seed(b"xyz" * 40))


class Broken(Parser):
    """Fails on inputs that `bad` says so of."""

    def __init__(self, bad: Callable[[bytes], bool], fail: Callable[[], object]) -> None:
        super().__init__("broken", SEEDS)
        self.bad, self.fail = bad, fail

    def run(self, cases: Sequence[bytes], folder: Path) -> None:
        for case in cases:
            if self.bad(case):
                self.fail()


def raise_value_error() -> None:
    raise ValueError("odd")


def test_the_same_seed_makes_the_same_inputs_and_another_one_others() -> None:
    parser = parsers()["tcp"]
    one = [make_case(parser, 0, number) for number in range(50)]
    assert one == [make_case(parser, 0, number) for number in range(50)]
    assert one != [make_case(parser, 1, number) for number in range(50)]
    assert len(set(one)) > 40


def test_mutations_of_every_kind_come_up() -> None:
    mutator = Mutator(SEEDS[:1], words=[b"WORD"])
    made = [mutator.make(np.random.default_rng(number)) for number in range(2000)]
    content = SEEDS[0].content
    assert max(map(len, made)) <= MOST_BYTES
    assert any(len(case) > len(content) for case in made)
    assert any(0 < len(case) < len(content) for case in made)
    assert any(b"WORD" in case for case in made)
    lies = [x for x in made if len(x) == 16 and x[2:4] == b"23" and x[8:] == b"89abcdef"]
    assert {case[:2] for case in lies} >= {b"\xff\xff", b"\0\0", b"\x08\x00", b"02"}
    assert {case[4:8] for case in lies} >= {b"\xff\xff\xff\xff", b"\0\0\0\0"}
    spliced = Mutator(SEEDS).make
    mixed = [spliced(np.random.default_rng(number)) for number in range(300)]
    assert any(b"0123" in case and b"xyzxyz" in case for case in mixed)


def test_a_crash_is_found_alone_and_kept(tmp_path: Path) -> None:
    parser = Broken(lambda case: b"xyz" in case, raise_value_error)
    outcome = run_campaign(parser, 500, 0, tmp_path)
    assert len(outcome.crashes) > 0
    for cases, why in outcome.crashes:
        assert len(cases) == 1
        assert b"xyz" in cases[0]
        assert "ValueError: odd (test_campaign.py" in why
    place = save_crash(*outcome.crashes[0], parser, tmp_path / "kept")
    assert (place / "00000.bin").read_bytes() == outcome.crashes[0][0][0]
    assert "odd" in (place / "why.txt").read_text()


def test_what_fails_only_together_is_kept_together(tmp_path: Path) -> None:
    parser = Broken(lambda case: True, lambda: None)
    seen: list[int] = []

    def run(cases: Sequence[bytes], folder: Path) -> None:
        seen.append(len(cases))
        assert len(cases) < 100

    parser.run = run  # type: ignore[method-assign]
    ((cases, why),) = run_campaign(parser, 150, 0, tmp_path).crashes
    assert len(cases) == 150
    assert why.startswith("AssertionError")


def test_hangs_memory_and_warnings_are_crashes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaign, "INPUT_SECONDS", 0.2)
    everything = [b""]
    hang = Broken(lambda case: True, lambda: time.sleep(20))
    assert "HangError" in str(attempt(hang, everything, tmp_path))
    hungry = Broken(lambda case: True, lambda: np.ones(2 * campaign.SPARE_BYTES, np.uint8))
    assert "MemoryError" in str(attempt(hungry, everything, tmp_path))
    warned = Broken(lambda case: True, lambda: warnings.warn("overflow", stacklevel=1))
    assert "UserWarning" in str(attempt(warned, everything, tmp_path))
    fine = Broken(lambda case: True, lambda: np.ones(1000))
    assert attempt(fine, everything, tmp_path) is None


def test_a_hang_in_a_parser_that_swallows_exceptions_is_found_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaign, "BATCH_SECONDS", 0.7)
    monkeypatch.setattr(campaign, "INPUT_SECONDS", 0.7)

    def swallow() -> None:
        for _ in range(2000):
            try:
                time.sleep(0.01)
            except Exception:  # As a library might: a HangError has to come through it.
                continue

    parser = Broken(lambda case: False, swallow)
    hangs = make_case(parser, 0, 1)
    parser.bad = lambda case: case == hangs
    ((cases, why),) = run_campaign(parser, 2, 0, tmp_path).crashes
    assert cases == [hangs]
    assert why.startswith("HangError: not done after 0.7 s")


def test_a_machine_that_stood_still_once_is_no_hang(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaign, "INPUT_SECONDS", 0.7)
    stood: list[bool] = []

    def stand() -> None:
        if not stood:
            stood.append(True)
            time.sleep(20)

    assert run_campaign(Broken(lambda case: True, stand), 2, 0, tmp_path).crashes == []
    assert stood


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("end_offset", 10_000),
        ("network_offset", -1),
        ("payload_offset", 3),
        ("transport_offset", 2),
        ("captured_length", 1 << 20),
        ("skip_reason", 200),
        ("ip_version", 0),
        ("source_port", 1 << 16),
        ("time_ns", -1),
    ],
)
def test_invariants_see_a_wrong_column(column: str, value: int) -> None:
    frames = [Build.zoo()[name] for name in ("tcp", "udp 6", "arp")]
    packets = FrameParser._table(frames, [1] * 3, ())
    check_table(packets)
    check_same(packets, [packets.take([0]), packets.take([1, 2])])
    getattr(packets, column)[0] = value
    with pytest.raises(AssertionError):
        check_table(packets)


def test_pieces_that_differ_are_seen() -> None:
    packets = FrameParser._table([Build.zoo()["tcp"], Build.zoo()["udp"]], [1] * 2, ())
    for rows in ([0], [1, 0], [0, 0]):
        with pytest.raises(AssertionError):
            check_same(packets, [packets.take(rows)])


def test_the_command_keeps_crashes_and_replays_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = Broken(lambda case: b"xyz" in case, raise_value_error)
    monkeypatch.setattr(command, "parsers", lambda: {"broken": broken})
    kept = ["--parser=broken", f"--crashes={tmp_path}"]
    assert command.main([*kept, "--count=100"]) == 1
    shown = capsys.readouterr().out
    (first, *_) = re.findall(r"python -m tests\.fuzz --parser=broken --replay=(\S+)", shown)
    with pytest.raises(ValueError, match="odd"):
        command.main(["--parser=broken", f"--replay={first}"])
    broken.bad = lambda case: False
    assert command.main(["--parser=broken", f"--replay={first}"]) == 0
    assert command.main([*kept, "--count=100"]) == 0
