"""Answers about detection: mAUC against baselines, and with less training data."""

from __future__ import annotations

from pclip.report import verdicts
from pclip.report.budget import ET_BERT, et_bert_limit, scarcity_limit
from pclip.report.paper_numbers import CLAIMED_ET_BERT_MAUC, CLAIMED_GAIN, CLAIMED_MAUC
from pclip.report.run_files import Run
from pclip.report.scores import Score, compare, mean_of
from pclip.report.systems import PAPER_BASELINES
from pclip.report.verdicts import Answer

# "About 95 %" in the text: within two points; "about 70 %", "about 50 %": within five.
ABOUT_95 = 0.02
ABOUT_70 = 0.05


def gain_over_baselines(run: Run, split: str) -> Answer | None:
    """mAUC of gnn minus the mean mAUC of those of the paper's baselines that were run.

    An ET-BERT that does not compare stays out of the mean that decides; both means are given.
    """
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
    limit = et_bert_limit(run, split) if ET_BERT in maucs else ""
    fair = {system: mauc for system, mauc in maucs.items() if system != ET_BERT or not limit}
    decisive = compare(ours, mean_of(list((fair or maucs).values())))
    verdict = verdicts.gain_verdict(decisive, CLAIMED_GAIN)
    if limit:
        # Losing to a weak rival counts; beating it alone does not.
        verdict = f"{verdict}; {limit}" if fair or decisive.direction < 0 else limit
    best = max(maucs, key=lambda system: maucs[system].mean)
    against_best = compare(ours, maucs[best])
    missing = [system for system in PAPER_BASELINES if system not in maucs]
    left_out = f"; not run: {', '.join(missing)}" if missing else ""
    return Answer(
        verdict,
        f"gnn {ours}, {_against_means(ours, maucs)}{left_out}. Against the strongest of "
        f"them, {best} ({maucs[best]}): {against_best}.",
    )


def _against_means(ours: Score, maucs: dict[str, Score]) -> str:
    """Gains over the mean of the baselines, with and without ET-BERT where that differs."""
    without = {system: mauc for system, mauc in maucs.items() if system != ET_BERT}
    sets = [maucs, without] if without and len(without) < len(maucs) else [maucs]
    means = [(", ".join(rivals), mean_of(list(rivals.values()))) for rivals in sets]
    return "; ".join(
        f"mean of {names} {mean.mean:.3f}: {verdicts.gain_words(compare(ours, mean))}"
        for names, mean in means
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
    limit = scarcity_limit(run, split, "gnn")
    if limit:
        verdict = limit
    elif not flat:
        verdict = verdicts.FAILS + (verdicts.ONE_SEED if drop.spread is None else "")
    elif drop.spread is None:
        verdict = verdicts.OPEN_ONE_SEED
    else:
        verdict = verdicts.HOLDS if level else "stays level here, but not at about 95 %"
    return Answer(verdict, f"gnn: {_row(points)}. From 100 % to 30 %: {drop}.")


def et_bert_scarcity(run: Run, split: str) -> Answer | None:
    """Whether fine-tuned ET-BERT falls, and from and to the levels of the text."""
    points = _ends(run, split, ET_BERT)
    if points is None:
        return None
    drop = compare(points[0.3], points[1.0])
    one_seed = verdicts.ONE_SEED if drop.spread is None else ""
    levels = all(
        abs(points[float(share)].mean - claimed) <= ABOUT_70
        for share, claimed in CLAIMED_ET_BERT_MAUC.items()
    )
    limit = scarcity_limit(run, split, ET_BERT) or et_bert_limit(run, split)
    if limit:
        verdict = limit
    elif drop.direction > 0:
        verdict = verdicts.FAILS + one_seed
    elif drop.direction == 0:
        verdict = verdicts.WITHIN + one_seed
    elif drop.spread is None:
        verdict = verdicts.OPEN_ONE_SEED
    else:
        verdict = verdicts.HOLDS if levels else "it falls here too, at other levels"
    return Answer(verdict, f"{ET_BERT}: {_row(points)}. From 100 % to 30 %: {drop}.")
