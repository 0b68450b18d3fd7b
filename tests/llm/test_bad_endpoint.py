"""Endpoints that fail, in every way a network and a server know: one error each, one line."""

from __future__ import annotations

import asyncio
import itertools
import logging
import socket
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path

import pytest

from pclip.errors import PclipError
from pclip.llm import Bounds, Client, Patience, connect, prompt, read_record
from pclip.llm.completion import read_completion
from pclip.llm.transport import MAX_BODY_BYTES
from tests.llm.conftest import QUICK, Connect
from tests.made_endpoint import Reply, Request, completion, refusal


def failure(client: Client) -> str:
    """The error that a question ends in: one line, short, shown by any terminal."""
    with pytest.raises(PclipError) as caught:
        client.answers([prompt("Two\nwords?")])
    error = caught.value
    message = str(error)
    assert message.isprintable()
    assert message.isascii()
    assert len(message) < 700
    # What an error came from is shown with it, and would show the request.
    assert error.__cause__ is None
    assert error.__context__ is None
    return message


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (
            refusal(401, "Incorrect API key provided"),
            "HTTP 401: Incorrect API key provided: the key is missing or not accepted",
        ),
        (refusal(403, "no"), "HTTP 403: no: the key is missing or not accepted"),
        (
            refusal(404, "The model `wanted` does not exist."),
            "HTTP 404: The model `wanted` does not exist.: it does not know the model",
        ),
        (Reply(b"<html>Not Found</html>", 404), "base URLs often end in /v1"),
        (Reply(b"", 404), "HTTP 404: it has no /chat/completions there"),
        (refusal(429, "pay", code="insufficient_quota"), "HTTP 429: pay: the account has no"),
        (Reply(b'{"detail": "too long"}', 422), "HTTP 422: too long: it does not accept"),
        (Reply(b'{"error": "bad words"}', 400), "HTTP 400: bad words: it does not accept"),
        (Reply(b'{"error": {"message": 5}}', 400), 'HTTP 400: {"message": 5}: it does not'),
        (
            Reply(b"", 307, {"Location": "http://127.0.0.1:9/v1/chat/completions"}),
            "HTTP 307: it redirects elsewhere, where nothing is sent",
        ),
        (Reply(b'{"error": "no max_completion_tokens"}', 400), "HTTP 400"),
    ],
)
def test_what_will_not_pass_is_not_asked_again(connected: Connect, reply: Reply, says: str) -> None:
    client, endpoint = connected(lambda request: reply)
    message = failure(client)
    assert message.startswith(endpoint.url.removesuffix("/v1") + ": HTTP ")
    assert says in message
    assert message.endswith(r"Asked was 'Two\nwords?' (sample 0)")
    # The last of them wants another field, is given it, and refuses that too.
    assert len(endpoint.requests) == (2 if b"max_completion" in bytes(reply.body) else 1)
    assert "given up after" not in message


BROKEN = [
    (b"", "in JSON: Expecting value"),
    (b"not JSON", "in JSON: Expecting value"),
    (completion("cut short")[:-30], "in JSON"),
    (b"\xff\xfe{}", "in JSON: 'utf-8' codec can't decode"),
    (b"[" * 200_000, "in JSON"),
    (b"[1]", "expected an object"),
    (b"{}", "no choices[0].message"),
    (b'{"choices": []}', "no choices[0].message"),
    (b'{"choices": [1]}', "no choices[0].message"),
    (b'{"choices": [{"message": "hello"}]}', "no choices[0].message"),
    (completion("x", None), "choices[0].finish_reason is no word"),
    (completion("x", "s" * 201), "choices[0].finish_reason is no word"),
    (completion("x", model=""), "model is no word"),
    (completion("x", message={"content": ["x"]}), "choices[0].message.content is no text"),
    (completion("x", message={"content": 5}), "choices[0].message.content is no text"),
    (b'{"model": "a", "model": "b"}', "the same field twice"),
]


@pytest.mark.parametrize(("body", "says"), BROKEN)
def test_a_reply_that_is_no_completion(body: bytes, says: str) -> None:
    with pytest.raises(PclipError) as caught:
        read_completion(body, 100, str)
    assert says in str(caught.value)


def test_it_is_asked_for_again(connected: Connect) -> None:
    client, endpoint = connected(lambda request: Reply(completion("cut short")[:-30]))
    message = failure(client)
    assert "the reply: expected a chat completion in JSON: " in message
    assert "given up after 3 tries in" in message
    assert len(endpoint.requests) == 3


PAGE = Reply(b"\n<!DOCTYPE html><html><title>Welcome!</title></html>", headers={"Server": "nginx"})


