"""Many questions to an endpoint at once, each asked until it is answered or given up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import openai

from pclip.errors import PclipError
from pclip.llm.attempt import MAX_COMPLETION_TOKENS, MAX_TOKENS, Failure, attempt
from pclip.llm.bounds import Bounds, Patience
from pclip.llm.cleaning import clean
from pclip.llm.conversation import Conversation, shortened
from pclip.llm.endpoint import Endpoint
from pclip.llm.exchange import Exchange, Parameter
from pclip.llm.transport import open_client
from pclip.llm.usage import Usage
from pclip.progress import progress_of_tasks

MAX_SEED = 2**31 - 1
"""What every server takes for a seed."""

logger = logging.getLogger("pclip")


def _opened(endpoint: Endpoint, patience: Patience) -> openai.AsyncOpenAI:
    """`open_client`, whose proxies and certificates are those of the environment."""
    try:
        return open_client(endpoint, patience)
    except (ImportError, OSError, ValueError):
        # The message may hold a proxy's password; which variable it is, it does not say.
        raise PclipError(
            "no connection can be made with the proxies and certificates of the environment: "
            "expected http:// or https:// addresses in HTTP_PROXY, HTTPS_PROXY and ALL_PROXY (for "
            "socks5:// install the package socksio) and a file or folder that exists in "
            "SSL_CERT_FILE and SSL_CERT_DIR"
        ) from None


class Asking:
    """Rounds of questions; what one has learnt of the endpoint, the next knows.

    Args:
        endpoint: who is asked.
        temperature: None leaves it to the endpoint.
        seed: of sample 0, and of the waits between tries.
        patience: bounds on time and tries.
        bounds: on what is asked at once and how much is read.
        usage: where requests are counted.
        keep: called with each exchange as it comes.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        temperature: float | None,
        seed: int,
        patience: Patience,
        bounds: Bounds,
        usage: Usage,
        keep: Callable[[Exchange], None],
    ) -> None:
        self._endpoint = endpoint
        self._temperature = temperature
        self._seed = seed
        self._patience = patience
        self._bounds = bounds
        self._usage = usage
        self._keep = keep
        self._max_tokens = MAX_TOKENS
        self._reached = False
        self._answered = False
        self._stopped = asyncio.Event()
        self._said: set[str] = set()

    async def ask_all(self, questions: Mapping[str, tuple[Conversation, int]]) -> None:
        """Ask each question; once one is given up or not kept, no other is begun or tried again.

        Answers that are on their way then are waited for and kept: they are paid for.

        Args:
            questions: conversation and number of the sample by the key of their exchange.

        Raises:
            PclipError: a question was given up, or an answer could not be kept.
        """
        slots = asyncio.Semaphore(self._bounds.concurrency)
        self._stopped = asyncio.Event()  # of this event loop
        async with _opened(self._endpoint, self._patience) as client:
            tasks = [
                asyncio.create_task(self._ask(client, slots, key, conversation, sample))
                for key, (conversation, sample) in questions.items()
            ]
            try:
                await self._each(tasks)
            finally:
                for unfinished in tasks:
                    unfinished.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _each(self, tasks: list[asyncio.Task[None]]) -> None:
        given_up: PclipError | None = None
        bar = progress_of_tasks(tasks, description=f"Asking {self._endpoint.model}", unit="answer")
        async with contextlib.aclosing(bar) as done:
            async for task in done:
                try:
                    await task
                except PclipError as error:
                    given_up = given_up or error
        if given_up is not None:
            raise given_up

    async def _ask(
        self,
        client: openai.AsyncOpenAI,
        slots: asyncio.Semaphore,
        key: str,
        conversation: Conversation,
        sample: int,
    ) -> None:
        # Whichever question is asked first, each waits as long as it would alone.
        chance = random.Random(f"{self._seed} {key}")
        failures = 0
        # A question that waits keeps its slot: an endpoint that is busy is asked less.
        async with slots:
            began = time.monotonic()
            while True:
                if self._stopped.is_set():
                    return
                parameters = self._parameters(sample)
                self._usage.requests += 1
                found = await attempt(
                    client,
                    conversation,
                    parameters,
                    self._patience,
                    self._bounds.answer_chars,
                    self._tidy,
                )
                if not isinstance(found, Failure):
                    self._reached = self._answered = True
                    break
                if found.wants_completion_tokens and MAX_TOKENS in parameters:
                    self._max_tokens = MAX_COMPLETION_TOKENS
                    continue
                failures += 1
                wait = self._wait(found, failures, chance)
                if wait is None:
                    self._stopped.set()
                    took = time.monotonic() - began
                    raise PclipError(self._given_up(found, failures, took, conversation, sample))
                self._warn(found.message, wait)
                await self._pause(wait)
        date = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            self._keep(Exchange(conversation, sample, found, parameters, date))
        except PclipError:
            # As on a full disk: what else is asked would be paid for and lost.
            self._stopped.set()
            raise

    async def _pause(self, seconds: float) -> None:
        """Wait for the next try, which there is none of once the asking has stopped."""
        ends = [
            asyncio.create_task(asyncio.sleep(seconds)),
            asyncio.create_task(self._stopped.wait()),
        ]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()

    def _warn(self, trouble: str, wait: float) -> None:
        """Say each kind of trouble once: a busy endpoint has it for every question."""
        # The kind, such as "HTTP 429", stands before what the server says, which differs each time.
        kind = trouble.partition(":")[0]
        level = logging.INFO if kind in self._said else logging.WARNING
        self._said.add(kind)
        logger.log(level, f"{self._endpoint.origin}: {trouble} (retrying in {wait:.1f} s)")

    def _parameters(self, sample: int) -> dict[str, Parameter]:
        parameters: dict[str, Parameter] = {
            "model": self._endpoint.model,
            self._max_tokens: self._bounds.answer_tokens,
            "seed": (self._seed + sample) % (MAX_SEED + 1),
        }
        if self._temperature is not None:
            parameters["temperature"] = self._temperature
        return parameters

    def _wait(self, failure: Failure, failures: int, chance: random.Random) -> float | None:
        self._reached |= not failure.unreachable
        if not self._may_pass(failure):
            return None
        return self._patience.wait(failures, failure.wait_s, chance)

    def _may_pass(self, failure: Failure) -> bool:
        # Where nobody has ever answered, an address is wrong or a server is not running.
        there = self._answered if failure.unlike_api else self._reached
        return failure.passes and there

    def _given_up(
        self,
        failure: Failure,
        failures: int,
        took: float,
        conversation: Conversation,
        sample: int,
    ) -> str:
        message = f"{self._endpoint.origin}: {failure.message}"
        if failure.wait_s is not None and failure.wait_s > self._patience.most_wait_s:
            message += (
                f"; it asks to wait {failure.wait_s:,.0f} s, more than "
                f"{self._patience.most_wait_s:g}: come back later"
            )
        elif self._may_pass(failure):
            times = "1 try" if failures == 1 else f"{failures} tries"
            message += f"; given up after {times} in {took:.1f} s"
        end = "" if message.endswith("?") else "."
        return f"{message}{end} Asked was {shortened(conversation, sample)}"

    def _tidy(self, text: str) -> str:
        # In this order: a key with a control character inside is whole only after cleaning.
        text = clean(text)
        return self._endpoint.key.redact(text) if self._endpoint.key else text
