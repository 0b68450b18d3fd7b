"""One request to an endpoint, and what its failure means."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import httpx2
import openai

from pclip.errors import PclipError
from pclip.llm.bounds import Patience, read_retry_after
from pclip.llm.complete import CONTENT_FILTER
from pclip.llm.completion import read_completion
from pclip.llm.conversation import Answer, Conversation
from pclip.llm.exchange import Parameter
from pclip.llm.transport import MAX_BODY_BYTES, TooLarge

MAX_TOKENS = "max_tokens"
MAX_COMPLETION_TOKENS = "max_completion_tokens"
SHOWN_CHARS = 200
RETRIED_STATUS = frozenset({408, 409, 425, 429})


@dataclass(frozen=True)
class Failure:
    """Why there is no answer.

    Args:
        message: what happened and what to do.
        passes: whether the same request may succeed later.
        wait_s: seconds that the endpoint asks to wait before.
        unreachable: whether nobody answered at all.
        wants_completion_tokens: the endpoint takes `MAX_COMPLETION_TOKENS` for `MAX_TOKENS`.
        unlike_api: what replied may be no such endpoint at all.
    """

    message: str
    passes: bool = False
    wait_s: float | None = None
    unreachable: bool = False
    wants_completion_tokens: bool = False
    unlike_api: bool = False


async def attempt(
    client: openai.AsyncOpenAI,
    conversation: Conversation,
    parameters: Mapping[str, Parameter],
    patience: Patience,
    most_chars: int,
    tidy: Callable[[str], str],
) -> Answer | Failure:
    """Ask once.

    A failure is a value: an exception would carry the request, and the key in it, to whoever
    prints where it came from.

    Args:
        client: of `open_client`.
        conversation: what is asked.
        parameters: sent beside it.
        patience: bounds on the time.
        most_chars: as of `read_completion`.
        tidy: likewise.
    """
    messages = [{"role": message.role, "content": message.content} for message in conversation]
    request = cast(Any, {"messages": messages, **parameters})
    try:
        async with asyncio.timeout(patience.whole_s):
            reply = await client.chat.completions.with_raw_response.create(**request)
        return read_completion(reply.content, most_chars, tidy)
    except TimeoutError:
        return Failure(f"no whole reply within {patience.whole_s:g} s", passes=True)
    except openai.APITimeoutError as error:
        if isinstance(error.__cause__, httpx2.ConnectTimeout):
            return _unreachable(f"no connection within {patience.connect_s:g} s")
        return Failure(f"no byte within {patience.read_s:g} s", passes=True)
    except openai.APIStatusError as error:
        if error.status_code == 400 and error.code == CONTENT_FILTER:  # a filter of the question
            return Answer("", str(parameters["model"]), CONTENT_FILTER, None, None)
        return _refused(error, tidy)
    except openai.APIConnectionError as error:
        # It says "Connection error."; the reason is what it was raised from.
        reason = _shown(str(error.__cause__), tidy) or type(error.__cause__).__name__
        if isinstance(error.__cause__, httpx2.ConnectError):
            return _unreachable(reason)
        return Failure(f"the connection broke: {reason}", passes=True)
    except TooLarge:
        return Failure(f"a reply of more than {MAX_BODY_BYTES:,} bytes, which was not read")
    except PclipError as error:
        if reply.content.lstrip().startswith(b"<"):
            # Of an endpoint that has answered before, a proxy's note of a pause.
            return Failure(
                "a web page in place of a completion: is that the base URL of its API? It often "
                "ends in /v1",
                passes=True,
                unlike_api=True,
            )
        # A server or a proxy that breaks off in the middle of a body.
        return Failure(str(error), passes=True)


def _unreachable(reason: str) -> Failure:
    return Failure(
        f"no connection ({reason}); is the server running, and is that its address?",
        passes=True,
        unreachable=True,
    )


def _refused(error: openai.APIStatusError, tidy: Callable[[str], str]) -> Failure:
    status = error.status_code
    said = _said(error.body)
    found = f"HTTP {status}" + (f": {shown}" if (shown := _shown(said, tidy)) else "")
    if 300 <= status < 400:
        return Failure(
            f"{found}: it redirects elsewhere, where nothing is sent; give that base URL"
        )
    if status in (401, 403):
        return Failure(f"{found}: the key is missing or not accepted; set PCLIP_LLM_API_KEY")
    if status == 404 and "model" in said.lower():
        return Failure(f"{found}: it does not know the model; /models lists those it has")
    if status == 404:
        return Failure(f"{found}: it has no /chat/completions there; base URLs often end in /v1")
    if error.code == "insufficient_quota":
        return Failure(f"{found}: the account has no credit left")
    if status in RETRIED_STATUS or status >= 500:
        wait = read_retry_after(error.response.headers.get("retry-after"))
        return Failure(found, passes=True, wait_s=wait)
    return Failure(
        f"{found}: it does not accept the request",
        wants_completion_tokens=status == 400 and MAX_COMPLETION_TOKENS in said,
    )


def _said(body: object) -> str:
    """The words in the body of an error; servers differ in where they put them."""
    if isinstance(body, dict):
        for field in ("message", "detail", "error"):
            if isinstance(body.get(field), str):
                return str(body[field])
        return json.dumps(body)
    return body if isinstance(body, str) else ""


def _shown(text: str, tidy: Callable[[str], str]) -> str:
    line = " ".join(tidy(text).split()).encode("ascii", "backslashreplace").decode()
    return line if len(line) <= SHOWN_CHARS else line[:SHOWN_CHARS] + "..."
