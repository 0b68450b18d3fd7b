"""The table at the end of a run."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from pclip.report.description import description_tables
from pclip.report.limits import short_limit
from pclip.report.probe import parse_probe, probe_sentences, probe_tables
from pclip.report.results import parse_results
from pclip.report.systems import one_line
from pclip.report.tables import Table, summary_tables

_WIDTH = 120


def _rich(table: Table) -> RichTable:
    # Text and not str: a name with square brackets is a name, not markup.
    drawn = RichTable(title=Text(one_line(table.title)), title_justify="left", expand=False)
    for i, column in enumerate(table.columns):
        drawn.add_column(
            Text(one_line(column)), justify="left" if i == 0 else "right", no_wrap=i == 0
        )
    for row in table.rows:
        drawn.add_row(*(Text(one_line(cell)) for cell in row))
    return drawn


def summary_table(results: Mapping[str, Any], *, width: int = _WIDTH) -> str:
    """The main tables of a results.json for the terminal, as plain text.

    Args:
        results: content of results.json.
        width: columns of the terminal.

    Raises:
        PclipError: a field that is not what it must be, by name.
    """
    parsed = parse_results(results)
    reduced = [f"reduced: {reduction}" for reduction in parsed.reductions]
    return _printed(summary_tables(parsed), [*reduced, short_limit(parsed.dataset)], width)


def probe_summary(results: Mapping[str, Any], *, width: int = _WIDTH) -> str:
    """The tables of a probe's results.json for the terminal, and what they say, as plain text.

    Raises:
        PclipError: a field that is not what it must be, by name.
    """
    parsed = parse_probe(results)
    return _printed(probe_tables(parsed), probe_sentences(parsed), width)


def description_summary(content: Mapping[str, Any], *, width: int = _WIDTH) -> str:
    """The tables of a description.json for the terminal, as plain text.

    Raises:
        PclipError: a field that is not what it must be, by name.
    """
    # Templates are wider than a terminal; their table is on the page.
    _, *tables = description_tables(content)
    return _printed(tables, (), width)


def _printed(tables: Iterable[Table], sentences: Iterable[str], width: int) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, color_system=None, force_terminal=False)
    for table in tables:
        console.print(_rich(table))
    for sentence in sentences:
        console.print(Text(one_line(sentence)))
    return stream.getvalue()
