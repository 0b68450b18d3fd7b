"""A record answers what it was asked, word for word, and fails on anything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from pclip.errors import PclipError
from pclip.llm import Answer, Exchange, Message, Record, prompt, replay
from pclip.llm.conversation import numbered

DATE = "2026-11-26T09:00:00+00:00"


def recorded(path: Path, *answers: tuple[str, int, str, str]) -> Path:
    """A record of (question, sample, answer, finish reason)."""
    record = Record(path)
    for question, sample, text, reason in answers:
        answer = Answer(text, "tiny", reason, 1, 1)
        record.append(Exchange(prompt(question), sample, answer, {"model": "tiny"}, DATE))
    return path


def texts(path: Path, *questions: str, samples: list[int] | None = None) -> list[str]:
    answers = replay(path).answers([prompt(q) for q in questions], samples=samples)
    return [answer.text for answer in answers]


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return recorded(
        tmp_path / "r.jsonl",
        ("a", 0, "first", "stop"),
        ("b", 0, "other", "stop"),
        ("a", 1, "second", "stop"),
    )


def test_answers_come_in_the_order_of_the_questions(record: Path) -> None:
    assert texts(record, "b", "a") == ["other", "first"]
    assert texts(record, "a", "b", "a") == ["first", "other", "second"]
    assert texts(record, "a", "a", samples=[1, 0]) == ["second", "first"]
    assert texts(record) == []


@pytest.mark.parametrize(("question", "sample"), [("A", 0), ("a ", 0), ("a", 2)])
def test_a_miss_says_what_where_and_what_to_do(record: Path, question: str, sample: int) -> None:
    with pytest.raises(PclipError) as caught:
        texts(record, question, samples=[sample])
    message = str(caught.value)
    assert f"{record} holds no answer to {question!r} (sample {sample})" in message
    assert "it holds 3 other answers, the first to 'a' (sample 0). Either the wording" in message
    assert "ask a live model" in message


def test_a_record_of_nothing_says_so(tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").touch()
    with pytest.raises(PclipError, match=r"holds no answer to 'a' \(sample 0\): it is empty\."):
        texts(tmp_path / "none.jsonl", "a")


def test_a_long_question_is_shortened_and_escaped(record: Path) -> None:
    with pytest.raises(PclipError) as caught:
        texts(record, "word\n\x1b[31m" * 1_000)
    assert len(str(caught.value)) < 500 + len(str(record))
    assert str(caught.value).isprintable()


def test_other_roles_are_other_questions(record: Path) -> None:
    with pytest.raises(PclipError, match="holds no answer"):
        replay(record).answers([(Message("system", "a"),)])


@pytest.mark.parametrize(
    ("text", "reason", "says"),
    [
        ("one, tw", "length", r"cut off at the bound on tokens, at character 7; ask with"),
        ("one, tw", "oversize", r"cut off by pclip at character 7, its bound"),
        ("I cannot.", "refusal", r"a refusal of the model's, which the record holds"),
        ("", "content_filter", r"withheld by the endpoint's content filter"),
        (" \n", "stop", r"an empty answer"),
        (" \n", "length", r"cut off at the bound on tokens"),
        ("x", "tool_calls", r"ended with 'tool_calls' at character 1, expected 'stop'"),
    ],
)
def test_an_incomplete_answer_is_refused_unless_a_cut_one_is_wanted(
    tmp_path: Path, text: str, reason: str, says: str
) -> None:
    path = recorded(tmp_path / "r.jsonl", ("a", 0, text, reason))
    with pytest.raises(PclipError, match=rf"r\.jsonl: 'a' \(sample 0\): {says}"):
        texts(path, "a")
    lenient = replay(path, incomplete="return")
    if reason in ("length", "oversize") and text.strip():
        (answer,) = lenient.answers([prompt("a")])
        assert (answer.text, answer.finish_reason) == (text, reason)
    else:
        with pytest.raises(PclipError, match=says):
            lenient.answers([prompt("a")])


def test_the_last_complete_answer_counts(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    recorded(path, ("a", 0, "cut", "length"), ("a", 0, "old", "stop"))
    assert texts(path, "a") == ["old"]
    recorded(path, ("a", 0, "new", "stop"), ("a", 0, "cut again", "length"))
    assert texts(path, "a") == ["new"]


def test_of_answers_that_are_none_a_cut_one_counts(tmp_path: Path) -> None:
    path = recorded(tmp_path / "r.jsonl", ("a", 0, "cut", "length"), ("a", 0, "", "stop"))
    (answer,) = replay(path, incomplete="return").answers([prompt("a")])
    assert answer.text == "cut"


def test_conversations_are_checked_before_they_are_asked() -> None:
    a = prompt("a")
    assert numbered([a, a], None) == [(a, 0), (a, 1)]
    with pytest.raises(ValueError, match="1 samples for 2 conversations"):
        numbered([a, a], [0])
    with pytest.raises(ValueError, match="of at least 0"):
        numbered([a], [-1])
    with pytest.raises(ValueError, match="0 messages: expected 1 to 64"):
        numbered([()], None)
    with pytest.raises(ValueError, match="40,000 characters: expected at most 32,768 in all"):
        numbered([prompt("a" * 20_000) * 2], None)
    with pytest.raises(ValueError, match="role 'tool'"):
        Message("tool", "x")
    with pytest.raises(ValueError, match="a message of 0 characters"):
        prompt("")
    with pytest.raises(ValueError, match="surrogates"):
        prompt("\udc80")
