"""A made-up run folder with every part present."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

CLASSES = [
    "Benign", "OS Scan", "Vulnerability Scan", "Port Scan", "ICMP Flood", "Slowloris",
    "SYN Flood", "UDP Flood", "DNS Flood", "Dictionary Attack",
]  # fmt: skip
GROUPS = ["Benign", "DoS", "Reconnaissance", "Brute Force"]
SPLITS = ("random", "round", "flow")
HEADS = {"none": 0.11, "packet": 0.58, "both": 0.55, "both+flow_context": 0.61}
DETECTORS = {"gnn": 0.94, "temporal": 0.945, "xgboost": 0.88, "lightgbm": 0.885, "dnn": 0.86}


def score(mean: float, std: float | None = 0.01, n: int = 3) -> dict[str, Any]:
    """A score as results.json holds it."""
    if std is None or n == 1:
        return {"mean": mean, "n": 1}
    return {"mean": mean, "std": std, "n": n}


def _zero_shot(mean: float, rng: np.random.Generator) -> dict[str, Any]:
    recall = np.clip(mean + 0.25 * rng.standard_normal(len(CLASSES)), 0, 1)
    return {
        "macro_top1": score(mean, 0.012),
        "macro_top5": score(min(0.99, mean + 0.4), 0.004),
        "macro_top1_without_icmp_flood": score(mean - 0.031, 0.009),
        "macro_top5_without_icmp_flood": score(min(0.985, mean + 0.38), 0.005),
        "validation_macro_top1": score(mean + 0.1, 0.02),
        "per_class": {
            c: {"recall": score(float(r), 0.03)} for c, r in zip(CLASSES, recall, strict=True)
        },
    }


def _reasoning(mean: float, rng: np.random.Generator) -> dict[str, Any]:
    return {
        "mauc": score(mean, 0.004),
        "mauc_anomaly": score(mean - 0.017, 0.006),
        "mauc_without_icmp_flood": score(mean - 0.008, 0.004),
        "mauc_anomaly_without_icmp_flood": score(mean - 0.023, 0.006),
        "macro_f1": score(mean - 0.2, 0.013),
        "macro_f1_without_icmp_flood": score(mean - 0.22, 0.013),
        "per_class": {
            g: {"auc": score(float(np.clip(mean + 0.03 * rng.standard_normal(), 0, 1)), 0.006)}
            for g in GROUPS
        },
    }


def _split(shift: float, rng: np.random.Generator) -> dict[str, Any]:
    return {
        "seeds": [0, 1, 2],
        "packets": {"train": 33_000, "validation": 8_123, "test": 41_017},
        "zero_shot": {s: _zero_shot(m + shift, rng) for s, m in HEADS.items()}
        | {"et_bert_finetuned": _zero_shot(0.52 + shift, rng)},
        "reasoning": {s: _reasoning(m + shift / 4, rng) for s, m in DETECTORS.items()}
        | {"et_bert_finetuned": _reasoning(0.85 + shift / 4, rng)},
        "scarcity": {
            "gnn": {"1.0": score(0.94), "0.5": score(0.93), "0.3": score(0.921)},
            "lightgbm": {"1.0": score(0.885), "0.5": score(0.87), "0.3": score(0.83, 0.02)},
        },
        "controls": {
            "majority": {"macro_f1": score(0.15, 0.0), "macro_top1": score(0.1, 0.0)},
            "shuffled_labels": {"mauc": score(0.503, 0.01), "macro_top1": score(0.104, 0.01)},
            "random_forest_bytes": {"macro_f1": score(0.57), "macro_top1": score(0.56, 0.02)},
            "logistic_regression": {"mauc": score(0.88), "macro_f1": score(0.61)},
            "logistic_window": {"mauc": score(0.947), "macro_f1": score(0.74)},
            "overlap": {"share": score(0.41 + shift, 0.001)},
        },
    }


def _cost(parameters: int, macs: float) -> dict[str, float]:
    return {
        "params_trainable": parameters, "params_total": parameters, "macs": macs, "flops": 2 * macs,
    }  # fmt: skip


def sample_results() -> dict[str, Any]:
    """results.json of a made-up run."""
    rng = np.random.default_rng(0)
    return {
        "schema": 1,
        "dataset": "testbed",
        "config": "reproduce",
        "commit": "0123abc",
        "seeds": [0, 1, 2],
        "encoders": {
            "packet": {
                "name": "et-bert-mini", "sha256": "aa" * 32, "note": "random weights, seed 0",
            },
            "text": {"name": "minilm", "sha256": "bb" * 32, "note": "all-MiniLM-L6-v2"},
        },
        "reductions": ["800 alignment steps (paper: 3,000)", "batch 64 (paper: 128)"],
        "splits": {s: _split(0.08 * i, rng) for i, s in enumerate(("round", "flow", "random"))},
        "cost": {
            "gnn": _cost(152_340, 9.1e6),
            "temporal": _cost(98_000, 3.1e6),
            "dnn": _cost(66_000, 66e3),
            "gnn+heads+et_bert_base": _cost(152_341, 11_200e6),
            "et_bert_finetuned": _cost(8_850_000, 51e6),
        },
    }  # fmt: skip


def sample_plots() -> dict[str, Any]:
    """plots.json of a made-up run."""
    rng = np.random.default_rng(1)
    distribution, confusion, roc = {}, {}, {}
    for split in SPLITS:
        total = (30_000 * np.exp(-0.35 * np.arange(len(CLASSES)))).astype(int)
        distribution[split] = {
            part: {c: int(share * n) for c, n in zip(CLASSES, total, strict=True)}
            for part, share in (("train", 0.72), ("validation", 0.08), ("test", 0.2))
        }
        confusion[split] = {}
        for kind, labels, systems in (
            ("zero_shot", CLASSES, HEADS),
            ("reasoning", GROUPS, DETECTORS),
        ):
            for system in systems:
                matrix = rng.integers(0, 30, (len(labels), len(labels)))
                matrix += np.diag(rng.integers(0, 900, len(labels)))
                confusion[split][system] = {
                    "kind": kind, "labels": labels, "matrix": matrix.tolist(),
                }  # fmt: skip
        fpr = np.linspace(0, 1, 60)
        roc[split] = {
            system: {
                group: {
                    "fpr": fpr.tolist(),
                    "tpr": (fpr ** ((1 - m) * (1 + i))).tolist(),
                }
                for i, group in enumerate(GROUPS)
            }
            for system, m in DETECTORS.items()
        }
    words = ["flood", "botnet", "amplification", "target", "saturation", "overload", "spoofing",
             "exhaustion", "traffic", "outage"]  # fmt: skip
    levels = [
        words,
        [f"{w[:6]}er" for w in words] + ["packetstorm", "backlog"],
        [f"{w}ing" for w in words],
    ]
    edges = [
        [a, levels[i + 1][int(j)]]
        for i in range(2)
        for a in levels[i]
        for j in rng.choice(len(levels[i + 1]), 2, replace=False)
    ]
    return {
        "classes": CLASSES,
        "groups": GROUPS,
        "class_distribution": distribution,
        "confusion": confusion,
        "roc": roc,
        "missions": [{"title": "DoS", "levels": levels, "edges": edges}],
        "words": [{"title": "DoS", "counts": [["flood", 7], ["network", 3]]}],
    }


def sample_metrics() -> str:
    """metrics.jsonl of a made-up run."""
    rng = np.random.default_rng(2)
    lines = []
    for split in SPLITS:
        for seed in range(3):
            for heads, (level, speed) in {
                "none": (0.1, 1), "packet": (0.62, 500), "both": (0.6, 250),
            }.items():  # fmt: skip
                for step in range(100, 1601, 100):
                    top1 = level * (1 - np.exp(-step / speed)) + 0.02 * rng.standard_normal()
                    for name, value in (
                        ("loss", 4 - top1),
                        ("validation_macro_top1", top1),
                        ("validation_macro_top5", min(1.0, top1 + 0.36)),
                    ):
                        entry = {
                            "run": f"{split}/{seed}/heads={heads}", "step": step,
                            "name": name, "value": round(float(value), 6),
                        }  # fmt: skip
                        lines.append(json.dumps(entry))
            for step in range(100, 701, 100):
                value = 0.93 - 0.3 * np.exp(-step / 150) + 0.01 * rng.standard_normal()
                entry = {
                    "run": f"{split}/{seed}/gnn",
                    "step": step,
                    "name": "validation_mauc",
                    "value": value,
                }
                lines.append(json.dumps(entry))
    return "\n".join(lines) + "\n"


def write_run(folder: Path, *, results: dict[str, Any] | None = None, parts: bool = True) -> Path:
    """Write a made-up run folder; with `parts` False only its results.json."""
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, Any] = {"results.json": results or sample_results()}
    if parts:
        stages = {f"{s}/{i}/{n}": 10.0 + i for s in SPLITS for i in range(3) for n in DETECTORS}
        stages |= {f"{s}/{i}/heads={n}": 20.5 for s in SPLITS for i in range(3) for n in HEADS}
        files |= {
            "plots.json": sample_plots(),
            "config.json": {
                "seeds": [0, 1, 2],
                "alignment": {"steps": 800, "batch": 64},
                "detector": {"steps": 200, "batch_size": 64, "window": 30},
                "fine_tuning": {
                    "encoder": "et-bert-tiny", "steps": 100, "batch_size": 32, "tokens": 64,
                },
            },
            "environment.json": {"python": "3.11.2", "versions": {"jax": "0.10.2"}},
            "timing.json": {
                "stages": stages | {"embed/packets": 240.0}, "total_seconds": 700.5,
                "device": "cpu x 1", "cores": 2,
            },
        }  # fmt: skip
        (folder / "metrics.jsonl").write_text(sample_metrics())
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
    return folder


@dataclass(frozen=True)
class Samples:
    """Makers of made-up run files; each call gives a fresh copy."""

    results = staticmethod(sample_results)
    plots = staticmethod(sample_plots)
    metrics = staticmethod(sample_metrics)
    write_run = staticmethod(write_run)


@pytest.fixture(scope="session")
def samples() -> Samples:
    return Samples()


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole run folder (do not write into it)."""
    return write_run(tmp_path_factory.mktemp("runs") / "reproduce")
