"""Single words, and when two of them are one."""

from __future__ import annotations

import pytest

from pclip.missions.words import single_word, singular


@pytest.mark.parametrize(
    ("phrase", "word"),
    [
        ("Flood", "flood"),
        ("SYN", "syn"),
        (" packet-storm ", "packetstorm"),
        ("half\u2011open", "halfopen"),  # a non-breaking hyphen
        ("naïve", "naive"),
        ("attacker's", "attacker"),
        ("IPv4", "ipv4"),
        ("packet storm", None),
        ("man-in-the-middle", None),
        ("3way", None),
        ("x", None),
        ("", None),
        ("-", None),
        ("потоп", None),
        ("a" * 25, None),
        ("flood;rm", None),
    ],
)
def test_a_phrase_is_a_single_word_or_none(phrase: str, word: str | None) -> None:
    assert single_word(phrase) == word


@pytest.mark.parametrize(
    ("one", "other"),
    [("packet", "packets"), ("query", "queries"), ("crash", "crashes"), ("process", "processes")],
)
def test_a_plural_is_the_same_word(one: str, other: str) -> None:
    assert singular(one) == singular(other)


@pytest.mark.parametrize(
    ("one", "other"), [("flood", "flooding"), ("virus", "viru"), ("ping", "pong")]
)
def test_other_forms_are_other_words(one: str, other: str) -> None:
    assert singular(one) != singular(other)
