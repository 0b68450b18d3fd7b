"""What commands print: lines and tables, whatever stands in them and wherever they go."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from pclip.errors import PclipError


def warn(message: str) -> None:
    """A line `warning: ...` on standard error."""
    say("warning", message)


def say(kind: str, message: str) -> None:
    """A line `KIND: ...` on standard error."""
    line = " ".join(message.split())
    print(f"{kind}: {printable(line)}", file=sys.stderr)


def printable(text: str) -> str:
    """Escape what a terminal would obey rather than show, line ends included."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


def print_lines(lines: Sequence[str], *, error: bool = False) -> None:
    """Print lines; a pipe that was closed is the reader's wish, a full disk an error."""
    stream = sys.stderr if error else sys.stdout
    try:
        for line in lines:
            print(printable(line), file=stream)
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as problem:
        raise PclipError(f"cannot write the output: {problem.strerror}") from problem


def print_table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """A drawn table on a terminal, aligned text in a pipe."""
    from pclip.serving.printing import aligned, is_numeric

    rows = [tuple(map(printable, row)) for row in rows]
    if not sys.stdout.isatty():
        print_lines(aligned(header, rows))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, *cells in zip(header, *rows, strict=True):
        table.add_column(name, justify="right" if is_numeric(cells) else "left")
    for row in rows:
        # Text, not markup: what stands in brackets is somebody's data.
        table.add_row(*(Text(cell) for cell in row))
    Console(highlight=False).print(table)
