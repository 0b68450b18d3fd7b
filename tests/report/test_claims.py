"""Claims answered from made-up numbers, in both directions and within the spread."""

from __future__ import annotations

from typing import Any

import pytest

from pclip.errors import PclipError
from pclip.report import claims, verdicts
from pclip.report.budget import scarcity_note
from pclip.report.claims import CLAIMS, answers, headline
from pclip.report.curve_data import Curve
from pclip.report.findings import FAILS, OPEN, findings
from pclip.report.results import parse_results
from pclip.report.run_files import Metrics, Run, Timing
from tests.report.made_up import (
    AMPLE,
    contradicted,
    detection,
    finding,
    fine_tuned,
    one_seed,
    run_of,
    score,
    zero_shot,
)

GAIN, TOP1, SCARCITY, ET_BERT, PARAMETERS, FLOPS, HEADS, SPEED, TOP5, CONTEXT, FLOW, NOVEL, TIME = (
    CLAIMS[:13]
)


def verdict(claim: claims.Claim, run: Run) -> str:
    found = answers(claim, [("made up", run)])
    assert len(found) == 1
    return found[0].answer.verdict


@pytest.mark.parametrize(
    ("gnn", "others", "std", "expected"),
    [
        (0.95, 0.83, 0.01, verdicts.HOLDS),
        (0.90, 0.83, 0.01, verdicts.DIRECTION_ONLY),
        (0.84, 0.83, 0.01, verdicts.WITHIN),
        (0.80, 0.83, 0.01, verdicts.FAILS),
        (0.80, 0.83, 0.10, verdicts.WITHIN),
    ],
)
def test_gain_over_the_mean_of_baselines(
    gnn: float, others: float, std: float, expected: str
) -> None:
    run = run_of(detection(gnn, others, std))
    assert verdict(GAIN, run) == expected
    measured = answers(GAIN, [("", run)])[0].answer.measured
    # The mean is of the paper's baselines alone: the temporal model would move it.
    assert f"{others:.3f}" in measured
    assert "not run: lightgbm, et_bert_finetuned" in measured


def test_heads_are_chosen_on_validation_not_on_test() -> None:
    run = run_of({"zero_shot": contradicted(both=0.8, packet=0.6, et_bert_finetuned=0.7)})
    answer = answers(TOP1, [("", run)])[0].answer
    # Validation, made up to run the other way, prefers packet.
    assert answer.measured.startswith("packet (chosen on validation)")
    assert answer.verdict == verdicts.FAILS


@pytest.mark.parametrize(
    ("full", "third", "expected"),
    [
        (0.95, 0.94, verdicts.HOLDS),
        (0.88, 0.87, "stays level here, but not at about 95 %"),
        (0.95, 0.85, verdicts.FAILS),
    ],
)
def test_gnn_scarcity(full: float, third: float, expected: str) -> None:
    row = {"1.0": score(full, 0.001), "0.5": score(full, 0.001), "0.3": score(third, 0.001)}
    assert verdict(SCARCITY, run_of({"scarcity": {"gnn": row}})) == expected


@pytest.mark.parametrize(
    ("full", "third", "expected"),
    [
        (0.71, 0.52, verdicts.HOLDS),
        (0.90, 0.80, "it falls here too, at other levels"),
        (0.90, 0.899, verdicts.WITHIN),
        (0.70, 0.80, verdicts.FAILS),
    ],
)
def test_et_bert_scarcity(full: float, third: float, expected: str) -> None:
    row = {"1.0": score(full), "0.3": score(third)}
    assert verdict(ET_BERT, run_of({"scarcity": {"et_bert_finetuned": row}})) == expected


@pytest.mark.parametrize(
    ("parameters", "macs", "expected_parameters", "expected_flops"),
    [
        (152_340, 9e6, verdicts.HOLDS, f"{verdicts.HOLDS}, the encoder not counted"),
        (
            7.116e6,
            300e6,
            "107 M holds here with embeddings counted, 92 % does not",
            "one-thirtieth holds here, 98 % fewer does not; the encoder not counted",
        ),
        (60e6, 9e9, verdicts.FAILS, verdicts.FAILS),
    ],
)
def test_cost(
    parameters: float, macs: float, expected_parameters: str, expected_flops: str
) -> None:
    run = run_of({}, cost={"gnn": {"params_trainable": parameters, "macs": macs}})
    assert verdict(PARAMETERS, run) == expected_parameters
    assert verdict(FLOPS, run) == expected_flops


