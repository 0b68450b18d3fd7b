"""Answers about zero-shot naming: heads, context, ET-BERT, and how training goes."""

from __future__ import annotations

import itertools
import statistics

from pclip.report import verdicts
from pclip.report.budget import ET_BERT, et_bert_limit
from pclip.report.curve_data import Curve, learning_curves
from pclip.report.paper_numbers import CLAIMED_GAIN, CLAIMED_NOVEL_GAIN
from pclip.report.results import SplitResults, SystemScores
from pclip.report.run_files import Run
from pclip.report.scores import Score, compare
from pclip.report.verdicts import Answer

HEADS = ("packet", "both")
STATIC_GRAPH_METHODS = ("tfe_gnn", "cle_tfe")
NEARLY_PERFECT = 0.95
# The step from which a curve counts as learned: this share of its best value.
LEARNED = 0.9


def _score(run: Run, split: str, system: str, metric: str = "macro_top1") -> Score | None:
    results = run.results.splits.get(split)
    entry = results.zero_shot.get(system) if results else None
    return entry.metrics.get(metric) if entry else None


def chosen_heads(systems: dict[str, SystemScores]) -> tuple[str, str] | None:
    """The heads that the validation part prefers, and how they were chosen.

    Where no validation score was kept the test part has to decide, and the words say so.
    """
    for metric, how in (
        ("validation_macro_top1", "chosen on validation"),
        ("macro_top1", "chosen on the test part, no validation score being kept"),
    ):
        means = {
            name: systems[name].metrics[metric].mean
            for name in HEADS
            if name in systems and metric in systems[name].metrics
        }
        usable = [name for name in means if "macro_top1" in systems[name].metrics]
        if usable:
            return max(usable, key=lambda name: means[name]), how
    return None


def gain_over_et_bert(run: Run, split: str) -> Answer | None:
    """Macro top-1 of the chosen heads minus that of fine-tuned ET-BERT."""
    results = run.results.splits.get(split)
    theirs = _score(run, split, ET_BERT)
    chosen = chosen_heads(dict(results.zero_shot)) if results else None
    if theirs is None or chosen is None:
        return None
    heads, how = chosen
    ours = _score(run, split, heads)
    assert ours is not None
    difference = compare(ours, theirs)
    verdict = verdicts.gain_verdict(difference, CLAIMED_GAIN)
    limit = et_bert_limit(run, split)
    if limit:
        verdict = f"{verdict}; {limit}" if difference.direction < 0 else limit
    return Answer(
        verdict,
        f"{heads} ({how}) {ours}, {ET_BERT} {theirs}: {verdicts.gain_words(difference)}.",
    )


def validation_objects(split: SplitResults, first: str, second: str) -> str:
    """Why a lead of heads `first` on the test part decides nothing; "" where nothing speaks so.

    A lead on test that validation contradicts beyond its own spread is a property of one test
    capture, not of the heads.
    """
    metric = "validation_macro_top1"
    known = [split.zero_shot[name].metrics.get(metric) for name in (first, second)]
    if known[0] is None or known[1] is None:
        return ""
    difference = compare(known[0], known[1])
    if difference.direction >= 0:
        return ""
    return (
        f"not decided: on the validation part {first} is below {second} "
        f"({known[0]} against {known[1]})"
    )


def order_of_heads(run: Run, split: str) -> Answer | None:
    """Both heads above the packet head above none, each step beyond the spread."""
    both, packet, none = (_score(run, split, name) for name in ("both", "packet", "none"))
    if both is None or packet is None or none is None:
        return None
    upper, lower = compare(both, packet), compare(packet, none)
    one_seed = upper.spread is None or lower.spread is None
    objection = validation_objects(run.results.splits[split], "both", "packet")
    if upper.direction > 0 and lower.direction > 0 and objection:
        verdict = objection
    elif upper.direction > 0 and lower.direction > 0:
        verdict = verdicts.OPEN_ONE_SEED if one_seed else verdicts.HOLDS
    elif lower.direction > 0:
        fate = "within the spread of" if upper.direction == 0 else "below"
        second = verdicts.OPEN_ONE_SEED if one_seed else "holds"
        verdict = f"does not hold here: both is {fate} packet; packet > none {second}"
    else:
        verdict = verdicts.FAILS + (verdicts.ONE_SEED if one_seed else "")
    return Answer(
        verdict,
        f"both {both}, packet {packet}, none {none}. both minus packet: {upper}; packet minus "
        f"none: {lower}. none is a fixed random map where the widths differ: chance by "
        "construction, so being above it says that alignment learns, not that a head is needed.",
    )


def learned_at(curve: Curve) -> Score:
    """Step at which a curve first reaches 90 % of its best value, over seeds."""
    steps = []
    for values in curve.seeds:
        bar = LEARNED * max(values)
        reached = (s for s, value in zip(curve.steps, values, strict=True) if value >= bar)
        steps.append(float(next(reached)))
    return _over_seeds(steps)


def shake(curve: Curve) -> Score:
    """Mean fall between evaluations in the second half of training, over seeds.

    Only falls count: a curve that still rises is slow, not unstable.
    """
    half = len(curve.steps) // 2
    return _over_seeds(
        [
            statistics.fmean(max(0.0, a - b) for a, b in itertools.pairwise(late))
            for late in (values[max(0, half - 1) :] for values in curve.seeds)
        ]
    )


