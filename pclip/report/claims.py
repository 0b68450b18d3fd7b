"""The paper's claims, each answered from the numbers of a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pclip.report import claims_cost, claims_detection, claims_zero_shot
from pclip.report.results import SPLIT_ORDER, split_order
from pclip.report.run_files import Run
from pclip.report.verdicts import Answer

NOT_MEASURED_HERE = "not measured here"


@dataclass(frozen=True)
class Claim:
    """A claim of the paper and how it is read here.

    Args:
        text: the claim in words.
        section: where the paper makes it.
        reading: which of our numbers answers it.
        needs: what a run must hold so that it can be answered.
        answer: (run, split) -> answer, or None where the run lacks what is needed.
        by_split: False for claims that do not depend on a split (asked once, split "").
    """

    text: str
    section: str
    reading: str
    needs: str
    answer: Callable[[Run, str], Answer | None]
    by_split: bool = True


CLAIMS = (
    Claim(
        "+11.6 % mean ROC AUC over baselines",
        "abstract, 1, 4.5",
        "mAUC of gnn minus the mean mAUC of the paper's baselines, without ET-BERT where this "
        "run's does not compare with the paper's",
        "reasoning: gnn and at least one of xgboost, lightgbm, dnn, et_bert_finetuned",
        claims_detection.gain_over_baselines,
    ),
    Claim(
        "+11.6 % top-1 over baselines",
        "6",
        "macro top-1 of the heads chosen on validation minus that of fine-tuned ET-BERT",
        "zero_shot: packet or both, and et_bert_finetuned",
        claims_zero_shot.gain_over_et_bert,
    ),
    Claim(
        "about 95 % mAUC from 100 % down to 30 % of the training data",
        "1, 4.7",
        "mAUC of gnn at every share, the test part unchanged; at least 0.93 read as about 95 %, a "
        "fall of at most 2 points or within the spread as level",
        "scarcity: gnn at 1.0 and 0.3",
        claims_detection.gnn_scarcity,
    ),
    Claim(
        "ET-BERT falls from about 70 % mAUC at 100 % to about 50 % at 30 %",
        "1, 4.7",
        "mAUC of fine-tuned ET-BERT at 1.0 and 0.3 (section 1 also says 70 % at 30 %)",
        "scarcity: et_bert_finetuned at 1.0 and 0.3",
        claims_detection.et_bert_scarcity,
    ),
    Claim(
        "92 % fewer trainable parameters; 107 M fewer than fine-tuning ET-BERT",
        "abstract, 4.6",
        "trainable parameters of gnn against ET-BERT base as the literature counts it (85.65 M) "
        "and with embeddings (131.54 M); the two claims together imply 116.3 M to 9.3 M",
        "cost: gnn params_trainable",
        claims_cost.fewer_parameters,
        by_split=False,
    ),
    Claim(
        "98 % fewer FLOPs; one-thirtieth",
        "1, 4.6, 6",
        "MACs of gnn for one window, encoder not counted, against ET-BERT base for one packet of "
        "128 tokens (11,174 MMACs); and with the encoder counted, both for one new packet",
        "cost: gnn macs",
        claims_cost.fewer_flops,
        by_split=False,
    ),
    Claim(
        "heads on both encoders > packet only > none",
        "4.4, Figure 7",
        "macro top-1 on the test part",
        "zero_shot: both, packet and none",
        claims_zero_shot.order_of_heads,
    ),
    Claim(
        "heads on both learn faster and less stably, packet only slower and more stably",
        "4.4, Figure 7",
        "validation macro top-1 during training: step that reaches 90 % of its best, and mean "
        "fall between evaluations in the second half",
        "metrics.jsonl: validation_macro_top1 of heads=both and heads=packet",
        claims_zero_shot.speed_and_stability,
    ),
    Claim(
        "packet alone: top-5 nearly perfect",
        "4.4, Table 1",
        "macro top-5 of packet (at least 0.95 read as nearly perfect; chance is 0.5)",
        "zero_shot: packet macro_top5",
        claims_zero_shot.top5_nearly_perfect,
    ),
    Claim(
        "packet + context: higher top-1, slightly lower top-5 (reading a: heads on both)",
        "4.4, Table 1",
        "both minus packet",
        "zero_shot: both and packet",
        claims_zero_shot.context_as_heads,
    ),
    Claim(
        "packet + context: higher top-1, slightly lower top-5 (reading b: flow description)",
        "4.4, Table 1",
        "with a label-free description of the flow averaged in, minus without",
        "zero_shot: both+flow_context and both, or packet+flow_context and packet",
        claims_zero_shot.context_as_flow,
    ),
    Claim(
        "up to 12 % better zero-shot on new examples than static graph methods",
        "5",
        "macro top-1 on the split round: new examples of known classes",
        "zero_shot on round of a static graph method (tfe_gnn, cle_tfe)",
        claims_zero_shot.gain_over_static_graphs,
    ),
    Claim(
        "encoders and graph generation remain a hardware burden",
        "5 (a limit the paper states)",
        "share of the run's seconds spent in the frozen encoders",
        "timing.json with stages embed/...",
        claims_cost.encoder_burden,
        by_split=False,
    ),
    Claim(
        "paraphrases unvalidated; graph quality depends on the LLM",
        "5 (limits the paper states)",
        "not a number of this protocol",
        "checked paraphrases, and the same run on graphs of several models",
        lambda run, split: None,
        by_split=False,
    ),
)


@dataclass(frozen=True)
class Answered:
    """An answer and where it comes from (split "" for claims without one)."""

    run: str
    split: str
    answer: Answer


def answers(claim: Claim, runs: Sequence[tuple[str, Run]]) -> list[Answered]:
    """All answers that the runs give to a claim: honest split first, then run by run."""
    splits = {name for _, run in runs for name in run.results.splits}
    # Curves may exist for a split whose results do not.
    splits.update(SPLIT_ORDER)
    found = []
    for split in sorted(splits, key=split_order) if claim.by_split else [""]:
        for name, run in runs:
            answer = claim.answer(run, split)
            if answer is not None:
                found.append(Answered(name, split, answer))
    return found


def headline(claim: Claim, found: Sequence[Answered]) -> str:
    """The verdicts in one line: for each split that of the first run that measured it."""
    if not found:
        return f"{NOT_MEASURED_HERE} (needs {claim.needs})"
    first: dict[str, Answered] = {}
    for item in found:
        first.setdefault(item.split, item)
    return "; ".join(
        f"{item.split}: {item.answer.verdict}" if item.split else item.answer.verdict
        for item in first.values()
    )
