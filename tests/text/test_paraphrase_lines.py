"""From an answer to candidates."""

from __future__ import annotations

import pytest

from pclip.text.paraphrase_lines import candidates


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("1. One.\n2) Two.\n(3) Three.\n10: Ten.", ["One.", "Two.", "Three.", "Ten."]),
        ("- One.\n* Two.\n• Three.", ["One.", "Two.", "Three."]),
        ("Sure! Here:\n\n1. One.\n\nDone?", ["Sure! Here:", "One.", "Done?"]),
        ('1. "One."\n2. **Two.**\n`Three.`', ["One.", "Two.", "Three."]),
        ('["One.", "Two."]', ["One.", "Two."]),
        ('```json\n["One.", "Two."]\n```', ["One.", "Two."]),
        ('```\n[\n "One.",\n "Two."\n]\n```\n', ["One.", "Two."]),
        (
            'Sure:\n```json\n["One."]\n```\nAnd:\n~~~\n["Two."]\n~~~\nDone.',
            ["Sure:", "One.", "And:", "Two.", "Done."],
        ),
        ('```json\n["1. One\\nand."]\n```', ["1. One\nand."]),
        ("~~~\n1. One.\n~~~", ["~~~", "One.", "~~~"]),
        ('```json\n["One.", "Tw', ["```json", '["One.", "Tw']),
        ("```json\n" * 20_000, ["```json"] * 20_000),
        ('{"a": "One."}', ['{"a": "One."}']),
        ("[" * 100_000, ["[" * 100_000]),
        ("1. One.\r\n2. Two.", ["One.", "Two."]),
        ("", []),
        ("\n \n", []),
        ("1.", ["1."]),
    ],
)
def test_candidates_of_an_answer(answer: str, found: list[str]) -> None:
    assert candidates(answer) == found