@pytest.mark.parametrize(
    ("both", "packet", "none", "start"),
    [
        (0.7, 0.6, 0.1, verdicts.HOLDS),
        (0.605, 0.6, 0.1, "does not hold here: both is within the spread of packet"),
        (0.5, 0.6, 0.1, "does not hold here: both is below packet"),
        (0.5, 0.1, 0.1, verdicts.FAILS),
    ],
)
def test_order_of_heads(both: float, packet: float, none: float, start: str) -> None:
    run = run_of({"zero_shot": zero_shot(both=both, packet=packet, none=none)})
    assert verdict(HEADS, run).startswith(start)


def test_a_lead_that_validation_contradicts_decides_nothing() -> None:
    run = run_of({"zero_shot": contradicted(both=0.7, packet=0.6, none=0.1)})
    for claim in (HEADS, CONTEXT):
        answer = answers(claim, [("", run)])[0].answer
        assert answer.verdict.startswith("not decided: on the validation part both is below packet")
    # Where test is on validation's side, nothing is taken back.
    run = run_of({"zero_shot": contradicted(both=0.6, packet=0.7, none=0.1)})
    assert verdict(HEADS, run).startswith("does not hold here: both is below packet")


@pytest.mark.parametrize(
    ("both", "packet", "expected"),
    [(0.7, 0.6, verdicts.HOLDS), (0.5, 0.6, verdicts.FAILS), (0.601, 0.6, verdicts.FAILS)],
)
def test_context_needs_higher_top1_and_lower_top5(
    both: float, packet: float, expected: str
) -> None:
    run = run_of({"zero_shot": zero_shot(both=both, packet=packet, both_context=both + 0.1)})
    assert verdict(CONTEXT, run).startswith(expected)
    assert verdict(FLOW, run).startswith(verdicts.HOLDS)
    expected_top5 = verdicts.FAILS if 0.99 - packet / 10 < 0.95 else verdicts.HOLDS
    assert verdict(TOP5, run) == expected_top5


def test_novel_examples_only_on_round_and_only_against_static_graphs() -> None:
    rows = zero_shot(packet=0.7, tfe_gnn=0.6)
    content = {"schema": 1, "splits": {"round": {"zero_shot": rows}, "flow": {"zero_shot": rows}}}
    found = answers(NOVEL, [("", Run(parse_results(content)))])
    assert [item.split for item in found] == ["round"]
    assert found[0].answer.verdict == verdicts.HOLDS  # 10 points, 16.7 % relative
    assert answers(NOVEL, [("", run_of({"zero_shot": zero_shot(packet=0.7)}))]) == []


def _curves(both: Curve, packet: Curve) -> Metrics:
    return {
        f"round/{seed}/heads={name}": {
            "validation_macro_top1": dict(zip(curve.steps, values, strict=True))
        }
        for name, curve in (("both", both), ("packet", packet))
        for seed, values in enumerate(curve.seeds)
    }


def test_speed_and_stability() -> None:
    steps = (1, 2, 3, 4, 5, 6)
    fast = Curve(steps, ((0.5, 0.9, 0.8, 0.9, 0.8, 0.9), (0.5, 0.91, 0.8, 0.9, 0.8, 0.9)))
    slow = Curve(steps, ((0.1, 0.3, 0.5, 0.8, 0.9, 0.9), (0.1, 0.3, 0.5, 0.81, 0.9, 0.9)))
    run = run_of({}, metrics=_curves(fast, slow))
    assert verdict(SPEED, run) == "faster: holds here; less stable: holds here"
    swapped = run_of({}, metrics=_curves(slow, fast))
    assert verdict(SPEED, swapped) == "faster: does not hold here; less stable: does not hold here"
    alike = run_of({}, metrics=_curves(fast, fast))
    assert verdict(SPEED, alike) == "faster: within the spread; less stable: within the spread"


def test_encoder_share_of_the_time() -> None:
    run = run_of(
        {}, timing=Timing({"embed/packets": 60.0, "embed/texts": 20.0, "round/0/gnn": 20.0})
    )
    assert verdict(TIME, run) == "encoders take 80 % of the time of the stages here"


def test_what_is_absent_is_not_measured_and_says_what_it_needs() -> None:
    run = run_of({})
    for claim in CLAIMS:
        line = headline(claim, answers(claim, [("made up", run)]))
        assert line == f"not measured here (needs {claim.needs})"


