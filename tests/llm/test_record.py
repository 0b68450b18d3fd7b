"""Records: durable, whole line by whole line, and read as if an enemy had written them."""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import time
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest

from pclip.errors import PclipError
from pclip.llm import Answer, Exchange, Record, exchange_key, prompt, read_record
from pclip.llm import exchange as exchange_module
from pclip.llm import record as record_module
from pclip.llm.exchange import SCHEMA, read_exchange, write_exchange

DATE = "2026-11-26T09:00:00+00:00"


def made(text: str = "alpha\nbeta", question: str = "Two letters?", sample: int = 0) -> Exchange:
    parameters = {"model": "wanted", "temperature": 0.5, "seed": 3, "top_p": None}
    return Exchange(
        prompt(question), sample, Answer(text, "tiny", "stop", 5, None), parameters, DATE
    )


def changed(**fields: Any) -> bytes:
    """A line with some fields replaced; `...` takes one away."""
    line = json.loads(write_exchange(made())) | fields
    return json.dumps({k: v for k, v in line.items() if v is not ...}).encode() + b"\n"


def test_an_exchange_comes_back_as_it_was_written() -> None:
    exchange = made("Größe: ≤ 3 “quoted”\n\tindented")
    line = write_exchange(exchange)
    assert line.isascii()
    assert line.count(b"\n") == 1
    assert read_exchange(line, "here") == exchange


def test_a_line_has_the_fields_of_the_page() -> None:
    assert json.loads(write_exchange(made())) == {
        "schema": SCHEMA,
        "key": exchange_key(prompt("Two letters?"), 0),
        "messages": [{"role": "user", "content": "Two letters?"}],
        "sample": 0,
        "answer": "alpha\nbeta",
        "model": "tiny",
        "parameters": {"model": "wanted", "temperature": 0.5, "seed": 3, "top_p": None},
        "date": DATE,
        "finish_reason": "stop",
        "usage": {"prompt_tokens": 5, "answer_tokens": None},
    }


def test_the_key_is_of_what_was_asked() -> None:
    # Of a shell: printf '%s' '{"messages":[{"content":"a","role":"user"}],"sample":0}' | sha256sum
    assert exchange_key(prompt("a"), 0) == (
        "b2b4cadde739f29285422c0d6a0c187c87ee742ae6f54cda67a36f87fc532fcc"
    )
    assert len({exchange_key(prompt(text), n) for text in "ab" for n in (0, 1)}) == 4
    assert made("x").key == made("y").key


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (changed(schema=9), "schema: found 9, expected 1; a newer pclip may be needed"),
        (changed(schema=...), "schema: found None"),
        (changed(key="0" * 64), "the hash of messages and sample"),
        (changed(sample=1), "the hash of messages and sample"),
        (changed(messages=[{"role": "user", "content": "Else?"}]), "the hash of messages"),
        (changed(surprise=1), "found 'surprise', expected no field beside"),
        (changed(date=...), "date: found 'nothing', expected this field"),
        (changed(date="yesterday"), "expected ISO 8601"),
        (changed(date="2026-11-26T09:00:00"), "expected ISO 8601"),
        (changed(date=5), "text: found 5"),
        (changed(sample=-1), "sample: found -1"),
        (changed(sample=True), "expected a value of type int"),
        (changed(answer=["a"]), "answer: text: found ['a']"),
        (changed(answer="a" * 65_537), "at most 65,536 characters"),
        (changed(model="a\x1b[2J"), "a printable string"),
        (changed(finish_reason=None), "finish_reason: found None"),
        (changed(messages=[]), "found '0 messages', expected 1 to 64"),
        (changed(messages=[{"role": "user", "content": "x"}] * 65), "expected 1 to 64"),
        (changed(messages=[{"role": "root", "content": "x"}]), "expected one of system"),
        (changed(messages=[{"role": "user", "content": ""}]), "expected 1 to 32,768"),
        (changed(messages=[{"role": "user", "content": "\ud800"}]), "surrogates not allowed"),
        (changed(messages=[{"role": "user"}]), "expected an object of role and content"),
        (changed(messages="x"), "expected a list"),
        (changed(usage={"prompt_tokens": -1, "answer_tokens": None}), "expected null, or 0"),
        (changed(usage={"prompt_tokens": 1}), "usage.answer_tokens: found 'nothing'"),
        (changed(parameters={"a": []}), "expected a string, a finite number"),
        (changed(parameters={"a": "b" * 201}), "at most 200 printable"),
        (changed(parameters={str(i): 0 for i in range(33)}), "at most 32 fields"),
        (changed(parameters={"a": "HUGE"}).replace(b'"HUGE"', b"1e999"), "a finite number"),
        (changed(parameters={"a": "NAN"}).replace(b'"NAN"', b"NaN"), "NaN is not JSON"),
        (b'{"schema": 1, "schema": 1}', "the same field twice"),
        (b"[" * 100_000, "in JSON"),
        (b"\xff\n", "in JSON"),
        (b"[]\n", "expected an object"),
    ],
)
def test_a_line_that_is_no_exchange_is_refused(line: bytes, says: str) -> None:
    with pytest.raises(PclipError) as caught:
        read_exchange(line, "r.jsonl, line 3")
    message = str(caught.value)
    assert message.startswith("r.jsonl, line 3: ")
    assert says in message
    assert message.isprintable()
    assert len(message) < 500


