"""Answers about detection: mAUC against baselines, and with less training data."""

from __future__ import annotations

from pclip.report import verdicts
from pclip.report.paper_numbers import CLAIMED_ET_BERT_MAUC, CLAIMED_GAIN, CLAIMED_MAUC
from pclip.report.run_files import Run
from pclip.report.scores import Score, compare, mean_of
from pclip.report.systems import PAPER_BASELINES
from pclip.report.verdicts import Answer

# "About 95 %" in the text: within two points; "about 70 %", "about 50 %": within five.
ABOUT_95 = 0.02
ABOUT_70 = 0.05


def gain_over_baselines(run: Run, split: str) -> Answer | None:
    """mAUC of gnn minus the mean mAUC of those of the paper's baselines that were run."""
    results = run.results.splits.get(split)
    if results is None or "gnn" not in results.reasoning:
        return None
    maucs = {
        system: results.reasoning[system].metrics["mauc"]
        for system in PAPER_BASELINES
        if system in results.reasoning and "mauc" in results.reasoning[system].metrics
    }
    ours = results.reasoning["gnn"].metrics.get("mauc")
    if ours is None or not maucs:
        return None
    mean = mean_of(list(maucs.values()))
    difference = compare(ours, mean)
    best = max(maucs, key=lambda system: maucs[system].mean)
    against_best = compare(ours, maucs[best])
    missing = [system for system in PAPER_BASELINES if system not in maucs]
    left_out = f"; not run: {', '.join(missing)}" if missing else ""
    return Answer(
        verdicts.gain_verdict(difference, CLAIMED_GAIN),
        f"gnn {ours}, mean of {', '.join(maucs)} {mean.mean:.3f}{left_out}: "
        f"{verdicts.gain_words(difference)}. Against the strongest of them, {best} "
        f"({maucs[best]}): {against_best}.",
    )


def _ends(run: Run, split: str, system: str) -> dict[float, Score] | None:
    results = run.results.splits.get(split)
    row = results.scarcity.get(system, {}) if results else {}
    by_share = {float(share): score for share, score in row.items()}
    return dict(sorted(by_share.items(), reverse=True)) if {1.0, 0.3} <= set(by_share) else None


def _row(points: dict[float, Score]) -> str:
    return ", ".join(f"{100 * share:g} % {score}" for share, score in points.items())


def gnn_scarcity(run: Run, split: str) -> Answer | None:
    """Whether gnn stays at about 95 % mAUC, and whether it stays level at all."""
    points = _ends(run, split, "gnn")
    if points is None:
        return None
    drop = compare(points[0.3], points[1.0])
    level = all(score.mean >= CLAIMED_MAUC - ABOUT_95 for score in points.values())
    flat = drop.direction >= 0 or drop.value >= -ABOUT_95
    one_seed = verdicts.ONE_SEED if drop.spread is None else ""
    if level and flat:
        verdict = verdicts.HOLDS
    elif flat:
        verdict = "stays level here, but not at about 95 %"
    else:
        verdict = verdicts.FAILS
    return Answer(verdict + one_seed, f"gnn: {_row(points)}. From 100 % to 30 %: {drop}.")


def et_bert_scarcity(run: Run, split: str) -> Answer | None:
    """Whether fine-tuned ET-BERT falls, and from and to the levels of the text."""
    points = _ends(run, split, "et_bert_finetuned")
    if points is None:
        return None
    drop = compare(points[0.3], points[1.0])
    one_seed = verdicts.ONE_SEED if drop.spread is None else ""
    levels = all(
        abs(points[float(share)].mean - claimed) <= ABOUT_70
        for share, claimed in CLAIMED_ET_BERT_MAUC.items()
    )
    if drop.direction > 0:
        verdict = verdicts.FAILS
    elif drop.direction == 0:
        verdict = verdicts.WITHIN
    else:
        verdict = verdicts.HOLDS if levels else "it falls here too, at other levels"
    return Answer(
        verdict + one_seed, f"et_bert_finetuned: {_row(points)}. From 100 % to 30 %: {drop}."
    )
