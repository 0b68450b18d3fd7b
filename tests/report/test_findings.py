"""What works and what does not, as the findings put it."""

from __future__ import annotations

import pytest

from pclip.report.findings import FAILS, OPEN, WORKS
from tests.report.made_up import contradicted, finding, run_of, score, zero_shot


@pytest.mark.parametrize(
    ("gnn", "outcome", "words"),
    [
        (0.97, WORKS, "The graphs add"),
        (0.905, OPEN, "cannot be told from no graph"),
        (0.85, FAILS, "The graphs cost accuracy"),
    ],
)
def test_graph_against_no_graph(gnn: float, outcome: str, words: str) -> None:
    rows = {"gnn": {"mauc": score(gnn)}, "temporal": {"mauc": score(0.9)}}
    found = finding(run_of({"reasoning": rows}), "without a graph")
    assert found[0] == outcome
    assert words in found[1]


@pytest.mark.parametrize(
    ("control", "outcome", "words"),
    [
        (0.5, WORKS, "The method does better than the control."),
        (0.605, OPEN, "The control does as well as the method."),
        (0.8, FAILS, "The control does better than the method."),
    ],
)
def test_a_control_that_does_as_well_is_said(control: float, outcome: str, words: str) -> None:
    split = {
        "zero_shot": zero_shot(packet=0.6),
        "controls": {"random_forest_bytes": {"macro_top1": score(control)}},
    }
    found = finding(run_of(split), "random_forest_bytes")
    assert found[0] == outcome
    assert found[1].endswith(words)


@pytest.mark.parametrize(("mauc", "outcome"), [(0.51, WORKS), (0.7, FAILS)])
def test_shuffled_labels_must_fall_to_chance(mauc: float, outcome: str) -> None:
    run = run_of({"controls": {"shuffled_labels": {"mauc": score(mauc)}}})
    assert finding(run, "shuffled labels")[0] == outcome


def test_validation_objects_to_a_lead_and_not_to_a_loss_that_it_shares() -> None:
    ahead = finding(run_of({"zero_shot": contradicted(both=0.7, packet=0.6)}), "both 0.7")
    assert ahead[0] == OPEN
    assert "on the validation part both is below packet" in ahead[1]
    behind = finding(run_of({"zero_shot": zero_shot(both=0.5, packet=0.6)}), "both 0.5")
    assert behind[0] == FAILS
    assert behind[1].endswith("harms: the packet head alone names better.")
