"""Scores by byte policy: which runs stand beside each other, and what the difference is called."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from pclip.report import write_results_md
from pclip.report.by_policy import by_policy
from pclip.report.results import parse_results
from pclip.report.run_files import Run
from pclip.report.scores import Score
from tests.report.made_up import one_seed, score

CONFIG = {"packet": {"encoder": "et-bert-mini", "tokens": 64}, "detector": {"steps": 150}}


def made(policy: str, mauc: Any, *, split: str = "round", seeds: Any = (0, 1, 2), **config: Any):
    content = {
        "schema": 1,
        "dataset": "testbed",
        "splits": {
            split: {"seeds": list(seeds), "reasoning": {"gnn": {"mauc": mauc}}},
        },
    }
    parts = copy.deepcopy(CONFIG) | config
    parts["packet"]["bytes"] = policy
    return Run(parse_results(content), config=parts)


@pytest.mark.parametrize(
    ("with_names", "without", "words"),
    [
        (
            score(0.95),
            score(0.90),
            "Lower with names, addresses and times in payloads zeroed, and other",
        ),
        (
            score(0.90),
            score(0.95),
            "Higher with names, addresses and times in payloads zeroed; why is not",
        ),
        (
            score(0.95),
            score(0.945),
            "No difference shows with names, addresses and times in payloads zeroed",
        ),
        (score(0.95), one_seed(0.80), "One seed: no spread, not decided."),
    ],
)
def test_the_difference_is_named(with_names, without, words):
    runs = [("a", made("identity_free", with_names)), ("b", made("nameless", without))]
    (compared,) = by_policy(runs)
    assert compared.title == "Scores by byte policy, split round, dataset testbed"
    assert compared.table.columns == ("bytes", "run", "mAUC, gnn")
    assert [row[:2] for row in compared.table.rows] == [("nameless", "b"), ("identity_free", "a")]
    (sentence,) = compared.sentences
    assert sentence.startswith("mAUC, gnn: identity_free 0.9")
    assert words in sentence
    assert "points" in sentence


def test_scores_that_draw_nothing_decide_nothing():
    fixed = [{"mean": mean, "n": 1, "fixed": True} for mean in (0.95, 0.90)]
    runs = [("a", made("identity_free", fixed[0])), ("b", made("nameless", fixed[1]))]
    (compared,) = by_policy(runs)
    (sentence,) = compared.sentences
    assert sentence.endswith("+5.0 points. Not decided.")


def test_the_difference_without_the_flood_stands_beside() -> None:
    runs = []
    for policy, whole, rest in (("identity_free", 0.8, 0.9), ("nameless", 0.9, 0.92)):
        run = made(policy, score(whole))
        run.results.splits["round"].reasoning["gnn"].metrics["mauc_without_icmp_flood"] = Score(
            rest, 0.01, 3
        )
        runs.append((policy, run))
    (compared,) = by_policy(runs)
    assert "without ICMP Flood" not in " ".join(compared.table.columns)
    (sentence,) = compared.sentences
    assert sentence.endswith(
        "is not shown. Without ICMP Flood: -2.0 points, beyond the spread of 1.4."
    )


def test_a_policy_that_makes_packets_alike_is_said() -> None:
    runs = []
    for policy, share in (("identity_free", 0.4), ("nameless", 0.5)):
        run = made(policy, score(0.9))
        run.results.splits["round"].controls["overlap"] = {
            "share": Score(share, None, 1, fixed=True)
        }
        runs.append((policy, run))
    (compared,) = by_policy(runs)
    assert compared.sentences[0] == (
        "seen bytes: identity_free 0.400 (draws nothing), nameless 0.500 (draws nothing). Zeroing "
        "names, addresses and times in payloads makes packets alike and changes the data itself."
    )


def test_each_policy_is_compared_with_the_next(samples: Any) -> None:
    means = {"legacy38": 0.99, "paper": 0.97, "identity_free": 0.95, "nameless": 0.90}
    runs = [(policy, made(policy, score(mean))) for policy, mean in means.items()]
    (compared,) = by_policy(runs)
    assert [row[0] for row in compared.table.rows] == list(reversed(means))
    assert [sentence.split(": ")[1].split()[0] for sentence in compared.sentences] == [
        "identity_free",
        "paper",
        "legacy38",
    ]
    assert all(("Lower with" in line) == ("beyond" in line) for line in compared.sentences)


def test_only_runs_of_one_protocol_split_and_seeds_are_compared() -> None:
    base = ("a", made("identity_free", score(0.9)))
    others = [
        made("nameless", score(0.8), split="flow"),
        made("nameless", score(0.8), seeds=(0, 1)),
        made("nameless", score(0.8), detector={"steps": 3000}),
        made("identity_free", score(0.8)),
        Run(parse_results({"schema": 1, "splits": {"round": {}}})),
    ]
    for other in others:
        assert by_policy([base, ("b", other)]) == []
    first, second = made("nameless", score(0.8)), made("nameless", score(0.7))
    (compared,) = by_policy([base, ("b", first), ("c", second)])
    assert [row[1] for row in compared.table.rows] == ["b", "a"], "the first run counts"


def test_heads_trained_beside_change_no_comparison() -> None:
    runs = [
        ("a", made("identity_free", score(0.9), alignment={"steps": 9, "heads": ["none", "both"]})),
        ("b", made("nameless", score(0.9), alignment={"steps": 9, "heads": ["both"]})),
    ]
    assert len(by_policy(runs)) == 1


def test_results_md_has_the_section_where_there_are_two_policies(
    tmp_path: Path, samples: Any
) -> None:
    runs = []
    for policy, shift in (("identity_free", 0.0), ("nameless", -0.1)):
        results = samples.results()
        for split in results["splits"].values():
            entry = split["zero_shot"]["packet"]["macro_top1"]
            entry["mean"] += shift
        folder = samples.write_run(tmp_path / policy, results=results, parts=False)
        (folder / "config.json").write_text(f'{{"packet": {{"bytes": "{policy}"}}}}')
        runs.append((policy, folder, "make"))
    write_results_md(runs, tmp_path / "RESULTS.md")
    text = (tmp_path / "RESULTS.md").read_text()
    section = text[text.index("## Scores by byte policy") : text.index("## What the paper claims")]
    assert section.count("**Scores by byte policy, split ") == 3
    assert section.index("split round") < section.index("split flow") < section.index("random")
    assert "- zero-shot top-1, packet: identity_free 0.5" in section
    assert section.count("+10.0 points, beyond the spread") == 3
    assert "names, addresses and times in payloads" in section
    write_results_md(runs[:1], tmp_path / "ONE.md")
    assert "Scores by byte policy" not in (tmp_path / "ONE.md").read_text()
