"""A record served as if it were the model that it was made with."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from pclip.errors import PclipError
from pclip.llm.complete import Incomplete, check_usable, is_usable
from pclip.llm.conversation import Answer, Conversation, numbered, shortened
from pclip.llm.exchange import Exchange, exchange_key
from pclip.llm.record import read_record


class Replay:
    """A `LanguageModel` that knows what its record knows, and asks nobody.

    Args:
        path: the record, for messages.
        exchanges: its exchanges. Where something was asked more than once, the last complete
            answer counts; where none is complete, the last that was cut off.
        incomplete: as of `pclip.llm.complete`.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        exchanges: Iterable[Exchange],
        incomplete: Incomplete = "refuse",
    ) -> None:
        self._path = path
        self._answers = index(exchanges)
        self._incomplete = incomplete

    def answers(
        self, conversations: Sequence[Conversation], *, samples: Sequence[int] | None = None
    ) -> list[Answer]:
        """Answer conversations as `LanguageModel` says.

        Raises:
            PclipError: one was never recorded; its answer is incomplete and is refused.
        """
        found = []
        for conversation, sample in numbered(conversations, samples):
            exchange = self._answers.get(exchange_key(conversation, sample))
            if exchange is None:
                raise PclipError(
                    f"{self._path} holds no answer to {shortened(conversation, sample)}: it "
                    f"{self._holds()}. Either the wording has changed since it was recorded, "
                    "then ask a live model, recording into another file; or it is another record"
                )
            answer = exchange.answer
            check_usable(answer, self._incomplete, conversation, sample, str(self._path))
            found.append(answer)
        return found

    def _holds(self) -> str:
        if not self._answers:
            return "is empty"
        first = next(iter(self._answers.values()))
        asked = shortened(first.conversation, first.sample)
        return f"holds {len(self._answers):,} other answers, the first to {asked}"


def replay(path: str | os.PathLike[str], *, incomplete: Incomplete = "refuse") -> Replay:
    """Serve from a record, without a network.

    Args:
        path: a file of JSON lines that `connect` wrote.
        incomplete: as of `Replay`.

    Raises:
        PclipError: the file cannot be read, or is no record.
    """
    return Replay(path, read_record(path), incomplete)


def index(exchanges: Iterable[Exchange]) -> dict[str, Exchange]:
    """The exchange of each key that counts: the last complete one, else the last cut off."""
    found: dict[str, Exchange] = {}
    for exchange in exchanges:
        before = found.get(exchange.key)
        if before is None or _worth(exchange) >= _worth(before):
            found[exchange.key] = exchange
    return found


def _worth(exchange: Exchange) -> int:
    return is_usable(exchange.answer, "refuse") + is_usable(exchange.answer, "return")
