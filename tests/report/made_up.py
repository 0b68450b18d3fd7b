"""Made-up results for the tests of claims and findings."""

from __future__ import annotations

from typing import Any

from pclip.report.findings import findings
from pclip.report.results import parse_results
from pclip.report.run_files import Run


def score(mean: float, std: float = 0.01) -> dict[str, Any]:
    return {"mean": mean, "std": std, "n": 3}


# 10 epochs of 6,400 packets, by an ET-BERT that compares with the paper's.
AMPLE = {
    "detector": {"steps": 1000, "batch_size": 64, "window": 30},
    "fine_tuning": {"steps": 2000, "batch_size": 32, "encoder": "et-bert-base", "tokens": 128},
}


def one_seed(mean: float) -> dict[str, Any]:
    return {"mean": mean, "n": 1}


def fine_tuned(**fields: Any) -> dict[str, Any]:
    return AMPLE | {"fine_tuning": AMPLE["fine_tuning"] | fields}


def run_of(
    split: dict[str, Any],
    *,
    cost: dict[str, Any] | None = None,
    note: str = "weights of the authors",
    config: dict[str, Any] = AMPLE,
    **parts: Any,
) -> Run:
    content = {
        "schema": 1,
        "splits": {"round": {"packets": {"train": 6400}} | split},
        "encoders": {"packet": {"note": note}, "text": {"note": ""}},
        "cost": cost or {},
    }
    return Run(parse_results(content), config=config, **parts)


def detection(gnn: float, others: float, std: float = 0.01) -> dict[str, Any]:
    names = {"gnn": gnn, "temporal": 0.99, "xgboost": others - 0.02, "dnn": others + 0.02}
    return {"reasoning": {name: {"mauc": score(mean, std)} for name, mean in names.items()}}


def contradicted(**means: float) -> dict[str, Any]:
    """Zero-shot scores whose validation part runs the other way."""
    return {
        name: row | {"validation_macro_top1": score(1 - row["macro_top1"]["mean"])}
        for name, row in zero_shot(**means).items()
    }


def zero_shot(**means: float) -> dict[str, Any]:
    return {
        name.replace("_context", "+flow_context"): {
            "macro_top1": score(mean),
            "validation_macro_top1": score(mean),
            "macro_top5": score(0.99 - mean / 10, 0.001),
        }
        for name, mean in means.items()
    }


def finding(run: Run, words: str) -> tuple[str, str]:
    found = [f for f in findings(run, "round") if words in f.text]
    assert len(found) == 1
    return found[0].outcome, found[0].text
