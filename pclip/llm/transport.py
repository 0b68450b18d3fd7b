"""The HTTP client below OpenAI's library: what it may send, and how much it may read.

Imported when something is asked, since the library takes half a second to load.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import openai

from pclip import __version__
from pclip.llm.bounds import Patience
from pclip.llm.endpoint import Endpoint

MAX_BODY_BYTES = 4 * 1024 * 1024
"""Of a reply: an answer of the most characters, escaped, and as much again beside it."""

# The library adds what it knows of this machine (X-Stainless-*), and whatever OPENAI_ORG_ID,
# OPENAI_PROJECT_ID and OPENAI_CUSTOM_HEADERS hold, to requests to any server. None of it goes out
# but the library's note to itself that the reply is wanted as it came.
_SENT_HEADERS = frozenset(
    {
        "host",
        "accept",
        "content-type",
        "content-length",
        "connection",
        "authorization",
        "x-stainless-raw-response",
    }
)


class TooLarge(openai.OpenAIError):
    """A reply of more than `MAX_BODY_BYTES`."""


def open_client(endpoint: Endpoint, patience: Patience) -> openai.AsyncOpenAI:
    """OpenAI's client for an endpoint: it tries once, and talks to nobody else.

    Proxies and certificates are those of the environment (HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE).
    """

    async def only_what_is_needed(request: httpx2.Request) -> None:
        for name in set(request.headers) - _SENT_HEADERS:
            del request.headers[name]
        if endpoint.key is None:
            del request.headers["authorization"]
        request.headers["user-agent"] = f"pclip/{__version__}"
        # A few compressed bytes could become gigabytes.
        request.headers["accept-encoding"] = "identity"

    async def no_more_than_can_be_kept(response: httpx2.Response) -> None:
        # A coding that was not asked for makes rubbish of the body, not a bomb. Nor may the server
        # choose among Python's codecs.
        response.headers.pop("content-encoding", None)
        response.headers["content-type"] = "application/json; charset=utf-8"
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Bounded(response.stream)

    return openai.AsyncOpenAI(
        base_url=endpoint.base_url,
        api_key=endpoint.key.reveal() if endpoint.key else "none",
        max_retries=0,
        http_client=httpx2.AsyncClient(
            timeout=httpx2.Timeout(patience.read_s, connect=patience.connect_s),
            limits=httpx2.Limits(max_connections=None),  # the caller's concurrency bounds them
            follow_redirects=False,  # prompts go where the user sends them
            event_hooks={
                "request": [only_what_is_needed],
                "response": [no_more_than_can_be_kept],
            },
        ),
    )


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for piece in self._stream:
            read += len(piece)
            if read > MAX_BODY_BYTES:
                raise TooLarge
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()
