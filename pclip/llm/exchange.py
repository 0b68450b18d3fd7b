"""One line of a record: a conversation, its answer, and what wrote it when."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NewType, TypeAlias

from pclip.documents import DocumentReader, parse_object
from pclip.llm.cleaning import clean
from pclip.llm.conversation import MAX_MESSAGES, Answer, Conversation, Message

SCHEMA = 1
MAX_ANSWER_CHARS = 65_536
LINE_BEGINS = b'{"schema": 1, "key": "'
"""How `write_exchange` begins every line."""
MAX_LINE_BYTES = 4 * 1024 * 1024
MAX_COUNT = 1_000_000_000
MAX_PARAMETERS = 32
MAX_PARAMETER_CHARS = 200

Parameter: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True)
class Exchange:
    """A question and its answer, as a record keeps them.

    Args:
        conversation: what was asked.
        sample: which of several answers to it.
        answer: what came, also where it is empty or was cut off.
        parameters: what was asked of the endpoint besides: the name of the model that was wanted,
            the seed, the temperature, the bound on tokens.
        date: when, ISO 8601 with the offset from UTC.
    """

    conversation: Conversation
    sample: int
    answer: Answer
    parameters: Mapping[str, Parameter]
    date: str

    @property
    def key(self) -> str:
        """What the exchange is looked up by (`exchange_key`)."""
        return exchange_key(self.conversation, self.sample)


def exchange_key(conversation: Conversation, sample: int) -> str:
    """SHA-256, in hexadecimal, of what was asked.

    Hashed is the JSON text {"messages":[{"content":...,"role":...},...],"sample":...} with sorted
    fields, without spaces, in ASCII. The model is not part of it: a record is asked with the same
    words whoever wrote the answers.
    """
    asked = {"messages": [dataclasses.asdict(m) for m in conversation], "sample": sample}
    text = json.dumps(asked, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def write_exchange(exchange: Exchange) -> bytes:
    """The exchange as a line of a record, in ASCII, with its newline."""
    answer = exchange.answer
    fields = {
        "schema": SCHEMA,
        "key": exchange.key,
        "messages": [dataclasses.asdict(message) for message in exchange.conversation],
        "sample": exchange.sample,
        "answer": answer.text,
        "model": answer.model,
        "parameters": dict(exchange.parameters),
        "date": exchange.date,
        "finish_reason": answer.finish_reason,
        "usage": {"prompt_tokens": answer.prompt_tokens, "answer_tokens": answer.answer_tokens},
    }
    return json.dumps(fields, allow_nan=False).encode() + b"\n"


def read_exchange(line: bytes, source: str) -> Exchange:
    """An exchange from a line of a record, which anybody may have written.

    Args:
        line: the line's bytes.
        source: file and line, for messages.

    Raises:
        PclipError: another schema, a missing, unknown or repeated field, a value out of bounds, or
            a key that is not the hash of what was asked.
    """
    reader = DocumentReader(source, _READERS)
    if len(line) > MAX_LINE_BYTES:
        reader.fail("line", f"{len(line):,} bytes", f"at most {MAX_LINE_BYTES:,}")
    document = parse_object(line, source, "an exchange with a language model")
    reader.schema(document, SCHEMA, "record")
    read = reader.read(_Line, document, "")
    if not 1 <= len(read.messages) <= MAX_MESSAGES:
        reader.fail("messages", f"{len(read.messages)} messages", f"1 to {MAX_MESSAGES}")
    reader.within("sample", read.sample, MAX_COUNT, least=0)
    usage = read.usage
    answer = Answer(
        clean(read.answer),
        read.model,
        read.finish_reason,
        usage.prompt_tokens,
        usage.answer_tokens,
    )
    exchange = Exchange(read.messages, read.sample, answer, read.parameters, read.date)
    if read.key != exchange.key:
        reader.fail("key", read.key, f"{exchange.key}, the hash of messages and sample")
    return exchange


_Prose = NewType("_Prose", str)
_Count = NewType("_Count", int)
_Date = NewType("_Date", str)
_Parameters = NewType("_Parameters", dict[str, Parameter])


@dataclass(frozen=True)
class _Usage:
    prompt_tokens: _Count | None
    answer_tokens: _Count | None


@dataclass(frozen=True)
class _Line:
    key: str
    messages: tuple[Message, ...]
    sample: int
    answer: _Prose
    model: str
    parameters: _Parameters
    date: _Date
    finish_reason: str
    usage: _Usage


def _read_prose(value: object, source: str) -> str:
    if not isinstance(value, str) or len(value) > MAX_ANSWER_CHARS:
        DocumentReader(source).fail(
            "text", value, f"a string of at most {MAX_ANSWER_CHARS:,} characters"
        )
    return value


def _read_message(value: object, source: str) -> Message:
    if not isinstance(value, dict) or set(value) != {"role", "content"}:
        DocumentReader(source).fail("message", value, "an object of role and content")
    role = _read_prose(value["role"], source)
    content = _read_prose(value["content"], source)
    try:
        return Message(role, content)
    except ValueError as error:
        DocumentReader(source).fail("message", content, str(error))


def _read_count(value: object, source: str) -> int | None:
    if value is not None and not (type(value) is int and 0 <= value <= MAX_COUNT):
        DocumentReader(source).fail("count", value, f"null, or 0 to {MAX_COUNT:,}")
    return value


def _read_date(value: object, source: str) -> str:
    try:
        date = datetime.fromisoformat(_read_prose(value, source))
    except ValueError:
        date = None
    if date is None or date.tzinfo is None:
        DocumentReader(source).fail("date", value, "ISO 8601 with an offset, as ...T09:00:00+00:00")
    return str(value)


def _read_parameters(value: object, source: str) -> dict[str, Parameter]:
    reader = DocumentReader(source)
    if not isinstance(value, dict) or len(value) > MAX_PARAMETERS:
        reader.fail("parameters", value, f"an object of at most {MAX_PARAMETERS} fields")
    for name, entry in value.items():
        for text in (name, entry):
            if isinstance(text, str) and (
                len(text) > MAX_PARAMETER_CHARS or not text.isprintable()
            ):
                reader.fail("parameters", text, f"at most {MAX_PARAMETER_CHARS} printable letters")
        if isinstance(entry, (list, dict)) or entry in (float("inf"), float("-inf")):
            reader.fail(name, entry, "a string, a finite number, true, false or null")
    return value


_READERS: dict[Any, Any] = {
    _Prose: _read_prose,
    Message: _read_message,
    _Count | None: _read_count,
    _Date: _read_date,
    _Parameters: _read_parameters,
}