def test_a_web_page_in_its_place_is_not(connected: Connect) -> None:
    client, endpoint = connected(lambda request: PAGE)
    message = failure(client)
    assert (
        "a web page in place of a completion: is that the base URL of its API? It often" in message
    )
    assert "given up after" not in message
    assert len(endpoint.requests) == 1


def test_but_is_where_the_endpoint_has_answered_before(connected: Connect) -> None:
    client, endpoint = connected(then("x", PAGE, "y"), bounds=Bounds(concurrency=1))
    assert [a.text for a in client.answers([prompt("a"), prompt("b")])] == ["x", "y"]
    assert len(endpoint.requests) == 3


def test_each_kind_of_trouble_is_said_once(
    connected: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    busy = [refusal(429, f"slow, come in {wait} s") for wait in ("1.2", "3.4")]
    client, endpoint = connected(
        then(*busy, "x", refusal(500, "oops"), "y"), bounds=Bounds(concurrency=1)
    )
    with caplog.at_level(logging.WARNING, "pclip"):
        client.answers([prompt("a"), prompt("b")])
    said = [record.getMessage().partition(" (retrying in ")[0] for record in caplog.records]
    origin = endpoint.url.removesuffix("/v1")
    assert said == [f"{origin}: HTTP 429: slow, come in 1.2 s", f"{origin}: HTTP 500: oops"]


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529])
def test_what_may_pass_is_asked_again(connected: Connect, status: int) -> None:
    client, endpoint = connected(lambda request: refusal(status, "busy"))
    assert f"HTTP {status}: busy; given up after 3 tries in" in failure(client)
    assert len(endpoint.requests) == 3


def then(*replies: str | Reply) -> Callable[[Request], str | Reply]:
    """One reply after the other."""
    coming = iter(replies)
    return lambda request: next(coming)


def test_an_endpoint_that_recovers_is_not_given_up(connected: Connect, record: Path) -> None:
    client, endpoint = connected(then(refusal(500, "oops"), Reply(b"{"), "well"))
    assert client.answers([prompt("a")])[0].text == "well"
    assert client.usage.requests == len(endpoint.requests) == 3
    assert len(read_record(record)) == 1


def test_retry_after_is_honoured(connected: Connect) -> None:
    patience = Patience(tries=2, first_wait_s=0.001, most_wait_s=1)
    client, _ = connected(
        then(refusal(429, "slow", {"Retry-After": "0.3"}), "x"), patience=patience
    )
    begin = time.monotonic()
    client.answers([prompt("a")])
    assert 0.3 <= time.monotonic() - begin < 2


@pytest.mark.parametrize(
    "value", ["3600", formatdate(time.time() + 3600, usegmt=True)], ids=["seconds", "date"]
)
def test_within_a_bound(connected: Connect, value: str) -> None:
    client, endpoint = connected(lambda request: refusal(429, "slow", {"Retry-After": value}))
    message = failure(client)
    assert "HTTP 429: slow; it asks to wait 3," in message
    assert "more than 0.05: come back later" in message
    assert len(endpoint.requests) == 1


def test_nobody_there(record: Path) -> None:
    with socket.socket() as taken:  # bound, not listening: nobody else gets the port
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        client = connect(record, base_url=url, model="wanted")
        begin = time.monotonic()
        message = failure(client)
    assert time.monotonic() - begin < 1  # at once: what never answered is not waited for
    assert "no connection (" in message
    assert "is the server running, and is that its address?" in message


def test_an_endpoint_that_goes_away_is_waited_for(connected: Connect) -> None:
    client, endpoint = connected(lambda request: "x")
    client.answers([prompt("a")])
    endpoint.__exit__(None, None, None)
    assert "no connection" in (message := failure(client))
    assert "given up after 3 tries" in message


def slowly(pieces: Iterator[bytes], seconds: float) -> Iterator[bytes]:
    for piece in pieces:
        time.sleep(seconds)
        yield piece


@pytest.mark.parametrize(
    ("pause", "patience", "says"),
    [
        (0.6, {"read_s": 0.1}, "no byte within 0.1 s; given up after 1 try"),
        # Each byte comes in time, the whole never does.
        (
            0.02,
            {"read_s": 0.2, "whole_s": 0.3},
            "no whole reply within 0.3 s; given up after 1 try",
        ),
    ],
)
def test_too_slow(connected: Connect, pause: float, patience: dict[str, float], says: str) -> None:
    client, _ = connected(
        lambda request: Reply(slowly(itertools.repeat(b" ", 100), pause)),
        patience=Patience(tries=1, **patience),  # type: ignore[arg-type]
    )
    begin = time.monotonic()
    assert says in failure(client)
    assert time.monotonic() - begin < 1


