"""Numbers in words, at and around every change of unit."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pclip.text import quantities

INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(
    ("microseconds", "words"),
    [
        (0.0, "less than 1 µs"),
        (0.99, "less than 1 µs"),
        (1.0, "about 1 µs"),
        (43.4, "about 43 µs"),
        (994.0, "about 990 µs"),
        (996.0, "about 1 ms"),
        (2_512.0, "about 2.5 ms"),
        (999_999.0, "about 1 s"),
        (59_900_000.0, "about 1 min"),
        (90_000_000.0, "about 1.5 min"),
        (7_200_000_000.0, "about 2 h"),
        (3.6e15, "about 1,000,000 h"),
        (INF, "an unknown time"),
        (NAN, "an unknown time"),
        (-5.0, "an unknown time"),
    ],
)
def test_duration(microseconds: float, words: str) -> None:
    assert quantities.duration(microseconds) == words


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (0.0, "0 B"),
        (0.001, "less than 0.01 B"),
        (40.0, "40 B"),
        (40.3, "about 40 B"),
        (99.0, "99 B"),
        (100.0, "about 100 B"),
        (1_234.0, "about 1.2 kB"),
        (999_700.0, "about 1 MB"),
        (5.55e9, "about 5.5 GB"),
        (3e12, "about 3 TB"),
        (3e15, "about 3,000 TB"),
        (INF, "an unknown amount"),
        (NAN, "an unknown amount"),
        (-1.0, "an unknown amount"),
    ],
)
def test_size(octets: float, words: str) -> None:
    assert quantities.size(octets) == words


@pytest.mark.parametrize(
    ("value", "bytes_words", "packets_words"),
    [
        (0.0, "0 B/s", "an unmeasurable packet rate"),
        (0.001, "less than 0.01 B/s", "less than 0.01 packets/s"),
        (0.0167, "about 0.017 B/s", "about 0.017 packets/s"),
        (12_345.0, "about 12 kB/s", "about 12,000 packets/s"),
        (2e6, "about 2 MB/s", "about 2,000,000 packets/s"),
        (INF, "an unmeasurable byte rate", "an unmeasurable packet rate"),
        (NAN, "an unmeasurable byte rate", "an unmeasurable packet rate"),
    ],
)
def test_rates(value: float, bytes_words: str, packets_words: str) -> None:
    assert quantities.byte_rate(value) == bytes_words
    assert quantities.packet_rate(value) == packets_words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0.0, "no packets"),
        (1.0, "1 packet"),
        (99.0, "99 packets"),
        (123.0, "about 120 packets"),
        (37_841.0, "about 38,000 packets"),
        (NAN, "an unknown number of packets"),
    ],
)
def test_packets(number: float, words: str) -> None:
    assert quantities.packets(number) == words


@given(st.floats())
def test_any_float_becomes_short_words(value: float) -> None:
    for say in (
        quantities.duration,
        quantities.size,
        quantities.byte_rate,
        quantities.packet_rate,
        quantities.packets,
    ):
        words = say(value)
        assert 0 < len(words) < 50
        assert not re.search(r"\b(nan|inf)\b", words)


@given(st.floats(min_value=1.0, max_value=1e14))
def test_a_duration_reads_back_within_two_digits(microseconds: float) -> None:
    number, unit = quantities.duration(microseconds).removeprefix("about ").split()
    scale = {"µs": 1.0, "ms": 1e3, "s": 1e6, "min": 6e7, "h": 3.6e9}[unit]
    assert float(number.replace(",", "")) * scale == pytest.approx(microseconds, rel=0.051)
