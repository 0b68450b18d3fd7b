"""RESULTS.md: every number of the committed runs, the claims, what works and what does not."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from pclip.files import write_atomic
from pclip.report import claims
from pclip.report.budget import scarcity_note, window_length
from pclip.report.by_policy import by_policy
from pclip.report.findings import FAILS, OPEN, WORKS, findings
from pclip.report.limits import known_limits, short_limit, split_notes
from pclip.report.markdown import code, escape, link_target, table
from pclip.report.paper_numbers import PAPER_DATASET
from pclip.report.run_files import Run, read_run
from pclip.report.side_by_side import side_by_side
from pclip.report.tables import Table, class_tables, cost_table, split_tables

Committed = tuple[str, str, Run]  # name, command, content

_INTRODUCTION = """# Results

Written by one script from the committed run folders; no number was typed by hand.

- A score is `mean ± sample standard deviation over seeds (number of seeds)`; with one seed there
  is no deviation.
- Splits: `round` tests on another attacker, later; `tool` on programs never met in training
  (of Slowloris: a mode); `recording` on a recording made anew; `flow` on other flows of the same
  traffic; `random`, the paper's, on other packets of it.
- Two scores differ here when their means are further apart than
  sqrt(std₁² + std₂²). That is a low bar with few seeds: it finds what is surely nothing, it does
  not prove what is left.
- The column "paper" quotes the paper's text; its tables and figures are images, and most of its
  numbers are "not in the text". The paper's dataset is {paper_dataset}; ours is named with each
  run. A number beside another is not a reproduction of it.
