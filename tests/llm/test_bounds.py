"""How long is waited, how often is tried: the schedule, Retry-After, and bounds on both."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pclip.errors import PclipError
from pclip.llm import Bounds, Patience
from pclip.llm.bounds import read_retry_after


def test_waits_double_up_to_the_longest_and_half_of_each_is_drawn() -> None:
    patience = Patience(first_wait_s=1, most_wait_s=5, tries=6)
    chance = random.Random(0)
    for failures, longest in enumerate([1, 2, 4, 5, 5], 1):
        waits = [patience.wait(failures, None, chance) or 0 for _ in range(200)]
        assert longest / 2 <= min(waits) < 0.6 * longest
        assert 0.9 * longest < max(waits) <= longest
    assert patience.wait(6, None, chance) is None
    assert patience.wait(99, None, chance) is None


def test_what_the_endpoint_asks_for_comes_first_within_the_bound() -> None:
    patience = Patience(first_wait_s=1, most_wait_s=5, tries=2)
    chance = random.Random(0)
    assert patience.wait(1, 0.0, chance) == 0
    assert patience.wait(1, 5.0, chance) == 5
    assert patience.wait(1, 5.1, chance) is None
    assert patience.wait(2, 1.0, chance) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
        ("Mon, 01 Jan 2024 00:00:00 +99999999999999", None),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("0", 0),
        ("1.5", 1.5),
        ("9" * 30, 1e30),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 0),
        ("Fri, 31 Dec 1999 23:59:59 -0000", 0),
        ("Fri, 31 Dec 99999 23:59:59 GMT", None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert read_retry_after(value) == seconds


def test_retry_after_as_a_date() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert read_retry_after(date) == pytest.approx(90, abs=2)


@given(st.text())
def test_retry_after_of_anything(value: str) -> None:
    seconds = read_retry_after(value)
    assert seconds is None or (math.isfinite(seconds) and seconds >= 0)


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (Patience, {"connect_s": 0}),
        (Patience, {"read_s": -1}),
        (Patience, {"whole_s": math.inf}),
        (Patience, {"first_wait_s": math.nan}),
        (Patience, {"most_wait_s": 100_000}),
        (Patience, {"tries": 0}),
        (Patience, {"tries": 101}),
        (Bounds, {"concurrency": 0}),
        (Bounds, {"concurrency": 65}),
        (Bounds, {"answer_tokens": 0}),
        (Bounds, {"answer_chars": 65_537}),
    ],
)
def test_bounds_out_of_bounds(kind: type[Any], arguments: dict[str, float]) -> None:
    with pytest.raises(PclipError, match="expected"):
        kind(**arguments)
