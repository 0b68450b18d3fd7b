from __future__ import annotations

import json

import pytest

SYSTEMS = {"gnn", "temporal", "dnn", "xgboost", "lightgbm", "et_bert_finetuned"}
BRIEF = (
    "--config.seeds.round=1",
    "--config.seeds.random=0",
    "--config.reasoning=('gnn', 'xgboost')",
    "--config.controls=('majority',)",
    "--config.scarcity.fractions=(1.0,)",
)


def check_files(workdir):
    """What docs/design.md promises of a run, whole and readable."""
    read = {
        name: json.loads((workdir / f"{name}.json").read_text())
        for name in ("config", "environment", "results", "plots", "timing")
    }
    lines = [json.loads(line) for line in (workdir / "metrics.jsonl").read_text().splitlines()]
    assert lines
    assert all(set(line) == {"run", "step", "name", "value"} for line in lines)
    assert list((workdir / "checkpoints").glob("*/0/*/6")), "no checkpoint of the last step"
    for suffix in ("png", "svg"):
        assert list((workdir / "figures").glob(f"*.{suffix}")), f"no {suffix} figure"
    assert (workdir / "figures" / "words.svg").exists(), "no counterpart of Figure 6"
    page = (workdir / "report.html").read_text()
    assert 'id="words"' in page
    assert page.lower().lstrip().startswith("<!doctype html>")
    assert not list(workdir.rglob(".part-*")), "a scratch file stayed"
    results = read["results"]
    assert results["schema"] == 1
    assert results["config"] == read["config"]["name"]
    assert results["commit"] == read["environment"]["commit"]
    assert results["reductions"] == read["config"]["reductions"]
    assert any("smoke" in reduction for reduction in results["reductions"])
    for split, content in results["splits"].items():
        counted = any(line.startswith(f"{split} with ") for line in results["reductions"])
        assert counted == (len(content["seeds"]) < 3)
    said = {line.split(" with ")[0] for line in results["reductions"] if " with " in line}
    assert said <= set(results["splits"])
    for split in results["splits"].values():
        assert split["packets"]["train"] > 0
        for kind in ("zero_shot", "reasoning"):
            for system, scores in split.get(kind, {}).items():
                for name in ("macro_top1",) if kind == "zero_shot" else ("mauc", "mauc_anomaly"):
                    assert 0 <= scores[name]["mean"] <= 1, (system, name)
    return results


def test_reproduce_leaves_what_it_promises(experiments, tmp_path):
    workdir = tmp_path / "run"
    done = experiments.run(experiments.command("reproduce", workdir, *BRIEF))
    assert done.code == 0, done.err
    assert done.err == "", "a piped run says nothing on standard error"
    assert str(workdir / "results.json") in done.out
    assert done.out.count("smoke variant: a walk through the code, not a measurement") == 1
    results = check_files(workdir)
    assert set(results["splits"]) == {"round"}
    split = results["splits"]["round"]
    assert set(split["zero_shot"]) == {"none", "packet", "both"}
    assert set(split["reasoning"]) == {"gnn", "xgboost"}
    assert set(split["controls"]) == {"majority"}
    assert split["controls"]["majority"]["macro_top1"]["mean"] == pytest.approx(0.1)
    assert set(split["scarcity"]) == {"gnn", "best_baseline (xgboost)"}

    # A finished run ends at once and writes nothing anew.
    before = {
        p: p.stat().st_mtime_ns for p in workdir.rglob("*") if p.is_file() and p.name != ".lock"
    }
    again = experiments.run(experiments.command("reproduce", workdir, *BRIEF))
    assert (again.code, again.out) == (0, done.out)
    after = {
        p: p.stat().st_mtime_ns for p in workdir.rglob("*") if p.is_file() and p.name != ".lock"
    }
    assert after == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "splits", "systems"),
    [
        ("reproduce", {"round", "random"}, SYSTEMS),
        ("paper", {"round"}, SYSTEMS),
        ("heads", {"round"}, set()),
        ("scarcity", {"round"}, SYSTEMS - {"temporal"}),
        ("unseen", {"tool", "recording", "flow"}, SYSTEMS - {"et_bert_finetuned"}),
        ("leak", {"round"}, SYSTEMS - {"et_bert_finetuned"}),
        ("language", {"round", "random"}, {"gnn", "temporal"}),
    ],
)
def test_every_experiment_walks_its_whole_config(experiments, tmp_path, name, splits, systems):
    workdir = tmp_path / "run"
    done = experiments.run(experiments.command(name, workdir))
    assert done.code == 0, done.err
    results = check_files(workdir)
    assert splits <= set(results["splits"])
    for split in results["splits"].values():
        assert set(split.get("reasoning", {})) == systems


@pytest.mark.slow
def test_pretraining_walks_its_whole_config(experiments, tmp_path):
    workdir = tmp_path / "run"
    done = experiments.run(experiments.command("pretrain", workdir))
    assert done.code == 0, done.err
    assert done.err == ""
    results = json.loads((workdir / "results.json").read_text())
    assert results["steps"] == 4
    assert f"{results['held_out']['encoder']['bigrams']['loss']:.3f} nats" in done.out
    assert "not a measurement" in done.out
    assert (workdir / "figures" / "pretraining.svg").exists()


def test_probe_leaves_scores_looks_and_a_bound(experiments, tmp_path):
    brief = (
        "--config.encoders=()",
        "--config.counted=('byte_histogram',)",
        "--config.seeds.random=0",
    )
    done = experiments.run(experiments.command("probe", tmp_path, *brief))
    assert done.code == 0, done.err
    assert done.err == "", "a piped run says nothing on standard error"
    assert "macro F1 of packets, test part" in done.out
    assert done.out.endswith("\nsmoke variant: a walk through the code, not a measurement\n")
    results = json.loads((tmp_path / "results.json").read_text())
    assert set(results["splits"]["round"]["systems"]) == {"byte_histogram"}
    assert len((tmp_path / "looks.jsonl").read_text().splitlines()) == 1


@pytest.mark.slow
def test_probe_walks_its_whole_config(experiments, tmp_path):
    done = experiments.run(experiments.command("probe", tmp_path))
    assert done.code == 0, done.err
    results = json.loads((tmp_path / "results.json").read_text())
    systems = {"et-bert-tiny:random", "byte_histogram", "hashed_bigrams"}
    for split in ("round", "random"):
        assert set(results["splits"][split]["systems"]) == systems
