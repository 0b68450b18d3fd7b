"""A key is nowhere but in the header that is sent: not in logs, records, messages, reprs."""

from __future__ import annotations

import copy
import logging
import pickle
import traceback
from pathlib import Path

import pytest

from pclip.errors import PclipError
from pclip.llm import prompt
from pclip.llm.endpoint import Endpoint
from pclip.llm.secret import PLACEHOLDER, Secret
from tests.llm.conftest import KEY, Connect
from tests.made_endpoint import Reply, Request, completion, refusal

SPLIT = KEY[:9] + "\x00" + KEY[9:14] + "\u202e\x1b[31m" + KEY[14:]
"""The key as cleaning would put it together."""
LINES = KEY[:9] + "\n" + KEY[9:14] + "\t" + KEY[14:]
"""The key as a name of one line would."""


def test_no_way_of_looking_shows_it() -> None:
    secret = Secret(KEY)
    endpoint = Endpoint("http://host/v1", "m", secret)
    for shown in (repr(secret), str(secret), f"{secret}", repr(endpoint), str(vars(endpoint))):
        assert KEY not in shown
    for write in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="a key is not pickled"):
            write(secret)
    assert secret.reveal() == KEY


@pytest.mark.parametrize("key", ["", " ", "a b", "sk-\nabc", "schlüssel", "k" * 4_097, "\x00"])
def test_what_may_not_stand_in_a_header(key: str) -> None:
    with pytest.raises(PclipError, match="expected 1 to 4,096 printable ASCII") as caught:
        Secret(key)
    assert not key.strip() or key not in str(caught.value)


def test_placeholders_are_not_struck_out_of_texts() -> None:
    assert Secret("EMPTY").redact("EMPTY or ollama") == "EMPTY or ollama"
    assert Secret(KEY).redact(f"a {KEY}{KEY}b") == f"a {PLACEHOLDER}{PLACEHOLDER}b"


@pytest.mark.parametrize("echo", [KEY, SPLIT, LINES])
def test_a_server_that_sends_the_key_back(
    connected: Connect,
    record: Path,
    echo: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    header = {"X-Echo": KEY}

    def echoing(request: Request) -> Reply:
        if request.prompt == "answer":
            return Reply(completion(f"it is {echo}.", model=f"m {echo}"), 200, header, KEY)
        if request.prompt == "reason":
            return Reply(completion("x", f"because {echo}"), 200, header, KEY)
        if request.prompt == "broken":
            return Reply(f'{{"{KEY}": '.encode() + KEY.encode(), 200, header, KEY)
        if request.prompt == "text":
            return Reply(("x" * 190 + echo).encode(), 400, header, KEY)
        return refusal(401, f"Incorrect API key provided: {echo}", header, code=echo)

    client, _ = connected(echoing)
    shown = []
    with caplog.at_level(logging.DEBUG):
        (answer,) = client.answers([prompt("answer")])
        # In a text of many lines a key that a line end splits is two words.
        assert answer.text == f"it is {PLACEHOLDER if echo != LINES else LINES}."
        assert answer.model == f"m {PLACEHOLDER}"
        for question in ("reason", "broken", "text", "refused"):
            with pytest.raises(PclipError) as caught:
                client.answers([prompt(question)])
            shown.append("".join(traceback.format_exception(caught.value)))
    assert "HTTP Request: POST" in caplog.text  # the libraries do log
    assert PLACEHOLDER in caplog.text
    assert len(record.read_bytes().splitlines()) == 2
    # A part of it is a beginning.
    begins = KEY[:10] if echo != LINES else KEY
    for place in (*shown, caplog.text, record.read_text(), *capfd.readouterr(), repr(vars(client))):
        assert KEY not in place
        assert begins not in place


def test_logs_of_others_are_left_alone_afterwards(connected: Connect) -> None:
    client, _ = connected(lambda request: "x")
    client.answers([prompt("a")])
    assert not logging.getLogger("httpx2").filters


def test_a_key_in_a_prompt_is_not_sent(connected: Connect, record: Path) -> None:
    client, endpoint = connected(lambda request: "x")
    with pytest.raises(PclipError, match="stands in a prompt: nothing was asked"):
        client.answers([prompt("a"), prompt(f"my key is {KEY}")])
    assert not endpoint.requests
    assert not record.exists()
