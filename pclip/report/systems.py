"""Names, order and looks of systems: one system, one colour and one marker in every figure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class SystemLook:
    """How a system is named and drawn."""

    title: str
    colour: str
    marker: str
    dashes: str = "-"


# Hues of Okabe and Ito (2008) and of Paul Tol's "muted" scheme: told apart with every common form
# of colour blindness; markers say it once more for black-and-white print.
_KNOWN = {
    "both": SystemLook("heads on both encoders", "#0072B2", "o"),
    "both+flow_context": SystemLook("heads on both + flow context", "#56B4E9", "D", "--"),
    "packet": SystemLook("head on the packet encoder", "#E69F00", "s"),
    "packet+flow_context": SystemLook("packet head + flow context", "#B07A00", "d", "--"),
    "none": SystemLook("no heads (random map)", "#999999", "x", ":"),
    "gnn": SystemLook("graphs + temporal (GNN)", "#D55E00", "o"),
    "temporal": SystemLook("temporal, no graph", "#009E73", "s"),
    "xgboost": SystemLook("XGBoost", "#CC79A7", "^", "--"),
    "lightgbm": SystemLook("LightGBM", "#882255", "v", "--"),
    "dnn": SystemLook("DNN", "#332288", "P", "--"),
    "et_bert_finetuned": SystemLook("ET-BERT fine-tuned", "#333333", "X", "-."),
    "majority": SystemLook("majority class", "#BBBBBB", ".", ":"),
    "shuffled_labels": SystemLook("shuffled labels", "#BBBBBB", ".", ":"),
    "random_forest_bytes": SystemLook("random forest on bytes", "#999933", "h", "--"),
    "random_forest_on_labels": SystemLook("random forest on labels", "#999933", "h", "--"),
    "logistic_regression": SystemLook("logistic regression, packet", "#44AA99", "<", "--"),
    "logistic_window": SystemLook("logistic regression, window", "#117733", ">", "--"),
    "overlap": SystemLook("test bytes seen in training", "#BBBBBB", ".", ":"),
}
_RESERVE_COLOURS = ("#AA4499", "#DDCC77", "#88CCEE", "#CC6677", "#661100", "#6699CC")
_RESERVE_MARKERS = ("p", "*", "H", "8", "1", "2")

# The paper's baselines for detection (section 4.5); the temporal model without a graph is ours.
PAPER_BASELINES = ("xgboost", "lightgbm", "dnn", "et_bert_finetuned")

_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e]+")


def one_line(value: str) -> str:
    """Text without line ends, control characters and direction marks (files come from anywhere)."""
    return _CONTROL_CHARACTERS.sub(" ", value).strip()


def ordered(systems: Iterable[str]) -> list[str]:
    """Systems in the order of the legend: known ones first, the rest by alphabet."""
    known = list(_KNOWN)
    return sorted(systems, key=lambda s: (known.index(s) if s in _KNOWN else len(known), s))


def title_of(system: str) -> str:
    """A system's name in words."""
    return _KNOWN[system].title if system in _KNOWN else one_line(system)


def looks(systems: Iterable[str]) -> dict[str, SystemLook]:
    """Looks of all systems of a run; those without a fixed look get one of the reserve in turn."""
    result, others = {}, 0
    for system in ordered(set(systems)):
        if system in _KNOWN:
            result[system] = _KNOWN[system]
        else:
            turn = others % len(_RESERVE_COLOURS)
            result[system] = SystemLook(
                one_line(system)[:40] or "(no name)",
                _RESERVE_COLOURS[turn],
                _RESERVE_MARKERS[turn],
                "--",
            )
            others += 1
    return result
