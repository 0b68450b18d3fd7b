"""report.html: one file that opens without a network and without JavaScript."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterable
from html import escape as html_escape
from pathlib import Path

from pclip.files import write_atomic
from pclip.report.budget import scarcity_note, window_length
from pclip.report.figures import Drawing, draw_all, save
from pclip.report.findings import FAILS, OPEN, WORKS, findings
from pclip.report.limits import known_limits, short_limit, split_notes
from pclip.report.paper_numbers import PAPER_DATASET
from pclip.report.run_files import Run, read_run
from pclip.report.systems import one_line
from pclip.report.tables import Table, class_tables, cost_table, split_tables

_STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --soft: #5c6570; --line: #d5dae0;
  --back: #ffffff; --panel: #f5f7f9; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ec; --soft: #9aa5b1; --line: #363d46;
  --back: #15181c; --panel: #1e2329; } }
body { font: 15px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--back);
  max-width: 72rem; margin: 2rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.7rem; } h2 { margin-top: 2.6rem; border-bottom: 1px solid var(--line);
  padding-bottom: .3rem; } h3 { margin-top: 1.8rem; }
p.note, figcaption, .soft { color: var(--soft); font-size: .88rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: .6rem 0; font-size: .85rem;
  font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .7rem; text-align: right;
  vertical-align: top; }
th { background: var(--panel); } th:first-child, td:first-child { text-align: left; }
tbody tr:hover { background: var(--panel); }
figure { margin: 1.6rem 0; } figure img { background: #ffffff; border: 1px solid var(--line);
  border-radius: 6px; padding: .6rem; max-width: 100%; box-sizing: border-box; }
pre { background: var(--panel); padding: .8rem; overflow-x: auto; font-size: .8rem; }
"""
# Nothing may be fetched and no script may run, whatever a name in a file says.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def _text(value: str) -> str:
    return html_escape(one_line(value), quote=True)


def _table(content: Table) -> str:
    head = "".join(f'<th scope="col">{_text(cell)}</th>' for cell in content.columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>\n"
        for row in content.rows
    )
    return (
        f'<div class="wide"><table><caption>{_text(content.title)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody></table></div>"
    )


def _list(items: Iterable[str]) -> str:
    return "<ul>\n" + "".join(f"<li>{_text(item)}</li>\n" for item in items) + "</ul>"


def _note(value: str) -> str:
    return f'<p class="note">{_text(value)}</p>'


def _figure(drawing: Drawing, svg: bytes) -> str:
    # As an image and not as inline SVG: its ids and styles cannot meet those of other figures.
    data = base64.b64encode(svg).decode("ascii")
    return (
        f'<figure id="{_text(drawing.name)}"><h3>{_text(drawing.title)}</h3>\n'
        f'<img alt="{_text(drawing.title)}" src="data:image/svg+xml;base64,{data}">\n'
        f"<figcaption>{_text(drawing.caption)}</figcaption></figure>"
    )


def _overview(run: Run) -> str:
    results, timing = run.results, run.timing
    cores = "" if timing.cores is None else f", {timing.cores} cores"
    rows = [
        ("dataset", results.dataset),
        ("config", results.config),
        ("seeds", ", ".join(map(str, results.seeds))),
        ("device", "not kept" if timing.device is None else timing.device + cores),
        (
            "seconds",
            "not kept" if timing.total_seconds is None else f"{timing.total_seconds:.0f}",
        ),
        ("commit", results.commit),
    ]
    for role, encoder in sorted(results.encoders.items()):
        known = (encoder.get(key, "") for key in ("name", "note", "sha256"))
        rows.append((f"{role} encoder", ", ".join(part for part in known if part)))
    reductions = results.reductions or ("none stated",)
    return "\n".join(
        [
            _table(Table("This run", ("", "value"), tuple(rows))),
            "<h3>Reductions against the paper</h3>",
            _list(reductions),
            "<h3>Known limits of the data</h3>",
            _list(known_limits(results.dataset)),
        ]
    )


def _split_sections(run: Run) -> Iterable[str]:
    for name, split in run.results.splits.items():
        yield f"<h2>Split {_text(name)}</h2>"
        counts = ", ".join(f"{part} {n:,}" for part, n in split.packets.items())
        yield _note(" ".join([f"Packets: {counts}." if counts else "", *split_notes(name, split)]))
        tables = split_tables(name, split, run.timing, budget=scarcity_note(run, name))
        for content in (*tables, *class_tables(name, split)):
            yield _table(content)
        yield _note(short_limit(run.results.dataset))
        found = findings(run, name)
        for outcome, head in (
            (WORKS, "Works"),
            (OPEN, "Open: within the spread, one seed, or not comparable"),
            (FAILS, "Does not work"),
        ):
            texts = [finding.text for finding in found if finding.outcome == outcome]
            if texts:
                yield f"<h3>{head}</h3>\n{_list(texts)}"


def render_html(run: Run, figures: Iterable[tuple[Drawing, bytes]]) -> str:
    """The page of a run; `figures` are drawings with their SVG bytes."""
    title = f"pclip: {run.results.config or 'run'} on {run.results.dataset or 'a dataset'}"
    blocks = [
        f"<h1>{_text(title)}</h1>",
        _note(
            "Scores are mean ± sample standard deviation over seeds (number of seeds). Splits in "
            "the order round, flow, random: the one that flatters least first. The column paper "
            f"quotes the paper's text, which is about {PAPER_DATASET}."
        ),
        _overview(run),
        *_split_sections(run),
    ]
    if run.results.cost:
        blocks += ["<h2>Cost</h2>", _table(cost_table(run.results.cost, window_length(run)))]
    drawn = [_figure(drawing, svg) for drawing, svg in figures]
    if drawn:
        blocks += ["<h2>Figures</h2>", *drawn]
    if run.absent:
        blocks += ["<h2>Not in this run</h2>", _list(run.absent)]
    for head, content in (("Configuration", run.config), ("Environment", run.environment)):
        if content:
            text = html_escape(json.dumps(content, indent=2, sort_keys=True))
            blocks.append(
                f"<h2>{head}</h2>\n<details><summary>show</summary><pre>{text}</pre></details>"
            )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(blocks)
        + "\n</body>\n</html>\n"
    )


def write_report(folder: str | os.PathLike[str]) -> Path:
    """Write figures/*.png, figures/*.svg and report.html into a run folder.

    The same run files give byte-identical outputs.

    Returns:
        The path of report.html.

    Raises:
        PclipError: a run file that is not what it must be, or the folder cannot be written.
    """
    place = Path(folder)
    run = read_run(place)
    figures = []
    for drawing in draw_all(run):
        _, svg = save(drawing, place / "figures")
        figures.append((drawing, svg.read_bytes()))
    page = place / "report.html"
    write_atomic(page, render_html(run, figures))
    return page
