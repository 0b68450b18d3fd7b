"""A client of a made-up endpoint, which does not wait between tries longer than a test may."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from pclip.llm import Client, Patience, connect
from tests.made_endpoint import MadeEndpoint, Respond

KEY = "sk-0123456789abcdef"
QUICK = Patience(
    connect_s=2.0, read_s=2.0, whole_s=5.0, tries=3, first_wait_s=0.01, most_wait_s=0.05
)

Connect = Callable[..., tuple[Client, MadeEndpoint]]


@pytest.fixture(autouse=True)
def _no_endpoint_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BASE_URL", "API_KEY", "MODEL"):
        monkeypatch.delenv(f"PCLIP_LLM_{name}", raising=False)
        monkeypatch.delenv(f"OPENAI_{name}", raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "record.jsonl"


@pytest.fixture
def connected(record: Path) -> Iterator[Connect]:
    """A client, and the endpoint that answers it as `respond` says."""
    with ExitStack() as stack:

        def make(respond: Respond, **arguments: Any) -> tuple[Client, MadeEndpoint]:
            endpoint = stack.enter_context(MadeEndpoint(respond))
            given = {"model": "wanted", "key": KEY, "patience": QUICK, **arguments}
            return connect(record, base_url=endpoint.url, **given), endpoint

        yield make