def test_a_body_that_ends_before_its_length(connected: Connect) -> None:
    reply = Reply(completion("x"), headers={"Content-Length": "5000"})
    client, _ = connected(lambda request: reply)
    assert "the connection broke: " in failure(client)


def test_a_server_that_speaks_something_else(connected: Connect) -> None:
    client, _ = connected(lambda request: Reply(b"x", headers={"Content-Length": "many"}))
    assert "the connection broke: " in failure(client)


@pytest.mark.parametrize("status", [200, 500])
def test_an_endless_reply_is_not_read(connected: Connect, status: int) -> None:
    sent = itertools.count()

    def endless() -> Iterator[bytes]:
        while True:
            next(sent)
            yield b"a" * 65_536

    client, endpoint = connected(lambda request: Reply(endless(), status))
    assert f"a reply of more than {MAX_BODY_BYTES:,} bytes, which was not read" in failure(client)
    assert len(endpoint.requests) == 1
    # Beyond the bound there is only what the sockets hold.
    assert next(sent) * 65_536 < 4 * MAX_BODY_BYTES


def test_a_reply_is_not_unpacked(connected: Connect) -> None:
    reply = Reply(b"\x1f\x8b" + b"\0" * 100, headers={"Content-Encoding": "gzip"})
    client, _ = connected(lambda request: reply)
    assert "in JSON" in failure(client)


@pytest.mark.parametrize("charset", ["utf-16", "hex", "rot13", "idna", "no-such"])
@pytest.mark.parametrize("status", [200, 400])
def test_the_server_does_not_choose_the_codec(
    connected: Connect, charset: str, status: int
) -> None:
    headers = {"Content-Type": f"text/plain; charset={charset}"}
    body = completion("fine") if status == 200 else b'{"error": {"message": "as it is"}}'
    client, _ = connected(lambda request: Reply(body, status, headers))
    if status == 200:
        assert client.answers([prompt("a")])[0].text == "fine"
    else:
        assert "HTTP 400: as it is" in failure(client)


def test_an_answer_that_is_too_long_is_cut_and_said(connected: Connect, record: Path) -> None:
    client, _ = connected(lambda request: "a" * 5_000, bounds=Bounds(answer_chars=100))
    assert "cut off by pclip at character 100" in failure(client)
    (exchange,) = read_record(record)
    assert exchange.answer.text == "a" * 100
    assert exchange.answer.finish_reason == "oversize"


@pytest.mark.parametrize(
    ("body", "says", "kept"),
    [
        (completion("one, tw", "length"), "cut off at the bound on tokens", "one, tw"),
        (completion(""), "an empty answer", ""),
        (completion(" \x1b[0m\n"), "an empty answer", " \n"),
        (completion(None, "tool_calls"), "ended with 'tool_calls'", ""),
        (completion("", "content_filter"), "withheld by the endpoint's content filter", ""),
        (
            completion(None, message={"refusal": "I cannot."}),
            "a refusal of the model's, which the record holds",
            "I cannot.",
        ),
    ],
)
def test_an_answer_without_an_end_is_recorded_and_refused(
    connected: Connect, record: Path, body: bytes, says: str, kept: str
) -> None:
    client, endpoint = connected(lambda request: Reply(body))
    assert says in failure(client)
    assert len(endpoint.requests) == 1
    assert [exchange.answer.text for exchange in read_record(record)] == [kept]


def test_what_the_server_says_cannot_move_the_cursor(connected: Connect, record: Path) -> None:
    hostile = "a\x1b[2J\x1b]0;title\x07b\u202e\x00c\ud800"
    client, _ = connected(
        lambda request: (
            Reply(completion(hostile, model=hostile))
            if request.prompt == "a"
            else refusal(400, hostile + "x" * 10_000)
        )
    )
    (answer,) = client.answers([prompt("a")])
    assert (answer.text, answer.model) == ("abc", "abc")
    assert b"\x1b" not in record.read_bytes()
    assert b"u001b" not in record.read_bytes()
    assert "HTTP 400: abcxxx" in failure(client)


def test_waits_are_drawn_from_the_seed(connected: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    sleep = asyncio.sleep

    async def noted(seconds: float) -> None:
        waits.append(seconds)
        await sleep(0)

    monkeypatch.setattr("pclip.llm.asking.asyncio.sleep", noted)
    of_seed = []
    for seed in (1, 1, 2):
        waits.clear()
        client, _ = connected(lambda request: refusal(500, "x"), seed=seed)
        failure(client)
        of_seed.append([seconds for seconds in waits if seconds])
    assert len(of_seed[0]) == QUICK.tries - 1
    assert of_seed[0] == of_seed[1] != of_seed[2]
