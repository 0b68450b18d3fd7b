"""report.html, RESULTS.md and the terminal table: numbers, escaping, absent parts, same bytes."""

from __future__ import annotations

import copy
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from pclip.errors import PclipError
from pclip.report import read_run, render_html, summary_table, write_report, write_results_md
from pclip.report.figures import save
from pclip.report.figures.distribution import draw_class_distribution
from pclip.report.limits import known_limits
from pclip.report.markdown import code, escape
from pclip.report.scores import Score

HOSTILE = "<script>alert(1)</script>|`x`\n# head [a](javascript:b) *b* \x1b[31m[red]"
COMMAND = "python -m experiments.reproduce --config=configs/reproduce.py --workdir=runs/reproduce"


def one_split(samples: Any) -> dict[str, Any]:
    results = samples.results()
    results["splits"] = {"round": results["splits"]["round"]}
    return results


def without_classes(results: dict[str, Any]) -> dict[str, Any]:
    """Without scores by class: their figures are drawn elsewhere, and drawing takes time."""
    for part in ("zero_shot", "reasoning"):
        for entry in results["splits"]["round"][part].values():
            del entry["per_class"]
    return results


def hostile_results(samples: Any) -> dict[str, Any]:
    results = one_split(samples)
    results |= {"dataset": HOSTILE, "config": HOSTILE, "commit": HOSTILE, "reductions": [HOSTILE]}
    results["encoders"] = {HOSTILE: {"name": HOSTILE, "note": HOSTILE}}
    split = results["splits"]["round"]
    for part in ("zero_shot", "reasoning", "scarcity", "controls"):
        split[part][HOSTILE] = copy.deepcopy(next(iter(split[part].values())))
    split["zero_shot"]["both"]["per_class"][HOSTILE] = {"recall": {"mean": 0.5, "n": 1}}
    results["splits"][HOSTILE] = split
    results["cost"][HOSTILE] = {"macs": 5.0}
    return results


