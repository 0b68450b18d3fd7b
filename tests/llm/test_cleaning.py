"""Nothing that a reader cannot see is left in an answer, and nothing else is taken."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pclip.llm.cleaning import clean


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1. SMB\r\n2. lateral\r3.\tend\n", "1. SMB\n2. lateral\n3.\tend\n"),
        ("Größe “≤ 5” 漢字 é 🙂", "Größe “≤ 5” 漢字 é 🙂"),
        ("a\x00b\x07c\x7fd\x08", "abcd"),
        ("\x1b[31mred\x1b[0m \x1b[1;2Hat", "red at"),
        ("\x9b31mred", "red"),
        ("\x1b]0;title\x07shown", "shown"),
        ("\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]0;never ended\nnext line", "\nnext line"),
        ("\x1bcreset\x1b", "reset"),
        ("safe\u202egnp.exe\u2066\u2069\u200f", "safegnp.exe"),
        ("zero\u200b\u2060\ufeffwidth\u00ad", "zerowidth"),
        ("tags\U000e0041\U000e007f", "tags"),
        ("half\ud800\udfffpair", "halfpair"),
        ("private\ue000\U000f0000", "private"),
        ("a\u2028b\u2029c\x85d\x0be\x0cf", "a\nb\nc\nd\ne\nf"),
    ],
)
def test_what_is_dropped(text: str, expected: str) -> None:
    assert clean(text) == expected


@given(st.text(st.characters()) | st.text("\x1b[]\x9b\x9d;m0\x07\\\n\r\x00a"))
@example("\x1b\x1b[m[31m")
@example("\x1b\x00[31m")
def test_cleaning_is_thorough_and_needs_no_second_time(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    unseen = {c for c in cleaned if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co")}
    assert unseen <= {"\n", "\t"}
    cleaned.encode()
