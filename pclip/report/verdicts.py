"""Verdicts in words: what a measured difference allows one to say about a claim."""

from __future__ import annotations

from dataclasses import dataclass

from pclip.report.scores import Difference

HOLDS = "holds here"
DIRECTION_ONLY = "the direction holds here, the size does not"
WITHIN = "does not show here: within the spread"
FAILS = "does not hold here"
ONE_SEED = " (one seed, spread not known)"
# What one seed alone can say in favour of anything: nothing yet.
OPEN_ONE_SEED = "open (one seed: no spread, not decided)"


@dataclass(frozen=True)
class Answer:
    """A verdict in few words, and the numbers it rests on in a sentence."""

    verdict: str
    measured: str


def gain_verdict(difference: Difference, claimed: float = 0.0) -> str:
    """Verdict on "higher by `claimed`".

    A difference that is not beyond the combined standard deviation is within the spread, whatever
    its sign. The size is reached in points or relative to the second score, the paper not saying
    which it means. One seed can speak against a claim, never for it.

    Args:
        claimed: the claimed gain as a fraction; 0 where only the direction is claimed.
    """
    one_seed = ONE_SEED if difference.spread is None else ""
    if difference.direction == 0:
        return WITHIN + one_seed
    if difference.direction < 0:
        return FAILS + one_seed
    if difference.spread is None:
        return OPEN_ONE_SEED
    reached = difference.value >= claimed or difference.relative >= claimed
    return HOLDS if reached else DIRECTION_ONLY


def gain_words(difference: Difference) -> str:
    """The difference in points and relative to the second score."""
    return f"{difference} ({100 * difference.relative:+.1f} % relative)"