def test_headline_puts_round_first_and_takes_the_first_run(samples: Any) -> None:
    first, second = (Run(parse_results(samples.results())) for _ in range(2))
    found = answers(GAIN, [("one", first), ("two", second)])
    assert [(item.run, item.split) for item in found[:3]] == [
        ("one", "round"),
        ("two", "round"),
        ("one", "flow"),
    ]
    assert headline(GAIN, found).startswith("round: ")
    assert headline(GAIN, found).count("round: ") == 1


ONE_SEED = verdicts.OPEN_ONE_SEED
TINY = (
    "not comparable: ET-BERT at size tiny from random weights, 100 steps = 0.50 epochs, 64 tokens"
)
TINY_CONFIG = fine_tuned(encoder="et-bert-tiny", steps=100, tokens=64)


def _scarcity(system: str, full: float, third: float) -> dict[str, Any]:
    return {"scarcity": {system: {"1.0": score(full, 0.001), "0.3": score(third, 0.001)}}}


@pytest.mark.parametrize(("steps", "limited"), [(299, True), (300, False)])
def test_a_flat_curve_of_a_short_training_says_nothing(steps: int, limited: bool) -> None:
    config = AMPLE | {"detector": {"steps": steps, "batch_size": 64}}
    run = run_of(_scarcity("gnn", 0.95, 0.95), config=config)
    expected = "not decided: budget-limited (2.99 epochs at 100 %)" if limited else verdicts.HOLDS
    assert verdict(SCARCITY, run) == expected
    # A fall says as little: it is the same few steps.
    fallen = verdict(SCARCITY, run_of(_scarcity("gnn", 0.95, 0.5), config=config))
    assert fallen == (expected if limited else verdicts.FAILS)
    note = scarcity_note(run, "round")
    assert note.startswith(f"gnn {steps / 100:.2f} epochs at 100 %, {steps / 30:.2f} at 30 %")
    assert ("a level row says nothing" in note) is limited


def test_scarcity_of_et_bert_needs_a_budget_and_an_et_bert() -> None:
    rows = _scarcity("et_bert_finetuned", 0.70, 0.50)
    assert verdict(ET_BERT, run_of(rows)) == verdicts.HOLDS
    short = verdict(ET_BERT, run_of(rows, config=TINY_CONFIG))
    assert short == "not decided: budget-limited (0.50 epochs at 100 %)"
    small = verdict(ET_BERT, run_of(rows, config=fine_tuned(encoder="et-bert-tiny")))
    assert small.startswith("not comparable: ET-BERT at size tiny, 2,000 steps = 10.00 epochs")


def test_without_the_configuration_no_budget_is_assumed() -> None:
    run = run_of(_scarcity("gnn", 0.95, 0.95), config={})
    assert verdict(SCARCITY, run) == "not decided: the training budget was not kept"
    run = run_of({"zero_shot": zero_shot(packet=0.9, et_bert_finetuned=0.1)}, config={})
    assert verdict(TOP1, run) == "not comparable: size and budget of ET-BERT were not kept"
    with pytest.raises(PclipError, match=r"config\.json: detector"):
        verdict(SCARCITY, run_of(_scarcity("gnn", 0.9, 0.9), config={"detector": 3}))


@pytest.mark.parametrize(
    ("config", "note"),
    [
        (TINY_CONFIG, ""),
        (fine_tuned(encoder="et-bert-mini"), ""),
        (fine_tuned(steps=599), ""),
        (AMPLE, "random weights, seed 0 (not pre-trained)"),
    ],
)
def test_beating_an_et_bert_that_does_not_compare_is_not_decided(
    config: dict[str, Any], note: str
) -> None:
    rows = {"zero_shot": zero_shot(packet=0.9, et_bert_finetuned=0.1)}
    assert verdict(TOP1, run_of(rows)) == verdicts.HOLDS
    run = run_of(rows, config=config, note=note)
    assert verdict(TOP1, run).startswith("not comparable: ET-BERT at size")
    assert finding(run, "et_bert_finetuned")[0] == OPEN
    # Losing to it counts all the same.
    run = run_of(
        {"zero_shot": zero_shot(packet=0.1, et_bert_finetuned=0.9)}, config=config, note=note
    )
    assert verdict(TOP1, run).startswith(f"{verdicts.FAILS}; not comparable: ")
    assert finding(run, "et_bert_finetuned")[0] == FAILS


