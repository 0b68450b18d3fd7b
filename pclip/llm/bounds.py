"""Bounds on what is asked of an endpoint: time, tries, size, requests at once."""

from __future__ import annotations

import email.utils
import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime

from pclip.errors import PclipError
from pclip.llm.exchange import MAX_ANSWER_CHARS


@dataclass(frozen=True)
class Patience:
    """Bounds on time and tries.

    Args:
        connect_s: seconds to a connection.
        read_s: seconds without a byte. Servers send an answer when it is finished, so this bounds
            how long the model may think.
        whole_s: seconds for one request, from the first byte sent to the last one read.
        tries: requests for one answer, the first included.
        first_wait_s: seconds before the second try; each further wait is twice as long.
        most_wait_s: seconds of the longest wait; an endpoint that asks for more is given up.

    Raises:
        PclipError: one is out of bounds.
    """

    connect_s: float = 10.0
    read_s: float = 300.0
    whole_s: float = 600.0
    tries: int = 6
    first_wait_s: float = 1.0
    most_wait_s: float = 60.0

    def __post_init__(self) -> None:
        seconds = (self.connect_s, self.read_s, self.whole_s, self.first_wait_s, self.most_wait_s)
        if not all(0 < value <= 86_400 for value in seconds) or not 1 <= self.tries <= 100:
            raise PclipError(f"{self}: expected more than 0 seconds, at most a day; 1 to 100 tries")

    def wait(self, failures: int, asked_for: float | None, chance: random.Random) -> float | None:
        """Seconds until the next try, None where it is given up.

        Args:
            failures: tries that have failed, at least 1.
            asked_for: seconds that the endpoint asks to wait, if it does.
            chance: half of the wait is drawn, so that many clients do not come back together.
        """
        if failures >= self.tries:
            return None
        if asked_for is not None:
            return None if asked_for > self.most_wait_s else asked_for
        longest = min(self.most_wait_s, self.first_wait_s * 2.0 ** (failures - 1))
        return longest * chance.uniform(0.5, 1.0)


@dataclass(frozen=True)
class Bounds:
    """Bounds on what is asked at once and how much is read.

    Args:
        concurrency: requests under way at a time.
        answer_tokens: `max_tokens` of a request.
        answer_chars: characters of an answer that are kept; one that is longer is incomplete.

    Raises:
        PclipError: one is out of bounds.
    """

    concurrency: int = 4
    answer_tokens: int = 2_048
    answer_chars: int = MAX_ANSWER_CHARS

    def __post_init__(self) -> None:
        for name, value, most in (
            ("concurrency", self.concurrency, 64),
            ("answer_tokens", self.answer_tokens, 1_000_000),
            ("answer_chars", self.answer_chars, MAX_ANSWER_CHARS),
        ):
            if not 1 <= value <= most:
                raise PclipError(f"{name} of {value:,}: expected 1 to {most:,}")


def read_retry_after(value: str | None) -> float | None:
    """Seconds from a header Retry-After, a number or a date; None where it holds neither.

    Source: RFC 9110, section 10.2.3.
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            date = email.utils.parsedate_to_datetime(value)
        except (ValueError, OverflowError):  # the latter of years that no calendar has
            return None
        if date.tzinfo is None:
            date = date.replace(tzinfo=UTC)
        seconds = max(0.0, (date - datetime.now(UTC)).total_seconds())
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
