"""What works and what does not: comparisons that a reader would ask for, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pclip.report.budget import ET_BERT, et_bert_limit
from pclip.report.claims_zero_shot import chosen_heads, validation_objects
from pclip.report.results import SplitResults
from pclip.report.run_files import Run
from pclip.report.scores import Score, compare
from pclip.report.systems import PAPER_BASELINES, ordered
from pclip.report.tables import metric_title

WORKS, OPEN, FAILS = "works", "open", "fails"
# Classes of the testbed, for runs without plots.json: the chance level of macro top-1.
_CLASSES = 10
# Above chance by more than this, shuffled labels mean that something leaks.
CHANCE_TOLERANCE = 0.05
# One line a control and question; the tables hold the rest. Macro F1 least of all: a control's
# classes are summed into groups, so its highest group is not like with like.
CONTROLLED = ("macro_top1", "mauc")
ONE_SEED = "One seed: no spread, not decided."
_CONTROL_NAMES = {
    "logistic_window": "a logistic regression on the window's mean (control logistic_window)",
}


@dataclass(frozen=True)
class Finding:
    """One comparison: WORKS, OPEN (nothing can be said) or FAILS, and its sentence."""

    outcome: str
    text: str


def _compared(
    metric: str,
    ours: tuple[str, Score],
    theirs: tuple[str, Score],
    wins: str,
    ties: str,
    loses: str,
    limit: str = "",
) -> Finding:
    """A comparison; `limit` says why being ahead would mean nothing."""
    difference = compare(ours[1], theirs[1])
    outcome, words = {1: (WORKS, wins), 0: (OPEN, ties), -1: (FAILS, loses)}[difference.direction]
    if outcome == WORKS and difference.spread is None:
        outcome, words = OPEN, ONE_SEED
    if limit:
        outcome, words = (
            (FAILS, f"{words} Yet {limit}.") if outcome == FAILS else (OPEN, _sentence(limit))
        )
    return Finding(
        outcome,
        f"{metric_title(metric)}: {ours[0]} {ours[1]}, {theirs[0]} {theirs[1]}: {difference}. "
        f"{words}",
    )


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _detection(split: SplitResults, limit: str) -> Iterator[Finding]:
    scores = {
        name: entry.metrics["mauc"]
        for name, entry in split.reasoning.items()
        if "mauc" in entry.metrics
    }
    ours = scores.get("gnn")
    if ours is None:
        return
    if "temporal" in scores:
        yield _compared(
            "mauc", ("gnn", ours), ("temporal Transformer without a graph", scores["temporal"]),
            "The graphs add to what the temporal model finds alone.",
            "The graphs cannot be told from no graph at all: what is found, the temporal model "
            "finds alone.",
            "The graphs cost accuracy: the temporal model alone finds more.",
        )  # fmt: skip
    if limit and ET_BERT in scores:
        yield _compared(
            "mauc", ("gnn", ours), (ET_BERT, scores.pop(ET_BERT)),
            "", "", "The fine-tuned classifier detects better.", limit,
        )  # fmt: skip
    rivals = {name: scores[name] for name in PAPER_BASELINES if name in scores}
    if rivals:
        best = max(rivals, key=lambda name: rivals[name].mean)
        yield _compared(
            "mauc", ("gnn", ours),
            (f"{best}, the strongest of the paper's baselines that compare", rivals[best]),
            "Detection over windows beats the strongest baseline.",
            "Detection over windows is not told from the strongest baseline.",
            "The strongest baseline detects better.",
        )  # fmt: skip


def _zero_shot(split: SplitResults, limit: str) -> Iterator[Finding]:
    scores = {
        name: entry.metrics["macro_top1"]
        for name, entry in split.zero_shot.items()
        if "macro_top1" in entry.metrics
    }
    if {"both", "packet"} <= set(scores):
        # Where the test part too has "both" behind, validation agrees and objects to nothing.
        ahead = compare(scores["both"], scores["packet"]).direction >= 0
        yield _compared(
            "macro_top1", ("both", scores["both"]), ("packet", scores["packet"]),
            "A head on the text encoder as well helps.",
            "A head on the text encoder as well makes no difference that shows.",
            "A head on the text encoder as well harms: the packet head alone names better.",
            validation_objects(split, "both", "packet") if ahead else "",
        )  # fmt: skip
    for heads in ("packet", "both"):
        if heads in scores and "none" in scores:
            yield _compared(
                "macro_top1", (heads, scores[heads]),
                ("none (chance by construction)", scores["none"]),
                "Alignment learns: text names packets better than a random map.",
                "Alignment is not told from a random map.",
                "Alignment does worse than a random map.",
            )  # fmt: skip
    chosen = chosen_heads(dict(split.zero_shot))
    if chosen and ET_BERT in scores:
        yield _compared(
            "macro_top1", (f"{chosen[0]} ({chosen[1]})", scores[chosen[0]]),
            (ET_BERT, scores[ET_BERT]),
            "Naming by text beats the fine-tuned classifier.",
            "Naming by text is not told from the fine-tuned classifier.",
            "The fine-tuned classifier names better.",
            limit,
        )  # fmt: skip


def _method(split: SplitResults, metric: str) -> tuple[str, Score] | None:
    """The method's own score of the metric: gnn where it is detection's, else the chosen heads'."""
    if "gnn" in split.reasoning and metric in split.reasoning["gnn"].metrics:
        return "gnn", split.reasoning["gnn"].metrics[metric]
    chosen = chosen_heads(dict(split.zero_shot))
    if chosen and metric in split.zero_shot[chosen[0]].metrics:
        return chosen[0], split.zero_shot[chosen[0]].metrics[metric]
    return None


def _controls(split: SplitResults) -> Iterator[Finding]:
    for name in ordered(split.controls):
        for metric, control in split.controls[name].items():
            method = _method(split, metric)
            if name in ("overlap", "shuffled_labels") or method is None:
                continue
            if metric not in CONTROLLED:
                continue
            yield _compared(
                metric, method, (_CONTROL_NAMES.get(name, f"control {name}"), control),
                "The method does better than the control.",
                "The control does as well as the method.",
                "The control does better than the method.",
            )  # fmt: skip


def _shuffled(split: SplitResults, classes: int) -> Iterator[Finding]:
    for metric, score in split.controls.get("shuffled_labels", {}).items():
        if metric not in CONTROLLED:
            continue
        chance = 0.5 if metric.startswith("mauc") else 1 / classes
        above = score.mean - chance > CHANCE_TOLERANCE + (score.std or 0.0)
        words = (
            "Trained on shuffled labels it stays above chance: something leaks, distrust every "
            "score of this split."
            if above
            else ONE_SEED
            if score.std is None
            else "Trained on shuffled labels it falls to chance, as it must."
        )
        text = f"{metric_title(metric)}: shuffled labels {score}, chance {chance:.3f}. {words}"
        well = OPEN if score.std is None else WORKS
        yield Finding(FAILS if above else well, text)


def findings(run: Run, name: str) -> list[Finding]:
    """Everything that can be compared on the split `name` of a run."""
    split, limit = run.results.splits[name], et_bert_limit(run, name)
    return [
        *_detection(split, limit),
        *_zero_shot(split, limit),
        *_controls(split),
        *_shuffled(split, len(run.plots.classes) or _CLASSES),
    ]
