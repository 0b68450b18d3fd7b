"""Where a model is asked, from arguments and the environment; commands' flags into a model."""

from __future__ import annotations

from pathlib import Path

import pytest

from pclip.errors import PclipError
from pclip.llm import Client, Replay, language_model, prompt
from pclip.llm.endpoint import OPENAI, find_endpoint
from tests.llm.conftest import KEY
from tests.made_endpoint import MadeEndpoint

OWN = "http://own:8000/v1"
THEIRS = "https://theirs/v1"
OTHER_KEY = "sk-other-key-9876"


@pytest.mark.parametrize(
    ("arguments", "environment", "base_url", "key"),
    [
        ({"base_url": OWN}, {}, OWN, None),
        ({}, {"PCLIP_LLM_BASE_URL": OWN}, OWN, None),
        ({}, {"PCLIP_LLM_BASE_URL": OWN, "PCLIP_LLM_API_KEY": KEY}, OWN, KEY),
        ({"base_url": THEIRS, "key": KEY}, {"PCLIP_LLM_BASE_URL": OWN}, THEIRS, KEY),
        ({"key": OTHER_KEY}, {"PCLIP_LLM_API_KEY": KEY, "PCLIP_LLM_BASE_URL": OWN}, OWN, OTHER_KEY),
        ({}, {"OPENAI_API_KEY": KEY}, OPENAI, KEY),
        ({}, {"PCLIP_LLM_API_KEY": KEY}, OPENAI, KEY),
        ({}, {"OPENAI_BASE_URL": THEIRS, "OPENAI_API_KEY": KEY}, THEIRS, KEY),
        ({}, {"OPENAI_BASE_URL": THEIRS}, THEIRS, None),
        # The key for OpenAI is no key for somebody else's server.
        ({}, {"PCLIP_LLM_BASE_URL": OWN, "OPENAI_API_KEY": KEY}, OWN, None),
        ({"base_url": OWN}, {"OPENAI_BASE_URL": THEIRS, "OPENAI_API_KEY": KEY}, OWN, None),
        # An empty variable is not set; white space is what a file's last newline left.
        ({}, {"PCLIP_LLM_BASE_URL": "", "OPENAI_BASE_URL": THEIRS}, THEIRS, None),
        ({}, {"PCLIP_LLM_BASE_URL": f" {OWN}\n", "PCLIP_LLM_API_KEY": f"{KEY}\n"}, OWN, KEY),
        ({}, {"PCLIP_LLM_BASE_URL": OWN, "PCLIP_LLM_API_KEY": " \n"}, OWN, None),
    ],
)
def test_arguments_come_before_the_environment(
    arguments: dict[str, str], environment: dict[str, str], base_url: str, key: str | None
) -> None:
    endpoint = find_endpoint(**arguments, environment=environment | {"PCLIP_LLM_MODEL": "m"})
    assert (endpoint.base_url, endpoint.model) == (base_url, "m")
    assert (endpoint.key and endpoint.key.reveal()) == key


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({}, "no language model to ask: set PCLIP_LLM_BASE_URL"),
        ({"PCLIP_LLM_BASE_URL": OWN}, "which language model? Set PCLIP_LLM_MODEL"),
    ],
)
def test_what_is_missing_is_said(environment: dict[str, str], says: str) -> None:
    with pytest.raises(PclipError, match="^" + says.replace("?", r"\?")):
        find_endpoint(environment=environment)


@pytest.mark.parametrize(
    ("base_url", "says"),
    [
        ("localhost:11434/v1", "is not one: expected http://HOST:PORT/v1"),
        ("ftp://host/v1", "is not one"),
        ("http:///v1", "is not one"),
        ("http://host:0/v1", "is not one"),
        ("http://host:99999/v1", "is not one"),
        ("http://[::1/v1", "is not one"),
        ("http://host/v 1", "is not one"),
        ("http://host/v1\x1b[2J", "is not one"),
        ("http://host/" + "a" * 2_000, "is not one"),
        (f"http://user:{KEY}@host/v1", "has a user, a query or a fragment"),
        (f"http://host/v1?key={KEY}", "has a user, a query or a fragment"),
        (f"http://host/v1#{KEY}", "has a user, a query or a fragment"),
        (f"http://host/{KEY}/v1", "the key stands in the base URL"),
    ],
)
def test_a_base_url_that_is_not_usable_is_not_shown(base_url: str, says: str) -> None:
    with pytest.raises(PclipError, match=says) as caught:
        find_endpoint(base_url, "m", KEY, environment={})
    assert KEY not in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_model_by_a_name_that_is_none() -> None:
    with pytest.raises(PclipError, match="the key stands in the base URL or in the model's name"):
        find_endpoint(OWN, KEY, KEY, environment={})
    for name in ("m" * 201, "a\nb"):
        with pytest.raises(PclipError, match="the model's name has"):
            find_endpoint(OWN, name, environment={})


def test_messages_name_the_server_alone() -> None:
    assert find_endpoint("https://host:8443/deep/v1", "m", environment={}).origin == (
        "https://host:8443"
    )


# The flags of a command.


def test_flags_give_a_live_model_and_its_replay(tmp_path: Path) -> None:
    record, key_file = tmp_path / "r.jsonl", tmp_path / "key"
    key_file.write_text(KEY + "\n")
    with MadeEndpoint(lambda request: request.prompt.upper()) as endpoint:
        live = language_model(
            record, live=True, base_url=endpoint.url, model="m", key_file=key_file, concurrency=2
        )
        assert isinstance(live, Client)
        answers = live.answers([prompt("a")])
        assert endpoint.requests[0].headers["authorization"] == f"Bearer {KEY}"
    replayed = language_model(record, live=False)
    assert isinstance(replayed, Replay)
    assert replayed.answers([prompt("a")]) == answers


def test_flags_that_do_not_go(tmp_path: Path) -> None:
    record = tmp_path / "r.jsonl"
    with pytest.raises(PclipError, match="no language model to ask"):
        language_model(record, live=True)
    assert not record.exists()
    with pytest.raises(PclipError, match="cannot read the record"):
        language_model(record, live=False)
    with pytest.raises(PclipError, match="concurrency of 0: expected 1 to 64"):
        language_model(record, live=True, base_url=OWN, model="m", concurrency=0)
    with pytest.raises(PclipError, match="key: cannot read it"):
        language_model(record, live=True, base_url=OWN, model="m", key_file=tmp_path / "key")
