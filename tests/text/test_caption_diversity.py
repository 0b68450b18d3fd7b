"""Diversity and frequent words, by hand."""

from __future__ import annotations

import pytest

from pclip.text.caption_diversity import Diversity, diversity, frequent_words


def test_by_hand() -> None:
    # Words: flow 2, ends 1, 0 (both numbers) 2, grows 1; pairs: (flow, 0) 2, (0, ends), (0, grows).
    found = diversity(["Flow 12 ends.", "Flow 1,300.5 grows."])
    assert found.captions == 2
    assert found.distinct_share == 1.0
    assert found.distinct_1 == pytest.approx(4 / 6)
    assert found.distinct_2 == pytest.approx(3 / 4)
    assert found.entropy_1 == pytest.approx(2 * (1 / 3) * 1.5849625 + 2 * (1 / 6) * 2.5849625)
    assert found.entropy_2 == pytest.approx(1.5)


def test_repetition_is_no_diversity() -> None:
    one = diversity(["a flow"])
    many = diversity(["a flow"] * 10)
    assert many.distinct_share == 0.1
    assert many.distinct_1 == pytest.approx(one.distinct_1 / 10)
    assert many.entropy_1 == pytest.approx(one.entropy_1) == 1.0
    assert many.entropy_2 == 0.0


def test_of_nothing() -> None:
    assert diversity([]) == Diversity(0, 0.0, 0.0, 0.0, 0.0, 0.0)


def test_frequent_words_leave_out_numbers_and_small_words() -> None:
    captions = ["The botnet of 12 packets.", "A botnet and a flood."]
    assert frequent_words(captions, 2) == [("botnet", 2), ("flood", 1)]
    assert frequent_words(captions, 9) == [("botnet", 2), ("flood", 1), ("packets", 1)]
