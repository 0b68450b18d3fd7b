"""The scores that the README shows, between two marks in it, from the committed runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pclip.errors import PclipError
from pclip.files import write_atomic
from pclip.report.markdown import table
from pclip.report.results import SplitResults, split_order
from pclip.report.run_files import Run
from pclip.report.scores import Score, compare
from pclip.report.tables import NOT_MEASURED, Table

BEGIN = "<!-- scores: written by make results -->"
END = "<!-- end of the scores -->"
ZERO_SHOT = "zero-shot macro top-1 of 10 classes"
DETECTION = "detection mAUC of 4 groups"


class Shown(NamedTuple):
    """A score of the README: what it answers, whose it is, where it stands in a split's results."""

    question: str
    system: str
    part: str
    key: str
    metric: str


BOTH = Shown(ZERO_SHOT, "heads on both encoders", "zero_shot", "both", "macro_top1")
PACKET = Shown(ZERO_SHOT, "head on the packet encoder", "zero_shot", "packet", "macro_top1")
NONE = Shown(ZERO_SHOT, "no heads: a random map", "zero_shot", "none", "macro_top1")
WINDOW = "logistic regression on the packet and its window's mean"
NAMING_WINDOW = Shown(f"control: {ZERO_SHOT}", WINDOW, "controls", "logistic_window", "macro_top1")
NAMING_BYTES = Shown(
    f"control: {ZERO_SHOT}",
    "random forest on the packet's bytes",
    "controls",
    "random_forest_bytes",
    "macro_top1",
)
GRAPHS = Shown(DETECTION, "mission graphs + temporal Transformer", "reasoning", "gnn", "mauc")
TEMPORAL = Shown(DETECTION, "temporal Transformer without graphs", "reasoning", "temporal", "mauc")
LIGHTGBM = Shown(DETECTION, "LightGBM on one packet", "reasoning", "lightgbm", "mauc")
FINDING_WINDOW = Shown(f"control: {DETECTION}", WINDOW, "controls", "logistic_window", "mauc")
ROWS = (
    BOTH,
    PACKET,
    NONE,
    NAMING_WINDOW,
    NAMING_BYTES,
    GRAPHS,
    TEMPORAL,
    Shown(DETECTION, "DNN on one packet", "reasoning", "dnn", "mauc"),
    Shown(DETECTION, "XGBoost on one packet", "reasoning", "xgboost", "mauc"),
    LIGHTGBM,
    FINDING_WINDOW,
)
# What a reader would ask first: the first less the second.
COMPARED = (
    ("Text beside a random map", PACKET, NONE),
    ("A head on the text encoder too, beside the packet head alone", BOTH, PACKET),
    ("Text beside a random forest on bytes", PACKET, NAMING_BYTES),
    ("Text beside a logistic regression over the window", PACKET, NAMING_WINDOW),
    ("Graphs beside none", GRAPHS, TEMPORAL),
    ("Graphs beside boosted trees on one packet", GRAPHS, LIGHTGBM),
    ("Graphs beside a logistic regression over the window", GRAPHS, FINDING_WINDOW),
)
TESTED_ON = {
    "round": "other attackers, victims and settings",
    "tool": "one program of each class that training never met",
    "recording": "a second recording, from another seed",
    "flow": "other flows of the same traffic",
    "random": "other packets of the same flows: the paper's",
}
BY_SPLIT = {"mAUC, graphs": GRAPHS, "mAUC, none": TEMPORAL, "top-1, packet head": PACKET}


def readme_scores(full: Run, reduced: Sequence[Run]) -> str:
    """The README's two tables of scores, with what the first one says.

    Args:
        full: the run of the full protocol on split `round`.
        reduced: runs of one reduced protocol, each on splits of its own.

    Raises:
        PclipError: `full` has no split `round`.
    """
    if "round" not in full.results.splits:
        raise PclipError(
            f"the run {full.results.config}: found splits {', '.join(full.results.splits)}, "
            "expected round, which the README shows"
        )
    split = full.results.splits["round"]
    found = {shown: score for shown in ROWS if (score := _score(split, shown))}
    rows = tuple((shown.question, shown.system, str(score)) for shown, score in found.items())
    said = [
        f"- {words}: {compare(found[first], found[second])}."
        for words, first, second in COMPARED
        if first in found and second in found
    ]
    seconds, cores = full.timing.total_seconds, full.timing.cores
    took = "" if seconds is None else f"{seconds / 60:.0f} minutes on {cores} cores, "
    return "\n".join(
        [
            f"The full protocol (`configs/paper.py`: {took}{len(split.seeds)} seeds) on split "
            "`round`: other",
            "attackers, other victims, other settings than in training.",
            "",
            table(Table("", ("question", "system", "score"), rows)),
            "",
            *said,
            "",
            "What a split lets a model remember decides more than the model. The reduced protocol",
            "of `make reproduce`, by split:",
            "",
            table(_by_split(reduced)),
            "",
            "Without their labels, the pre-trained encoder has met about half of the test packets "
            "of `random`, `flow`",
            "and `tool`: it was pre-trained on the training part of `round`.",
        ]
    )


def write_readme(path: Path, full: Run, reduced: Sequence[Run]) -> None:
    """Put the scores between the two marks of a page.

    Raises:
        PclipError: the page has not both marks, in order, once; or it cannot be written.
    """
    page = path.read_text(encoding="utf-8")
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end) or BEGIN in rest or END in after:
        raise PclipError(f"{path}: expected {BEGIN} and, behind it, {END}, each once")
    scores = readme_scores(full, reduced)
    write_atomic(path, f"{before}{BEGIN}\n\n{scores}\n\n{END}{after}")


def _score(split: SplitResults, shown: Shown) -> Score | None:
    if shown.part == "controls":
        return split.controls.get(shown.key, {}).get(shown.metric)
    systems = split.zero_shot if shown.part == "zero_shot" else split.reasoning
    return systems[shown.key].metrics.get(shown.metric) if shown.key in systems else None


def _by_split(runs: Sequence[Run]) -> Table:
    notes = [run.results.encoders.get("packet", {}).get("note", "not kept") for run in runs]
    # Rows of one encoder compare with each other; where there are several, each says its own.
    several = len(set(notes)) > 1
    rows = [
        (
            split_order(name),
            (
                name,
                TESTED_ON.get(name, ""),
                *(str(_score(split, shown) or NOT_MEASURED) for shown in BY_SPLIT.values()),
                *([note] if several else []),
            ),
        )
        for run, note in zip(runs, notes, strict=True)
        for name, split in run.results.splits.items()
    ]
    rows.sort(key=lambda row: row[0])
    columns = ("split", "tested on", *BY_SPLIT, *(["packet encoder"] if several else []))
    return Table("", columns, tuple(cells for _, cells in rows))
