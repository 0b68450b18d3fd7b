"""A key that can be used but not shown."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from pclip.errors import PclipError

PLACEHOLDER = "[key]"
# "EMPTY" (vLLM's documentation), "ollama", "none": words that clients send where a server wants no
# key. They are no secrets, and a text would be spoiled by striking them out.
LEAST_CHARS = 8
MOST_CHARS = 4_096
# What may log a request or a reply on its way; filters of a parent do not see a child's messages.
_TRANSPORT_LOGGERS = (
    "openai",
    "openai._base_client",
    "httpx2",
    "httpcore2.connection",
    "httpcore2.http11",
    "httpcore2.http2",
    "httpcore2.proxy",
    "httpcore2.socks",
)


class Secret:
    """A key: no `repr`, no comparison and no pickle shows it.

    Args:
        value: printable ASCII without spaces, as a header admits; white space around it is what a
            file's last newline left.

    Raises:
        PclipError: it is empty, too long or has other characters.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        value = value.strip()
        if not 1 <= len(value) <= MOST_CHARS or not all("!" <= c <= "~" for c in value):
            raise PclipError(
                f"the key for the language model has {len(value):,} characters, some of which may "
                f"not stand in a header: expected 1 to {MOST_CHARS:,} printable ASCII characters "
                "without spaces; was it copied whole and alone?"
            )
        self._value = value

    def reveal(self) -> str:
        """The key itself."""
        return self._value

    def occurs_in(self, text: str) -> bool:
        """Whether `text` holds the key; one of fewer than `LEAST_CHARS` characters is no secret."""
        return len(self._value) >= LEAST_CHARS and self._value in text

    def redact(self, text: str) -> str:
        """`text` with `PLACEHOLDER` in the key's place."""
        return text.replace(self._value, PLACEHOLDER) if self.occurs_in(text) else text

    def __repr__(self) -> str:
        return "Secret()"

    def __reduce__(self) -> str:
        raise TypeError("a key is not pickled")


@contextmanager
def out_of_logs(secret: Secret | None) -> Iterator[None]:
    """Keep a key out of what the libraries on the way to the endpoint log.

    They redact the header that they send. A server can send the key back, in a header or beside
    the status, and that they log as it is.
    """
    if secret is None:
        yield
        return

    def redacted(record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if secret.occurs_in(message):
            record.msg, record.args = secret.redact(message), ()
        return True

    loggers = [logging.getLogger(name) for name in _TRANSPORT_LOGGERS]
    for logger in loggers:
        logger.addFilter(redacted)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(redacted)
