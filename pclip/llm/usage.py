"""What was asked of an endpoint, in requests, tokens and money."""

from __future__ import annotations

from dataclasses import dataclass

from pclip.errors import PclipError
from pclip.llm.conversation import Answer

PER = 1_000_000


@dataclass(frozen=True)
class Prices:
    """What tokens cost, in any currency.

    Args:
        prompt: of a million tokens of conversations.
        answer: of a million tokens of answers.

    Raises:
        PclipError: a price is negative or no number.
    """

    prompt: float
    answer: float

    def __post_init__(self) -> None:
        for price in (self.prompt, self.answer):
            if not 0 <= price < float("inf"):
                raise PclipError(
                    f"a price of {price:g}: expected what a million tokens cost, at least 0"
                )


@dataclass
class Usage:
    """Counts over the life of a client.

    Args:
        answered: answers that the endpoint gave.
        recorded: answers taken from the record instead.
        requests: requests sent, tries that failed included.
        prompt_tokens: of the answers that came with a count.
        answer_tokens: likewise.
        uncounted: answers that came without one.
    """

    answered: int = 0
    recorded: int = 0
    requests: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0
    uncounted: int = 0

    def add(self, answer: Answer) -> None:
        """Count an answer of the endpoint's."""
        self.answered += 1
        if answer.prompt_tokens is None or answer.answer_tokens is None:
            self.uncounted += 1
            return
        self.prompt_tokens += answer.prompt_tokens
        self.answer_tokens += answer.answer_tokens

    def cost(self, prices: Prices) -> float:
        """What the counted tokens cost, in the currency of `prices`.

        The bill may be higher: a try that failed on its way back was worked on, and is not counted.
        """
        return (self.prompt_tokens * prices.prompt + self.answer_tokens * prices.answer) / PER

    def sentence(self, prices: Prices | None = None) -> str:
        """The counts in one line."""
        parts = [
            f"answers: {self.answered:,} asked for in {self.requests:,} requests, "
            f"{self.recorded:,} from the record",
            f"tokens: {self.prompt_tokens:,} asked, {self.answer_tokens:,} answered",
        ]
        if self.uncounted:
            parts.append(f"answers without a count of tokens: {self.uncounted:,}")
        if prices is not None:
            at_least = "at least " if self.uncounted else ""
            parts.append(f"cost: {at_least}{self.cost(prices):.4f}")
        return "; ".join(parts)
