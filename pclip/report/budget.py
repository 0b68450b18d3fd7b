"""Training budgets: how often a system saw its training part, and whether ET-BERT compares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pclip.report import fields
from pclip.report.run_files import Run
from pclip.report.systems import ordered

# Below this the sample hardly grows with the share: a run of fixed steps sees nearly as many
# different packets at 30 % as at 100 %.
ENOUGH_EPOCHS = 3
COMPARABLE_ENCODER = "et-bert-base"
ET_BERT = "et_bert_finetuned"
# The tokens of a packet in ET-BERT; fewer are said.
_WHOLE_TOKENS = 128
_RANDOM_WEIGHTS = "random weights"
# system -> part of the configuration that holds its steps; trees have no steps.
_PART_OF_SYSTEM = {
    "gnn": "detector",
    "temporal": "detector",
    "dnn": "dense",
    ET_BERT: "fine_tuning",
}


def _part(run: Run, name: str) -> Mapping[str, Any]:
    return fields.mapping(run.config.get(name, {}), f"config.json: {name}")


def _count(part: Mapping[str, Any], name: str) -> int | None:
    value = part.get(name)
    return None if value is None else fields.count(value, f"config.json: {name}")


def window_length(run: Run) -> int | None:
    """Packets of a detector's window; None where it was not kept."""
    return _count(_part(run, "detector"), "window")


def epochs(run: Run, split: str, system: str) -> float | None:
    """steps * batch_size / packets of the training part; None where one of them was not kept.

    Raises:
        PclipError: a field of config.json that is not a whole number, by name.
    """
    part = _part(run, _PART_OF_SYSTEM.get(system, ""))
    steps, batch = _count(part, "steps"), _count(part, "batch_size")
    results = run.results.splits.get(split)
    packets = results.packets.get("train") if results else None
    return steps * batch / packets if steps is not None and batch is not None and packets else None


def scarcity_limit(run: Run, split: str, system: str) -> str:
    """Verdict where the budget decides and not the data; "" where there is enough of it."""
    seen = epochs(run, split, system)
    if seen is None:
        return "not decided: the training budget was not kept"
    if seen < ENOUGH_EPOCHS:
        return f"not decided: budget-limited ({seen:.2f} epochs at 100 %)"
    return ""


def scarcity_note(run: Run, split: str) -> str:
    """Epochs of each system at its greatest and smallest share, for captions; "" without any."""
    results = run.results.splits.get(split)
    notes, limited = [], False
    for system in ordered(results.scarcity) if results else ():
        seen = epochs(run, split, system)
        shares = [float(share) for share in results.scarcity[system]] if results else []
        if seen is None or not shares:
            continue
        least = min(shares)
        notes.append(
            f"{system} {seen:.2f} epochs at 100 %, {seen / least:.2f} at {100 * least:g} %"
        )
        limited = limited or seen < ENOUGH_EPOCHS
    warning = ": budget-limited, a level row says nothing" if limited else ""
    return "; ".join(notes) + warning


def et_bert_limit(run: Run, split: str) -> str:
    """Why this run's fine-tuned ET-BERT does not stand for the paper's; "" where it may."""
    part, seen = _part(run, "fine_tuning"), epochs(run, split, ET_BERT)
    encoder, steps = part.get("encoder"), _count(part, "steps")
    if not isinstance(encoder, str) or seen is None:
        return "not comparable: size and budget of ET-BERT were not kept"
    random = any(_RANDOM_WEIGHTS in note.get("note", "") for note in run.results.encoders.values())
    if encoder == COMPARABLE_ENCODER and seen >= ENOUGH_EPOCHS and not random:
        return ""
    tokens = _count(part, "tokens")
    return (
        f"not comparable: ET-BERT at size {encoder.removeprefix('et-bert-')}"
        + (f" from {_RANDOM_WEIGHTS}" if random else "")
        + f", {steps:,} steps = {seen:.2f} epochs"
        + (f", {tokens} tokens" if tokens is not None and tokens < _WHOLE_TOKENS else "")
    )
