"""A local server that speaks the protocol of OpenAI's chat completions, well or badly."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, cast

MODEL = "made-up-model"


@dataclass(frozen=True)
class Reply:
    """What the server sends.

    Args:
        body: bytes with a true Content-Length, or pieces that end with the connection; an iterator
            may sleep between them or never end.
        status: of HTTP.
        headers: more of them; one of a name that the server sends itself replaces it.
        reason: the words behind the status.
    """

    body: bytes | Iterable[bytes]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None


@dataclass(frozen=True)
class Request:
    """What the server was sent: path, headers by lower-case name, and the JSON of the body."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def prompt(self) -> str:
        """The text of the last message."""
        return cast(str, self.body["messages"][-1]["content"])


Respond = Callable[[Request], str | Reply]


def completion(
    text: str | None,
    finish_reason: str | None = "stop",
    *,
    model: str = MODEL,
    usage: Mapping[str, Any] | None = None,
    message: Mapping[str, Any] | None = None,
) -> bytes:
    """A chat completion in JSON, with the fields that servers add beside those that are read."""
    return json.dumps(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_790_000_000,
            "model": model,
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": text, **(message or {})},
                    "finish_reason": finish_reason,
                    "logprobs": None,
                }
            ],
            "usage": usage or {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
            "system_fingerprint": "fp_made",
        }
    ).encode()


def refusal(
    status: int, message: str, headers: Mapping[str, str] | None = None, **fields: Any
) -> Reply:
    """An error as OpenAI and vLLM word it."""
    body = json.dumps({"error": {"message": message, "type": "made_up", **fields}}).encode()
    return Reply(body, status, headers or {})


class MadeEndpoint:
    """The server, for the time of a `with`.

    Args:
        respond: the answer to a request, a text or a `Reply`; called in a thread of each request.
    """

    def __init__(self, respond: Respond) -> None:
        self.requests: list[Request] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Request(self.path, headers, json.loads(self.rfile.read(length)))
                endpoint.requests.append(request)
                reply = respond(request)
                if isinstance(reply, str):
                    reply = Reply(completion(reply))
                try:
                    self._send(reply)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True  # the client has heard enough

            def _send(self, reply: Reply) -> None:
                headers = {"Content-Type": "application/json", "Connection": "close"}
                if isinstance(reply.body, bytes):
                    headers["Content-Length"] = str(len(reply.body))
                self.send_response(reply.status, reply.reason)
                for name, value in {**headers, **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                for piece in [reply.body] if isinstance(reply.body, bytes) else reply.body:
                    self.wfile.write(piece)
                    self.wfile.flush()

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        # A handler may be in the middle of an answer without an end.
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        """The base URL to ask."""
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> MadeEndpoint:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