def test_an_answer_is_cleaned_when_it_is_read() -> None:
    assert read_exchange(changed(answer="a\x1b[31mb\u202ec\ud800"), "here").answer.text == "abc"


def test_lines_are_added_and_read_in_order(tmp_path: Path) -> None:
    path = tmp_path / "new" / "r.jsonl"
    for sample in range(3):
        Record(path).append(made(sample=sample))
    assert read_record(path) == [made(sample=sample) for sample in range(3)]


def test_a_torn_last_line_is_said_and_set_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "r.jsonl"
    Record(path).append(made())
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:40])
    with caplog.at_level(logging.WARNING, "pclip"):
        assert read_record(path) == [made()]
    assert "line 2 was cut short" in caplog.text
    assert path.read_bytes() == whole + whole[:40]  # a reader changes nothing

    record = Record(path)
    assert "moved to r.jsonl.torn" in caplog.text
    assert path.read_bytes() == whole
    # Another process may be killed while this one goes on.
    path.write_bytes(whole + b"{")
    record.append(made(sample=1))
    assert read_record(path) == [made(), made(sample=1)]
    assert (tmp_path / "r.jsonl.torn").read_bytes() == whole[:40] + b"\n{\n"


def test_a_last_line_that_lacks_its_newline_alone_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(write_exchange(made()).rstrip())
    assert read_record(path) == [made()]
    Record(path).append(made(sample=1))
    assert read_record(path) == [made(), made(sample=1)]
    assert [file.name for file in tmp_path.iterdir()] == ["r.jsonl"]


def test_what_could_not_be_read_again_is_not_written(tmp_path: Path) -> None:
    record = Record(tmp_path / "r.jsonl")
    with pytest.raises(PclipError, match=r"r\.jsonl, a line to be added: answer: .*65,536"):
        record.append(made("a" * 65_537))
    assert not record.path.exists()


def test_a_file_of_one_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(b'{"schema"')
    Record(path).append(made())
    assert read_record(path) == [made()]


@pytest.mark.parametrize(
    "content", [b'{"my": "mission"}', b'{"schema": 1, "name": "dos"}', b"notes\nof mine", b"\0"]
)
def test_a_file_that_is_no_record_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mission.json"
    path.write_bytes(content)
    with pytest.raises(PclipError, match=r"expected exchanges .* this one is left as it is"):
        Record(path)
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_leaves_the_record_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "r.jsonl"
    record = Record(path)
    record.append(made())
    before = path.read_bytes()

    def half_then_full(file: int, content: bytes) -> None:
        record_module.os.write(file, content[:20])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(record_module, "_write_durably", half_then_full)
    with pytest.raises(PclipError, match="No space left on device; free some space"):
        record.append(made(sample=1))
    assert path.read_bytes() == before


def _append_many(path: Path, first: int, together: Barrier) -> None:
    write = os.write

    # A disk may take a line in pieces; without a lock those of two processes would mix.
    def in_pieces(file: int, content: bytes) -> int:
        time.sleep(0.001)
        return write(file, content[:700])

    os.write = in_pieces
    record = Record(path)
    together.wait(20)
    for sample in range(first, first + 10):
        record.append(made("x" * 5_000, sample=sample))


def test_two_processes_do_not_interleave(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(2)
    workers = [context.Process(target=_append_many, args=(path, n, together)) for n in (0, 10)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    assert sorted(exchange.sample for exchange in read_record(path)) == list(range(20))


@pytest.mark.parametrize("content", [b"\0" * 5_000, b"x" * 5_000 + b"\n"])
def test_lines_without_an_end_are_not_read_into_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setattr(record_module, "MAX_LINE_BYTES", 1_000)
    path = tmp_path / "r.jsonl"
    path.write_bytes(content)
    with pytest.raises(PclipError, match=r"line 1: more than 1,000 bytes"):
        read_record(path)
    if not content.endswith(b"\n"):
        with pytest.raises(PclipError, match=r"ends in a line of more than 1,000 bytes"):
            Record(path)
    assert path.read_bytes() == content


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    with open(path, "wb") as file:
        file.truncate(record_module.MAX_RECORD_BYTES + 1)
    with pytest.raises(PclipError, match=r"expected a record of at most 268,435,456"):
        read_record(path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "r.jsonl")
    with pytest.raises(PclipError, match="expected a record in a regular file; it is none"):
        read_record(tmp_path / "r.jsonl")


def test_a_secret_in_a_file_named_by_mistake_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "key.txt"
    path.write_text("sk-of-some-length")
    with pytest.raises(PclipError, match="ends in a line that is none of a record") as caught:
        Record(path)
    assert "sk-of" not in str(caught.value)
    assert path.read_text() == "sk-of-some-length"


def test_a_file_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(PclipError, match=r"cannot read the record: No such file"):
        read_record(tmp_path / "none.jsonl")
    with pytest.raises(PclipError, match=r"cannot write the record .*Is a directory"):
        Record(tmp_path)


def test_the_bounds_of_what_is_written_admit_all_that_may_be_asked() -> None:
    # Characters beyond the basic plane take twelve bytes in ASCII.
    bytes_of_text = 12 * exchange_module.MAX_ANSWER_CHARS
    assert bytes_of_text < exchange_module.MAX_LINE_BYTES / 2
