"""A language model behind an endpoint: asked each thing once, every answer in a record."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pclip.errors import PclipError
from pclip.llm.bounds import Bounds, Patience
from pclip.llm.complete import Incomplete, check_usable, is_usable
from pclip.llm.conversation import Answer, Conversation, numbered
from pclip.llm.endpoint import Endpoint
from pclip.llm.exchange import Exchange, Parameter, exchange_key
from pclip.llm.record import Record
from pclip.llm.replayed import index
from pclip.llm.secret import out_of_logs
from pclip.llm.usage import Usage

if TYPE_CHECKING:
    from pclip.llm.asking import Asking

MAX_TEMPERATURE = 2.0


class Client:
    """A `LanguageModel` that asks an endpoint and keeps every answer in a record.

    What the record holds already is not asked again, so a run that was stopped goes on where it
    was. An answer is on the disk before `answers` returns it.

    Args:
        endpoint: who is asked.
        record: a file of JSON lines, which is added to.
        temperature: of the sampling; None leaves it to the endpoint.
        seed: of the endpoint's sampling, for sample 0; sample i has `seed` + i. Also of the waits.
        patience: bounds on time and tries.
        bounds: on what is asked at once and how much is read.
        again: ask also what the record holds; the new answer counts.
        incomplete: "refuse" makes an answer that is empty or was cut off an error, once all others
            are in; it is asked again the next time. "return" gives it like any other.

    Attributes:
        usage: counts so far.

    Raises:
        PclipError: the record cannot be read or written, or holds answers of another model, or at
            another temperature (none given counts as another).
    """

    def __init__(
        self,
        endpoint: Endpoint,
        record: str | os.PathLike[str],
        *,
        temperature: float | None = None,
        seed: int = 0,
        patience: Patience = Patience(),  # noqa: B008 (frozen)
        bounds: Bounds = Bounds(),  # noqa: B008 (frozen)
        again: bool = False,
        incomplete: Incomplete = "refuse",
    ) -> None:
        if temperature is not None and not 0 <= temperature <= MAX_TEMPERATURE:
            raise PclipError(f"a temperature of {temperature:g}: expected 0 to {MAX_TEMPERATURE:g}")
        self.usage = Usage()
        self._endpoint = endpoint
        self._temperature = temperature
        self._seed = seed
        self._patience = patience
        self._bounds = bounds
        self._incomplete = incomplete
        self._record = Record(record)
        recorded = index(self._record.exchanges())
        for exchange in recorded.values():
            _check_same(exchange, endpoint.model, temperature, self._record.path)
        self._again = again
        self._known = {} if again else recorded

    def answers(
        self, conversations: Sequence[Conversation], *, samples: Sequence[int] | None = None
    ) -> list[Answer]:
        """Answer conversations as `LanguageModel` says.

        Raises:
            PclipError: the endpoint gives no answer, or one that is incomplete and is refused; what
                was answered before is in the record.
        """
        asked = [
            (exchange_key(*question), *question) for question in numbered(conversations, samples)
        ]
        questions = {key: (conversation, sample) for key, conversation, sample in asked}
        missing = {key: question for key, question in questions.items() if not self._is_known(key)}
        self.usage.recorded += len(questions) - len(missing)
        if missing:
            self._ask(missing)
        found = []
        for key, conversation, sample in asked:
            answer = self._known[key].answer
            check_usable(answer, self._incomplete, conversation, sample, self._endpoint.origin)
            found.append(answer)
        return found

    def _is_known(self, key: str) -> bool:
        exchange = self._known.get(key)
        return exchange is not None and is_usable(exchange.answer, self._incomplete)

    def _ask(self, questions: dict[str, tuple[Conversation, int]]) -> None:
        secret = self._endpoint.key
        if secret and any(
            secret.occurs_in(m.content) for messages, _ in questions.values() for m in messages
        ):
            raise PclipError("the key for the language model stands in a prompt: nothing was asked")
        known = len(self._known)
        with out_of_logs(secret):
            try:
                _run(self._asking.ask_all(questions))
            except PclipError as error:
                got = len(self._known) - known
                if not got:
                    raise
                rest = "" if self._again else "; the same call asks for the rest alone"
                raise PclipError(
                    f"{error}. The record {self._record.path} has {got} new answers{rest}"
                ) from error

    @cached_property
    def _asking(self) -> Asking:
        from pclip.llm.asking import Asking  # OpenAI's library takes half a second to load

        return Asking(
            self._endpoint,
            temperature=self._temperature,
            seed=self._seed,
            patience=self._patience,
            bounds=self._bounds,
            usage=self.usage,
            keep=self._keep,
        )

    def _keep(self, exchange: Exchange) -> None:
        self._record.append(exchange)
        self._known[exchange.key] = exchange
        self.usage.add(exchange.answer)


def _check_same(
    exchange: Exchange, model: str, temperature: float | None, path: os.PathLike[str]
) -> None:
    recorded = exchange.parameters
    if not recorded:
        return  # A record that no client wrote may not say how it was asked for.
    for name, found, wanted in (
        ("model", recorded.get("model", model), model),
        ("temperature", recorded.get("temperature"), temperature),
    ):
        if found != wanted:
            raise PclipError(
                f"{path}: its answers were asked for with {_said(name, found)}, and this run has "
                f"{_said(name, wanted)}: name another record, or set the same {name}"
            )


def _said(name: str, value: Parameter) -> str:
    return f"no {name}" if value is None else f"{name} {value!a}"


def _run(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run to the end, also in a notebook, whose thread has an event loop of its own."""
    if not _in_event_loop():
        asyncio.run(coroutine)
        return
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, coroutine).result()


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