def _over_seeds(values: list[float]) -> Score:
    spread = statistics.stdev(values) if len(values) > 1 else None
    return Score(statistics.fmean(values), spread, len(values))


def _steps(score: Score) -> str:
    spread = "" if score.std is None else f" ± {score.std:.0f}"
    return f"{score.mean:.0f}{spread} ({score.n})"


def speed_and_stability(run: Run, split: str) -> Answer | None:
    """Whether both heads rise sooner, and shake more, than the packet head."""
    curves = learning_curves(run.metrics, "validation_macro_top1").get(split, {})
    if not {"both", "packet"} <= set(curves):
        return None
    both, packet = curves["both"], curves["packet"]
    if not all(value == value for curve in (both, packet) for row in curve.seeds for value in row):
        return Answer("not decided: the curves hold values that are not numbers", "")
    speed = compare(learned_at(packet), learned_at(both))
    stability = compare(shake(both), shake(packet))
    words = {
        1: ("faster: holds here", "less stable: holds here"),
        0: ("faster: within the spread", "less stable: within the spread"),
        -1: ("faster: does not hold here", "less stable: does not hold here"),
    }
    if both.steps and max(learned_at(both).mean, learned_at(packet).mean) <= both.steps[0]:
        # Both were there when they were first looked at.
        words[0] = ("faster: not measurable, both within the first evaluation", words[0][1])
    if speed.spread is None or stability.spread is None:
        verdict = verdicts.OPEN_ONE_SEED
    else:
        verdict = f"{words[speed.direction][0]}; {words[stability.direction][1]}"
    return Answer(
        verdict,
        f"Steps to 90 % of the best: both {_steps(learned_at(both))}, packet "
        f"{_steps(learned_at(packet))}. Mean fall between evaluations in the second half: both "
        f"{shake(both)}, packet {shake(packet)}.",
    )


def top5_nearly_perfect(run: Run, split: str) -> Answer | None:
    """Macro top-5 of the packet head against 0.95."""
    packet = _score(run, split, "packet", "macro_top5")
    if packet is None:
        return None
    if packet.mean < NEARLY_PERFECT:
        verdict = verdicts.FAILS + (verdicts.ONE_SEED if packet.std is None else "")
    else:
        verdict = verdicts.OPEN_ONE_SEED if packet.std is None else verdicts.HOLDS
    none = _score(run, split, "none", "macro_top5")
    beside = f"; none, chance by construction: {none}" if none else ""
    return Answer(
        verdict,
        f"packet {packet}{beside}. {_top5_by_chance(len(run.plots.classes))}",
    )


def _top5_by_chance(classes: int) -> str:
    """Of the paper's ten classes, or of as many as there were."""
    if classes in (0, 10):
        return "Top-5 of ten classes is half by chance."
    return f"Top-5 of {classes} classes is {min(5 / classes, 1):.0%} by chance."


def _context(run: Run, split: str, with_context: str, without: str) -> Answer | None:
    pairs = [
        (_score(run, split, with_context, metric), _score(run, split, without, metric))
        for metric in ("macro_top1", "macro_top5")
    ]
    differences = [compare(a, b) for a, b in pairs if a is not None and b is not None]
    if len(differences) < 2:
        return None
    top1, top5 = differences
    words = {1: "higher", 0: "within the spread", -1: "lower"}
    one_seed = top1.spread is None or top5.spread is None
    objection = validation_objects(run.results.splits[split], with_context, without)
    if top1.direction > 0 and objection:
        verdict = objection
    elif top1.direction > 0 and one_seed:
        verdict = verdicts.OPEN_ONE_SEED
    elif top1.direction > 0:
        verdict = verdicts.HOLDS if top5.direction < 0 else "holds in part here"
    else:
        verdict = verdicts.FAILS + (verdicts.ONE_SEED if one_seed else "")
    return Answer(
        f"{verdict}: top-1 {words[top1.direction]}, top-5 {words[top5.direction]}",
        f"Top-1: {with_context} {pairs[0][0]}, {without} {pairs[0][1]}, {top1}. "
        f"Top-5: {with_context} {pairs[1][0]}, {without} {pairs[1][1]}, {top5}.",
    )


def context_as_heads(run: Run, split: str) -> Answer | None:
    """Reading (a) of Table 1: heads on both encoders against the packet head alone."""
    return _context(run, split, "both", "packet")


def context_as_flow(run: Run, split: str) -> Answer | None:
    """Reading (b) of Table 1: with the flow's description against without."""
    for base in ("both", "packet"):
        answer = _context(run, split, f"{base}+flow_context", base)
        if answer is not None:
            return answer
    return None


def gain_over_static_graphs(run: Run, split: str) -> Answer | None:
    """On `round`: macro top-1 of the chosen heads minus that of a static graph method."""
    results = run.results.splits.get(split)
    if split != "round" or results is None:
        return None
    chosen = chosen_heads(dict(results.zero_shot))
    rivals = {name: _score(run, split, name) for name in STATIC_GRAPH_METHODS}
    known = {name: score for name, score in rivals.items() if score is not None}
    if chosen is None or not known:
        return None
    heads, how = chosen
    ours = _score(run, split, heads)
    assert ours is not None
    best = max(known, key=lambda name: known[name].mean)
    difference = compare(ours, known[best])
    return Answer(
        verdicts.gain_verdict(difference, CLAIMED_NOVEL_GAIN),
        f"{heads} ({how}) {ours}, {best} {known[best]}: {verdicts.gain_words(difference)}.",
    )