class Page(HTMLParser):
    """Tags and sources of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        self.targets += [value or "" for name, value in attrs if name in ("src", "href")]


def page_of(text: str) -> Page:
    page = Page()
    page.feed(text)
    return page


def means(value: Any) -> list[Score]:
    """Every score inside a results.json, found by walking it."""
    if not isinstance(value, dict):
        return []
    if {"mean", "n"} <= set(value):
        return [Score(value["mean"], value.get("std"), value["n"])]
    return [score for item in value.values() for score in means(item)]


def test_results_md_holds_every_number_of_results_json(
    run_folder: Path, tmp_path: Path, samples: Any
) -> None:
    write_results_md([("reproduce", run_folder, COMMAND)], tmp_path / "RESULTS.md")
    text = (tmp_path / "RESULTS.md").read_text()
    scores = means(samples.results()["splits"])
    assert len(scores) > 300
    for score in scores:
        assert f"{score.mean:.3f} ± {score.std:.3f} ({score.n})" in text
    for system, cost in samples.results()["cost"].items():
        row = next(
            line
            for line in text.splitlines()
            if line.startswith(f"| {system} | one ") and f" {cost['params_trainable']:,} |" in line
        )
        assert f"{cost['macs']:,.0f}" in row
    assert COMMAND in text
    assert "700" in text
    assert "cpu x 1, 2 cores" in text
    assert "not in the text" in text
    assert text.index("### Split `round`") < text.index("### Split `flow`")
    assert text.index("### Split `flow`") < text.index("### Split `random`")


def test_a_row_of_results_md_is_the_row_of_its_system(run_folder: Path, tmp_path: Path) -> None:
    write_results_md([("reproduce", run_folder, COMMAND)], tmp_path / "RESULTS.md")
    text = (tmp_path / "RESULTS.md").read_text()
    table = text[text.index("**Detection by group, split round**") :]
    lines = table.splitlines()[2:]
    header = [cell.strip() for cell in lines[0].strip("|").split("|")]
    gnn = [
        cell.strip()
        for cell in next(x for x in lines if x.startswith("| gnn")).strip("|").split("|")
    ]
    row = dict(zip(header, gnn, strict=True))
    assert row["mAUC"] == "0.940 ± 0.004 (3)"
    assert row["mAUC without ICMP Flood"] == "0.932 ± 0.004 (3)"
    assert row["seconds, all seeds"] == "33"
    assert row["paper (ACI-IoT-2023), mAUC"].startswith("about 95 %")


def test_limits_stand_beside_every_score_table(run_folder: Path, tmp_path: Path) -> None:
    write_results_md([("reproduce", run_folder, COMMAND)], tmp_path / "RESULTS.md")
    text = (tmp_path / "RESULTS.md").read_text()
    tables = len(re.findall(r"^\*\*(Zero-shot|Detection|Less|Controls).*split", text, re.M))
    assert tables == 12
    assert text.count("one lab of Linux hosts, mild floods") == tables
    assert "but still come in blocks" in text
    assert "41.0 ± 0.1 % of the test packets" in text


def test_budgets_units_and_what_the_spread_is_over(run_folder: Path, tmp_path: Path) -> None:
    write_results_md([("reproduce", run_folder, COMMAND)], tmp_path / "RESULTS.md")
    markdown = (tmp_path / "RESULTS.md").read_text()
    page = render_html(read_run(run_folder), [])
    for text in (markdown, page):
        assert text.count("gnn 0.39 epochs at 100 %, 1.29 at 30 %") == 3
        assert text.count("initialisation and batches only") == 1
        assert text.count("The spread over seeds includes the draw of the split.") == 2
        assert "not comparable: ET-BERT at size tiny" in text.replace("Not", "not")
        assert "has the attackers and victims of training" in text
    assert "**not decided: budget-limited (0.39 epochs at 100 %)**" in markdown
    rows = {
        line.split(" | ")[0].strip("| "): line.split(" | ")[1]
        for line in markdown[markdown.index("### Cost") :].splitlines()
        if line.startswith("| ")
    }
    assert rows["gnn"] == "one window of 30 packets"
    assert rows["temporal"] == rows["gnn"]
    assert rows["gnn+heads+et_bert_base"] == (
        "one window of 30 packets and the encoding of one new packet"
    )
    assert rows["et_bert_finetuned"] == "one packet of 128 tokens"
    assert rows["dnn"] == "one packet"


def test_same_folders_same_bytes(tmp_path: Path, samples: Any) -> None:
    outputs = []
    for name in ("a", "b"):
        folder = samples.write_run(
            tmp_path / name / "run", results=without_classes(one_split(samples)), parts=False
        )
        write_report(folder)
        write_results_md([("run", folder, COMMAND)], tmp_path / name / "RESULTS.md")
        files = sorted(path for path in (tmp_path / name).rglob("*") if path.is_file())
        outputs.append({str(p.relative_to(tmp_path / name)): p.read_bytes() for p in files})
    assert outputs[0] == outputs[1]
    assert {"RESULTS.md", "run/report.html", "run/figures/cost.svg"} <= set(outputs[0])
    assert "(run/figures/cost.svg)" in outputs[0]["RESULTS.md"].decode()


def test_html_needs_no_network_and_no_script(tmp_path: Path, samples: Any) -> None:
    folder = samples.write_run(
        tmp_path / "run", results=without_classes(one_split(samples)), parts=False
    )
    text = write_report(folder).read_text()
    page = page_of(text)
    assert not {"script", "link", "iframe", "object"} & page.tags
    assert len(page.targets) == 2
    assert all(target.startswith("data:image/svg+xml;base64,") for target in page.targets)
    assert "http://" not in text
    assert "https://" not in text
    assert "0.940 ± 0.004 (3)" in text
    assert "<h2>Not in this run</h2>" in text
    assert "mission graphs (plots.json)" in text


def test_hostile_strings_stay_text(tmp_path: Path, samples: Any) -> None:
    folder = samples.write_run(tmp_path / "run", results=hostile_results(samples), parts=False)
    (folder / "config.json").write_text('{"a": "</pre><script>alert(2)</script>"}')
    run = read_run(folder)
    drawing = draw_class_distribution({HOSTILE: {"test": {HOSTILE: 3}}}, ())
    svg = save(drawing, tmp_path / "figures")[1].read_bytes()
    page = render_html(run, [(drawing, svg)])
    assert "script" not in page_of(page).tags
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page

    write_results_md([(HOSTILE, folder, HOSTILE)], tmp_path / "RESULTS.md")
    text = (tmp_path / "RESULTS.md").read_text()
    outside = re.sub(r"`[^`\n]*`", "", text.replace(r"\`", ""))
    assert "<script" not in outside
    assert not re.search(r"(?<!\\)\]\(javascript", outside)
    assert "\n# head" not in text
    assert "\x1b" not in text

    terminal = summary_table(hostile_results(samples))
    assert "\x1b" not in terminal
    assert "[red]" in terminal


def test_escaping_of_markdown() -> None:
    assert escape("a|b_c _d_ <e> [f](g) `h`") == (
        r"a\|b_c \_d\_ &lt;e&gt; \[f\](g) \`h\`"
    )  # fmt: skip
    assert code("a`b|c\nd") == r"`a'b\|c d`"


def test_splits_stand_beside_each_other(tmp_path: Path, samples: Any) -> None:
    results = samples.results()
    tool = results["splits"]["round"] | {
        "held_out": [{"SYN Flood": "hping3"}, {"SYN Flood": "nping"}, {"SYN Flood": "mausezahn"}]
    }
    del tool["controls"]["overlap"]
    other = results | {"splits": {"tool": tool}, "dataset": "testbed+recordings/8"}
    runs = [
        (name, samples.write_run(tmp_path / name, results=content), "make")
        for name, content in (("one", samples.results()), ("two", other))
    ]
    write_results_md(runs, tmp_path / "RESULTS.md")
    text = (tmp_path / "RESULTS.md").read_text()
    table = text[text.index("## The splits beside each other") : text.index("## What the paper")]
    rows = [[c.strip() for c in x.strip("|").split("|")] for x in table.splitlines() if "|" in x]
    assert [row[:2] for row in rows[2:]] == [
        ["round", "one"], ["tool", "two"], ["flow", "one"], ["random", "one"],
    ]  # fmt: skip
    assert rows[0][2] == "seen bytes"
    assert [row[2] for row in rows[2:4]] == ["0.410 ± 0.001 (3)", "-"]
    assert rows[2][6] == "0.940 ± 0.004 (3)"
    assert "Seed 2 holds out SYN Flood: mausezahn." in text
    assert "Dataset `testbed+recordings/8`: as above.\n\n## The splits" in text, "no empty list"
    assert text.count("one machine: 21 virtual hosts") == 1


def test_limits_are_those_of_the_datasets_named() -> None:
    first, built_in = known_limits("testbed-v1"), known_limits("testbed")
    assert any("eight minutes" in limit for limit in first)
    assert not any("eight minutes" in limit for limit in built_in)
    assert set(built_in) < set(known_limits("testbed+recordings/8+testbed-v1"))
    elsewhere = known_limits("cic_ids2017:ids")
    assert not any("Linux" in limit or " ten " in limit for limit in elsewhere)
    assert sum(" ten " in limit for limit in built_in) == 3
    assert len(elsewhere) == len(known_limits("testbed-v1")) - 3


def test_absent_parts_leave_the_rest(tmp_path: Path, samples: Any) -> None:
    bare = samples.write_run(
        tmp_path / "bare", results={"schema": 1, "splits": {"round": {}}}, parts=False
    )
    text = write_report(bare).read_text()
    assert "<img" not in text
    write_results_md([("bare", bare, "make")], tmp_path / "RESULTS.md")
    text = (tmp_path / "RESULTS.md").read_text()
    assert text.count("not measured here") == 29
    assert "Not in this run: " in text
    write_results_md([], tmp_path / "EMPTY.md", ["## Of another kind\n\nwords"])
    assert "## Of another kind\n\nwords\n" in (tmp_path / "EMPTY.md").read_text()
    assert (tmp_path / "EMPTY.md").read_text().startswith("# Results")


def test_summary_table_shows_the_main_scores_and_the_reductions(samples: Any) -> None:
    text = summary_table(one_split(samples))
    lines = text.splitlines()
    row = next(line for line in lines if line.startswith("│ et_bert_finetuned"))
    assert "0.520 ± 0.012" in row
    assert "0.489" not in row, "the report has it; a terminal is narrow"
    assert "reduced: batch 64 (paper: 128)" in text
    assert "not ACI-IoT-2023" in text
    assert max(len(line) for line in lines) <= 120
    with pytest.raises(PclipError, match="schema"):
        summary_table({})
