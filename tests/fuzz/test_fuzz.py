"""10,000 damaged inputs a parser: no exception but PclipError, no hang, bounded memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.campaign import run_campaign
from tests.fuzz.parsers import parsers

COUNT = 10_000
SEED = 0
MOST_REFUSED = 0.99
"""A mutator that breaks everything at the door fuzzes nothing behind it."""


@pytest.mark.parametrize("name", list(parsers()))
def test_damaged_inputs_never_crash_a_parser(name: str, tmp_path: Path) -> None:
    parser = parsers()[name]
    # As they are, all seeds are read.
    parser.run([seed.content for seed in parser.seeds], tmp_path)
    assert parser.refused == 0
    outcome = run_campaign(parser, COUNT, SEED, tmp_path)
    found = [f"{why}: {[case.hex() for case in cases[:1]]}" for cases, why in outcome.crashes]
    assert not found, "\n".join(
        [*found, f"more of it: python -m tests.fuzz --parser={name} --count={COUNT} --seed={SEED}"]
    )
    assert outcome.cases == COUNT
    assert outcome.refused < MOST_REFUSED * COUNT
