"""Differences and verdicts, with made-up numbers in every direction."""

from __future__ import annotations

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pclip.report import verdicts
from pclip.report.scores import Score, compare, mean_of
from pclip.report.verdicts import gain_verdict

SHARE = st.floats(0, 1, allow_nan=False)


def test_a_fixed_score_has_no_spread_to_know() -> None:
    fixed = Score(0.9, None, 1, fixed=True)
    assert str(fixed) == "0.900 (draws nothing)"
    assert compare(Score(0.8, 0.01, 3), fixed).spread == pytest.approx(0.01)
    assert compare(Score(0.8, None, 1), fixed).spread is None


def test_score_is_written_with_deviation_and_number_of_seeds() -> None:
    assert str(Score(0.91234, 0.0049, 3)) == "0.912 ± 0.005 (3)"
    assert str(Score(0.91234, None, 1)) == "0.912 (1)"


@given(SHARE, SHARE, SHARE, SHARE)
def test_compare_is_antisymmetric_and_combines_deviations(
    a: float, b: float, s: float, t: float
) -> None:
    forward = compare(Score(a, s, 3), Score(b, t, 3))
    back = compare(Score(b, t, 3), Score(a, s, 3))
    assert forward.value == -back.value
    assert forward.direction == -back.direction
    assert forward.spread == pytest.approx(math.sqrt(s * s + t * t))


@pytest.mark.parametrize(
    ("ours", "theirs", "claimed", "verdict"),
    [
        (Score(0.95, 0.01, 3), Score(0.80, 0.01, 3), 0.116, verdicts.HOLDS),
        # 9 points, but 11.8 % of the second score: reached in the relative reading.
        (Score(0.85, 0.01, 3), Score(0.76, 0.01, 3), 0.116, verdicts.HOLDS),
        (Score(0.85, 0.01, 3), Score(0.80, 0.01, 3), 0.116, verdicts.DIRECTION_ONLY),
        (Score(0.85, 0.04, 3), Score(0.80, 0.04, 3), 0.116, verdicts.WITHIN),
        (Score(0.80, 0.04, 3), Score(0.85, 0.04, 3), 0.116, verdicts.WITHIN),
        (Score(0.80, 0.01, 3), Score(0.85, 0.01, 3), 0.116, verdicts.FAILS),
        (Score(0.80, 0.00, 3), Score(0.80, 0.00, 3), 0.0, verdicts.WITHIN),
        (Score(0.90, None, 1), Score(0.70, 0.01, 3), 0.116, verdicts.OPEN_ONE_SEED),
        (Score(0.60, None, 1), Score(0.70, None, 1), 0.0, verdicts.FAILS + verdicts.ONE_SEED),
    ],
)
def test_verdict_of_a_claimed_gain(
    ours: Score, theirs: Score, claimed: float, verdict: str
) -> None:
    assert gain_verdict(compare(ours, theirs), claimed) == verdict


def test_mean_of_has_the_largest_possible_deviation() -> None:
    mean = mean_of([Score(0.8, 0.01, 3), Score(0.9, 0.03, 5)])
    assert mean == Score(statistics.fmean([0.8, 0.9]), pytest.approx(0.02), 3)
    assert mean_of([Score(0.8, 0.01, 3), Score(0.9, None, 1)]).std is None
    with pytest.raises(ValueError, match="no scores"):
        mean_of([])
