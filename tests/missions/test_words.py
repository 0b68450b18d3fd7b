"""Single words, and when two of them are one."""

from __future__ import annotations

import pytest

from pclip.missions.words import SameWords, single_word, singular


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


PLURALS = [
    ("packet", "packets"),
    ("query", "queries"),
    ("crash", "crashes"),
    ("process", "processes"),
    ("box", "boxes"),
]


@pytest.mark.parametrize(("one", "other"), PLURALS)
def test_a_plural_has_the_singular_of_its_word(one: str, other: str) -> None:
    assert singular(one) == singular(other)


@pytest.mark.parametrize(
    ("one", "other"), [("flood", "flooding"), ("virus", "viru"), ("ping", "pong")]
)
def test_other_forms_have_other_singulars(one: str, other: str) -> None:
    assert singular(one) != singular(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *PLURALS,
        ("zombie", "zombies"),
        ("cookie", "cookies"),
        ("cache", "caches"),
        ("size", "sizes"),
        ("alias", "aliases"),
        ("virus", "viruses"),
        ("bus", "buses"),
        ("echo", "echoes"),
        ("cpu", "cpus"),
        ("api", "apis"),
        ("syn", "syns"),
        ("ip", "ips"),
    ],
)
def test_a_plural_is_the_same_word(one: str, other: str) -> None:
    assert SameWords([one]).find(other) == one
    assert SameWords([other]).find(one) == other
    words = SameWords()
    assert [words.add(one), words.add(other)] == [one, one]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("flood", "flooding"),
        ("ping", "pong"),
        ("bus", "us"),
        ("dos", "do"),
        ("dos", "ddos"),
        ("dns", "dn"),
        ("https", "http"),
        ("ids", "id"),
        ("access", "acces"),
        ("basis", "bases"),
        ("news", "new"),
    ],
)
def test_what_is_no_plural_is_another_word(one: str, other: str) -> None:
    assert SameWords([one]).find(other) is None
    assert SameWords([other]).find(one) is None
