"""Answers about cost: trainable parameters, FLOPs, and the frozen encoders' share of the time."""

from __future__ import annotations

import math

from pclip.report import verdicts
from pclip.report.budget import window_length
from pclip.report.paper_numbers import (
    CLAIMED_FEWER_FLOPS,
    CLAIMED_FEWER_PARAMETERS,
    CLAIMED_FLOPS_SHARE,
    CLAIMED_PARAMETERS_SAVED,
    ET_BERT_BASE_MACS,
    ET_BERT_BASE_PARAMETERS,
    ET_BERT_BASE_PARAMETERS_WITH_EMBEDDINGS,
)
from pclip.report.run_files import Run
from pclip.report.verdicts import Answer


def _fewer(ours: float, other: float) -> str:
    share = 100 * (1 - ours / other)
    return f"{share:.2f} % fewer" if share >= 0 else f"{-share:.2f} % more"


def _own_baseline(run: Run, key: str, ours: float) -> str:
    other = run.results.cost.get("et_bert_finetuned", {}).get(key)
    if not other:
        return ""
    return f" Against the ET-BERT fine-tuned in this run ({other:,.0f}): {_fewer(ours, other)}."


def fewer_parameters(run: Run, split: str) -> Answer | None:
    """Trainable parameters of gnn against ET-BERT base, without and with its embeddings."""
    ours = run.results.cost.get("gnn", {}).get("params_trainable")
    if ours is None:
        return None
    whole = float(ET_BERT_BASE_PARAMETERS_WITH_EMBEDDINGS)
    share = 1 - ours / ET_BERT_BASE_PARAMETERS >= CLAIMED_FEWER_PARAMETERS
    saved = whole - ours >= CLAIMED_PARAMETERS_SAVED
    verdict = {
        (True, True): verdicts.HOLDS,
        (True, False): "92 % holds here, 107 M does not",
        (False, True): "107 M holds here with embeddings counted, 92 % does not",
        (False, False): verdicts.FAILS,
    }[share, saved]
    return Answer(
        verdict,
        f"gnn trains {ours:,.0f} parameters: {_fewer(ours, ET_BERT_BASE_PARAMETERS)} than "
        f"{ET_BERT_BASE_PARAMETERS:,.0f} (ET-BERT base without embeddings, "
        f"{(ET_BERT_BASE_PARAMETERS - ours) / 1e6:.1f} M fewer), {_fewer(ours, whole)} than "
        f"{whole:,.0f} (with embeddings, {(whole - ours) / 1e6:.1f} M fewer). A saving of 107 M is "
        f"possible only with embeddings counted.{_own_baseline(run, 'params_trainable', ours)}",
    )


def fewer_flops(run: Run, split: str) -> Answer | None:
    """MACs of gnn for one window against those of ET-BERT base for one packet.

    Each new packet completes one window: what a verdict costs is one window of the detector and
    one new packet through the frozen encoder, and that is what ET-BERT's one packet is held to.
    """
    ours = run.results.cost.get("gnn", {}).get("macs")
    if ours is None:
        return None
    share = ours / ET_BERT_BASE_MACS
    if share <= 1 - CLAIMED_FEWER_FLOPS:
        verdict = f"{verdicts.HOLDS}, the encoder not counted"
    elif share <= CLAIMED_FLOPS_SHARE:
        verdict = "one-thirtieth holds here, 98 % fewer does not; the encoder not counted"
    else:
        verdict = verdicts.FAILS
    whole = {
        name: cost["macs"]
        for name, cost in sorted(run.results.cost.items())
        if name.startswith("gnn+") and "macs" in cost
    }
    total = "".join(
        f" Like with like, one verdict on one new packet, its pass through the frozen encoder "
        f"counted in ({name}): {macs:,.0f} MACs, {_fewer(macs, ET_BERT_BASE_MACS)}."
        for name, macs in whole.items()
    )
    same = [macs for name, macs in whole.items() if name.endswith("et_bert_base")]
    if same:
        verdict += f"; with ET-BERT base as its encoder {_fewer(max(same), ET_BERT_BASE_MACS)}"
    length = window_length(run)
    window = "window" if length is None else f"window of {length} packets"
    return Answer(
        verdict,
        f"gnn {ours:,.0f} MACs for one {window} of vectors already encoded against "
        f"{ET_BERT_BASE_MACS:,.0f} of ET-BERT base for one packet of 128 tokens: "
        f"{_fewer(ours, ET_BERT_BASE_MACS)} ({share:.4f} of them)."
        f"{total}{_own_baseline(run, 'macs', ours)} Every packet must pass the frozen encoder "
        "before gnn sees it, so detection as a whole is not cheaper than the encoder alone.",
    )


def encoder_burden(run: Run, split: str) -> Answer | None:
    """Share of the seconds of all stages that went into the frozen encoders."""
    stages = run.timing.stages
    encoders = [seconds for stage, seconds in stages.items() if stage.startswith("embed")]
    total = math.fsum(stages.values())
    if not encoders or total <= 0:
        return None
    spent = math.fsum(encoders)
    return Answer(
        f"encoders take {100 * spent / total:.0f} % of the time of the stages here",
        f"{spent:.0f} of {total:.0f} s, each distinct input encoded once and kept. The graphs "
        "come with the package and cost nothing at run time.",
    )