"""


def _run_card(name: str, command: str, run: Run) -> str:
    results, timing = run.results, run.timing
    seconds = "not kept" if timing.total_seconds is None else f"{timing.total_seconds:.0f}"
    cores = "" if timing.cores is None else f", {timing.cores} cores"
    device = "not kept" if timing.device is None else timing.device + cores
    rows = [
        ("dataset", results.dataset),
        ("config", results.config),
        ("seeds", ", ".join(map(str, results.seeds))),
        ("seconds", seconds),
        ("device", device),
        ("commit", results.commit),
    ]
    if results.without_caption is not None:
        rows.append(("packets without a caption", f"{results.without_caption:,}"))
    rows += [
        (
            f"{role} encoder",
            ", ".join(encoder[key] for key in ("name", "note") if encoder.get(key))
            + (f", sha256 {encoder['sha256'][:12]}…" if encoder.get("sha256") else ""),
        )
        for role, encoder in sorted(results.encoders.items())
    ]
    lines = [f"## Run {code(name)}", "", f"Command: {code(command)}", ""]
    lines += [table(Table("", ("", "value"), tuple(rows))), "", "Reductions against the paper:"]
    lines += [f"- {escape(reduction)}" for reduction in results.reductions] or ["- none stated"]
    return "\n".join(lines)


def _under_table(run: Run) -> str:
    reduced = "; ".join(run.results.reductions) or "none stated"
    device = run.timing.device or "not kept"
    return escape(
        f"Config {run.results.config}, dataset {run.results.dataset}, device {device}. "
        f"Reductions: {reduced}. {short_limit(run.results.dataset)}"
    )


def _tables(run: Run) -> str:
    blocks = []
    for name, split in run.results.splits.items():
        counts = ", ".join(f"{part} {n:,}" for part, n in split.packets.items())
        notes = [f"Packets: {counts}."] if counts else []
        if split.seeds:
            notes.append(f"Seeds: {', '.join(map(str, split.seeds))}.")
        notes += split_notes(name, split)
        blocks += [f"### Split {code(name)}", escape(" ".join(notes))]
        budget = scarcity_note(run, name)
        for content in split_tables(name, split, run.timing, budget=budget):
            blocks += [f"**{escape(content.title)}**", table(content), f"*{_under_table(run)}*"]
        for content in class_tables(name, split):
            blocks += [
                f"<details><summary>{escape(content.title)}</summary>",
                table(content),
                "</details>",
            ]
    if run.results.cost:
        blocks += [
            "### Cost",
            table(cost_table(run.results.cost, window_length(run))),
            "*Counted for one forward pass of what the second column says: a window of a detector "
            "and a packet of an encoder are not the same amount of traffic. The frozen "
            "encoder runs before the detectors and is counted only in rows that say so.*",
        ]
    if run.absent:
        blocks.append("Not in this run: " + escape("; ".join(run.absent)) + ".")
    return "\n\n".join(block for block in blocks if block)


def _figures(folder: Path, page: Path) -> str:
    images = sorted((folder / "figures").glob("*.svg"))
    if not images:
        return ""
    links = [
        f"- [{escape(image.stem.replace('_', ' '))}]"
        f"({link_target(os.path.relpath(image, page.parent))})"
        for image in images
    ]
    return "\n".join(["### Figures", "", *links])


def _limits(runs: Sequence[Committed]) -> str:
    blocks = ["## Known limits of the data"]
    said: set[str] = set()
    for dataset in dict.fromkeys(run.results.dataset for _, _, run in runs):
        limits = [limit for limit in known_limits(dataset) if limit not in said]
        again = len(limits) < len(known_limits(dataset))
        as_above = " as above, and" if again and limits else " as above." if again else ""
        blocks.append(f"Dataset {code(dataset)}:{as_above}")
        if limits:
            blocks.append("\n".join(f"- {escape(limit)}" for limit in limits))
        said.update(limits)
    return "\n\n".join(blocks)


def _side_by_side(runs: Sequence[Committed]) -> str:
    introduction = (
        "The same systems trained and tested on different parts. Seen bytes: test packets whose "
        "input occurs in training. Named by context: test windows whose other packets are mostly "
        "of the last one's class. Runs differ in steps and seeds (see their reductions): compare "
        "rows of one protocol, or columns of one row."
    )
    compared = side_by_side([(name, run.results) for name, _, run in runs])
    return "\n\n".join(["## The splits beside each other", introduction, table(compared)])


def _by_policy(runs: Sequence[Committed]) -> str:
    compared = by_policy([(name, run) for name, _, run in runs])
    if not compared:
        return ""
    blocks = [
        "## Scores by byte policy",
        "The same protocol, data, split and seeds; only the bytes that a model may see differ. "
        "`legacy38` is the released code's cut, `paper` what follows the ports, `identity_free` "
        "(the default) the same without identifiers, counters and quoted headers, `nameless` a "
        "control that also zeroes names of hosts and users, addresses and the time of day in "
        "payloads, as far as a packet shows them for what they are. What else a payload says of "
        "its host or its moment stays, and so do the lengths of names: a leak that is not seen "
        "here may be there. What is zeroed is more than names, and it changes which test packets "
        "are known from training; so a difference says that these bytes matter, not why. Spreads "
        "of a few seeds on one test part describe; they are no test of significance.",
    ]
    for split in compared:
        blocks += [f"**{escape(split.title)}**", table(split.table)]
        if split.sentences:
            blocks.append("\n".join(f"- {escape(line)}" for line in split.sentences))
    return "\n\n".join(blocks)


def _claims(runs: Sequence[Committed]) -> str:
    named = [(name, run) for name, _, run in runs]
    rows, details = [], []
    for number, claim in enumerate(claims.CLAIMS, start=1):
        found = claims.answers(claim, named)
        rows.append((str(number), claim.text, claim.section, claims.headline(claim, found)))
        lines = [f"**{number}. {escape(claim.text)}** ({escape(claim.section)})", ""]
        lines.append(f"Read as: {escape(claim.reading)}.")
        lines.append("")
        for item in found:
            place = f"split {code(item.split)}, " if item.split else ""
            lines.append(
                f"- {place}run {code(item.run)}: **{escape(item.answer.verdict)}**. "
                f"{escape(item.answer.measured)}"
            )
        if not found:
            lines.append(f"- {claims.NOT_MEASURED_HERE} (needs {escape(claim.needs)}).")
        details.append("\n".join(lines))
    answered = Table("", ("no.", "the paper says", "section", "here"), tuple(rows))
    introduction = (
        f"The paper's claims are about {PAPER_DATASET}; the answers are about "
        f"{', '.join(dict.fromkeys(escape(run.results.dataset) for _, _, run in runs))}. "
        '"Holds here" means beyond the spread over seeds on this data, nothing more.'
    )
    return "\n\n".join(["## What the paper claims", introduction, table(answered), *details])


def _findings(runs: Sequence[Committed]) -> str:
    blocks = [
        "## What works, what does not",
        "Generated from the same numbers: the graphs against no graph, heads against each other "
        "and against none, the method against every control that has the same metric.",
    ]
    heads = {
        WORKS: "Works",
        OPEN: "Open: within the spread, one seed, or not comparable",
        FAILS: "Does not work",
    }
    for name, _, run in runs:
        for split_name in run.results.splits:
            found = findings(run, split_name)
            if not found:
                continue
            blocks.append(f"### Run {code(name)}, split {code(split_name)}")
            for outcome, head in heads.items():
                texts = [finding.text for finding in found if finding.outcome == outcome]
                if texts:
                    blocks.append(f"**{head}**\n\n" + "\n".join(f"- {escape(t)}" for t in texts))
    return "\n\n".join(blocks)


def write_results_md(
    runs: Sequence[tuple[str, str | os.PathLike[str], str]],
    path: str | os.PathLike[str],
    sections: Sequence[str] = (),
) -> None:
    """Write RESULTS.md from committed run folders; the same folders give the same bytes.

    Args:
        runs: (name, folder, command that made it); where several runs measured the same claim on
            the same split, the summary takes the first of them and the details show all.
        path: the file to write.
        sections: of experiments of another kind (the encoders'), in Markdown; they stand between
            the summary and the single runs.

    Raises:
        PclipError: a folder or file that is not what it must be, or the file cannot be written.
    """
    page = Path(path)
    read = [(name, command, read_run(folder)) for name, folder, command in runs]
    blocks = [_INTRODUCTION.format(paper_dataset=PAPER_DATASET).rstrip(), _limits(read)]
    if read:
        blocks += [_side_by_side(read), _by_policy(read), _claims(read), _findings(read)]
    blocks += sections
    for (name, command, run), (_, folder, _) in zip(read, runs, strict=True):
        blocks += [_run_card(name, command, run), _tables(run), _figures(Path(folder), page)]
    write_atomic(page, "\n\n".join(block for block in blocks if block) + "\n")