def _against(et_bert: float, **rivals: float) -> dict[str, Any]:
    names = {"gnn": 0.9, "et_bert_finetuned": et_bert} | rivals
    return {"reasoning": {name: {"mauc": score(mean)} for name, mean in names.items()}}


def test_mean_over_baselines_leaves_an_et_bert_that_does_not_compare_out() -> None:
    # With it the mean is 0.695 and the gain 20.5 points; without it there is none.
    rows = _against(0.5, xgboost=0.89)
    tiny = {"config": TINY_CONFIG, "note": "random weights, seed 0"}
    assert verdict(GAIN, run_of(rows)) == verdicts.HOLDS
    answer = answers(GAIN, [("", run_of(rows, **tiny))])[0].answer
    assert answer.verdict == f"{verdicts.WITHIN}; {TINY}"
    assert "mean of xgboost, et_bert_finetuned 0.695: +20.5 points" in answer.measured
    assert "mean of xgboost 0.890: +1.0 points" in answer.measured
    assert verdict(GAIN, run_of(_against(0.5), **tiny)) == TINY
    assert verdict(GAIN, run_of(_against(0.99), **tiny)) == f"{verdicts.FAILS}; {TINY}"


def test_the_strongest_baseline_is_one_that_compares() -> None:
    run = run_of(_against(0.85, xgboost=0.8), config=TINY_CONFIG, note="random weights")
    assert finding(run, "strongest")[1].count("xgboost") == 1
    outcome, text = finding(run, "et_bert_finetuned")
    assert outcome == OPEN
    assert text.endswith(f"{TINY[0].upper()}{TINY[1:]}.")


def test_one_seed_decides_nothing_in_favour() -> None:
    def rows(**means: float) -> dict[str, Any]:
        return {
            name: {"macro_top1": one_seed(mean), "macro_top5": one_seed(1.1 - mean / 5)}
            for name, mean in means.items()
        }

    good = {
        "zero_shot": rows(both=0.7, packet=0.6, none=0.1, et_bert_finetuned=0.2),
        "reasoning": {n: {"mauc": one_seed(m)} for n, m in (("gnn", 0.95), ("dnn", 0.5))},
        "scarcity": {
            "gnn": {"1.0": one_seed(0.95), "0.3": one_seed(0.95)},
            "et_bert_finetuned": {"1.0": one_seed(0.7), "0.3": one_seed(0.5)},
        },
        "controls": {
            "majority": {"macro_top1": one_seed(0.1)},
            "shuffled_labels": {"mauc": one_seed(0.5)},
        },
    }
    rising = Curve((1, 2, 3), ((0.1, 0.2, 0.3),))
    run = run_of(good, metrics=_curves(rising, rising))
    for claim in (GAIN, TOP1, SCARCITY, ET_BERT, HEADS, SPEED, TOP5):
        assert verdict(claim, run) == ONE_SEED
    assert verdict(CONTEXT, run).startswith(ONE_SEED)
    found = findings(run, "round")
    assert len(found) > 6
    assert {finding.outcome for finding in found} == {OPEN}
    assert all("not decided" in finding.text for finding in found)


def test_one_seed_may_speak_against() -> None:
    rows = {name: {"mauc": one_seed(m)} for name, m in (("gnn", 0.5), ("dnn", 0.9))}
    run = run_of({"reasoning": rows})
    assert verdict(GAIN, run) == verdicts.FAILS + verdicts.ONE_SEED
    assert finding(run, "dnn")[0] == FAILS


def test_flops_are_compared_for_one_verdict_on_one_packet() -> None:
    cost = {
        "gnn": {"macs": 9e6},
        "gnn+heads+frozen_packet_encoder": {"macs": 2e9},
        "gnn+heads+et_bert_base": {"macs": 11_174e6 * 1.5},
    }
    answer = answers(FLOPS, [("", run_of({}, cost=cost))])[0].answer
    assert answer.verdict.endswith("; with ET-BERT base as its encoder 50.00 % more")
    assert "one window of 30 packets of vectors" in answer.measured
    assert "one packet of 128 tokens" in answer.measured
    for name in ("gnn+heads+frozen_packet_encoder", "gnn+heads+et_bert_base"):
        assert f"counted in ({name})" in answer.measured


def test_the_window_control_is_named_for_what_it_is() -> None:
    rows = {
        "reasoning": {"gnn": {"mauc": score(0.9)}},
        "controls": {"logistic_window": {"mauc": score(0.95)}},
    }
    assert finding(run_of(rows), "a logistic regression on the window's mean")[0] == FAILS
