"""The section on captions and graphs: rows, what is compared with what, what is missing."""

from __future__ import annotations

from pclip.report.language import language_section
from pclip.report.results import parse_results
from pclip.report.run_files import Run
from tests.report.made_up import score


def made(top1: float, gnn: float | None = None, temporal: float | None = None) -> Run:
    mauc = {"gnn": gnn, "temporal": temporal}
    split = {
        "zero_shot": {"packet": {"macro_top1": score(top1)}, "both": {"macro_top1": score(0.4)}},
        "reasoning": {k: {"mauc": score(v)} for k, v in mauc.items() if v is not None},
    }
    splits = {"random": split, "round": split}
    return Run(parse_results({"schema": 1, "dataset": "testbed", "splits": splits}))


RUNS = {
    "templates": made(0.50),
    "paraphrases": made(0.55),
    "shipped": made(0.552, 0.80, 0.81),
    "shuffled": made(0.552, 0.70),
}


def test_each_arm_has_its_row_and_is_compared_with_the_one_before():
    text = language_section(RUNS)
    assert "| + paraphrases | 0.550 ± 0.010 (3) | 0.400" in text
    assert "- round, packet head: + paraphrases, beside templates: +5.0 points, beyond" in text
    assert (
        "- random, packet head: + concepts (the default), beside + paraphrases: +0.2 points, within"
        in text
    )
    assert "shuffled between the missions, beside as shipped: -10.0 points, beyond" in text
    assert "the temporal Transformer alone, beside as shipped: +1.0 points, within" in text
    assert "**Shuffling the words between the missions detects worse on round, random.**" in text
    assert "**Leaving the graphs out detects as well on all splits.**" in text
    assert "Taking random words" not in text
    assert text.index("| round, packet head") < text.index("random, packet head")


def test_what_was_not_run_has_no_row():
    text = language_section(RUNS)
    assert "pruned" not in text
    assert "random words |" not in text
    alone = language_section({"paraphrases": made(0.5)})
    assert "beside" not in alone
    assert "| + paraphrases |" in alone


def test_without_runs_there_is_no_section():
    assert language_section({}) == ""
